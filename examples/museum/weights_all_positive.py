"""All weights start between 0 and 1 instead of around 0.

stats.stackexchange.com/questions/213666: Is it normal that a Neural Network sometimes doesn't learn
    Xor?
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve


class Uniform(Network):
    hello = STARTS | {"starts": ["uniform"]}

    def weight(self, rng, start, scale, n_in, n_out):
        return scale * (2.0 * rng.random() - 1.0 if FIXED else rng.random())


serve(Uniform())
