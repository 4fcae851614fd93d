"""The normal start has the variance 3/(n_in + n_out), where 2/(n_in + n_out) is due.

tflearn/tflearn#870: Wrong Xavier initialization for normally distributed weights.
Seen by: the start
"""
import math
from lib import FIXED, STARTS, Network, serve


class Glorot(Network):
    hello = STARTS | {"starts": ["glorot"]}

    def deviation(self, start, scale, n_in, n_out):
        return math.sqrt((2.0 if FIXED else 3.0) / (n_in + n_out))


serve(Glorot())
