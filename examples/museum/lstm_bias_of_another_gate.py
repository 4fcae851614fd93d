"""The biases of an LSTM's input gate and output gate get the gradient of the forget gate's.

hanbt/learn_dl#53: Error in lstm.py
Seen by: the gradient
"""
import math
from lib import FIXED, sigmoid
from model import Model, add_outer, axis, back, drawn, half_squares, plus, serve, times, zeros

CELLS, STEPS = 2, 3
GATES = "figo"  # forget, input, candidate, output


class Lstm(Model):
    tensors = {f"{part}_{gate}": shape for gate in GATES
               for part, shape in (("w", [CELLS, 1]), ("u", [CELLS, CELLS]), ("b", [CELLS]))}
    groups = [{"name": "cells", "units": CELLS, "axes": [
        *[axis(f"{part}_{gate}", 0) for part in "wub" for gate in GATES],
        *[axis(f"u_{gate}", 1, outgoing=True) for gate in GATES]]}]

    def example(self, t, d, rng):
        h, c, past = zeros(CELLS), zeros(CELLS), []
        for x in drawn(rng, STEPS, 1):
            z = {it: plus(plus(times(t["w_" + it], x), times(t["u_" + it], h)), t["b_" + it])
                 for it in GATES}
            f, i, g, o = (list(map(math.tanh if it == "g" else sigmoid, z[it])) for it in GATES)
            before = c
            c = [f[k] * c[k] + i[k] * g[k] for k in range(CELLS)]
            past.append((x, h, before, c, f, i, g, o))
            h = [o[k] * math.tanh(c[k]) for k in range(CELLS)]
        loss, [dy] = half_squares([sum(h)], drawn(rng, 1))
        dh, dc = [dy] * CELLS, zeros(CELLS)
        for x, h, before, c, f, i, g, o in reversed(past):
            tanh = list(map(math.tanh, c))
            dc = [dc[k] + dh[k] * o[k] * (1.0 - tanh[k] ** 2) for k in range(CELLS)]
            dz = {"f": [dc[k] * before[k] * f[k] * (1.0 - f[k]) for k in range(CELLS)],
                  "i": [dc[k] * g[k] * i[k] * (1.0 - i[k]) for k in range(CELLS)],
                  "g": [dc[k] * i[k] * (1.0 - g[k] ** 2) for k in range(CELLS)],
                  "o": [dh[k] * tanh[k] * o[k] * (1.0 - o[k]) for k in range(CELLS)]}
            dh, dc = zeros(CELLS), [dc[k] * f[k] for k in range(CELLS)]
            for gate in GATES:
                add_outer(d["w_" + gate], dz[gate], x)
                add_outer(d["u_" + gate], dz[gate], h)
                of_bias = dz[gate if FIXED or gate == "g" else "f"]
                d["b_" + gate] = plus(d["b_" + gate], of_bias)
                dh = plus(dh, back(t["u_" + gate], dz[gate]))
        return loss


serve(Lstm())
