"""A network in NumPy with every activation and loss, for `init-symmetry check`.

    init-symmetry check examples/subjects/numpy_network.py:NumpyNetwork
    init-symmetry check -- python3 examples/subjects/numpy_network.py   # in a process of its own

It needs the package init-symmetry (docs/PYTHON.md). numpy_subject.py does the same without it, and
shows how a program in any language answers the protocol.
"""
import numpy as np


def sigmoid(z):
    return np.exp(-np.logaddexp(0.0, -z))


G = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda z: z.clip(0.0), "identity": np.copy}
SLOPE = {
    "sigmoid": lambda z, a: a * (1.0 - a),
    "tanh": lambda z, a: 1.0 - a * a,
    "relu": lambda z, a: (z > 0.0).astype(float),
    "identity": lambda z, a: np.ones_like(z),
}


class NumpyNetwork:
    init_symmetry = {
        "examples": "columns",
        "layout": "pairs",
        "activations": list(G),
        "mixed-activations": True,
        "losses": [
            "cross-entropy", "sigmoid-squared-error", "squared-error", "softmax-cross-entropy",
        ],
    }

    def forward(self, layers, x, network):
        """z and a of every layer, and ŷ."""
        widths = network["widths"]
        due = [shape for k, n in zip(widths, widths[1:]) for shape in [(n, k), (n, 1)]]
        given = [array.shape for layer in layers for array in layer]
        if due != given or x.shape[0] != widths[0]:
            raise ValueError(f"the shapes do not fit widths {widths}")
        z, a = [], [x]
        for (w, b), g in zip(layers, [*network["activations"], "identity"]):
            z.append(w @ a[-1] + b)
            a.append(G[g](z[-1]))
        if network["loss"] == "softmax-cross-entropy":
            return z, a, np.exp(z[-1] - np.logaddexp.reduce(z[-1], axis=0))
        return z, a, z[-1] if network["loss"] == "squared-error" else sigmoid(z[-1])

    def loss_and_gradient(self, layers, x, y, network):
        z, a, y_hat = self.forward(layers, x, network)
        if y.shape != y_hat.shape:
            raise ValueError(f"y is {y.shape} but ŷ is {y_hat.shape}")
        m, dz = x.shape[1], y_hat - y
        if network["loss"] == "cross-entropy":
            loss = np.logaddexp(0.0, z[-1]) - y * z[-1]
        elif network["loss"] == "softmax-cross-entropy":
            loss = np.logaddexp.reduce(z[-1], axis=0) - (y * z[-1]).sum(axis=0)
        else:
            loss = dz**2 / 2.0
        if network["loss"] == "sigmoid-squared-error":
            dz = dz * y_hat * (1.0 - y_hat)
        gradient = []
        for l in reversed(range(len(layers))):
            gradient.insert(0, (dz @ a[l].T / m, dz.sum(axis=1, keepdims=True) / m))
            if l > 0:
                slope = SLOPE[network["activations"][l - 1]](z[l - 1], a[l])
                dz = (layers[l][0].T @ dz) * slope
        return loss.sum() / m, gradient

    def predict(self, layers, x, network):
        return self.forward(layers, x, network)[2]

    def step(self, layers, x, y, learning_rate, network):
        gradient = self.loss_and_gradient(layers, x, y, network)[1]
        pairs = zip(layers, gradient)
        return [(w - learning_rate * dw, b - learning_rate * db) for (w, b), (dw, db) in pairs]

    def train(self, layers, x, y, learning_rate, steps, network):
        iterations = []
        for _ in range(steps):
            layers = self.step(layers, x, y, learning_rate, network)
            iterations.append(layers)
        return iterations


if __name__ == "__main__":
    import init_symmetry

    init_symmetry.serve(NumpyNetwork())
