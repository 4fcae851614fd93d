"""The hidden weights start at a constant; only the output layer is drawn at random.

srenevey/neuro#4: anomalous result
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve


class Constant(Network):
    hello = STARTS | {"starts": ["he"]}

    def initialise(self, widths, start, scale, seed):
        layers = super().initialise(widths, start, scale, seed)
        if FIXED:
            return layers
        return [([[0.01] * len(row) for row in w], b) for w, b in layers[:-1]] + layers[-1:]


serve(Constant())
