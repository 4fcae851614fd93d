"""ReLU's derivative is that of the sigmoid, a·(1 − a).

jeffheaton/encog-dotnet-core#124: Wrong derivative in RELU Activation
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, serve


class Relu(Network):
    hello = SMALL | {"activations": ["relu"]}

    def slope(self, z, a):
        return super().slope(z, a) if FIXED else a * (1.0 - a)


serve(Relu())
