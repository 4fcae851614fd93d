"""Any momentum doubles the gradient: g + µ·g + (1 − µ)·g, and no step is remembered.

deeplearning4j/deeplearning4j#336: GradientAdjustment: momentum parameter
Seen by: training
"""
from lib import FIXED, SMALL, Network, over, serve

MOMENTUM = 0.9


class Momentum(Network):
    hello = SMALL | {"momentum": MOMENTUM}

    def train(self, layers, x, y, rate, steps):
        velocity = over(lambda p: 0.0, layers)
        for _ in range(steps):
            gradient = self.evaluate(layers, x, y)[1]
            if FIXED:
                velocity = over(lambda v, d: MOMENTUM * v + d, velocity, gradient)
            else:
                velocity = over(lambda d: d + MOMENTUM * d + (1.0 - MOMENTUM) * d, gradient)
            layers = over(lambda p, v: p - rate * v, layers, velocity)
            yield layers


serve(Momentum())
