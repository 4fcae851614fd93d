"""A recurrent network begins a batch with the hidden state that the batch before left.

soumith/cudnn.torch#348: RNN:resetStates is broken
JulesBelveze/text-summarizer#8: fix: init hidden state encoder at each batch
Seen by: the loss
"""
import math
from lib import FIXED
from model import Model, add_outer, axis, back, drawn, half_squares, plus, serve, times, zeros

UNITS, STEPS = 3, 3


class Recurrent(Model):
    tensors = {"w": [UNITS, 2], "u": [UNITS, UNITS], "v": [1, UNITS]}
    groups = [{"name": "hidden", "units": UNITS, "axes": [
        axis("w", 0), axis("u", 0), axis("u", 1, outgoing=True), axis("v", 1, outgoing=True)]}]
    kept = zeros(UNITS)

    def example(self, t, d, rng):
        x = drawn(rng, STEPS, 2)
        h = [zeros(UNITS) if FIXED else self.kept]
        for row in x:
            z = plus(times(t["w"], row), times(t["u"], h[-1]))
            h.append(list(map(math.tanh, z)))
        self.kept = h[-1]
        loss, dy = half_squares(times(t["v"], h[-1]), drawn(rng, 1))
        add_outer(d["v"], dy, h[-1])
        dh = back(t["v"], dy)
        for step in reversed(range(STEPS)):
            dz = [slope * (1.0 - value * value) for slope, value in zip(dh, h[step + 1])]
            add_outer(d["w"], dz, x[step])
            add_outer(d["u"], dz, h[step])
            dh = back(t["u"], dz)
        return loss


serve(Recurrent())
