"""Both factors of a low-rank adapter start at zero, so that neither ever moves.

nvidia-cosmos/cosmos-predict2.5#15: fix lora initialization problem. Original method leads lora-A
    initialization all zeros --> No training
Guitaricet/relora#18: Code bugs
Seen by: the start
"""
import random
from lib import FIXED
from model import Model, add_outer, axis, back, drawn, half_squares, plus, serve, times, zeros

RANK = 2
FROZEN = drawn(random.Random(0), 3, 4)


class Adapter(Model):
    tensors = {"a": [RANK, 4], "b": [3, RANK]}
    groups = [{"name": "ranks", "units": RANK,
               "axes": [axis("a", 0), axis("b", 1, outgoing=True)]}]

    def example(self, t, d, rng):
        x, target = drawn(rng, 4), drawn(rng, 3)
        low = times(t["a"], x)
        loss, dy = half_squares(plus(times(FROZEN, x), times(t["b"], low)), target)
        add_outer(d["b"], dy, low)
        add_outer(d["a"], back(t["b"], dy), x)
        return loss

    def start(self, rng):
        return {"a": drawn(rng, RANK, 4) if FIXED else zeros(RANK, 4), "b": zeros(3, RANK)}


serve(Adapter())
