"""dz of the hidden layer is divided by m, and so are dW1 and db1.

community.deeplearning.ai/t/63071: Course 1 week 3 planar assignment 4.5 exercise 6 backward
    propagation error for dW1 values
Seen by: the gradient
"""
from lib import FIXED, Network, each, serve


class Planar(Network):
    hello = {"widths": [2, 4, 1], "activations": ["tanh"], "losses": ["cross-entropy"]}

    def hidden_delta(self, w, delta, z, a):
        dz1 = super().hidden_delta(w, delta, z, a)
        m = len(dz1[0])
        return dz1 if FIXED else each(lambda d: d / m, dz1)


serve(Planar())
