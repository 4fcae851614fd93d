"""Leaky ReLU's backward pass writes 0.01 where 0.01 times the incoming gradient is due.

SilasMarvin/dnns-from-scratch-in-zig#5: Possible bug in relu.zig
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, each, matmul, serve, transpose


class LeakyRelu(Network):
    hello = SMALL | {"activations": ["leaky-relu"]}

    def hidden_delta(self, w, delta, z, a):
        def backward(incoming, z):
            if z > 0.0:
                return incoming
            return 0.01 * incoming if FIXED else 0.01
        return each(backward, matmul(transpose(w), delta), z)


serve(LeakyRelu())
