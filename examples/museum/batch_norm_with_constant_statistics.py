"""The backward pass of batch norm takes the variance, or mean and variance, for constants.

deeplearning4j/deeplearning4j#8379: Shyrma bnorm bp
abhiskk/ladder#2: Normalization variance calculation backprop
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, add_outer, axis, back, drawn, half_squares, serve, times

UNITS, M, EPSILON = 3, 4, 0.01


class BatchNorm(Model):
    tensors = {"w": [UNITS, 2], "gamma": [UNITS], "beta": [UNITS], "v": [2, UNITS]}
    groups = [{"name": "hidden", "units": UNITS, "axes": [
        axis("w", 0), axis("gamma", 0), axis("beta", 0), axis("v", 1, outgoing=True)]}]
    examples = 1  # a whole batch: its examples see one another

    def example(self, t, d, rng):
        batch, targets = drawn(rng, M, 2), drawn(rng, M, 2)
        columns = [list(z) for z in zip(*(times(t["w"], x) for x in batch))]
        means = [sum(z) / M for z in columns]
        sizes = [math.sqrt(sum((entry - mean) ** 2 for entry in z) / M + EPSILON)
                 for z, mean in zip(columns, means)]
        loss, slopes, normed = 0.0, [], []
        for k, target in enumerate(targets):
            n = [(z[k] - mean) / size for z, mean, size in zip(columns, means, sizes)]
            a = [math.tanh(g * it + b) for g, it, b in zip(t["gamma"], n, t["beta"])]
            one, dy = half_squares(times(t["v"], a), target)
            loss += one
            add_outer(d["v"], dy, a)
            slopes.append([da * (1.0 - v * v) for da, v in zip(back(t["v"], dy), a)])
            normed.append(n)
        for i, (slope, n) in enumerate(zip(zip(*slopes), zip(*normed))):
            of_gamma = sum(s * it for s, it in zip(slope, n))
            d["gamma"][i], d["beta"][i] = of_gamma, sum(slope)
            for k, x in enumerate(batch):
                through = (sum(slope) + n[k] * of_gamma) / M if FIXED else 0.0
                dz = t["gamma"][i] / sizes[i] * (slope[k] - through)
                for j, entry in enumerate(x):
                    d["w"][i][j] += dz * entry
        return loss


serve(BatchNorm())
