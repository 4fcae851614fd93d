"""Attention takes the axis of the batch for that of the sequence, so that examples see one another.

IBM/TabFormer#14: bug fix: set the correct ordering of dimensions in the input tensor
om-ai-lab/OmDet#19: Batched MultiHeadAttention
aipixel/AEMatter#3: Possible issue with Multihead attention inputs
Exorust/TorchLeet#5: In h3, we should pass batch_first=True to TransformerEncoderLayer
DaoyuanLi2816/Molecule-Generator#22: Use batch_first attention and mask padding in the Transformer
Seen by: the loss
"""
import random
from lib import FIXED
from model import (Model, add_outer, attention, attention_back, axis, drawn, flat, half_squares,
                   serve, times, zeros)

WIDTH, LENGTH = 2, 3
NAMES = "wq", "wk", "wv"


class Attention(Model):
    tensors = {name: [WIDTH, 2] for name in NAMES}
    groups = [{"name": "keys", "units": WIDTH, "axes": [axis("wq", 0), axis("wk", 0)]}]

    def evaluate(self, t, batch, example=None):
        chosen = range(self.examples) if example is None else [example]
        data = [drawn(random.Random(f"{batch} {number}"), LENGTH, 2, 2) for number in chosen]
        if not FIXED:
            data = zip(*data)
        loss, d = 0.0, {name: zeros(WIDTH, 2) for name in NAMES}
        for sequence in data:
            loss += self.attended(t, d, sequence)
        return loss / len(chosen), [slope / len(chosen) for slope in flat(list(d.values()))]

    def attended(self, t, d, sequence):
        """The loss of a sequence of pairs of inputs and targets; adds its gradient to `d`."""
        qkv = [[times(t[name], x) for x, _ in sequence] for name in NAMES]
        y, shares = attention(*qkv)
        compared = [half_squares(row, target) for row, (_, target) in zip(y, sequence)]
        slopes = attention_back(*qkv, shares, [dy for _, dy in compared])
        for name, rows in zip(NAMES, slopes):
            for slope, (x, _) in zip(rows, sequence):
                add_outer(d[name], slope, x)
        return sum(loss for loss, _ in compared)


serve(Attention())
