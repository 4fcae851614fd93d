"""A matrix is drawn in two parts with the same random numbers, so that its units are twins.

pytorch/torchtitan#3106: Random weight init bug when using FSDP2 + CPU Offload
allenai/OLMo-core#307: ensure sharded parameters initialized different on different ranks
modelscope/ms-swift#7944: [bugfix] fix megatron tp init seed
InternLM/InternLM#405: fix(context):make seed in different tensor rank different
PaddlePaddle/PaddleNLP#9426: Fix row parallel lora layers parameters initialization bug
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve

SHARDS = 2


class Sharded(Network):
    hello = STARTS | {"starts": ["normal"]}

    def draw(self, rng, start, scale, n_in, n_out):
        before = rng.getstate()
        w = []
        for _ in range(SHARDS):
            if not FIXED:
                rng.setstate(before)
            w += super().draw(rng, start, scale, n_in, n_out // SHARDS)
        return w


serve(Sharded())
