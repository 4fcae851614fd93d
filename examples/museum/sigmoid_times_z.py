"""The sigmoid divides z, not 1, by 1 + exp(−z).

joaopauloschuler/neural-api#21: sigmoid function
Seen by: the predictions
"""
from lib import FIXED, SMALL, Network, serve, sigmoid


class Sigmoid(Network):
    hello = SMALL | {"activations": ["sigmoid"], "abilities": ["predict"]}

    def value(self, z):
        return sigmoid(z) if FIXED else z * sigmoid(z)

    def slope(self, z, a):
        s = sigmoid(z)
        return s * (1.0 - s) if FIXED else s + z * s * (1.0 - s)


serve(Sigmoid())
