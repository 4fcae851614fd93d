"""The forward pass adds biases, and no step updates them.

mattm/simple-neural-network#5: As this require py3 and also there is no update to bias, please do
    some pull request.
mattm/simple-neural-network#10: Updated bias values while training
Seen by: a step
"""
from lib import FIXED, Network, serve


class NoUpdate(Network):
    def step(self, layers, x, y, rate):
        after = super().step(layers, x, y, rate)
        return after if FIXED else [(w, b) for (w, _), (_, b) in zip(after, layers)]


serve(NoUpdate())
