"""Right programs, each in the idiom of somebody else: `check` must not condemn any of them.

    right.py STYLE NETWORK   answers the protocol of docs/PROTOCOL.md
    right.py --list          the table below as JSON lines

How a network is written down is in styles.py. Here are programs that differ from those in a
convention, which they declare in `hello` or do not. Start reading at LIST.
"""
import json
import sys
import numpy as np
from lines import Unsupported, plain, serve
from styles import Course, Einsum, Lists, Objects, Rows, TwoLayers  # noqa: F401, by name below

# style: its networks, and what a report may remark about it, if anything; each has to exit with 0
LIST = {
    "course": ("logistic course deep", ""),
    "rows": ("shallow relu any", ""),
    "lists": ("logistic course deep", ""),
    "einsum": ("shallow relu any", ""),
    "objects": ("course deep relu", ""),
    "single": ("logistic course deep", ""),
    "online": ("shallow relu", ""),
    "naive": ("logistic course", "loss computed from the prediction; shapes not refused"),
    "clipped": ("shallow", "loss computed from the prediction, clipped"),
    "mse": ("deep", "loss and gradient are 2/n_y times the mean with ½"),
    "sum": ("course", "loss and gradient are sums over the examples"),
    "mse-declared": ("deep", ""),
    "sum-declared": ("relu", ""),
    "no-biases": ("course", ""),
    "fixed-biases": ("shallow", ""),
    "l2": ("relu", ""),
    "l2-course": ("course", ""),
    "momentum": ("shallow", ""),
    "momentum-average": ("course", ""),
    "decay": ("deep", ""),
    "mini-batches": ("course", ""),
    "trainer": ("shallow", ""),
    "trainer-alone": ("logistic", "no loss of its own"),
    "flat": ("relu", ""),
    "bare": ("course", "loss computed from the prediction"),
    "two-layers": ("small", ""),
}

# what hello says about the networks; `widths` are fixed, the rest are ranges
NETWORKS = {
    "logistic": {"widths": [3, 1], "activations": ["tanh"], "losses": ["cross-entropy"]},
    "shallow": {"hidden-layers": [1, 1], "outputs": 1, "activations": ["tanh"],
                "losses": ["cross-entropy"]},
    "small": {"hidden-layers": 1, "hidden-units": [2, 6], "inputs": [2, 4], "outputs": [1, 3],
              "activations": ["tanh"], "losses": ["cross-entropy"]},
    "course": {"widths": [2, 4, 1], "activations": ["tanh"], "losses": ["cross-entropy"]},
    "relu": {"widths": [4, 8, 3], "activations": ["relu"], "losses": ["cross-entropy"]},
    "deep": {"activations": ["sigmoid", "tanh"], "losses": ["squared-error"]},
    "any": {},
}

class Single(Rows):
    """Rows in single precision, which it declares."""

    dtype = np.float32
    says = {"abilities": ["predict", "step", "train"], "precision": "f32"}


class Online(Rows):
    """The gradient of each example by itself, added up, then divided by their number."""

    says = {"abilities": ["step", "train"]}

    def evaluate(self, layers, x, y):
        total, grads = 0.0, [(np.zeros(w.shape), np.zeros(b.shape)) for w, b in layers]
        for i in range(len(x)):
            loss, slopes = super().evaluate(layers, x[i:i + 1], y[i:i + 1])
            total += loss
            for (dw, db), (more_w, more_b) in zip(grads, slopes):
                dw += more_w
                db += more_b
        return total / len(x), [(dw / len(x), db / len(x)) for dw, db in grads]


class Naive(Rows):
    """log(p) and log(1 − p) as in the formula; whatever NumPy broadcasts is answered."""

    refuses = False

    def cost(self, z, p, y):
        return np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))


class Clipped(Rows):
    """log(p) of a p that is kept away from 0 and 1."""

    def cost(self, z, p, y):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1))


class Mse(Rows):
    """The mean over examples and outputs, without ½, as in nn.MSELoss; not declared."""

    def cost(self, z, p, y):
        return ((p - y) ** 2).mean()

    def delta(self, p, y):
        return 2 * (p - y) / y.size


class Sum(Rows):
    """Loss and gradient are sums over the examples; not declared."""

    def cost(self, z, p, y):
        return len(y) * super().cost(z, p, y)

    def delta(self, p, y):
        return len(y) * super().delta(p, y)


class MseDeclared(Mse):
    says = Mse.says | {"loss-scale": "2/n_y"}


class SumDeclared(Sum):
    says = Sum.says | {"loss-scale": "m"}


