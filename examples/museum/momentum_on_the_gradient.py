"""Momentum multiplies the gradient instead of the velocity, which then never decays.

ooples/AiDotNet#2008: GradientBasedOptimizerBase.ApplyMomentum applies the coefficient to the wrong
    term — velocity never decays
Seen by: training
"""
from lib import FIXED, MOMENTUM, Momentum, serve


class Wrong(Momentum):
    def velocity(self, v, d):
        return super().velocity(v, d) if FIXED else v + MOMENTUM * d


serve(Wrong())
