"""A network in NumPy that answers init-symmetry in JSON lines: docs/PROTOCOL.md."""
import json
import sys
import numpy as np

np.seterr(all="ignore")


def sigmoid(z):
    return np.exp(-np.logaddexp(0.0, -z))


G = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda z: z.clip(0.0), "identity": np.copy}
SLOPE = {
    "sigmoid": lambda z, a: a * (1.0 - a),
    "tanh": lambda z, a: 1.0 - a * a,
    "relu": lambda z, a: (z > 0.0).astype(float),
    "identity": lambda z, a: np.ones_like(z),
}
LOSSES = ["cross-entropy", "sigmoid-squared-error", "squared-error", "softmax-cross-entropy"]


def evaluate(network, layers, x, y):
    """The mean loss, (dW, db) of every layer, and the predictions; examples are columns."""
    widths, m = network["widths"], x.shape[1]
    g = network.get("activations", [network.get("hidden")] * (len(widths) - 2)) + ["identity"]
    wanted = [s for k, n in zip(widths, widths[1:]) for s in [(n, k), (n, 1)]]
    given = [p.shape for l in layers for p in l] + [x.shape, y.shape]
    if wanted + [(widths[0], m), (widths[-1], m)] != given:
        raise ValueError(f"the shapes do not fit widths {widths}")
    z, a = [], [x]
    for (w, b), name in zip(layers, g):
        z.append(w @ a[-1] + b)
        a.append(G[name](z[-1]))
    log_sum = np.logaddexp.reduce(z[-1], axis=0)
    y_hat = z[-1] if network["loss"] == "squared-error" else sigmoid(z[-1])
    if network["loss"] == "softmax-cross-entropy":
        y_hat = np.exp(z[-1] - log_sum)
    dz, loss = y_hat - y, (y_hat - y) ** 2 / 2.0
    if network["loss"] == "cross-entropy":
        loss = np.logaddexp(0.0, z[-1]) - y * z[-1]
    if network["loss"] == "softmax-cross-entropy":
        loss = log_sum - (y * z[-1]).sum(axis=0)
    if network["loss"] == "sigmoid-squared-error":
        dz = dz * y_hat * (1.0 - y_hat)
    gradient = []
    for l in reversed(range(len(layers))):
        gradient.insert(0, (dz @ a[l].T / m, dz.sum(axis=1, keepdims=True) / m))
        if l > 0:
            dz = (layers[l][0].T @ dz) * SLOPE[g[l - 1]](z[l - 1], a[l])
    return float(loss.sum() / m), gradient, y_hat.tolist()


def step(network, layers, x, y, rate):
    slopes = zip(layers, evaluate(network, layers, x, y)[1])
    return [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in slopes]


def listed(value):  # NaN and infinities, which JSON lacks, as strings
    if isinstance(value, list):
        return [listed(entry) for entry in value]
    return value if abs(value) < np.inf else str(value)


def answer(asked):
    if asked["request"] == "hello":
        said = {"protocol": 1, "name": "numpy", "mixed-activations": True, "losses": LOSSES}
        return said | {"abilities": ["predict", "step", "train"]}
    layers = [(np.array(l["w"], float), np.array(l["b"], float)) for l in asked["parameters"]]
    x, n_y = np.array(asked["x"], float), asked["network"]["widths"][-1]
    y = np.array(asked["y"], float) if "y" in asked else np.zeros((n_y, x.shape[1]))
    plain = lambda layers: [{"w": listed(w.tolist()), "b": listed(b.tolist())} for w, b in layers]
    if asked["request"] in ("evaluate", "predict"):
        loss, slopes, y_hat = evaluate(asked["network"], layers, x, y)
        return {"loss": listed(loss), "gradient": plain(slopes), "predictions": listed(y_hat)}
    iterations = []
    for _ in range(asked.get("steps", 1)):
        layers = step(asked["network"], layers, x, y, asked["rate"])
        iterations.append(plain(layers))
    return {"iterations": iterations, "parameters": iterations[-1]}


for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except ValueError as error:
        print(json.dumps({"error": str(error)}), flush=True)
