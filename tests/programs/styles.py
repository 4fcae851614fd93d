"""The same network as different people write it: what right.py makes its programs of.

Each class has a forward and a backward pass of its own; none knows of another, or of JSON.
"""
import math
import numpy as np
from lines import STARTS, Style


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


class Course(Style):
    """Columns are examples, a dictionary of caches, sums that the update divides by m."""

    def forward(self, layers, X):
        cache, L = {"A0": X}, len(layers)
        for l in range(1, L + 1):
            W, b = layers[l - 1]
            Z = cache[f"Z{l}"] = np.dot(W, cache[f"A{l - 1}"]) + b
            if l < L:
                cache[f"A{l}"] = np.tanh(Z) if self.hidden == "tanh" else logistic(Z)
            else:
                cache[f"A{l}"] = Z if self.loss == "squared-error" else logistic(Z)
        return cache

    def predict(self, layers, X):
        return self.forward(layers, X)[f"A{len(layers)}"]

    def cost(self, A, Z, Y):
        if self.loss == "squared-error":
            return np.sum((A - Y) ** 2) / (2 * Y.shape[1])
        logprobs = np.multiply(Y, np.logaddexp(0, -Z)) + np.multiply(1 - Y, np.logaddexp(0, Z))
        return np.sum(logprobs) / Y.shape[1]

    def sums(self, layers, X, Y):
        cache, grads, L = self.forward(layers, X), [], len(layers)
        dZ = cache[f"A{L}"] - Y
        for l in range(L, 0, -1):
            grads.insert(0, (np.dot(dZ, cache[f"A{l - 1}"].T), np.sum(dZ, axis=1, keepdims=True)))
            if l > 1:
                A = cache[f"A{l - 1}"]
                slope = 1 - np.power(A, 2) if self.hidden == "tanh" else A * (1 - A)
                dZ = np.multiply(np.dot(layers[l - 1][0].T, dZ), slope)
        return self.cost(cache[f"A{L}"], cache[f"Z{L}"], Y), grads

    def evaluate(self, layers, X, Y):
        m = X.shape[1]
        cost, grads = self.sums(layers, X, Y)
        return cost, [(dW / m, db / m) for dW, db in grads]

    def step(self, layers, X, Y, alpha):
        m = X.shape[1]
        _, grads = self.sums(layers, X, Y)
        for (W, b), (dW, db) in zip(layers, grads):
            W -= alpha / m * dW
            b -= alpha / m * db
        return layers


class Rows(Style):
    """Batch first: x @ W + b, the mean already in the first delta; own starts of every scheme."""

    rows = inputs = True
    says = {"abilities": ["predict", "step", "train", "initialise"], "starts": STARTS}
    act = {"sigmoid": logistic, "tanh": np.tanh, "identity": lambda z: z,
           "relu": lambda z: np.maximum(z, 0)}
    slope = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a ** 2,
             "identity": np.ones_like, "relu": lambda a: (a > 0).astype(a.dtype)}

    def forward(self, layers, x):
        outs = [x]
        for w, b in layers[:-1]:
            outs.append(self.act[self.hidden](outs[-1] @ w + b))
        w, b = layers[-1]
        z = outs[-1] @ w + b
        return outs, z, z if self.loss == "squared-error" else logistic(z)

    def predict(self, layers, x):
        return self.forward(layers, x)[2]

    def cost(self, z, p, y):
        if self.loss == "cross-entropy":
            per_output = np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z)))
        else:
            per_output = (p - y) ** 2 / 2
        return per_output.sum(axis=1).mean()

    def delta(self, p, y):
        d = (p - y) / len(y)
        return d * p * (1 - p) if self.loss == "sigmoid-squared-error" else d

    def evaluate(self, layers, x, y):
        outs, z, p = self.forward(layers, x)
        d, grads = self.delta(p, y), []
        for (w, _), a in zip(layers[::-1], outs[::-1]):
            grads.append((a.T @ d, d.sum(axis=0, keepdims=True)))
            d = d @ w.T * self.slope[self.hidden](a)
        return self.cost(z, p, y), grads[::-1]


class Lists(Style):
    """Plain lists and loops, one example after the other, no NumPy."""

    def array(self, value):
        return [[float(entry) for entry in row] for row in value]

    def unit(self, z):
        if self.hidden == "tanh":
            return math.tanh(z)
        return self.sigmoid(z)

    @staticmethod
    def sigmoid(z):
        return 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))

    def forward(self, layers, example):
        acts = [example]
        for l, (w, b) in enumerate(layers):
            z = [sum(wij * a for wij, a in zip(row, acts[-1])) + bi[0] for row, bi in zip(w, b)]
            acts.append([self.unit(zi) for zi in z] if l + 1 < len(layers) else z)
        squared = self.loss == "squared-error"
        return acts, [zi if squared else self.sigmoid(zi) for zi in acts[-1]]

    def predict(self, layers, x):
        return list(zip(*[self.forward(layers, list(example))[1] for example in zip(*x)]))

    def evaluate(self, layers, x, y):
        m, loss = len(x[0]), 0.0
        grads = [([[0.0] * len(w[0]) for _ in w], [[0.0] for _ in b]) for w, b in layers]
        for example, label in zip(zip(*x), zip(*y)):
            acts, guess = self.forward(layers, list(example))
            for z, p, t in zip(acts[-1], guess, label):
                if self.loss == "squared-error":
                    loss += (p - t) * (p - t) / 2 / m
                else:
                    loss += (max(z, 0.0) - z * t + math.log1p(math.exp(-abs(z)))) / m
            delta = [p - t for p, t in zip(guess, label)]
            for l in range(len(layers) - 1, -1, -1):
                dw, db = grads[l]
                for i, d in enumerate(delta):
                    db[i][0] += d / m
                    for j, a in enumerate(acts[l]):
                        dw[i][j] += d * a / m
                if l > 0:
                    delta = [sum(layers[l][0][i][j] * d for i, d in enumerate(delta))
                             * (1 - a * a if self.hidden == "tanh" else a * (1 - a))
                             for j, a in enumerate(acts[l])]
        return loss, grads

    def update(self, layers, gradient, rate):
        def moved(block, slopes):
            return [[p - rate * d for p, d in zip(*rows)] for rows in zip(block, slopes)]
        return [(moved(w, dw), moved(b, db)) for (w, b), (dw, db) in zip(layers, gradient)]


