"""dW is a sum over the examples, so that its size grows with their number; the loss is a mean.

hunkim/DeepLearningZeroToAll#173: Our manual backprop weight average is missing
davharris/mistnet#33: ensure that expected gradient size doesn't depend on minibatch size
Seen by: the gradient
"""
from lib import FIXED, Network, matmul, serve, transpose


class SumOfExamples(Network):
    def weight_gradient(self, delta, a):
        return super().weight_gradient(delta, a) if FIXED else matmul(delta, transpose(a))


serve(SumOfExamples())
