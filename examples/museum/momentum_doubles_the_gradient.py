"""Any momentum doubles the gradient: g + µ·g + (1 − µ)·g, and no step is remembered.

deeplearning4j/deeplearning4j#336: GradientAdjustment: momentum parameter
Seen by: training
"""
from lib import FIXED, MOMENTUM, Momentum, serve


class Wrong(Momentum):
    def velocity(self, v, d):
        return super().velocity(v, d) if FIXED else d + MOMENTUM * d + (1.0 - MOMENTUM) * d


serve(Wrong())
