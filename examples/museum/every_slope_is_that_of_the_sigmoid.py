"""Backpropagation has the derivative of the sigmoid built in, whatever the activation is.

php-ai/php-ml#163: Fix activation functions support
Seen by: the gradient
"""
from lib import FIXED, SMALL, SLOPE, Network, serve


class BuiltIn(Network):
    hello = SMALL | {"activations": ["sigmoid", "tanh"]}

    def slope(self, z, a):
        return SLOPE[self.hidden if FIXED else "sigmoid"](z, a)


serve(BuiltIn())
