"""db sums the rows of dW = dz·xᵀ instead of the rows of dz.

rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#64: Course 2 week 4 ~ Wrong
    back propagation function ~ UNQ_C4
rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#62: Improvisation in Course
    2/Lab/Week4/Assignment - Backprop function
Seen by: the gradient
"""
from lib import FIXED, Network, serve


class RowsOfDw(Network):
    def backward(self, layers, z, a, delta):
        gradient = super().backward(layers, z, a, delta)
        if FIXED:
            return gradient
        return [(dw, [[sum(row)] for row in dw]) for dw, _ in gradient]


serve(RowsOfDw())
