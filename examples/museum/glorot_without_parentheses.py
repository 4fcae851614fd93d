"""The standard deviation is √(2/n_in + n_out): the parentheses around the sum are missing.

mlverse/torch#555: Xavier initialization
Seen by: the start
"""
import math
from lib import FIXED, STARTS, Network, serve


class Glorot(Network):
    hello = STARTS | {"starts": ["glorot", "glorot-uniform"]}

    def deviation(self, start, scale, n_in, n_out):
        return math.sqrt(2.0 / (n_in + n_out) if FIXED else 2.0 / n_in + n_out)


serve(Glorot())
