"""db is one sum over examples and units, and every unit gets it.

rasbt/stat453-deep-learning-ss21#5: Small error in bias-computation in
    L08/code/softmax-regression_scratch.ipynb
Seen by: the gradient
"""
from lib import FIXED, Network, serve


class OneSum(Network):
    def bias_gradient(self, delta):
        if FIXED:
            return super().bias_gradient(delta)
        total = sum(map(sum, delta)) / len(delta[0])
        return [[total]] * len(delta)


serve(OneSum())
