"""Networks in the styles of different people, for the tests."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def course(parameters, x, y, *, slope=lambda z, a: 1 - a**2, mean=True):
    """One tanh layer, a dictionary, examples in columns, cross-entropy from ŷ."""
    m = x.shape[1]
    z1 = parameters["W1"] @ x + parameters["b1"]
    a1 = np.tanh(z1)
    a2 = sigmoid(parameters["W2"] @ a1 + parameters["b2"])
    loss = -np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2)) / m
    dz2 = a2 - y
    dz1 = parameters["W2"].T @ dz2 * slope(z1, a1)
    return loss, {
        "dW1": dz1 @ x.T / m,
        "db1": dz1.sum(axis=1, keepdims=True) / m,
        "dW2": dz2 @ a1.T / (m if mean else 1),
        "db2": dz2.sum(axis=1, keepdims=True) / m,
    }


def class_numbers(parameters, x, y):
    """One ReLU layer, a softmax, examples in rows, labels that are numbers of classes."""
    m = len(y)
    h = np.maximum(0, x @ parameters["W1"] + parameters["b1"])
    scores = h @ parameters["W2"] + parameters["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(m), y]).mean()
    d = p
    d[np.arange(m), y] -= 1
    d /= m
    dh = (d @ parameters["W2"].T) * (h > 0)
    return loss, {
        "W1": x.T @ dh,
        "b1": dh.sum(axis=0),
        "W2": h.T @ d,
        "b2": d.sum(axis=0),
    }


def deep_pairs(layers, x, y):
    """Any number of tanh layers, pairs (W, b), rows, the mean of the squares without ½."""
    a = [x]
    for i, (w, b) in enumerate(layers):
        z = a[-1] @ w + b
        a.append(np.tanh(z) if i < len(layers) - 1 else z)
    loss = np.mean((a[-1] - y) ** 2)
    d, gradient = 2 * (a[-1] - y) / y.size, []
    for i in reversed(range(len(layers))):
        gradient.insert(0, (a[i].T @ d, d.sum(axis=0)))
        d = (d @ layers[i][0].T) * (1 - a[i] ** 2)
    return loss, gradient


def sigmoids_in_a_list(parameters, x, y):
    """Any number of sigmoid layers, a list W1, b1, …, columns, ½ of the squares."""
    depth, m, a = len(parameters) // 2, x.shape[1], [x]
    for i in range(depth):
        a.append(sigmoid(parameters[2 * i] @ a[-1] + parameters[2 * i + 1]))
    loss = ((a[-1] - y) ** 2).sum() / (2 * m)
    d, gradient = (a[-1] - y) * a[-1] * (1 - a[-1]), []
    for i in reversed(range(depth)):
        gradient = [d @ a[i].T / m, d.sum(axis=1, keepdims=True) / m, *gradient]
        d = parameters[2 * i].T @ d * a[i] * (1 - a[i])
    return loss, gradient


def vector_labels(parameters, x, y):
    """One ReLU layer in rows, w1 in small letters, labels (m,)."""
    z = x @ parameters["w1"] + parameters["b1"]
    h = np.maximum(z, 0)
    a = sigmoid(h @ parameters["w2"] + parameters["b2"]).ravel()
    loss = -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()
    d = ((a - y) / len(y))[:, None]
    dh = d @ parameters["w2"].T * (z > 0)
    return loss, {"w1": x.T @ dh, "b1": dh.sum(0), "w2": h.T @ d, "b2": d.sum(0)}


class FlatFixed:
    """A network of one size that takes one vector, with predictions and training of its own."""

    widths = (3, 4, 1)
    init_symmetry = {"widths": [3, 4, 1], "layout": "flat"}

    def unpacked(self, theta):
        w1, b1, w2, b2 = np.split(theta, [12, 16, 20])
        return {
            "W1": w1.reshape(4, 3),
            "b1": b1.reshape(4, 1),
            "W2": w2.reshape(1, 4),
            "b2": b2.reshape(1, 1),
        }

    def loss_and_gradient(self, theta, x, y):
        loss, g = course(self.unpacked(theta), x, y)
        return loss, np.concatenate([g[name].ravel() for name in ("dW1", "db1", "dW2", "db2")])

    def predict(self, theta, x):
        p = self.unpacked(theta)
        return sigmoid(p["W2"] @ np.tanh(p["W1"] @ x + p["b1"]) + p["b2"])

    def step(self, theta, x, y, learning_rate):
        return theta - learning_rate * self.loss_and_gradient(theta, x, y)[1]

    def train(self, theta, x, y, learning_rate, steps):
        iterations = []
        for _ in range(steps):
            theta = self.step(theta, x, y, learning_rate)
            iterations.append(theta)
        return iterations


RIGHT = [course, class_numbers, deep_pairs, sigmoids_in_a_list, vector_labels, FlatFixed]


def deep(parameters, x, y, *, g, slope, output=sigmoid, loss=None):
    """Any number of layers in columns, with any activation, output and loss; dz is ŷ − y."""
    depth, m, a, z = len(parameters) // 2, x.shape[1], [x], []
    for layer in range(1, depth + 1):
        z.append(parameters[f"W{layer}"] @ a[-1] + parameters[f"b{layer}"])
        a.append(g(z[-1], layer) if layer < depth else output(z[-1]))
    d, gradient = a[-1] - y, {}
    for layer in range(depth, 0, -1):
        gradient[f"dW{layer}"] = d @ a[layer - 1].T / m
        gradient[f"db{layer}"] = d.sum(axis=1, keepdims=True) / m
        if layer > 1:
            d = parameters[f"W{layer}"].T @ d * slope(z[layer - 2], a[layer - 1], layer - 1)
    return (loss or cross_entropy)(a[-1], y), gradient


def cross_entropy(y_hat, y):
    return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
