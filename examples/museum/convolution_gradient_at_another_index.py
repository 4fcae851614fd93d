"""The gradient of a convolution's input is stored at the index m, where d is meant.

NervanaSystems/neon#111: Bug in bprop?
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, drawn, half_squares, serve, zeros

LENGTH, KERNEL = 6, 2


def convolved(kernel, x):
    return [sum(w * x[m + k] for k, w in enumerate(kernel)) for m in range(len(x) - KERNEL + 1)]


class Convolutions(Model):
    tensors = {"first": [KERNEL], "second": [KERNEL]}

    def example(self, t, d, rng):
        x = drawn(rng, LENGTH)
        a = [math.tanh(z) for z in convolved(t["first"], x)]
        y = convolved(t["second"], a)
        loss, dy = half_squares(y, drawn(rng, len(y)))
        for m, slope in enumerate(dy):
            for k in range(KERNEL):
                d["second"][k] += slope * a[m + k]
        da = zeros(len(a))
        for depth in range(len(a)):
            reached = [k for k in range(KERNEL) if 0 <= depth - k < len(dy)]
            total = sum(dy[depth - k] * t["second"][k] for k in reached)
            da[depth if FIXED else m] = total  # m is left over from the loop above
        for m, (slope, value) in enumerate(zip(da, a)):
            for k in range(KERNEL):
                d["first"][k] += slope * (1.0 - value * value) * x[m + k]
        return loss


serve(Convolutions())
