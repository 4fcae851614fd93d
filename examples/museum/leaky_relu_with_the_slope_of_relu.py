"""The derivative of leaky ReLU is that of ReLU: 0 below zero, where 0.01 is due.

MachineLearningLifeScience/stochman#10: nnh.leakyrelu seems incorrect
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, serve


class LeakyRelu(Network):
    hello = SMALL | {"activations": ["leaky-relu"]}

    def slope(self, z, a):
        if z > 0.0:
            return 1.0
        return 0.01 if FIXED else 0.0


serve(LeakyRelu())
