"""The last layer is drawn without the seed, so that no start can be repeated.

shenweichen/DeepCTR#255: Use seed in last dense layer of DeepFM
Seen by: the start
"""
import random
from lib import FIXED, STARTS, Network, serve


class Unseeded(Network):
    hello = STARTS | {"starts": ["glorot"]}

    def initialise(self, widths, start, scale, seed):
        layers = super().initialise(widths, start, scale, seed)
        if not FIXED:
            n_in, n_out = widths[-2:]
            w = self.draw(random.Random(), start, scale, n_in, n_out)
            layers[-1] = (w, layers[-1][1])
        return layers


serve(Unseeded())
