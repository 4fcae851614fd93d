"""The delta ŷ − y without σ'(z) is right, because cross-entropy cancels it.

rasbt/python-machine-learning-book-2nd-edition#54: Ch12 back propagation - sigmoid derivative not
    included
Condemned by: readers
"""
from lib import SMALL, Network, each, serve


class CrossEntropy(Network):
    hello = SMALL | {"losses": ["cross-entropy"]}

    def output_delta(self, z, y):
        return each(lambda h, y: h - y, self.outputs(z), y)


serve(CrossEntropy())
