"""The error of a sigmoid output lacks the factor σ'(z) that the squared error asks for.

jiexunsee/Neural-Network-with-Python#1: Problem in Error/Delta for layer 3
Bot-Academy/NeuralNetworkFromScratch#3: Fixed formally wrong backpropagation/gradient descent
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, each, serve


class SquaredError(Network):
    hello = SMALL | {"activations": ["sigmoid"], "losses": ["sigmoid-squared-error"]}

    def output_delta(self, z, y):
        error = each(lambda h, y: h - y, self.outputs(z), y)
        return super().output_delta(z, y) if FIXED else error


serve(SquaredError())
