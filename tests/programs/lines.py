"""The JSON lines of docs/PROTOCOL.md and random starts: what right.py and wrong.py share."""
import json
import sys
import numpy as np

np.seterr(all="ignore")


class Unsupported(Exception):
    """A question about a network that the program does not have."""


def quoted(value):
    """NaN and infinities as the protocol has them."""
    return str(value).replace("nan", "NaN")


def plain(value, name=quoted):
    """Arrays, lists and numbers as JSON; what JSON has no number for as `name` says."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(entry, name) for entry in value]
    return value if abs(value) < float("inf") else name(value)


def fit(network, layers, x, y, rows=False, inputs=False):
    """Refuses shapes that are not the network's."""
    pairs = list(zip(network["widths"], network["widths"][1:]))
    m = len(x) if rows else np.shape(x)[1]
    wanted = [s for k, n in pairs for s in ([(k, n), (1, n)] if inputs else [(n, k), (n, 1)])]
    for n in (pairs[0][0], pairs[-1][1]):
        wanted.append((m, n) if rows else (n, m))
    given = [np.shape(block) for layer in layers for block in layer] + [np.shape(x), np.shape(y)]
    if given != wanted:
        raise ValueError(f"shapes {given} where {wanted} are needed")


def offers(hello, widths):
    """Whether a network has the widths, or is within the ranges, that were declared."""
    for field, counts in [("hidden-layers", [len(widths) - 2]), ("hidden-units", widths[1:-1]),
                          ("inputs", widths[:1]), ("outputs", widths[-1:])]:
        bounds = hello.get(field, [0, sys.maxsize])
        least, most = bounds if isinstance(bounds, list) else (bounds, bounds)
        if any(not least <= count <= most for count in counts):
            return False
    return widths == hello.get("widths", widths)


def serve(answer):
    """Answers every line of stdin with one of stdout."""
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except Unsupported as what:
            said = {"unsupported": str(what)}
        except (ValueError, IndexError, TypeError) as error:
            said = {"error": str(error)}
        print(json.dumps(said), flush=True)


STARTS = ["zeros", "constant", "normal", "xavier", "he", "uniform", "xavier-uniform",
          "he-uniform", "glorot", "glorot-uniform"]


class Style:
    """How a program is asked. It adds `evaluate`, `predict`, and whatever it does differently."""

    says = {"abilities": ["predict", "step", "train", "initialise"]}  # part of hello
    rows = inputs = False
    dtype, refuses = float, True
    name = staticmethod(quoted)

    def __init__(self, offered):
        layout = {"examples": "rows"} if self.rows else {}
        layout |= {"weight-rows": "inputs"} if self.inputs else {}
        self.hello = {"protocol": 1} | layout | offered | self.says

    def answer(self, asked):
        if asked["request"] == "hello":
            return self.hello
        self.widths = asked["network"]["widths"]
        self.hidden, self.loss = asked["network"]["hidden"], asked["network"]["loss"]
        if not offers(self.hello, self.widths):
            raise Unsupported(f"widths {self.widths}")
        if asked["request"] == "initialise":
            return {"parameters": self.write(self.start(asked))}
        layers, x = self.read(asked["parameters"]), self.array(asked["x"])
        m = len(x) if self.rows else len(asked["x"][0])
        n_y = self.widths[-1]
        y = self.array(asked.get("y", np.zeros((m, n_y) if self.rows else (n_y, m)).tolist()))
        if self.refuses:
            fit(asked["network"], layers, x, y, self.rows, self.inputs)
        return getattr(self, "to_" + asked["request"])(asked, layers, x, y)

    def to_evaluate(self, asked, layers, x, y):
        loss, gradient = self.evaluate(layers, x, y)
        return {"loss": plain(float(loss), self.name), "gradient": self.write(gradient)}

    def to_predict(self, asked, layers, x, y):
        return {"predictions": plain(self.predict(layers, x), self.name)}

    def to_step(self, asked, layers, x, y):
        return {"parameters": self.write(self.step(layers, x, y, asked["rate"]))}

    def to_train(self, asked, layers, x, y):
        iterations = self.train(layers, x, y, asked["rate"], asked["steps"])
        return {"iterations": [self.write(layers) for layers in iterations]}

    def train(self, layers, x, y, rate, steps):
        for _ in range(steps):
            layers = self.step(layers, x, y, rate)
            yield layers

    def step(self, layers, x, y, rate):
        return self.update(layers, self.evaluate(layers, x, y)[1], rate)

    def update(self, layers, gradient, rate):
        rate = self.dtype(rate)
        return [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(layers, gradient)]

    def array(self, value):
        return np.array(value, self.dtype)

    def read(self, parameters):
        return [(self.array(layer["w"]), self.array(layer["b"])) for layer in parameters]

    def write(self, layers):
        return [{"w": plain(w, self.name), "b": plain(b, self.name)} for w, b in layers]

    def start(self, asked):
        np.random.seed(asked["seed"] % 2**32)
        layers = []
        for n_in, n_out in zip(self.widths, self.widths[1:]):
            shape = (n_in, n_out) if self.inputs else (n_out, n_in)
            bias = (1, n_out) if self.inputs else (n_out, 1)
            w = self.draw(asked["weights"], asked["scale"], shape, n_in, n_out)
            layers.append((w.astype(self.dtype), np.zeros(bias)))
        return layers

    def draw(self, scheme, scale, shape, n_in, n_out):
        if scheme in ("zeros", "constant"):
            return np.full(shape, scale if scheme == "constant" else 0.0)
        if scheme == "normal":
            return scale * np.random.randn(*shape)
        variance = {"xavier": 1 / n_in, "he": 2 / n_in, "glorot": 2 / (n_in + n_out)}
        family = scheme.split("-")[0]
        if family == scheme and scheme in variance:
            return np.random.randn(*shape) * np.sqrt(variance[scheme])
        width = scale if scheme == "uniform" else np.sqrt(3 * variance[family])
        return np.random.uniform(-width, width, shape)
