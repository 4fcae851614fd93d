"""Two layers share a weight, and the gradient of one replaces that of the other.

NVIDIA/TransformerEngine#3437: Tied weights do not accumulate with delayed wgrad
NVIDIA/TransformerEngine#3552: Accumulate delayed wgrads into shared (tied) parameters
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, add_outer, axis, back, drawn, half_squares, serve, times, zeros

UNITS = 3


class Tied(Model):
    tensors = {"entry": [UNITS, 2], "w": [UNITS, UNITS], "exit": [1, UNITS]}
    groups = [{"name": "hidden", "units": UNITS, "axes": [
        axis("entry", 0), axis("w", 0), axis("w", 1, outgoing=True),
        axis("exit", 1, outgoing=True)]}]

    def example(self, t, d, rng):
        x = drawn(rng, 2)
        layers = [t["entry"], t["w"], t["w"]]
        a = [x]
        for w in layers:
            a.append([math.tanh(z) for z in times(w, a[-1])])
        loss, dy = half_squares(times(t["exit"], a[3]), drawn(rng, 1))
        add_outer(d["exit"], dy, a[3])
        da = back(t["exit"], dy)
        for l, name in (2, "w"), (1, "w"), (0, "entry"):
            dz = [slope * (1.0 - value * value) for slope, value in zip(da, a[l + 1])]
            if not FIXED:
                d[name] = zeros(*self.tensors[name])
            add_outer(d[name], dz, a[l])
            da = back(layers[l], dz)
        return loss


serve(Tied())
