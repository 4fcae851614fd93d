"""A right network, forward above backward: wrong.py spoils it in one place at a time."""
import numpy as np
from lines import Style, serve


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


G = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda z: z.clip(0.0), "identity": lambda z: z}
SLOPE = {
    "sigmoid": lambda z, a: a * (1.0 - a),
    "tanh": lambda z, a: 1.0 - a * a,
    "relu": lambda z, a: (z > 0.0) * 1.0,
    "identity": lambda z, a: np.ones(z.shape),
}


class Network(Style):
    """Columns are examples, rows of W are units."""

    says = Style.says | {"name": "a network"}

    def forward(self, layers, x):
        z, a = [], [x]
        for w, b in layers:
            z.append(w @ a[-1] + b)
            a.append(G[self.hidden](z[-1]))
        return z, a, z[-1] if self.loss == "squared-error" else sigmoid(z[-1])

    def predict(self, layers, x):
        return self.forward(layers, x)[2]

    def evaluate(self, layers, x, y):
        m = x.shape[1]
        z, a, y_hat = self.forward(layers, x)
        loss = (y_hat - y) ** 2 / 2.0
        if self.loss == "cross-entropy":
            loss = np.logaddexp(0.0, z[-1]) - y * z[-1]
        dz = y_hat - y
        if self.loss == "sigmoid-squared-error":
            dz = dz * y_hat * (1.0 - y_hat)
        gradient = []
        for l in reversed(range(len(layers))):
            dw, db = dz @ a[l].T / m, dz.sum(axis=1, keepdims=True) / m
            gradient.insert(0, (dw, db))
            if l > 0:
                da = layers[l][0].T @ dz
                dz = da * SLOPE[self.hidden](z[l - 1], a[l])
        return loss.sum() / m, gradient

    def step(self, layers, x, y, rate):
        gradient = self.evaluate(layers, x, y)[1]
        return [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(layers, gradient)]

    def train(self, layers, x, y, rate, steps):
        for t in range(steps):
            layers = self.step(layers, x, y, rate)
            yield layers

    def draw(self, scheme, scale, shape, n_in, n_out):
        size = {"zeros": 0.0, "constant": scale, "normal": scale,
                "xavier": np.sqrt(1.0 / n_in), "he": np.sqrt(2.0 / n_in)}[scheme]
        if scheme in ("zeros", "constant"):
            return np.full(shape, size)
        return size * np.random.randn(*shape)


if __name__ == "__main__":
    serve(Network({}).answer)
