"""The backward pass of layer norm counts the rows by the first axis of three, so that it averages
over positions and features where the forward pass averages over features.

flagos-ai/FlagGems#5392: layer_norm_backward assumes 2-D input: silently wrong gradients +
    out-of-bounds writes for rank ≥ 3 inputs
flagos-ai/FlagGems#5474: fix(layernorm): derive backward shape from normalized_shape
Seen by: the gradient
"""
import math
from lib import FIXED
from model import Model, add_outer, axis, drawn, half_squares, serve, times

WIDTH, POSITIONS, EPSILON = 4, 3, 0.01


class LayerNorm(Model):
    tensors = {"w": [WIDTH, 2], "gamma": [WIDTH]}
    groups = [{"name": "features", "units": WIDTH, "axes": [axis("w", 0), axis("gamma", 0)]}]

    def example(self, t, d, rng):
        loss, normed, sizes, slopes = 0.0, [], [], []
        sequence = drawn(rng, POSITIONS, 2)
        for x in sequence:
            z = times(t["w"], x)
            mean = sum(z) / WIDTH
            sizes.append(math.sqrt(sum((it - mean) ** 2 for it in z) / WIDTH + EPSILON))
            normed.append([(it - mean) / sizes[-1] for it in z])
            a = [math.tanh(g * n) for g, n in zip(t["gamma"], normed[-1])]
            one, [dy] = half_squares([sum(a)], drawn(rng, 1))
            loss += one
            slopes.append([dy * (1.0 - value * value) for value in a])
        dn = [[g * s for g, s in zip(t["gamma"], slope)] for slope in slopes]
        means = [sum(row) / WIDTH for row in dn]
        products = [sum(s * n for s, n in zip(*rows)) / WIDTH for rows in zip(dn, normed)]
        if not FIXED:
            means, products = ([sum(it) / POSITIONS] * POSITIONS for it in (means, products))
        for p, x in enumerate(sequence):
            for i, n in enumerate(normed[p]):
                d["gamma"][i] += slopes[p][i] * n
            dz = [(s - means[p] - n * products[p]) / sizes[p] for s, n in zip(dn[p], normed[p])]
            add_outer(d["w"], dz, x)
        return loss


serve(LayerNorm())
