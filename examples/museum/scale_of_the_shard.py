"""The scale of a start is computed from the width of a shard, a quarter of the inputs.

NVIDIA-NeMo/Megatron-Bridge#5840: [bug] LoRA adapter init depends on tensor parallel size:
    linear_in is initialized per shard with a fan-dependent method
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve

SHARDS = 1 if FIXED else 4


class Sharded(Network):
    hello = STARTS | {"starts": ["glorot"]}

    def deviation(self, start, scale, n_in, n_out):
        return super().deviation(start, scale, n_in / SHARDS, n_out)


serve(Sharded())
