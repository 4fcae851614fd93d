"""Momentum multiplies the gradient instead of the velocity, which then never decays.

ooples/AiDotNet#2008: GradientBasedOptimizerBase.ApplyMomentum applies the coefficient to the wrong
    term — velocity never decays
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
            velocity = over(
                (lambda v, d: MOMENTUM * v + d) if FIXED else (lambda v, d: v + MOMENTUM * d),
                velocity, gradient)
            layers = over(lambda p, v: p - rate * v, layers, velocity)
            yield layers


serve(Momentum())
