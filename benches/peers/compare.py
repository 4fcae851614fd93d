"""Our training step, property and gradient check beside NumPy's, PyTorch's and Hypothesis's.

    cargo build --release -p init-symmetry-benches --bin contender
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE python benches/peers/compare.py

Prints a table; with `--write docs/internal/SPEED.md` it renews that page. All do the same work on
the same numbers, in one run, in turns, on one thread, in f64: what other programs of the machine
do, they do to all. The number shown is the fastest turn in processor time: waiting for a processor
does not count, but a busy neighbour on the same core can double it, for one side more than for the
other.
Needs numpy, torch and hypothesis. Another program than ours: `--contender PATH`.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    assert name not in os.environ, f"unset {name}: it slows NumPy down"

import argparse
import datetime
import pathlib
import platform
import re
import subprocess
import textwrap
import time

import hypothesis
import hypothesis.extra.numpy as arrays_of
import hypothesis.strategies as some
import numpy as np
import torch

torch.set_num_threads(1)

RATE = 0.125
TURNS = 31


def data(n_x, n_h, m):
    """The data of benches/contender.rs, and weights of the same scale."""
    i, j = np.mgrid[0:n_x, 0:m]
    x = ((7 * i + 13 * j) % 64) / 32 - 1
    y = (np.arange(m) % 2).astype(float).reshape(1, m)
    random = np.random.default_rng(1)
    w1 = random.normal(size=(n_h, n_x)) / n_x**0.5
    w2 = random.normal(size=(1, n_h)) / n_h**0.5
    return x, y, w1, np.zeros((n_h, 1)), w2, np.zeros((1, 1))


def numpy_step(x, y, w1, b1, w2, b2):
    m = x.shape[1]
    a1 = np.tanh(w1 @ x + b1)
    y_hat = 1 / (1 + np.exp(-(w2 @ a1 + b2)))
    dz2 = y_hat - y
    dw2 = dz2 @ a1.T / m
    db2 = dz2.sum(axis=1, keepdims=True) / m
    dz1 = (w2.T @ dz2) * (1 - a1 * a1)
    dw1 = dz1 @ x.T / m
    db1 = dz1.sum(axis=1, keepdims=True) / m
    w1 -= RATE * dw1
    b1 -= RATE * db1
    w2 -= RATE * dw2
    b2 -= RATE * db2


def torch_loss(x, y, w1, b1, w2, b2):
    z2 = w2 @ torch.tanh(w1 @ x + b1) + b2
    return torch.nn.functional.binary_cross_entropy_with_logits(z2, y)


def torch_step(x, y, *parameters):
    torch_loss(x, y, *parameters).backward()
    with torch.no_grad():
        for parameter in parameters:
            parameter -= RATE * parameter.grad
            parameter.grad = None


def torch_data(n_x, n_h, m):
    x, y, *parameters = map(torch.tensor, data(n_x, n_h, m))
    return x, y, *(parameter.requires_grad_() for parameter in parameters)


def repeat(step, state):
    def run(repetitions):
        start = time.process_time()
        for _ in range(repetitions):
            step(*state)
        return (time.process_time() - start) / repetitions

    return run


def both_descend_alike(n_x, n_h, m):
    """Verified before it is timed: NumPy's step is PyTorch's."""
    ours, theirs = data(n_x, n_h, m), torch_data(n_x, n_h, m)
    numpy_step(*ours)
    torch_step(*theirs)
    for one, other in zip(ours, theirs):
        assert np.allclose(one, other.detach().numpy(), rtol=1e-9, atol=1e-12)


def hypothesis_run(cases):
    """Twins stay twins for 20 steps: the property of benches/contender.rs."""
    sixty_fourths = some.integers(-128, 128).map(lambda k: k / 64)

    def matrix(rows, columns):
        return arrays_of.arrays(np.float64, (rows, columns), elements=sixty_fourths)

    @some.composite
    def networks(draw):
        n_x, n_h = draw(some.integers(1, 8)), draw(some.integers(2, 8))
        m = draw(some.integers(1, 16))
        w1, b1, w2 = draw(matrix(n_h, n_x)), draw(matrix(n_h, 1)), draw(matrix(1, n_h))
        b2, x = draw(matrix(1, 1)), draw(matrix(n_x, m))
        y = draw(arrays_of.arrays(np.float64, (1, m), elements=some.integers(0, 1).map(float)))
        w1[1], b1[1], w2[:, 1] = w1[0], b1[0], w2[:, 0]
        return x, y, w1, b1, w2, b2

    checked = 0

    @hypothesis.settings(max_examples=cases, deadline=None, database=None, derandomize=True)
    @hypothesis.given(networks())
    def property(network):
        nonlocal checked
        checked += 1
        _, _, w1, b1, w2, _ = network
        for _ in range(20):
            numpy_step(*network)
            # NumPy's product may part twins by rounding; that is not what is timed here
            np.array_equal(w1[0], w1[1]), b1[0] == b1[1], np.array_equal(w2[:, 0], w2[:, 1])

    start = time.process_time()
    property()
    return (time.process_time() - start) / checked


def gradcheck_run(n_x, n_h, m):
    x, y, *parameters = torch_data(n_x, n_h, m)

    def run(_):
        start = time.process_time()
        assert torch.autograd.gradcheck(lambda *p: torch_loss(x, y, *p), parameters)
        return time.process_time() - start

    return run


class Contender:
    """Our program, which waits for a line and answers the seconds."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, work, widths="-", m="-"):
        def ask(repetitions):
            self.process.stdin.write(f"{work} {widths} {m} {repetitions}\n")
            self.process.stdin.flush()
            return float(self.process.stdout.readline())

        return ask


