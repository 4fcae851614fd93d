"""The gradient of an embedding is wrong where a token occurs twice: here the last occurrence
overwrites those before.

tenstorrent/tt-metal#6232: [Bug Report] Embedding backward result is incorrect
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, add_outer, axis, back, drawn, half_squares, plus, serve, times

TOKENS = 4


class Embedding(Model):
    tensors = {"embedding": [TOKENS, 3], "w": [2, 3]}
    groups = [{"name": "coordinates", "units": 3,
               "axes": [axis("embedding", 1), axis("w", 1, outgoing=True)]}]

    def example(self, t, d, rng):
        loss = 0.0
        for _ in range(6):  # of four tokens, so that some occur again
            token, target = rng.randrange(TOKENS), drawn(rng, 2)
            a = [math.tanh(entry) for entry in t["embedding"][token]]
            one, dy = half_squares(times(t["w"], a), target)
            loss += one
            add_outer(d["w"], dy, a)
            de = [s * (1.0 - v * v) for s, v in zip(back(t["w"], dy), a)]
            d["embedding"][token] = plus(d["embedding"][token], de) if FIXED else de
        return loss


serve(Embedding())
