"""The velocity gains rate times gradient where it has to lose it.

fchollet/deep-learning-with-python-notebooks#19: chapter2.4.3 momentum issue
Seen by: training
"""
from lib import FIXED, SMALL, Network, over, serve

MOMENTUM = 0.9


class Momentum(Network):
    hello = SMALL | {"momentum": MOMENTUM}

    def train(self, layers, x, y, rate, steps):
        sign = -1.0 if FIXED else 1.0
        velocity = over(lambda p: 0.0, layers)
        for _ in range(steps):
            gradient = self.evaluate(layers, x, y)[1]
            velocity = over(lambda v, d: MOMENTUM * v + sign * rate * d, velocity, gradient)
            layers = over(lambda p, v: p + v, layers, velocity)
            yield layers


serve(Momentum())
