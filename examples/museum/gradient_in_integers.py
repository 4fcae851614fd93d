"""The factor 1/m is computed in integers, so that it is 0 and nothing is learnt.

ageron/handson-ml#16: gradient equals 0 in python 2
Seen by: the gradient
"""
from lib import FIXED, Network, each, matmul, serve, transpose


class LinearRegression(Network):
    hello = {"hidden-layers": 0, "inputs": [1, 3], "outputs": 1, "losses": ["squared-error"]}

    def backward(self, layers, z, a, delta):
        m = len(delta[0])
        factor = 1 / m if FIXED else 1 // m  # as Python 2 divides
        dw = each(lambda d: factor * d, matmul(delta, transpose(a[0])))
        db = [[factor * sum(row)] for row in delta]
        return [(dw, db)]


serve(LinearRegression())