class NoBiases(Einsum):
    """A network without biases, as in short tutorials: b is ignored."""

    says = Einsum.says | {"biases": "none"}

    def forward(self, layers, x):
        return super().forward([(w, np.zeros(b.shape)) for w, b in layers], x)

    def evaluate(self, layers, x, y):
        loss, grads = super().evaluate(layers, x, y)
        return loss, [(dw, np.zeros(db.shape)) for dw, db in grads]


class FixedBiases(Rows):
    """Biases are used and never trained."""

    says = Rows.says | {"biases": "fixed"}

    def evaluate(self, layers, x, y):
        loss, grads = super().evaluate(layers, x, y)
        return loss, [(dw, 0 * db) for dw, db in grads]


class L2(Rows):
    """λ/2 times the squares of all weights in the loss, λ·W in the gradient."""

    says = Rows.says | {"l2": "0.1"}

    def evaluate(self, layers, x, y):
        loss, grads = super().evaluate(layers, x, y)
        loss += 0.1 / 2 * sum((w ** 2).sum() for w, _ in layers)
        return loss, [(dw + 0.1 * w, db) for (w, _), (dw, db) in zip(layers, grads)]


class L2Course(Course):
    """The course's λ/2m times the squares, and λ/m·W."""

    says = Course.says | {"l2": "0.7/m"}
    lambd = 0.7

    def sums(self, layers, X, Y):
        cost, grads = super().sums(layers, X, Y)
        cost += self.lambd / (2 * X.shape[1]) * sum(np.sum(np.square(W)) for W, _ in layers)
        return cost, [(dW + self.lambd * W, db) for (W, _), (dW, db) in zip(layers, grads)]


class Momentum(Rows):
    """v = β·v + g, and θ −= α·v."""

    beta, share = 0.9, 1.0
    says = Rows.says | {"momentum": 0.9}

    def train(self, layers, x, y, rate, steps):
        v = [(0 * w, 0 * b) for w, b in layers]
        for _ in range(steps):
            grads = self.evaluate(layers, x, y)[1]
            v = [tuple(self.beta * old + self.share * new for old, new in zip(*pair))
                 for pair in zip(v, grads)]
            layers = self.update(layers, v, rate)
            yield layers


class MomentumAverage(Momentum):
    """v = β·v + (1 − β)·g, as the course has it."""

    beta, share = 0.75, 0.25
    says = Rows.says | {"momentum": 0.75, "momentum-form": "average"}


class Decay(Objects):
    """Every step subtracts α·decay·W as well; the gradient knows nothing of it."""

    says = Objects.says | {"decay": 0.01}

    def update(self, layers, gradient, rate):
        return super().update([(w - rate * 0.01 * w, b) for w, b in layers], gradient, rate)


class MiniBatches(Course):
    """Trains on 4 examples at a time, in order, and on the rest of them last."""

    says = Course.says | {"batch-size": 4}

    def train(self, layers, X, Y, alpha, steps):
        firsts = range(0, X.shape[1], 4)
        for t in range(steps):
            here = slice(firsts[t % len(firsts)], firsts[t % len(firsts)] + 4)
            layers = self.step(layers, X[:, here], Y[:, here], alpha)
            yield layers


class Trainer(Objects):
    """A fit() that gives no gradient away; the loss can be asked for."""

    says = {"abilities": ["predict", "train"], "gradient": "from-training"}

    def to_evaluate(self, asked, layers, x, y):
        return {"loss": plain(float(self.evaluate(layers, x, y)[0]))}


class TrainerAlone(Trainer):
    def to_evaluate(self, asked, layers, x, y):
        raise Unsupported("evaluate")


class Flat(Rows):
    """All parameters, and the gradient, in one list."""

    says = {"abilities": ["predict", "step", "train"], "parameters": "flat"}

    def read(self, parameters):
        layers, rest = [], self.array(parameters)
        for k, n in zip(self.widths, self.widths[1:]):
            w, b, rest = np.split(rest, [k * n, k * n + n])
            layers.append((w.reshape(k, n), b.reshape(1, n)))
        return layers

    def write(self, layers):
        return plain(np.concatenate([block.ravel() for layer in layers for block in layer]))


class Bare(Naive):
    """NaN and Infinity as Python's json writes them, without quotes."""

    refuses, name = True, float


if sys.argv[1:] == ["--list"]:
    for style, (networks, remark) in LIST.items():
        for network in networks.split():
            print(json.dumps({"arguments": [style, network], "remark": remark}))
elif __name__ == "__main__":
    style, network = sys.argv[1:]
    # mini-batches is MiniBatches
    serve(globals()[style.title().replace("-", "")](NETWORKS[network]).answer)
