"""The derivative of the sigmoid is x·(1 − x) with x = z, where x = σ(z) is meant.

BoltzmannEntropy/interviews.ai#4: CH.SOL- 5.21
kyle8998/Sudo-Productivity#3: sigmoid derivative
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, serve


class Sigmoid(Network):
    hello = SMALL | {"activations": ["sigmoid"]}

    def slope(self, z, a):
        x = a if FIXED else z
        return x * (1.0 - x)


serve(Sigmoid())
