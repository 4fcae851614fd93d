"""dz of the hidden layer uses matrix products where the elementwise product is due.

community.deeplearning.ai/t/402919: W3_Ex-6_AssertionError: Wrong values for dW1
Seen by: the gradient
"""
from lib import FIXED, Network, each, matmul, serve, transpose


class Planar(Network):
    hello = {"widths": [2, 4, 1], "activations": ["tanh"], "losses": ["cross-entropy"]}

    def hidden_delta(self, w, delta, z, a):
        if FIXED:
            return super().hidden_delta(w, delta, z, a)
        da = matmul(transpose(w), delta)
        slopes = each(lambda product: 1.0 - product, matmul(transpose(a), a))  # m × m
        return matmul(da, slopes)


serve(Planar())
