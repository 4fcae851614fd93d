"""db is the mean over the examples of errors that are divided by m already.

kvfrans/notes#5: Issue on page /2-training-neural-networks/backpropagation.html
Seen by: the gradient
"""
from lib import FIXED, Network, each, matmul, serve, transpose


class MeanOfAMean(Network):
    def output_delta(self, z, y):
        m = len(y[0])
        return each(lambda d: d / m, super().output_delta(z, y))

    def weight_gradient(self, delta, a):
        return matmul(delta, transpose(a))

    def bias_gradient(self, delta):
        m = 1 if FIXED else len(delta[0])
        return [[sum(row) / m] for row in delta]


serve(MeanOfAMean())
