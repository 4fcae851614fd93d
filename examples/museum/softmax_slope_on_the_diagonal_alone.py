"""The derivative of the softmax is s·(1 − s), without the terms off the diagonal.

deeplearning4j/libnd4j#440: Softmax derivative implementation incorrect
zhuozhiyongde/Fundamentals-of-Artificial-Intelligence-2024Spring-PKU#1: Implementation of
    softmax_prime
HomericIntelligence/Odyssey#2134: [Test Fix] test_activations.mojo - Fix softmax backward Jacobian
    computation
Seen by: the gradient
"""
import math
from lib import FIXED
from model import (Model, add_outer, axis, back, drawn, half_squares, serve, softmax, softmax_back,
                   times)


class ThreeClasses(Model):
    tensors = {"w1": [4, 3], "w2": [3, 4]}
    groups = [{"name": "hidden", "units": 4,
               "axes": [axis("w1", 0), axis("w2", 1, outgoing=True)]}]

    def example(self, t, d, rng):
        x, target = drawn(rng, 3), [0.0, 0.0, 0.0]
        target[rng.randrange(3)] = 1.0
        a = [math.tanh(z) for z in times(t["w1"], x)]
        s = softmax(times(t["w2"], a))
        loss, ds = half_squares(s, target)
        dz = [slope * share * (1.0 - share) for share, slope in zip(s, ds)]
        if FIXED:
            dz = softmax_back(s, ds)
        add_outer(d["w2"], dz, a)
        da = back(t["w2"], dz)
        add_outer(d["w1"], [slope * (1.0 - value * value) for slope, value in zip(da, a)], x)
        return loss


serve(ThreeClasses())
