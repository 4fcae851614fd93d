"""What the models of the museum share, and the JSON lines in which a model is asked.

docs/PROTOCOL.md, version 2. A program names its tensors and computes the loss of one example and
the gradient. It is wrong as it stands and right with --fixed. Tensors are lists of lists.
"""
import json
import math
import random
import sys
from itertools import chain
from operator import mul
from pathlib import Path

from lib import transpose


def nested(shape, numbers):
    """The next numbers of an iterator, as a tensor."""
    return [nested(shape[1:], numbers) for _ in range(shape[0])] if shape else next(numbers)


def flat(tensor):
    return list(chain(*map(flat, tensor))) if isinstance(tensor, list) else [tensor]


def drawn(rng, *shape):
    """A tensor of normal numbers."""
    return nested(shape, iter(lambda: rng.gauss(0.0, 1.0), None))


def zeros(*shape):
    return nested(shape, iter(float, None))


def plus(a, b):
    return list(map(plus, a, b)) if isinstance(a, list) else a + b


def times(w, x):
    """w·x."""
    return [sum(map(mul, row, x)) for row in w]


def back(w, dy):
    """The gradient of x, where y = w·x."""
    return times(transpose(w), dy)


def add_outer(dw, dy, x):
    """Adds the gradient of w, where y = w·x."""
    for row, slope in zip(dw, dy):
        for j, value in enumerate(x):
            row[j] += slope * value


def half_squares(y, target):
    """½·Σ(y − target)², and its derivatives by y."""
    dy = [have - want for have, want in zip(y, target)]
    return sum(map(mul, dy, dy)) / 2.0, dy


def softmax(z):
    e = [math.exp(entry - max(z)) for entry in z]
    return [entry / sum(e) for entry in e]


def softmax_back(shares, dshares):
    """The gradient of z, where shares = softmax(z)."""
    mean = sum(map(mul, shares, dshares))
    return [share * (slope - mean) for share, slope in zip(shares, dshares)]


def attention(q, k, v):
    """What each query attends to, and its shares."""
    shares = [softmax([score / math.sqrt(len(row)) for score in times(k, row)]) for row in q]
    return [back(v, of_keys) for of_keys in shares], shares


def attention_back(q, k, v, shares, dy):
    """The gradients of q, k and v, where y = attention(q, k, v)."""
    dq, dk, dv = (zeros(len(rows), len(rows[0])) for rows in (q, k, v))
    for i, (of_keys, slope) in enumerate(zip(shares, dy)):
        dscores = softmax_back(of_keys, times(v, slope))
        dscores = [score / math.sqrt(len(q[i])) for score in dscores]
        dq[i] = back(k, dscores)
        add_outer(dk, dscores, q[i])
        add_outer(dv, of_keys, slope)
    return dq, dk, dv


def axis(tensor, number, **layout):
    return {"tensor": tensor, "axis": number, **layout}


class Model:
    """A model; `tensors` holds the shape of each, by name."""

    tensors = {}
    groups = []
    examples = 3

    def example(self, t, d, rng):
        """The loss of an example, whose data come from `rng`; adds its gradient to `d`."""
        raise NotImplementedError

    def evaluate(self, t, batch, example=None):
        """Loss and gradient of a batch, or of one of its examples."""
        chosen = range(self.examples) if example is None else [example]
        losses, gradients = [], []
        for number in chosen:
            d = {name: zeros(*shape) for name, shape in self.tensors.items()}
            losses.append(self.example(t, d, random.Random(f"{batch} {number}")))
            gradients.append(self.joined(d))
        m = len(losses)
        return sum(losses) / m, [sum(slopes) / m for slopes in zip(*gradients)]

    def start(self, rng):
        return {name: drawn(rng, *shape) for name, shape in self.tensors.items()}

    def joined(self, tensors):
        return flat([tensors[name] for name in self.tensors])


def answer(model, hello, question):
    kind = question.pop("request")
    if kind == "hello":
        return hello
    if kind == "start":
        return {"parameters": model.joined(model.start(random.Random(question["seed"])))}
    numbers = map(float, question.pop("parameters"))
    t = {name: nested(shape, numbers) for name, shape in model.tensors.items()}
    loss, gradient = model.evaluate(t, **question)
    return {"loss": loss, "gradient": gradient}


def serve(model):
    """Answers every line of stdin."""
    own = "start" in vars(type(model))
    hello = {"protocol": 2, "name": Path(sys.argv[0]).stem.replace("_", " "),
             "tensors": [{"name": it, "shape": shape} for it, shape in model.tensors.items()],
             "groups": model.groups, "examples": model.examples, "abilities": ["start"] * own}
    for line in sys.stdin:
        print(json.dumps(answer(model, hello, json.loads(line))), flush=True)
