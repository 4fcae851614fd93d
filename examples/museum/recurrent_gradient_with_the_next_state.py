"""One step of a recurrent network multiplies its slope by the state that it left, not by the state
that it found.

VikParuchuri/zero_to_gpt#9: hidden state index at t=1 during backprop
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, add_outer, axis, back, drawn, half_squares, plus, serve, times, zeros

UNITS, STEPS = 3, 3


class Recurrent(Model):
    tensors = {"w": [UNITS, 2], "u": [UNITS, UNITS], "v": [1, UNITS]}
    groups = [{"name": "hidden", "units": UNITS, "axes": [
        axis("w", 0), axis("u", 0), axis("u", 1, outgoing=True), axis("v", 1, outgoing=True)]}]

    def example(self, t, d, rng):
        x, h, loss = drawn(rng, STEPS, 2), [], 0.0
        for row in x:
            z = times(t["w"], row)
            h.append(list(map(math.tanh, plus(z, times(t["u"], h[-1])) if h else z)))
        dh = zeros(UNITS)
        for step in reversed(range(STEPS)):
            one, dy = half_squares(times(t["v"], h[step]), drawn(rng, 1))
            loss += one
            add_outer(d["v"], dy, h[step])
            dh = plus(dh, back(t["v"], dy))
            dz = [slope * (1.0 - value * value) for slope, value in zip(dh, h[step])]
            add_outer(d["w"], dz, x[step])
            if step > 0:
                found = step if step == 1 and not FIXED else step - 1
                add_outer(d["u"], dz, h[found])
            dh = back(t["u"], dz)
        return loss


serve(Recurrent())