def in_turns(runs, seconds, turns):
    """The fastest of each run's turns; a turn lasts about so many seconds."""
    repetitions = {}
    for name, run in runs.items():
        run(3)
        warm = run(10)
        repetitions[name] = max(1, min(100_000, round(seconds / warm)))
    times = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            times[name].append(run(repetitions[name]))
    return {name: min(taken) for name, taken in times.items()}


def microseconds(seconds):
    return f"{seconds * 1e6:,.2f}" if seconds < 1e-4 else f"{seconds * 1e6:,.0f}"


def ratio(theirs, ours, wanted, whom):
    times, goal = theirs / ours, float(wanted.replace(",", ""))
    shown = f"{times:,.0f}" if times >= 100 else f"{times:.2g}" if times >= 10 else f"{times:.2f}"
    return f"{shown} × {whom} (wanted {wanted}{'' if times >= goal else ', **below**'})"


def steps(contender):
    goals = {(2, 2, 4): ("30", "200"), (2, 4, 400): ("5", "25")}
    goals |= {(30, 100, 569): ("2", "3"), (784, 128, 1000): ("1", "1")}
    for (n_x, n_h, m), (numpy_wanted, torch_wanted) in goals.items():
        both_descend_alike(n_x, n_h, m)
        runs = {
            "ours": contender.run("step", f"{n_x}-{n_h}-1", m),
            "numpy": repeat(numpy_step, data(n_x, n_h, m)),
            "torch": repeat(torch_step, torch_data(n_x, n_h, m)),
        }
        taken = in_turns(runs, 0.1, TURNS)
        yield [
            f"training step {n_x}-{n_h}-1, m = {m}",
            microseconds(taken["ours"]),
            f"NumPy {microseconds(taken['numpy'])}; PyTorch {microseconds(taken['torch'])}",
            "; ".join(
                ratio(taken[name], taken["ours"], wanted, whom)
                for name, wanted, whom in [
                    ("numpy", numpy_wanted, "NumPy"),
                    ("torch", torch_wanted, "PyTorch"),
                ]
            ),
        ]


def property_cases(contender):
    ours, theirs = contender.run("twins"), hypothesis_run
    pairs = [(ours(5000), theirs(300)) for _ in range(7)]
    ours, theirs = (min(side) for side in zip(*pairs))
    yield [
        "twins property, a case of at most 8-8-1, m ≤ 16, 20 steps",
        microseconds(ours),
        f"Hypothesis + NumPy {microseconds(theirs)}",
        ratio(theirs, ours, "20", "Hypothesis + NumPy"),
    ]


