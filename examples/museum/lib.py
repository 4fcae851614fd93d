"""A right network in plain Python, and the JSON lines in which it is asked (docs/PROTOCOL.md).

A program of the museum overrides the one method that its report is about. It is wrong as it stands
and right with --fixed. Matrices are lists of rows; examples are columns, rows of W are units.
"""
import json
import math
import random
import sys
from operator import mul
from pathlib import Path

FIXED = "--fixed" in sys.argv


def matmul(a, b):
    columns = list(zip(*b))
    return [[sum(map(mul, row, column)) for column in columns] for row in a]


def transpose(a):
    return [list(column) for column in zip(*a)]


def each(f, *matrices):
    """f of the entries of matrices of one shape."""
    return [[f(*entries) for entries in zip(*rows)] for rows in zip(*matrices)]


def over(f, *networks):
    """f of the entries of parameters, gradients or velocities, which have the same shapes."""
    return [tuple(each(f, *parts) for parts in zip(*layers)) for layers in zip(*networks)]


def sigmoid(z):
    e = math.exp(-abs(z))
    return 1.0 / (1.0 + e) if z >= 0.0 else e / (1.0 + e)


VALUE = {
    "sigmoid": sigmoid,
    "tanh": math.tanh,
    "relu": lambda z: z if z > 0.0 else 0.0,
    "identity": lambda z: z,
    "leaky-relu": lambda z: z if z > 0.0 else 0.01 * z,
}
SLOPE = {  # of z and a = g(z)
    "sigmoid": lambda z, a: a * (1.0 - a),
    "tanh": lambda z, a: 1.0 - a * a,
    "relu": lambda z, a: 1.0 if z > 0.0 else 0.0,
    "identity": lambda z, a: 1.0,
    "leaky-relu": lambda z, a: 1.0 if z > 0.0 else 0.01,
}


# so small that the whole museum is judged in two minutes
SMALL = {"hidden-layers": [1, 2], "hidden-units": [1, 3], "inputs": [1, 3], "outputs": [1, 2]}

# enough weights to tell the spread of a start, and slow if asked for more than starts
STARTS = {"widths": [16, 16, 16, 4], "activations": ["tanh"], "losses": ["squared-error"]}


class Network:
    """A right network; `hello` holds what a program declares."""

    hello = SMALL

    def value(self, z):
        return VALUE[self.hidden](z)

    def slope(self, z, a):
        return SLOPE[self.hidden](z, a)

    def predict(self, layers, x):
        return self.outputs(self.forward(layers, x)[0][-1])

    def outputs(self, z):
        return z if self.loss == "squared-error" else each(sigmoid, z)

    def forward(self, layers, x):
        """z of every layer, and a of every layer, x first."""
        z, a = [], [x]
        for w, b in layers:
            z.append([[entry + bias for entry in row] for row, (bias,) in zip(matmul(w, a[-1]), b)])
            a.append(each(self.value, z[-1]))
        return z, a

    def losses(self, z, y):
        """The loss of every output of every example."""
        if self.loss == "cross-entropy":
            return each(lambda z, y: max(z, 0.0) + math.log1p(math.exp(-abs(z))) - y * z, z, y)
        return each(lambda h, y: (h - y) * (h - y) / 2.0, self.outputs(z), y)

    def output_delta(self, z, y):
        h = self.outputs(z)
        if self.loss == "sigmoid-squared-error":
            return each(lambda h, y: (h - y) * h * (1.0 - h), h, y)
        return each(lambda h, y: h - y, h, y)

    def hidden_delta(self, w, delta, z, a):
        """delta of the layer below, whose values are z and a."""
        return each(lambda da, z, a: da * self.slope(z, a), matmul(transpose(w), delta), z, a)

    def weight_gradient(self, delta, a):
        m = len(delta[0])
        return each(lambda d: d / m, matmul(delta, transpose(a)))

    def bias_gradient(self, delta):
        m = len(delta[0])
        return [[sum(row) / m] for row in delta]

    def backward(self, layers, z, a, delta):
        gradient = []
        for l in reversed(range(len(layers))):
            gradient.insert(0, (self.weight_gradient(delta, a[l]), self.bias_gradient(delta)))
            if l > 0:
                delta = self.hidden_delta(layers[l][0], delta, z[l - 1], a[l])
        return gradient

    def evaluate(self, layers, x, y):
        z, a = self.forward(layers, x)
        loss = sum(map(sum, self.losses(z[-1], y))) / len(x[0])
        return loss, self.backward(layers, z, a, self.output_delta(z[-1], y))

    def step(self, layers, x, y, rate):
        return over(lambda p, d: p - rate * d, layers, self.evaluate(layers, x, y)[1])

    def train(self, layers, x, y, rate, steps):
        """The layers after each step."""
        for _ in range(steps):
            layers = self.step(layers, x, y, rate)
            yield layers

    def initialise(self, widths, start, scale, seed):
        rng = random.Random(seed)
        pairs = zip(widths, widths[1:])
        return [(self.draw(rng, start, scale, k, n), [[0.0]] * n) for k, n in pairs]

    def draw(self, rng, start, scale, n_in, n_out):
        """W of a layer."""
        return [[self.weight(rng, start, scale, n_in, n_out) for _ in range(n_in)]
                for _ in range(n_out)]

    def weight(self, rng, start, scale, n_in, n_out):
        if start == "zeros":
            return 0.0
        if start == "constant":
            return scale
        if start == "uniform":
            return rng.uniform(-scale, scale)
        size = self.deviation(start, scale, n_in, n_out)
        if start.endswith("-uniform"):
            return rng.uniform(-1.0, 1.0) * math.sqrt(3.0) * size
        return rng.gauss(0.0, 1.0) * size

    def deviation(self, start, scale, n_in, n_out):
        """The standard deviation of the weights of a random start."""
        variance = {"xavier": 1.0 / n_in, "he": 2.0 / n_in, "glorot": 2.0 / (n_in + n_out)}
        return scale if start == "normal" else math.sqrt(variance[start.split("-")[0]])


