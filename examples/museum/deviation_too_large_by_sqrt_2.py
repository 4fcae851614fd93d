"""Weights with the standard deviation σ are asked for and come with √2·σ.

netket/netket#320: `init_random_parameters` and standard deviation
Seen by: the start
"""
import math
from lib import FIXED, STARTS, Network, serve


class Normal(Network):
    hello = STARTS | {"starts": ["normal"]}

    def deviation(self, start, scale, n_in, n_out):
        return scale * (1.0 if FIXED else math.sqrt(2.0))


serve(Normal())