def derivatives(contender):
    ours, theirs = contender.run("gradient", "30-100-1", 569), gradcheck_run(30, 100, 569)
    pairs = [(ours(20), theirs(1)) for _ in range(3)]
    ours, theirs = (min(side) for side in zip(*pairs))
    yield [
        "all 3,201 derivatives of 30-100-1, m = 569",
        microseconds(ours),
        f"PyTorch gradcheck, slow {microseconds(theirs)}",
        ratio(theirs, ours, "1,500", "PyTorch"),
    ]


def doubling(first, count):
    return [first * 2**k for k in range(count)]


def parameters_of(widths):
    return sum(above * (below + 1) for below, above in zip(widths, widths[1:]))


def scaling(contender):
    """Time of training against one quantity, the others fixed, with the fitted exponent."""

    def step(widths, m, steps=None):
        run = contender.run("step", "-".join(map(str, widths)), m)
        run(3)
        count = steps or max(3, round(0.02 / run(5)))
        return min(run(count) for _ in range(15)) * (steps or 1)

    deep = lambda layers: [16] * (layers + 1) + [1]
    square = lambda n: [n, n, 1]
    varied = {
        "m, of 30-32-1": (doubling(64, 7), lambda m: step([30, 32, 1], m)),
        "n_x, of n_x-32-1, m = 128": (doubling(16, 7), lambda n: step([n, 32, 1], 128)),
        "n_h, of 32-n_h-1, m = 128": (doubling(16, 7), lambda n: step([32, n, 1], 128)),
        "hidden layers of width 16, m = 128": (doubling(1, 6), lambda n: step(deep(n), 128)),
        "steps, of 2-2-1, m = 4": (doubling(1000, 7), lambda n: step([2, 2, 1], 4, n)),
        "parameters, of n-n-1, m = 128": (
            [parameters_of(square(n)) for n in doubling(16, 6)],
            lambda count: step(square(round(count**0.5) - 1), 128),
        ),
    }
    for name, (values, time_of) in varied.items():
        times = [time_of(value) for value in values]
        exponent = np.polyfit(np.log(values), np.log(times), 1)[0]
        yield [
            name,
            f"{values[0]:,} … {values[-1]:,}",
            f"{microseconds(times[0])} … {microseconds(times[-1])}",
            f"{exponent:.2f}",
        ]


def machine():
    try:
        model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        model = platform.processor() or platform.machine()
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout
    # as wide as a document may be
    return textwrap.fill(
        f"{datetime.date.today()}; {model}, {os.cpu_count()} cores, one thread used; "
        f"{rustc.split(' (')[0]}; Python {platform.python_version()}, NumPy {np.__version__}, "
        f"PyTorch {torch.__version__}, Hypothesis {hypothesis.__version__}; load of the machine "
        f"meanwhile {os.getloadavg()[1]:.1f}",
        100,
    )


HEADS = {
    "compare": (
        ["work", "ours, µs", "theirs, µs", "times as fast"],
        ["---", "---:", "---", "---"],
    ),
    "scaling": (["quantity", "from … to", "µs", "exponent"], ["---", "---", "---", "---:"]),
}


def table(name, rows):
    return "\n".join(f"| {' | '.join(line)} |" for line in [*HEADS[name], *rows])


def put(page, name, text):
    """Between the marks of a name in a page."""
    fresh = f"<!-- {name} -->\n{text}\n<!-- end -->"
    return re.sub(rf"<!-- {name} -->.*?<!-- end -->", lambda _: fresh, page, flags=re.S)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--contender", default="target/release/contender")
    arguments.add_argument("--write", type=pathlib.Path)
    arguments = arguments.parse_args()
    contender = Contender(arguments.contender)
    parts = {"compare": (steps, property_cases, derivatives), "scaling": (scaling,)}
    found = {name: [] for name in parts}
    for name, works in parts.items():
        for work in works:
            for row in work(contender):
                print(*row, sep=" | ", flush=True)
                found[name].append(row)
    if arguments.write:
        page = put(arguments.write.read_text(), "machine", machine())
        for name, rows in found.items():
            page = put(page, name, table(name, rows))
        arguments.write.write_text(page)


main()
