"""torch.autograd.gradcheck on 30-100-1 with 569 examples, beside benches/gradient.rs.

    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE python benches/peers/gradcheck.py

Prints the median seconds of slow mode (every entry) and of warm fast mode (one direction), on one
thread, in f64. The data are those of the Rust benchmark; the weights are random in the same scale.
"""

import statistics
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(1)

EXAMPLES, INPUTS, HIDDEN = 569, 30, 100


def entry(i, j):
    return ((i * 37 + j * 91 + i * j * 13) % 129) / 64 - 1


x = torch.tensor([[entry(i, j) for j in range(EXAMPLES)] for i in range(INPUTS)]).double()
y = torch.tensor([[float(j % 2) for j in range(EXAMPLES)]]).double()


def parameter(rows, columns, scale):
    return (torch.randn(rows, columns, dtype=torch.float64) * scale).requires_grad_()


parameters = (
    parameter(HIDDEN, INPUTS, INPUTS**-0.5),
    parameter(HIDDEN, 1, 0.0),
    parameter(1, HIDDEN, HIDDEN**-0.5),
    parameter(1, 1, 0.0),
)


def loss(w1, b1, w2, b2):
    z2 = w2 @ torch.tanh(w1 @ x + b1) + b2
    return torch.nn.functional.binary_cross_entropy_with_logits(z2, y)


def seconds(run, times):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        assert run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def check(fast):
    return torch.autograd.gradcheck(loss, parameters, fast_mode=fast)


check(True)  # warm
print(f"torch {torch.__version__}, one thread")
print(f"fast mode, one direction: {seconds(lambda: check(True), 30) * 1e3:.2f} ms")
entries = sum(p.numel() for p in parameters)
print(f"slow mode, {entries} entries: {seconds(lambda: check(False), 3):.3f} s")
