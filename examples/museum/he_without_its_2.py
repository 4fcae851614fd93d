"""The factor 2 of Kaiming He's variance 2/n_in is missing.

jw1912/bullet#363: Add missing factor of 2 in Kaiming init
Seen by: the start
"""
import math
from lib import FIXED, STARTS, Network, serve


class He(Network):
    hello = STARTS | {"starts": ["he"]}

    def deviation(self, start, scale, n_in, n_out):
        return math.sqrt((2.0 if FIXED else 1.0) / n_in)


serve(He())
