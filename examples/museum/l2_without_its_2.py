"""The loss has λ·ΣW² and its gradient λ·W: the factor 2 is missing.

jingtinghuang/CS231n-Spring-2017#3: Missing factor of 2 in gradient of L2 regularization
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, each, serve

STRENGTH = 0.1


class Regularised(Network):
    hello = SMALL | {"l2": "0.2"}  # the protocol declares λ of λ/2·ΣW²

    def evaluate(self, layers, x, y):
        loss, gradient = super().evaluate(layers, x, y)
        loss += STRENGTH * sum(v * v for w, _ in layers for row in w for v in row)
        factor = (2.0 if FIXED else 1.0) * STRENGTH
        return loss, [(each(lambda d, v: d + factor * v, dw, w), db)
                      for (dw, db), (w, _) in zip(gradient, layers)]


serve(Regularised())
