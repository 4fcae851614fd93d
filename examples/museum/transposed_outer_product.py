"""dW is the outer product of input and error, which is the transpose of what is due.

iamtrask/Grokking-Deep-Learning#23: Chapter 5: weight_deltas calculation in case of multiple inputs
    and multiple outputs
iamtrask/Grokking-Deep-Learning#71: typo in a book
Seen by: the gradient
"""
from lib import FIXED, Network, serve, transpose


class ThreeToThree(Network):
    hello = {"widths": [3, 3], "losses": ["squared-error"]}

    def weight_gradient(self, delta, a):
        dw = super().weight_gradient(delta, a)
        return dw if FIXED else transpose(dw)


serve(ThreeToThree())
