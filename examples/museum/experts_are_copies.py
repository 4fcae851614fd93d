"""Experts of a mixture start as copies of one another; here the gate prefers none of them.

laekov/fastmoe#4
google/flax#2665
PaddlePaddle/PaddleRec#721: 关于MMoe网络一些疑问
Seen by: the start
"""
import math
from operator import mul
from lib import FIXED
from model import Model, add_outer, axis, drawn, half_squares, serve, softmax, softmax_back, times

EXPERTS = 3


class Mixture(Model):
    tensors = {"gate": [EXPERTS, 2], "w": [EXPERTS, 2, 2]}
    groups = [{"name": "experts", "units": EXPERTS, "axes": [axis("gate", 0), axis("w", 0)]}]

    def example(self, t, d, rng):
        x, target = drawn(rng, 2), drawn(rng, 2)
        shares = softmax(times(t["gate"], x))
        answers = [[math.tanh(z) for z in times(w, x)] for w in t["w"]]
        y = [sum(map(mul, shares, entries)) for entries in zip(*answers)]
        loss, dy = half_squares(y, target)
        dshares = [sum(map(mul, dy, a)) for a in answers]
        add_outer(d["gate"], softmax_back(shares, dshares), x)
        for share, a, dw in zip(shares, answers, d["w"]):
            add_outer(dw, [share * slope * (1.0 - v * v) for slope, v in zip(dy, a)], x)
        return loss

    def start(self, rng):
        one = drawn(rng, 2, 2)
        w = drawn(rng, EXPERTS, 2, 2) if FIXED else [one] * EXPERTS
        # a gate that starts at 0 gives every expert the same share
        return {"gate": [[0.0, 0.0]] * EXPERTS, "w": w}


serve(Mixture())
