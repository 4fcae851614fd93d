"""An LSTM over four tokens, its backward pass by hand."""
import sys
import numpy as np
import protocol

NAME = "lstm"
TENSORS = {
    "embedding": [4, 2],
    "input": [12, 2],
    "recurrent": [12, 3],
    "bias": [12],
    "output.weight": [2, 3],
    "output.bias": [2],
}
GROUPS = [
    {"name": "cells", "units": 3, "axes": [
        {"tensor": "input", "axis": 0, "repeats": 4},
        {"tensor": "recurrent", "axis": 0, "repeats": 4},
        {"tensor": "recurrent", "axis": 1, "outgoing": True},
        {"tensor": "bias", "axis": 0, "repeats": 4},
        {"tensor": "output.weight", "axis": 1, "outgoing": True}]},
    {"name": "coordinates of the embedding", "units": 2, "axes": [
        {"tensor": "embedding", "axis": 1},
        {"tensor": "input", "axis": 1, "outgoing": True}]},
]
EXAMPLES = 3
STEPS = 4


def data(batch):
    """Tokens, the first of which stands twice, and two targets for each step."""
    random = np.random.default_rng(batch)
    tokens = random.integers(4, size=(EXAMPLES, STEPS))
    tokens[:, 2] = tokens[:, 0]
    return tokens, random.uniform(-1, 1, (EXAMPLES, STEPS, 2))


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def step(p, token, h, c):
    """One step for all examples, which are rows; the rows of the weights are i, f, g, o."""
    e = p["embedding"][token]
    z = e @ p["input"].T + h @ p["recurrent"].T + p["bias"]
    i, f, g, o = np.split(z, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    return h_new, c_new, (token, e, h, c, i, f, g, o, c_new)


def step_backward(p, d, kept, dh, dc):
    """The gradient of the state after a step becomes that of the state before."""
    token, e, h, c, i, f, g, o, c_new = kept
    # h' = o∘tanh(c'): do = dh'∘tanh(c'), dc' += dh'∘o∘(1 − tanh²(c'))
    do = dh * np.tanh(c_new)
    dc = dc + dh * o * (1 - np.tanh(c_new) ** 2)
    # c' = f∘c + i∘g: di = dc'∘g, df = dc'∘c, dg = dc'∘i
    di, df, dg = dc * g, dc * c, dc * i
    # σ' = σ·(1 − σ), tanh' = 1 − tanh²
    gates = [di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)]
    dz = np.concatenate(gates, axis=1)
    # z = e·Wᵀ + h·Uᵀ + b: dW += dzᵀ·e, dU += dzᵀ·h, db += Σ dz, de = dz·W, dh = dz·U
    d["input"] += dz.T @ e
    d["recurrent"] += dz.T @ h
    d["bias"] += dz.sum(axis=0)
    np.add.at(d["embedding"], token, dz @ p["input"])  # a token may stand twice
    return dz @ p["recurrent"], dc * f


def forward(p, tokens, targets):
    """The mean of ½|ŷ − y|² over examples and steps, and what the backward pass needs."""
    h = c = np.zeros((len(tokens), 3))
    steps, hidden = [], []
    for t in range(STEPS):
        h, c, kept = step(p, tokens[:, t], h, c)
        steps.append(kept)
        hidden.append(h)
    hidden = np.stack(hidden, axis=1)
    error = hidden @ p["output.weight"].T + p["output.bias"] - targets
    return float((error**2).sum() / 2 / len(tokens) / STEPS), (steps, hidden, error)


def evaluate(p, tokens, targets):
    """The mean loss and its gradient."""
    loss, (steps, hidden, error) = forward(p, tokens, targets)
    d = {name: np.zeros(shape) for name, shape in TENSORS.items()}
    dy = error / (len(tokens) * STEPS)
    # ŷ = h'·Vᵀ + a: dV = Σ dŷᵀ·h', da = Σ dŷ, dh' = dŷ·V and what comes from the step after
    d["output.weight"] = np.einsum("ety,eth->yh", dy, hidden)
    d["output.bias"] = dy.sum(axis=(0, 1))
    dh = dc = np.zeros((len(tokens), 3))
    for t in reversed(range(STEPS)):
        dh, dc = step_backward(p, d, steps[t], dh + dy[:, t] @ p["output.weight"], dc)
    return loss, d


if __name__ == "__main__":
    protocol.run(sys.modules[__name__])
