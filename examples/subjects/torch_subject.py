"""A network in PyTorch, differentiated by autograd, that answers init-symmetry: docs/PROTOCOL.md.

Examples are rows, as torch.nn has them; --single computes in single precision.
"""
import json
import sys

import torch
from torch.nn import functional

SINGLE = "--single" in sys.argv
TYPE = torch.float32 if SINGLE else torch.float64
ABILITIES = ["predict", "step", "train"]
LOSSES = ["cross-entropy", "sigmoid-squared-error", "squared-error", "softmax-cross-entropy"]
HELLO = {"protocol": 1, "name": "torch", "examples": "rows", "abilities": ABILITIES}
HELLO["losses"] = LOSSES
HELLO["precision"] = "f32" if SINGLE else "f64"
G = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: z}


def output(network, parameters, x):
    a, weights = x, parameters[::2]
    for w, b in zip(weights, parameters[1::2]):
        z = functional.linear(a, w, b[:, 0])
        a = z if w is weights[-1] else G[network["hidden"]](z)
    if network["loss"] == "softmax-cross-entropy":
        return z, torch.softmax(z, dim=1)
    return z, z if network["loss"] == "squared-error" else torch.sigmoid(z)


def mean_loss(network, parameters, x, y):
    widths, m = network["widths"], x.shape[0]
    wanted = [s for k, n in zip(widths, widths[1:]) for s in [(n, k), (n, 1)]]
    if wanted + [(m, widths[0]), (m, widths[-1])] != [tuple(p.shape) for p in [*parameters, x, y]]:
        raise ValueError(f"the shapes do not fit widths {widths}")
    z, y_hat = output(network, parameters, x)
    if network["loss"] == "cross-entropy":
        return functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / m
    if network["loss"] == "softmax-cross-entropy":
        return functional.cross_entropy(z, y, reduction="sum") / m
    return functional.mse_loss(y_hat, y, reduction="sum") / 2 / m


def evaluate(network, parameters, x, y):
    parameters = [p.detach().requires_grad_() for p in parameters]
    loss = mean_loss(network, parameters, x, y)
    return loss.item(), torch.autograd.grad(loss, parameters)


def listed(value):  # NaN and infinities, which JSON lacks, as strings
    if isinstance(value, list):
        return [listed(entry) for entry in value]
    return value if abs(value) < float("inf") else str(value)


def plain(blocks):
    blocks = [listed(block.tolist()) for block in blocks]
    return [{"w": w, "b": b} for w, b in zip(blocks[::2], blocks[1::2])]


def answer(asked):
    if asked["request"] == "hello":
        return HELLO
    parameters = [torch.tensor(l[key], dtype=TYPE) for l in asked["parameters"] for key in "wb"]
    examples = [torch.tensor(asked[key], dtype=TYPE) for key in "xy" if key in asked]
    if asked["request"] == "predict":
        return {"predictions": listed(output(asked["network"], parameters, *examples)[1].tolist())}
    if asked["request"] == "evaluate":
        loss, gradient = evaluate(asked["network"], parameters, *examples)
        return {"loss": listed(loss), "gradient": plain(gradient)}
    iterations = []
    for _ in range(asked.get("steps", 1)):
        slopes = evaluate(asked["network"], parameters, *examples)[1]
        parameters = [p - asked["rate"] * slope for p, slope in zip(parameters, slopes)]
        iterations.append(plain(parameters))
    trained = asked["request"] == "train"
    return {"iterations": iterations} if trained else {"parameters": iterations[0]}


for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except ValueError as error:
        print(json.dumps({"error": str(error)}), flush=True)
