"""Leaky ReLU is 0 below zero and 0.01·z above it.

BrainJS/brain.js#560: Problem(?) of leaky ReLU Implementation
Seen by: the predictions
"""
from lib import FIXED, SMALL, Network, serve


class LeakyRelu(Network):
    hello = SMALL | {"activations": ["leaky-relu"], "abilities": ["predict"]}

    def value(self, z):
        if FIXED:
            return 0.01 * z if z < 0.0 else z
        return 0.0 if z < 0.0 else 0.01 * z

    def slope(self, z, a):
        if FIXED:
            return 1.0 if z > 0.0 else 0.01
        return 0.01 if z > 0.0 else 0.0


serve(LeakyRelu())
