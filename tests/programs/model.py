"""One hidden layer of ReLU units in plain Python, as a model of docs/PROTOCOL.md, version 2.

Without an argument it is right. An argument names one thing that is wrong, or another style.
"""
import json
import random
import struct
import sys

N_X, N_H, N_Y, M = 3, 4, 4, 5
SHAPES = {"w1": [N_H, N_X], "b1": [N_H], "w2": [N_Y, N_H], "b2": [N_Y]}
VARIANT = sys.argv[1] if len(sys.argv) > 1 else "right"


def held(number):
    """A number as the variant's precision holds it."""
    if VARIANT != "single-precision":
        return number
    return struct.unpack("f", struct.pack("f", number))[0]


def data(batch):
    source = random.Random(batch if VARIANT != "another-batch-each-time" else None)
    draw = lambda n: [source.uniform(-1, 1) for _ in range(n)]
    return [(draw(N_X), draw(N_Y)) for _ in range(M)]


def split(parameters):
    tensors, start = {}, 0
    for name, shape in SHAPES.items():
        length = shape[0] * (shape[1] if len(shape) > 1 else 1)
        flat = parameters[start:start + length]
        if len(shape) > 1:
            flat = [flat[k:k + shape[1]] for k in range(0, length, shape[1])]
        tensors[name] = flat
        start += length
    return tensors


def joined(tensors):
    flat = []
    for name in SHAPES:
        for row in tensors[name]:
            flat += row if isinstance(row, list) else [row]
    return flat


def evaluate(parameters, batch, example=None):
    t = split(parameters)
    examples = data(batch) if example is None else [data(batch)[example]]
    scale = 1 if VARIANT == "sum-over-examples" else 1 / len(examples)
    loss, d = 0.0, split([0.0] * len(parameters))
    for x, y in examples:
        z1 = [sum(w * a for w, a in zip(row, x)) + b for row, b in zip(t["w1"], t["b1"])]
        kept = [z > 0 and not (VARIANT == "dropout-on" and random.random() < 0.5) for z in z1]
        a1 = [z if keep else 0.0 for z, keep in zip(z1, kept)]
        z2 = [sum(w * a for w, a in zip(row, a1)) + b for row, b in zip(t["w2"], t["b2"])]
        dz2 = [scale * (z - target) for z, target in zip(z2, y)]
        loss += sum(scale * (z - target) ** 2 / 2 for z, target in zip(z2, y))
        for k in range(N_Y):
            d["b2"][k] += dz2[k]
            for i in range(N_H):
                d["w2"][k][i] += dz2[k] * a1[i]
        for i in range(N_H):
            # the derivative of ReLU is 1 where a unit is active
            active = 1.0 if kept[i] or VARIANT == "slope-missing" else 0.0
            dz1 = active * sum(dz2[k] * t["w2"][k][i] for k in range(N_Y))
            d["b1"][i] += dz1 if not (VARIANT == "one-unit-differs" and i == 2) else 2 * dz1
            for j in range(N_X):
                d["w1"][i][j] += dz1 * x[j]
    gradient = joined(d)
    if VARIANT == "short-gradient":
        gradient.pop()
    if VARIANT == "loss-is-nan":
        loss = float("nan")
    return {"loss": held(loss), "gradient": [held(slope) for slope in gradient]}


def start(seed):
    source = random.Random(seed if VARIANT != "one-start" else 0)
    draw = lambda shape: [[source.gauss(0, 1) for _ in range(shape[1])] for _ in range(shape[0])]
    w1, w2 = draw(SHAPES["w1"]), draw(SHAPES["w2"])
    if VARIANT == "equal-start":
        w1, w2 = [[0.5] * N_X] * N_H, [[0.5] * N_H] * N_Y
    if VARIANT == "one-seed-for-both":
        flat = [0.5 * w for row in w1 for w in row]
        w2 = [flat[N_H * k % len(flat):][:N_H] for k in range(N_Y)]
    return joined({"w1": w1, "b1": [0.0] * N_H, "w2": w2, "b2": [0.0] * N_Y})


def step(parameters, batch, rate):
    sign = -1 if VARIANT == "step-ascends" else 1
    slopes = evaluate(parameters, batch)["gradient"]
    decay = 0.125 if "decay" in VARIANT else 0.0
    slopes = [slope + decay * theta for slope, theta in zip(slopes, parameters)]
    after = [held(theta - sign * rate * slope) for theta, slope in zip(parameters, slopes)]
    if VARIANT == "bias-is-not-trained":
        after[-N_Y:] = parameters[-N_Y:]
    return after


def train(parameters, batches, rate):
    iterations, velocity = [], [0.0] * len(parameters)
    for batch in batches:
        slopes = evaluate(parameters, batch)["gradient"]
        beta = 0.9 if "momentum" in VARIANT else 0.0
        decay = 0.125 if "decay" in VARIANT else 0.0
        slopes = [slope + decay * theta for slope, theta in zip(slopes, parameters)]
        velocity = [beta * v + slope for v, slope in zip(velocity, slopes)]
        parameters = [held(theta - rate * v) for theta, v in zip(parameters, velocity)]
        iterations.append(parameters)
    return iterations


def hello():
    axes = [{"tensor": "w1", "axis": 0}, {"tensor": "b1", "axis": 0},
            {"tensor": "w2", "axis": 1, "outgoing": True}]
    groups = [{"name": "hidden", "units": N_H, "axes": axes, "homogeneous": True}]
    if VARIANT == "missing-axis":
        axes.pop(1)
    if VARIANT == "superfluous-axis":
        axes.append({"tensor": "b2", "axis": 0})
    if VARIANT == "no-such-tensor":
        axes[0]["tensor"] = "w3"
    if VARIANT == "no-such-axis":
        axes[1]["axis"] = 1
    if VARIANT == "wrong-length":
        groups[0]["units"] = 3
    if VARIANT == "overlap":
        groups.append({"name": "again", "units": N_H, "axes": axes[:1]})
    if VARIANT == "misspelt-field":
        axes[0]["repeat"] = 1
    if VARIANT == "many-units":
        groups[0]["units"] = 10 ** 18
    answer = {"protocol": 2, "name": VARIANT, "groups": groups, "examples": M,
              "tensors": [{"name": name, "shape": shape} for name, shape in SHAPES.items()],
              "abilities": ["start", "step", "train"]}
    if VARIANT.startswith("declared"):
        answer |= {"momentum": 0.9, "decay": 0.125}
    if VARIANT == "bad-momentum":
        answer["momentum"] = 1.5
    if VARIANT == "same-name-twice":
        answer["tensors"][1]["name"] = "w1"
    if VARIANT == "too-large":
        answer["tensors"][0]["shape"] = [10 ** 9, 10 ** 9, 10 ** 9]
        del answer["groups"]
    if VARIANT == "no-abilities":
        del answer["abilities"], answer["examples"], answer["groups"]
    return answer


for line in sys.stdin:
    question = json.loads(line)
    kind = question.pop("request")
    if kind == "hello":
        answer = hello()
    elif kind == "evaluate":
        answer = evaluate(**question)
    elif kind == "start":
        answer = {"parameters": start(question["seed"])}
    elif kind == "step":
        answer = {"parameters": step(**question)}
    else:
        answer = {"iterations": train(**question)}
    print(json.dumps(answer), flush=True)
