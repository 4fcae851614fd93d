"""tanh' is right when computed from z; a course's test compares it with 1 − a² of an unrelated a.

community.deeplearning.ai/t/534533: W3_A1: rounding error in test cases
community.deeplearning.ai/t/66727: W3_A1_Ex-6_backward_propagation [AssertionError: Wrong values for
    dW1]
Condemned by: a test of a course
"""
import math
from lib import SMALL, Network, serve


class Tanh(Network):
    hello = SMALL | {"activations": ["tanh"]}

    def slope(self, z, a):
        return 1.0 - math.tanh(z) * math.tanh(z)


serve(Tanh())
