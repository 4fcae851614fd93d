"""All weights start at one value, so that the hidden units stay copies of one another.

datascience.stackexchange.com/questions/79607: Why my weights are being the same?
PaddlePaddle/PaddleRec#724: fix the weight initiallizer style of MMOE and PLE
Seen by: the start
"""
from lib import FIXED, STARTS, Network, serve


class Equal(Network):
    hello = STARTS | {"starts": ["normal"]}

    def weight(self, rng, start, scale, n_in, n_out):
        return rng.gauss(0.0, scale) if FIXED else 1.0


serve(Equal())
