"""The backward pass of a convolution adds each output's slope times the kernel as it stands; a
rotation by 180° belongs to another way to write the same sum.

ddbourgin/numpy-ml#27: is the weights need to be rotated?
pytorch/pytorch#61100: backward propagation of conv2d
BVLC/caffe#5812: One question about `BaseConvolutionLayer<Dtype>::backward_cpu_gemm` function
Condemned by: readers
"""
import math
from model import Model, axis, drawn, half_squares, serve, zeros

CHANNELS, LENGTH, KERNEL = 2, 7, 3


def convolved(kernel, x):
    return [sum(w * x[m + k] for k, w in enumerate(kernel)) for m in range(len(x) - KERNEL + 1)]


class Convolutions(Model):
    tensors = {"first": [CHANNELS, KERNEL], "second": [CHANNELS, KERNEL]}
    groups = [{"name": "channels", "units": CHANNELS,
               "axes": [axis("first", 0), axis("second", 0, outgoing=True)]}]

    def example(self, t, d, rng):
        x = drawn(rng, LENGTH)
        a = [[math.tanh(z) for z in convolved(kernel, x)] for kernel in t["first"]]
        y = list(map(sum, zip(*map(convolved, t["second"], a))))
        loss, dy = half_squares(y, drawn(rng, len(y)))
        for c in range(CHANNELS):
            da = zeros(len(a[c]))
            for m, slope in enumerate(dy):
                for k in range(KERNEL):
                    d["second"][c][k] += slope * a[c][m + k]
                    da[m + k] += slope * t["second"][c][k]
            for m, (slope, value) in enumerate(zip(da, a[c])):
                for k in range(KERNEL):
                    d["first"][c][k] += slope * (1.0 - value * value) * x[m + k]
        return loss


serve(Convolutions())
