"""The gradient of a bias keeps a row for every example, and subtraction broadcasts the bias.

jimfleming/differentiation#1
Seen by: the gradient
"""
import numpy as np
from lib import FIXED, serve

np.seterr(all="ignore")


class Program:
    hello = {"hidden-layers": [1, 2], "hidden-units": [1, 3], "examples": "rows",
             "weight-rows": "inputs", "activations": ["sigmoid"],
             "losses": ["sigmoid-squared-error"]}

    def evaluate(self, layers, x, y):
        layers = [(np.array(w), np.array(b)) for w, b in layers]
        a, m = [np.array(x)], len(x)
        for w, b in layers:
            a.append(1.0 / (1.0 + np.exp(-(a[-1] @ w + b))))
        error = a[-1] - y
        loss, gradient = (error ** 2).sum() / 2.0 / m, []
        for l in reversed(range(len(layers))):
            delta = error * a[l + 1] * (1.0 - a[l + 1])
            db = delta.sum(axis=0, keepdims=True) / m if FIXED else delta / m
            gradient.insert(0, ((a[l].T @ delta / m).tolist(), db.tolist()))
            error = delta @ layers[l][0].T
        return float(loss), gradient


serve(Program())
