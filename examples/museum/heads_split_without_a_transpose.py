"""The heads of attention are split or joined by a reshape without a transpose, which mixes
positions and heads.

reczoo/FuxiCTR#30: MultiHeadAttention bug when num_heads is greater than 1
jsbaan/transformer-from-scratch#6: Fix several bugs, one critical
zhouhaoyi/Informer2020#59: In oder to change the order of dimensions, why is torch.tensor.view
    used??
Seen by: the loss
"""
from lib import FIXED
from model import (Model, add_outer, attention, attention_back, axis, back, drawn, flat,
                   half_squares, nested, serve, times, transpose)

HEADS, WIDTH, LENGTH = 2, 2, 3
NAMES = "wq", "wk", "wv"


def split(rows):
    """A sequence for each head."""
    if FIXED:
        return transpose([nested([HEADS, WIDTH], iter(row)) for row in rows])
    return nested([HEADS, LENGTH, WIDTH], iter(flat(rows)))


def joined(heads):
    """What `split` was given."""
    if FIXED:
        return [flat(list(row)) for row in zip(*heads)]
    return nested([LENGTH, HEADS * WIDTH], iter(flat(heads)))


class Attention(Model):
    tensors = {**{name: [HEADS * WIDTH, 2] for name in NAMES}, "out": [1, HEADS * WIDTH]}
    groups = [{"name": "heads", "units": HEADS, "axes": [
        *[axis(name, 0, each=WIDTH) for name in NAMES],
        axis("out", 1, each=WIDTH, outgoing=True)]}]

    def example(self, t, d, rng):
        x, loss, dy = drawn(rng, LENGTH, 2), 0.0, []
        qkv = list(zip(*[split([times(t[name], row) for row in x]) for name in NAMES]))
        answers, shares = zip(*[attention(*of_head) for of_head in qkv])
        for row in joined(list(answers)):
            one, slope = half_squares(times(t["out"], row), drawn(rng, 1))
            loss += one
            add_outer(d["out"], slope, row)
            dy.append(back(t["out"], slope))
        parts = zip(qkv, shares, split(dy))
        slopes = zip(*[attention_back(*of_head, of_keys, dy) for of_head, of_keys, dy in parts])
        for name, heads in zip(NAMES, slopes):
            for slope, row in zip(joined(list(heads)), x):
                add_outer(d[name], slope, row)
        return loss


serve(Attention())
