"""Windows of a max pooling overlap, and an entry that is the largest of two gets one gradient.

FluxML/NNlib.jl#205: Wrong MaxPool gradient
FluxML/Flux.jl#1197: Wrong MaxPool gradient?
0809zheng/CS231n-assignment2019#19: CS231n-assignment2019 answer wrong
Seen by: the gradient
"""
from lib import FIXED
from model import Model, axis, drawn, half_squares, serve, zeros

CHANNELS, LENGTH, KERNEL, WINDOW = 2, 7, 2, 3
HIDDEN = LENGTH - KERNEL + 1
POOLED = HIDDEN - WINDOW + 1


class Pooling(Model):
    tensors = {"kernel": [CHANNELS, KERNEL], "v": [CHANNELS, POOLED]}
    groups = [{"name": "channels", "units": CHANNELS, "homogeneous": True,
               "axes": [axis("kernel", 0), axis("v", 0, outgoing=True)]}]

    def example(self, t, d, rng):
        x, target = drawn(rng, LENGTH), drawn(rng, 1)
        y, z, places = 0.0, [], []
        for kernel, v in zip(t["kernel"], t["v"]):
            z.append([sum(kernel[k] * x[i + k] for k in range(KERNEL)) for i in range(HIDDEN)])
            largest = z[-1].__getitem__
            places.append([max(range(i, i + WINDOW), key=largest) for i in range(POOLED)])
            y += sum(v[i] * z[-1][place] for i, place in enumerate(places[-1]))
        loss, [dy] = half_squares([y], target)
        for c in range(CHANNELS):
            dz = zeros(HIDDEN)
            for i, place in enumerate(places[c]):
                d["v"][c][i] = dy * z[c][place]
                dz[place] = dy * t["v"][c][i] + (dz[place] if FIXED else 0.0)
            for i, slope in enumerate(dz):
                for k in range(KERNEL):
                    d["kernel"][c][k] += slope * x[i + k]
        return loss


serve(Pooling())
