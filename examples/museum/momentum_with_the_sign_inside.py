"""v = µ·v − α·g and θ + v are the same as v = µ·v + α·g and θ − v.

IDSIA/brainstorm#96: MomentumStepper has error
Condemned by: readers
"""
from lib import SMALL, Network, over, serve

MOMENTUM = 0.9


class Momentum(Network):
    hello = SMALL | {"momentum": MOMENTUM}

    def train(self, layers, x, y, rate, steps):
        velocity = over(lambda p: 0.0, layers)
        for _ in range(steps):
            gradient = self.evaluate(layers, x, y)[1]
            velocity = over(lambda v, d: MOMENTUM * v - rate * d, velocity, gradient)
            layers = over(lambda p, v: p + v, layers, velocity)
            yield layers


serve(Momentum())
