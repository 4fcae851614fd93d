"""Nothing clears the gradient, so that a second backward pass on the same graph adds to it.

karpathy/micrograd#102: Update engine.py to zero grads prior to accumulation
Seen by: the gradient
"""
from lib import FIXED, Network, over, serve


class Accumulating(Network):
    graph = kept = None

    def evaluate(self, layers, x, y):
        loss, gradient = super().evaluate(layers, x, y)
        if not FIXED and self.graph == (layers, x, y):
            gradient = over(lambda d, before: d + before, gradient, self.kept)
        self.graph, self.kept = (layers, x, y), gradient
        return loss, gradient


serve(Accumulating())
