"""With one example in the batch the biases are not updated.

deeplearning4j/deeplearning4j#364: BackProp fixes and unit tests
Seen by: a step
"""
from lib import FIXED, Network, serve


class OneExample(Network):
    def step(self, layers, x, y, rate):
        after = super().step(layers, x, y, rate)
        if FIXED or len(x[0]) > 1:
            return after
        return [(w, b) for (w, _), (_, b) in zip(after, layers)]


serve(OneExample())
