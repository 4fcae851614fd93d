"""The loss of label 0 has the wrong sign: −y·ln ŷ + (1 − y)·ln(1 − ŷ); the gradient is right.

bfortuner/ml-glossary#76: The cost function code return opposite sign
bfortuner/ml-glossary#64: Update logistic_regression.py
Seen by: the loss
"""
import math
from lib import FIXED, Network, each, serve


class LogisticRegression(Network):
    hello = {"hidden-layers": 0, "inputs": [1, 3], "outputs": 1, "losses": ["cross-entropy"]}

    def losses(self, z, y):
        def loss(z, y):
            class_1 = y * softplus(-z)
            class_0 = (1.0 - y) * softplus(z)
            return class_1 + class_0 if FIXED else class_1 - class_0
        return each(loss, z, y)


def softplus(z):
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


serve(LogisticRegression())
