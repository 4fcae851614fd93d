"""The training loop never sets the gradient to zero, so that each step adds all those before.

IBM/aihwkit#446: Missing zero_grad() call
facebookresearch/nwm#16: Missing opt.zero_grad() when bfloat16 is enabled causes silent gradient
    accumulation
udacity/deep-learning-v2-pytorch#160: Add zero_grad to Transfer Learning notebook
Seen by: training
"""
from lib import FIXED, Network, over, serve


class Accumulating(Network):
    def train(self, layers, x, y, rate, steps):
        total = over(lambda p: 0.0, layers)
        for _ in range(steps):
            gradient = self.evaluate(layers, x, y)[1]
            total = gradient if FIXED else over(lambda t, d: t + d, total, gradient)
            layers = over(lambda p, t: p - rate * t, layers, total)
            yield layers


serve(Accumulating())
