"""One layer is drawn, and the other layers of its shape are copies of it.

pytorch/pytorch#86274: TransformerEncoder/TransformerDecoder has same initial parameters for all
    layers
pytorch/pytorch#72253: Transformer Initialization
meta-pytorch/torchtune#2270: Don't use _get_clones
Seen by: the start
"""
import copy
from lib import FIXED, STARTS, Network, serve


class Copies(Network):
    hello = STARTS | {"starts": ["glorot-uniform"]}

    def initialise(self, widths, start, scale, seed):
        layers = super().initialise(widths, start, scale, seed)
        if not FIXED:
            layers[1] = copy.deepcopy(layers[0])
        return layers


serve(Copies())
