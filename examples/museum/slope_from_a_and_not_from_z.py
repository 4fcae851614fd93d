"""The slope is right when computed from a = g(z), with formulas that are written for a.

tsoding/nn.h#18: qa not calculated correctly in backpropagation
scikit-learn/scikit-learn#14244: MLP activations' derivate error in inplace_relu_derivative's code
lazyprogrammer/facial-expression-recognition#2: Derivative of the activation function.
jeffheaton/jeffheaton-book-code#7: Correct the Sigmoid derived function
iamtrask/Grokking-Deep-Learning#59: Chapter 6 - layer_1_delta
Condemned by: readers
"""
from lib import SMALL, Network, serve


class FromTheOutput(Network):
    hello = SMALL | {"activations": ["sigmoid", "tanh", "relu"]}

    def slope(self, z, a):
        return {"sigmoid": a * (1.0 - a), "tanh": 1.0 - a * a, "relu": float(a > 0.0)}[self.hidden]


serve(FromTheOutput())
