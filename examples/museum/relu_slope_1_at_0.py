"""ReLU's derivative at exactly 0 is 1, where the convention is 0.

tensorflow/playground#19: Incorrect Rectified Linear Unit derivative
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, serve


class Relu(Network):
    hello = SMALL | {"activations": ["relu"]}

    def slope(self, z, a):
        if FIXED:
            return 0.0 if z <= 0.0 else 1.0
        return 0.0 if z < 0.0 else 1.0


serve(Relu())
