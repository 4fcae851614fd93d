"""Every layer is drawn from a generator of the same seed, so that layers begin with equal numbers.

netket/netket#241: FFNN.init_random_parameters uses the same seed for all layers
keras-team/keras-hub#352: Fix initializers for composite layers
deel-ai/deel-lip#64: Orthogonal Initializer re-used
lululxvi/deepxde#2086: GlorotUniform Initializer unseeded
nntile/nntile#21: Base model: rework random weights initialization
Seen by: the start
"""
import random
from lib import FIXED, STARTS, Network, serve


class OneSeed(Network):
    hello = STARTS | {"starts": ["normal"]}

    def initialise(self, widths, start, scale, seed):
        rng = random.Random(seed)
        layers = []
        for n_in, n_out in zip(widths, widths[1:]):
            if not FIXED:
                rng = random.Random(seed)
            layers.append((self.draw(rng, start, scale, n_in, n_out), [[0.0]] * n_out))
        return layers


serve(OneSeed())
