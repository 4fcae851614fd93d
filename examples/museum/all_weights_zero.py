"""All weights start at 0, so that the hidden units stay copies of one another.

stackoverflow.com/questions/48027263: why-does-this-neural-network-learn-nothing
stackoverflow.com/questions/36127436: tensorflow-predicts-always-the-same-result
stackoverflow.com/questions/55006469: tensorflow-gradientdescentoptimizer-not-updating-variables
stackoverflow.com/questions/35961434: tensorflow-parameters-do-not-update-when-training
stackoverflow.com/questions/45997645: zero-gradients-for-repetitve-convolutions-tensorflow
stackoverflow.com/questions/42516484:
    why-does-my-tensorflow-neural-network-for-xor-only-have-an-accuracy-of-around-0
stackoverflow.com/questions/49705590:
    loss-decreases-but-weights-dont-appear-to-change-during-tensorflow-gradient-des
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve


class Zero(Network):
    hello = STARTS | {"starts": ["normal"]}

    def weight(self, rng, start, scale, n_in, n_out):
        return rng.gauss(0.0, scale) if FIXED else 0.0


serve(Zero())
