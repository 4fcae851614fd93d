"""`serve`: the protocol of docs/PROTOCOL.md, for a subject in another process."""

import io
import json

import numpy as np

import networks
from init_symmetry import ArrayModel, serve

NETWORK = {"widths": [3, 4, 1], "hidden": "tanh", "loss": "cross-entropy"}


def asked(subject, *requests):
    lines = io.StringIO("\n".join(json.dumps(request) for request in requests))
    out = io.StringIO()
    serve(subject, stdin=lines, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def question(request, **fields):
    random = np.random.default_rng(4)
    layers = [
        {"w": random.normal(size=(4, 3)).tolist(), "b": random.normal(size=(4, 1)).tolist()},
        {"w": random.normal(size=(1, 4)).tolist(), "b": random.normal(size=(1, 1)).tolist()},
    ]
    x, y = random.normal(size=(3, 5)).tolist(), [[0, 1, 0, 1, 1]]
    return {"request": request, "network": NETWORK, "parameters": layers, "x": x, "y": y, **fields}


def test_a_network_answers_every_request():
    hello, evaluated, predicted, step, trained = asked(
        networks.FlatFixed,
        {"request": "hello", "protocol": 1},
        question("evaluate"),
        question("predict"),
        question("step", rate=0.5),
        question("train", rate=0.5, steps=2),
    )
    assert hello["protocol"] == 1 and hello["abilities"] == ["predict", "step", "train"]
    gradient = evaluated["gradient"]
    assert np.shape(gradient[0]["dw"]) == (4, 3) and np.shape(gradient[1]["db"]) == (1, 1)
    assert np.shape(predicted["predictions"]) == (1, 5)
    assert step["parameters"] == trained["iterations"][0] and len(trained["iterations"]) == 2


def test_an_exception_is_a_refusal_and_the_next_question_is_answered():
    broken = question("evaluate")
    broken["x"] = [[1.0]]
    refused, answered = asked(networks.FlatFixed, broken, question("evaluate"))
    assert "ValueError" in refused["error"] and "loss" in answered


def test_a_model_answers_version_2():
    model = ArrayModel({"w": np.zeros(2)}, lambda p, batch: (p["w"] @ p["w"], {"w": 2 * p["w"]}))
    hello, evaluated = asked(
        model,
        {"request": "hello", "protocol": 1},
        {"request": "evaluate", "parameters": [1.0, 2.0], "batch": 0},
    )
    assert hello["protocol"] == 2 and hello["tensors"] == [{"name": "w", "shape": [2]}]
    assert evaluated == {"loss": 5.0, "gradient": [2.0, 4.0]}
