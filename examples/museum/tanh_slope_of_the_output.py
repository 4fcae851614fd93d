"""tanh' = 1 − tanh(x)² is right, but is called with x = a, the output, instead of z.

davidrmiller/neural2d#40: Are the TF derivatives correctly implemented?
Seen by: the gradient
"""
import math
from lib import FIXED, SMALL, Network, serve


class Tanh(Network):
    hello = SMALL | {"activations": ["tanh"]}

    def slope(self, z, a):
        x = z if FIXED else a
        return 1.0 - math.tanh(x) * math.tanh(x)


serve(Tanh())
