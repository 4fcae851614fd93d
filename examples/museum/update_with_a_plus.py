"""The update adds rate times gradient where it has to subtract it.

pytorch/pytorch#1871: Mistake in "Deep Learning with PyTorch: A 60 Minute Blitz"
eric-mitchell/mend#13: Update Weights Operation
Seen by: a step
"""
from lib import FIXED, Network, over, serve


class Plus(Network):
    def step(self, layers, x, y, rate):
        sign = -1.0 if FIXED else 1.0
        gradient = self.evaluate(layers, x, y)[1]
        return over(lambda p, d: p + sign * rate * d, layers, gradient)


serve(Plus())
