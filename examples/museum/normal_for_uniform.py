"""Weights that are declared as uniform are drawn from the normal distribution: randn for rand.

official-stockfish/nnue-pytorch#113: feature transformer initialization uses wrong distribution
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve


class Uniform(Network):
    hello = STARTS | {"starts": ["uniform"]}

    def weight(self, rng, start, scale, n_in, n_out):
        return scale * (rng.uniform(-1.0, 1.0) if FIXED else rng.gauss(0.0, 1.0))


serve(Uniform())
