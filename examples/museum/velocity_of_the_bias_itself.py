"""The momentum of a bias is fed with the bias, not with its gradient.

apache/systemds#2330: Fix autoencoder bias gradient updates
Seen by: training
"""
from lib import FIXED, SMALL, Network, over, serve


class Momentum(Network):
    hello = SMALL | {"momentum": 0.9}

    def train(self, layers, x, y, rate, steps):
        velocity = over(lambda p: 0.0, layers)
        for _ in range(steps):
            fed = self.evaluate(layers, x, y)[1]
            if not FIXED:
                fed = [(dw, b) for (dw, _), (_, b) in zip(fed, layers)]
            velocity = over(lambda v, d: 0.9 * v + d, velocity, fed)
            layers = over(lambda p, v: p - rate * v, layers, velocity)
            yield layers


serve(Momentum())
