"""The backward pass of attention applies the causal mask, also where the forward pass has none.

triton-lang/triton#4541: [Tutorial] Fused-attention `bwd` tutorial incorrect for `causal=True`
triton-lang/triton#5660: FusedAttention Bug (at backward with causal=False)
Seen by: the gradient
"""
from lib import FIXED
from model import (Model, add_outer, attention, attention_back, axis, drawn, half_squares, serve,
                   times)

WIDTH, LENGTH = 2, 3
NAMES = "wq", "wk", "wv"


def causal(q, k, v):
    """The shares of the keys up to each query."""
    rows = [attention([q[i]], k[:i + 1], v[:i + 1])[1][0] for i in range(LENGTH)]
    return [shares + [0.0] * (LENGTH - len(shares)) for shares in rows]


class Attention(Model):
    tensors = {name: [WIDTH, 2] for name in NAMES}
    groups = [{"name": "keys", "units": WIDTH, "axes": [axis("wq", 0), axis("wk", 0)]}]

    def example(self, t, d, rng):
        x = drawn(rng, LENGTH, 2)
        qkv = [[times(t[name], row) for row in x] for name in NAMES]
        y, shares = attention(*qkv)
        compared = [half_squares(row, drawn(rng, WIDTH)) for row in y]
        if not FIXED:
            shares = causal(*qkv)  # the backward pass computes them again
        slopes = attention_back(*qkv, shares, [dy for _, dy in compared])
        for name, rows in zip(NAMES, slopes):
            for slope, row in zip(rows, x):
                add_outer(d[name], slope, row)
        return sum(loss for loss, _ in compared)


serve(Attention())
