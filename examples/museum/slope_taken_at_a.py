"""The derivative is taken at a instead of z, for instance because a was written over z.

deeplearning4j/deeplearning4j#364: BackProp fixes and unit tests
benoitfragit/libBrain#78: Error in backpropagation
Seen by: the gradient
"""
from lib import FIXED, SMALL, Network, each, serve


class InPlace(Network):
    hello = SMALL | {"activations": ["sigmoid", "tanh"]}

    def hidden_delta(self, w, delta, z, a):
        kept = z if FIXED else a
        return super().hidden_delta(w, delta, kept, each(self.value, kept))


serve(InPlace())
