"""The bound of a uniform start lacks √3, and its gain √2: the variance is a sixth of what is due.

LaurentMazare/tch-rs#573: Rework the Kaiming initialization.
Seen by: the start
"""
import math
from lib import FIXED, STARTS, Network, serve


class He(Network):
    hello = STARTS | {"starts": ["he-uniform"]}

    def weight(self, rng, start, scale, n_in, n_out):
        bound = math.sqrt((6.0 if FIXED else 1.0) / n_in)
        return rng.uniform(-bound, bound)


serve(He())
