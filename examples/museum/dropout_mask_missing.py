"""The backward pass ignores the mask of dropout and its factor 1/(1 − p).

rohitg00/ai-engineering-from-scratch#17: Add 8 lessons: Phase 3 (05-10) + Phase 10 (04-05)
ddbourgin/numpy-ml#94: Backpropagation of dropout wrapper does not apply the mask
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, add_outer, back, drawn, half_squares, serve, times

P = 0.25


class Dropout(Model):
    tensors = {"w1": [4, 3], "w2": [2, 4]}

    def example(self, t, d, rng):
        x, target = drawn(rng, 3), drawn(rng, 2)
        # the number of the batch decides what is dropped, so that the loss is a function
        mask = [0.0 if rng.random() < P else 1.0 / (1.0 - P) for _ in range(4)]
        a = [math.tanh(z) for z in times(t["w1"], x)]
        kept = [value * factor for value, factor in zip(a, mask)]
        loss, dy = half_squares(times(t["w2"], kept), target)
        add_outer(d["w2"], dy, kept)
        da = back(t["w2"], dy)
        if FIXED:
            da = [slope * factor for slope, factor in zip(da, mask)]
        add_outer(d["w1"], [slope * (1.0 - value * value) for slope, value in zip(da, a)], x)
        return loss


serve(Dropout())
