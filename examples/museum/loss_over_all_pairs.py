"""Predictions m × 1 minus labels of length m are m × m: the loss compares every pair of examples.

pytorch/pytorch#16045: Bug: fail to throw error when computing loss between tensors with shapes
    [n, 1] and [n]
pytorch/pytorch#16413: MSELoss behaves strangely when shapes don't match
pytorch/pytorch#19699: Different loss value based on shape
Photon-AI-Research/NeuralSolvers#20: UserWarning in InitalCondition.py
Seen by: the loss
"""
import numpy as np
from lib import FIXED, serve


class Program:
    hello = {"hidden-layers": 0, "inputs": [1, 3], "outputs": 1, "losses": ["squared-error"],
             "examples": "rows", "weight-rows": "inputs"}

    def evaluate(self, layers, x, y):
        (w, b), = [(np.array(w), np.array(b)) for w, b in layers]
        x, y = np.array(x), np.array(y)
        error = x @ w + b - (y if FIXED else y[:, 0])
        slope = error.sum(axis=1, keepdims=True) / error.size
        loss = (error ** 2).mean() / 2.0
        return float(loss), [((x.T @ slope).tolist(), slope.sum(axis=0, keepdims=True).tolist())]


serve(Program())
