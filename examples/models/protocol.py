"""Answers init-symmetry for a model in NumPy, in JSON lines: docs/PROTOCOL.md."""
import json
import sys
import numpy as np


def split(model, flat):
    """The list of parameters as a dictionary of arrays."""
    sizes = [int(np.prod(shape)) for shape in model.TENSORS.values()]
    if len(flat) != sum(sizes):
        raise ValueError(f"{len(flat)} parameters given but {model.NAME} has {sum(sizes)}")
    parts = np.split(np.array(flat, float), np.cumsum(sizes)[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(model.TENSORS.items(), parts)}


def joined(tensors):
    return np.concatenate([tensor.ravel() for tensor in tensors])


def gradient(model, flat, data):
    loss, slopes = model.evaluate(split(model, flat), *data)
    return loss, joined(slopes[name] for name in model.TENSORS)


def start(model, seed):
    """Gains are one, biases and shifts zero, weights normal with variance 1/fan-in."""
    random = np.random.default_rng(seed)
    ends = {"gain": np.ones, "shift": np.zeros, "bias": np.zeros}
    weights = lambda shape: random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    draw = lambda name: ends.get(name.split(".")[-1], weights)
    return joined(draw(name)(shape) for name, shape in model.TENSORS.items())


def hello(model):
    tensors = [{"name": name, "shape": shape} for name, shape in model.TENSORS.items()]
    answer = {"protocol": 2, "name": model.NAME, "tensors": tensors, "groups": model.GROUPS}
    if getattr(model, "EXAMPLES", None):  # where an example does not see the others
        answer["examples"] = model.EXAMPLES
    return answer | {"abilities": ["loss", "start", "step", "train"]}


def listed(values):  # NaN and infinities, which JSON lacks, as strings
    return [value if abs(value) < np.inf else str(value) for value in values.tolist()]


def answer(model, asked):
    request = asked["request"]
    if request == "hello":
        return hello(model)
    if request == "start":
        return {"parameters": listed(start(model, asked["seed"]))}
    now = np.array(asked["parameters"], float)
    if request == "loss":
        loss, _ = model.forward(split(model, now), *model.data(asked["batch"]))
        return {"loss": listed(np.array([loss]))[0]}
    if request == "evaluate":
        data = model.data(asked["batch"])
        if "example" in asked:
            if not 0 <= asked["example"] < getattr(model, "EXAMPLES", 0):
                raise ValueError(f"{model.NAME} cannot evaluate example {asked['example']} alone")
            data = [part[asked["example"]:][:1] for part in data]
        loss, slopes = gradient(model, now, data)
        return {"loss": listed(np.array([loss]))[0], "gradient": listed(slopes)}
    if request not in ("step", "train"):
        return {"unsupported": request}
    iterations = []
    for batch in asked["batches"] if request == "train" else [asked["batch"]]:
        now = now - asked["rate"] * gradient(model, now, model.data(batch))[1]
        iterations.append(listed(now))
    return {"iterations": iterations} if request == "train" else {"parameters": iterations[0]}


def run(model):
    np.seterr(all="ignore")
    for line in sys.stdin:
        try:
            print(json.dumps(answer(model, json.loads(line))), flush=True)
        except ValueError as error:
            print(json.dumps({"error": str(error)}), flush=True)