MOMENTUM = 0.9


class Momentum(Network):
    """A network that trains with momentum: θ − α·v."""

    hello = SMALL | {"momentum": MOMENTUM}

    def train(self, layers, x, y, rate, steps):
        velocity = over(lambda p: 0.0, layers)
        for _ in range(steps):
            velocity = over(self.velocity, velocity, self.evaluate(layers, x, y)[1])
            layers = over(lambda p, v: p - rate * v, layers, velocity)
            yield layers

    def velocity(self, v, d):
        """The velocity after a gradient d."""
        return MOMENTUM * v + d


def floats(value):
    """NaN and infinities come as strings."""
    return [floats(entry) for entry in value] if isinstance(value, list) else float(value)


def check_shapes(widths, layers, x, y, rows=False, inputs=False):
    def check(name, matrix, height, width):
        if inputs if name[0] in "wb" else rows:
            height, width = width, height
        if len(matrix) != height or any(len(row) != width for row in matrix):
            raise ValueError(f"{name} has to be {height}×{width}")

    if len(layers) != len(widths) - 1:
        raise ValueError(f"{len(layers)} layers, but the network has {len(widths) - 1}")
    m = len(x) if rows else len(x[0])
    for l, (w, b) in enumerate(layers):
        check(f"w{l + 1}", w, widths[l + 1], widths[l])
        check(f"b{l + 1}", b, widths[l + 1], 1)
    check("x", x, widths[0], m)
    if y is not None:
        check("y", y, widths[-1], m)


def as_json(layers, w="w", b="b"):
    return [{w: weights, b: biases} for weights, biases in layers]


def answer(network, hello, asked):
    question = asked["request"]
    if question == "hello":
        return hello
    network.hidden, network.loss = asked["network"]["hidden"], asked["network"]["loss"]
    widths = asked["network"]["widths"]
    if question == "initialise":
        start = network.initialise(widths, asked["weights"], asked["scale"], asked["seed"])
        return {"parameters": as_json(start)}
    layers = [(floats(layer["w"]), floats(layer["b"])) for layer in asked["parameters"]]
    x, y = floats(asked["x"]), floats(asked["y"]) if "y" in asked else None
    check_shapes(widths, layers, x, y,
                 hello.get("examples") == "rows", hello.get("weight-rows") == "inputs")
    if question == "evaluate":
        loss, gradient = network.evaluate(layers, x, y)
        return {"loss": loss, "gradient": as_json(gradient, "dw", "db")}
    if question == "predict":
        return {"predictions": network.predict(layers, x)}
    if question == "step":
        return {"parameters": as_json(network.step(layers, x, y, asked["rate"]))}
    history = network.train(layers, x, y, asked["rate"], asked["steps"])
    return {"iterations": [as_json(layers) for layers in history]}


def serve(network):
    """Answers every line of stdin; what the program overrides is what it has of its own."""
    mine = type(network).__mro__
    of_network = mine[mine.index(Network):] if Network in mine else ()
    own = {name for kind in mine if kind not in of_network for name in vars(kind)}
    starts = own & {"initialise", "draw", "weight", "deviation"}
    abilities = [name for name in ("predict", "step", "train") if name in own]
    name = Path(sys.argv[0]).stem.replace("_", " ")
    hello = {"protocol": 1, "name": name, "abilities": abilities + ["initialise"] * bool(starts)}
    hello |= network.hello
    for line in sys.stdin:
        try:
            said = answer(network, hello, json.loads(line))
        except (ValueError, IndexError) as error:
            said = {"error": str(error)}
        print(json.dumps(said), flush=True)