class Einsum(Style):
    """Rows of examples, rows of units (as PyTorch stores them), every product an einsum."""

    rows = True
    says = Style.says | {"starts": ["zeros", "normal", "glorot", "uniform"]}
    functions = {"tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
                 "relu": (lambda z: z * (z > 0), lambda z: np.where(z > 0, 1.0, 0.0)),
                 "sigmoid": (logistic, lambda z: logistic(z) * logistic(-z)),
                 "identity": (lambda z: z, lambda z: np.ones(z.shape))}

    def forward(self, layers, x):
        g, zs, a = self.functions[self.hidden][0], [], [x]
        for w, b in layers:
            zs.append(np.einsum("oi,ni->no", w, a[-1]) + b[:, 0])
            a.append(g(zs[-1]))
        return zs, a[:-1], zs[-1] if self.loss == "squared-error" else logistic(zs[-1])

    def predict(self, layers, x):
        return self.forward(layers, x)[2]

    def evaluate(self, layers, x, y):
        zs, a, p = self.forward(layers, x)
        n, d, slope = len(x), p - y, self.functions[self.hidden][1]
        loss = 0.5 * np.einsum("no,no->", d, d)
        if self.loss == "cross-entropy":
            loss = np.logaddexp(0, zs[-1]).sum() - np.einsum("no,no->", y, zs[-1])
        if self.loss == "sigmoid-squared-error":
            d = np.einsum("no,no,no->no", d, p, 1 - p)
        grads = []
        for l in range(len(layers) - 1, -1, -1):
            grads.append((np.einsum("no,ni->oi", d, a[l]) / n, np.einsum("no->o", d)[:, None] / n))
            if l:
                d = np.einsum("no,oi,ni->ni", d, layers[l][0], slope(zs[l - 1]))
        return loss / n, grads[::-1]


class Dense:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, d):
        self.dw, self.db = self.x.T @ d, np.ones((1, len(d))) @ d
        return d @ self.w.T


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, d):
        return d * (1 - self.out ** 2)


class Sigmoid(Tanh):
    def forward(self, x):
        self.out = logistic(x)
        return self.out

    def backward(self, d):
        return d * self.out * (1 - self.out)


class Relu:
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0.0)

    def backward(self, d):
        return d * self.mask


class Objects(Style):
    """Layers as objects with forward and backward."""

    rows = inputs = True
    kinds = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": Relu}

    def forward(self, layers, x):
        self.modules = []
        for w, b in layers:
            self.modules += [Dense(w, b), self.kinds[self.hidden]()]
        for module in self.modules[:-1]:  # the last activation is that of the loss
            x = module.forward(x)
        return x

    def predict(self, layers, x):
        z = self.forward(layers, x)
        return z if self.loss == "squared-error" else logistic(z)

    def evaluate(self, layers, x, y):
        z, m = self.forward(layers, x), x.shape[0]
        if self.loss == "squared-error":
            loss, d = np.sum((z - y) ** 2) / (2 * m), (z - y) / m
        else:
            loss, d = np.sum(np.logaddexp(0, z) - y * z) / m, (logistic(z) - y) / m
        for module in self.modules[-2::-1]:
            d = module.backward(d)
        return loss, [(dense.dw, dense.db) for dense in self.modules[::2]]


class TwoLayers(Style):
    """The two layers of a first tutorial, written out; it has no others."""

    def forward(self, layers, x):
        (w1, b1), (w2, b2) = layers
        a1 = np.tanh(w1.dot(x) + b1)
        return a1, w2.dot(a1) + b2

    def predict(self, layers, x):
        return logistic(self.forward(layers, x)[1])

    def evaluate(self, layers, x, y):
        a1, z2 = self.forward(layers, x)
        dz2 = (logistic(z2) - y) / y.shape[1]
        dz1 = layers[1][0].T.dot(dz2) * (1 - a1 * a1)
        loss = np.where(z2 > 0, z2, 0) - y * z2 + np.log1p(np.exp(-np.abs(z2)))
        return loss.sum() / y.shape[1], [(dz1.dot(x.T), dz1.sum(axis=1, keepdims=True)),
                                         (dz2.dot(a1.T), dz2.sum(axis=1, keepdims=True))]
