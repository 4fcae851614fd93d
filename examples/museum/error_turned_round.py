"""The error y − ŷ and an update with a plus are right together.

udacity/deep-learning#285: Wrong calculation in gradient descent
udacity/deep-learning-v2-pytorch#14: Fix error in train() weight updating
makeyourownneuralnetwork/makeyourownneuralnetwork#66: why( wih += lr ...) and not (wih -= lr...)
iamtrask/Grokking-Deep-Learning#37: Chapter 6: layer_2_delta calculation
Condemned by: readers
"""
from lib import SMALL, Network, each, over, serve


class TurnedRound(Network):
    hello = SMALL | {"losses": ["squared-error"]}

    def step(self, layers, x, y, rate):
        z, a = self.forward(layers, x)
        error = each(lambda h, y: y - h, z[-1], y)
        return over(lambda p, d: p + rate * d, layers, self.backward(layers, z, a, error))


serve(TurnedRound())
