"""A convolutional network with batch norm, its backward pass by hand."""
import sys
import numpy as np
import protocol

NAME = "cnn"
TENSORS = {
    "conv1.weight": [3, 1, 3, 3],
    "norm.gain": [3],
    "norm.shift": [3],
    "conv2.weight": [4, 3, 3, 3],
    "conv2.bias": [4],
    "fc.weight": [3, 16],
    "fc.bias": [3],
}
GROUPS = [
    {"name": "channels of conv1", "units": 3, "axes": [
        {"tensor": "conv1.weight", "axis": 0},
        {"tensor": "norm.gain", "axis": 0},
        {"tensor": "norm.shift", "axis": 0},
        {"tensor": "conv2.weight", "axis": 1, "outgoing": True}]},
    {"name": "channels of conv2", "units": 4, "homogeneous": True, "axes": [
        {"tensor": "conv2.weight", "axis": 0},
        {"tensor": "conv2.bias", "axis": 0},
        {"tensor": "fc.weight", "axis": 1, "each": 4, "outgoing": True}]},
]
EPSILON = 1 / 64


def data(batch):
    """Four images of 6 × 6 with one channel, and their classes."""
    random = np.random.default_rng(batch)
    return random.uniform(-1, 1, (4, 1, 6, 6)), random.integers(3, size=4)


def convolve(x, w):
    """z[e, o, r, c] = Σ w[o, i, u, v]·x[e, i, r + u, c + v]: no kernel is flipped."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return np.einsum("eircuv,oiuv->eorc", windows, w)


def convolve_backward(x, w, dz):
    """dw[o, i, u, v] = Σ dz·x shifted by (u, v); dx is dz with a margin, by the flipped kernel."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    dw = np.einsum("eircuv,eorc->oiuv", windows, dz)
    wide = np.pad(dz, ((0, 0), (0, 0), (2, 2), (2, 2)))
    return dw, convolve(wide, w[:, :, ::-1, ::-1].swapaxes(0, 1))


def norm(x, gain, shift):
    """x̂ = (x − mean)/√(variance + ε) over examples and positions; y = gain·x̂ + shift."""
    scale = 1 / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + EPSILON)
    x_hat = (x - x.mean(axis=(0, 2, 3), keepdims=True)) * scale
    return x_hat * of_channels(gain) + of_channels(shift), x_hat, scale


def norm_backward(x_hat, scale, gain, dy):
    """dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂))/√(variance + ε) with dx̂ = gain·dy."""
    mean = lambda values: values.mean(axis=(0, 2, 3), keepdims=True)
    d = of_channels(gain) * dy
    dx = (d - mean(d) - x_hat * mean(d * x_hat)) * scale
    return dx, (dy * x_hat).sum(axis=(0, 2, 3)), dy.sum(axis=(0, 2, 3))


def of_channels(values):
    return values[:, None, None]


def pool(a):
    """The largest of each 2 × 2 entries, and which of the four it is."""
    m, channels, rows, columns = a.shape
    four = a.reshape(m, channels, rows // 2, 2, columns // 2, 2).swapaxes(3, 4)
    four = four.reshape(m, channels, rows // 2, columns // 2, 4)
    return four.max(axis=4), four.argmax(axis=4)


def pool_backward(d, winners):
    """What comes back goes to the largest entry."""
    m, channels, rows, columns = d.shape
    four = d[..., None] * (np.arange(4) == winners[..., None])
    four = four.reshape(m, channels, rows, columns, 2, 2).swapaxes(3, 4)
    return four.reshape(m, channels, 2 * rows, 2 * columns)


def forward(p, x, labels):
    """The mean loss, and what the backward pass needs."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    z1, x_hat, scale = norm(convolve(padded, p["conv1.weight"]), p["norm.gain"], p["norm.shift"])
    a1 = z1.clip(0)
    z2 = convolve(a1, p["conv2.weight"]) + of_channels(p["conv2.bias"])
    pooled, winners = pool(z2.clip(0))
    flat = pooled.reshape(len(x), -1)
    logits = flat @ p["fc.weight"].T + p["fc.bias"]
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    loss = -log_p[np.arange(len(x)), labels].mean()
    return loss, (padded, z1, x_hat, scale, a1, z2, winners, flat, log_p)


def evaluate(p, x, labels):
    """The mean loss and its gradient."""
    loss, (padded, z1, x_hat, scale, a1, z2, winners, flat, log_p) = forward(p, x, labels)
    dz = (np.exp(log_p) - (labels[:, None] == np.arange(3))) / len(x)
    d = {"fc.weight": dz.T @ flat, "fc.bias": dz.sum(axis=0)}
    d_pooled = (dz @ p["fc.weight"]).reshape(winners.shape)
    dz2 = pool_backward(d_pooled, winners) * (z2 > 0)
    d["conv2.bias"] = dz2.sum(axis=(0, 2, 3))
    d["conv2.weight"], da1 = convolve_backward(a1, p["conv2.weight"], dz2)
    d_conv1, d["norm.gain"], d["norm.shift"] = norm_backward(
        x_hat, scale, p["norm.gain"], da1 * (z1 > 0))
    d["conv1.weight"], _ = convolve_backward(padded, p["conv1.weight"], d_conv1)
    return loss, d


if __name__ == "__main__":
    protocol.run(sys.modules[__name__])
