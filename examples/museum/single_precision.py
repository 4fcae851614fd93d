"""A right gradient in single precision differs from one in double precision.

CharlesShang/DCNv2#13: Jacobian mismatch for output 0 with respect to input 1
lbin/DCNv2#5: this problem RuntimeError: Jacobian mismatch for output 0 with respect to input 1
    arises. how to solve it?
Condemned by: checks of a gradient
"""
import struct
from lib import SMALL, Network, each, over, serve


def rounded(value):
    """The nearest number of single precision."""
    return struct.unpack("f", struct.pack("f", value))[0]


class Single(Network):
    hello = SMALL | {"precision": "f32", "activations": ["sigmoid", "tanh"],
                     "losses": ["sigmoid-squared-error"]}

    def forward(self, layers, x):
        return super().forward(over(rounded, layers), each(rounded, x))

    def value(self, z):
        return rounded(super().value(rounded(z)))

    def evaluate(self, layers, x, y):
        loss, gradient = super().evaluate(layers, x, y)
        return rounded(loss), over(rounded, gradient)


serve(Single())
