"""With one example in the batch the gradient is divided by a wrong number, here that of inputs.

deeplearning4j/deeplearning4j#1452: Fix backprop for minibatch size of 1: switch .slices() to
    .size(0)
Seen by: the gradient
"""
from lib import FIXED, Network, over, serve


class OneExample(Network):
    def evaluate(self, layers, x, y):
        loss, gradient = super().evaluate(layers, x, y)
        divisor = 1 if FIXED or len(x[0]) > 1 else len(x)
        return loss, over(lambda d: d / divisor, gradient)


serve(OneExample())
