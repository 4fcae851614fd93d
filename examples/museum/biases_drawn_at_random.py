"""A reset draws the biases at random, where they have to be 0.

NVIDIA/TransformerEngine#2529: Linear layer reset_parameters() changes bias zero init to random init
    near 0
Seen by: the start
"""
import random
from lib import FIXED, STARTS, Network, serve


class Biases(Network):
    hello = STARTS | {"starts": ["xavier-uniform"]}

    def initialise(self, widths, start, scale, seed):
        layers = super().initialise(widths, start, scale, seed)
        if FIXED:
            return layers
        rng = random.Random(seed + 1)
        return [(w, [[rng.gauss(0.0, 0.02)] for _ in b]) for w, b in layers]


serve(Biases())
