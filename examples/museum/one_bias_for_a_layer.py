"""All units of a layer share one bias, and it is never trained.

glouw/tinn#30: Biases never updated
glouw/tinn#29: Questions about bias
Seen by: the gradient
"""
from lib import FIXED, Network, serve


class OneBias(Network):
    hello = {"widths": [3, 4, 2], "activations": ["sigmoid"], "losses": ["sigmoid-squared-error"]}

    def forward(self, layers, x):
        if not FIXED:
            layers = [(w, [b[0]] * len(b)) for w, b in layers]
        return super().forward(layers, x)

    def bias_gradient(self, delta):
        return super().bias_gradient(delta) if FIXED else [[0.0]] * len(delta)


serve(OneBias())
