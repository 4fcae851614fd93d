"""The initialiser exists before the seed is set, so that every run starts from the same weights.

lululxvi/deepxde#2086: GlorotUniform Initializer unseeded
lululxvi/deepxde#2088: fix: add seed support to TensorFlow initializers
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve


class TooLate(Network):
    hello = STARTS | {"starts": ["glorot-uniform"]}

    def initialise(self, widths, start, scale, seed):
        return super().initialise(widths, start, scale, seed if FIXED else 0)


serve(TooLate())
