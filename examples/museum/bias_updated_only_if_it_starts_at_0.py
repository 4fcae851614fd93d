"""A bias is updated only where it was initialised with 0.

nntrainer/nntrainer#219: [bias] Bias updation missing for sgd
Seen by: training
"""
from lib import FIXED, Network, serve


class OnlyIfZero(Network):
    def train(self, layers, x, y, rate, steps):
        updated = [FIXED or not any(map(any, b)) for _, b in layers]
        for _ in range(steps):
            after = self.step(layers, x, y, rate)
            layers = [(w, new if moves else old)
                      for (w, new), (_, old), moves in zip(after, layers, updated)]
            yield layers


serve(OnlyIfZero())
