"""`serve`: answers init-symmetry in JSON lines, for a subject that runs in another process.

docs/PROTOCOL.md has the protocol. In the same process, `check` does the same and is faster. Start
reading at `serve`.
"""

from __future__ import annotations

import json
import sys
from typing import Any, IO, Mapping

import numpy as np

from .network import NetworkAdapter, is_adapter


def serve(
    subject: Any,
    *,
    stdin: IO[str] | None = None,
    stdout: IO[str] | None = None,
    **declared: Any,
) -> None:
    """Answers requests from stdin on stdout until stdin ends.

    `subject` and `declared` are those of `check`; `subject` may also be an adapter of a model. An
    exception becomes an answer with the key `error`. `NotImplementedError` means that the subject
    does not support the request.
    """
    lines, out = stdin or sys.stdin, stdout or sys.stdout
    adapter = subject if is_adapter(subject) else NetworkAdapter.of(subject, declared)
    answer = _answer_of_model if adapter.is_model else _answer_of_network
    for line in lines:
        try:
            said = answer(adapter, json.loads(line))
        except NotImplementedError as error:
            said = {"unsupported": str(error)}
        except Exception as error:  # a refusal is an answer too
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=out, flush=True)


def _answer_of_network(adapter: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    request = asked["request"]
    if request == "hello":
        return {"protocol": 1, **adapter.hello()}
    network = asked["network"]
    if request == "initialise":
        start = adapter.initialise(network, asked["weights"], asked["scale"], asked["seed"])
        return {"parameters": _layers(start, "")}
    blocks = [np.array(layer[key], float) for layer in asked["parameters"] for key in "wb"]
    x = np.array(asked["x"], float)
    if request == "predict":
        return {"predictions": adapter.predict(network, blocks, x).tolist()}
    y = np.array(asked["y"], float)
    if request == "evaluate":
        loss, gradient = adapter.evaluate(network, blocks, x, y)
        return {"loss": loss, "gradient": _layers(gradient, "d")}
    rate = float(asked["rate"])
    if request == "step":
        return {"parameters": _layers(adapter.step(network, blocks, x, y, rate), "")}
    if request == "train":
        iterations = adapter.train(network, blocks, x, y, rate, asked["steps"])
        return {"iterations": [_layers(after, "") for after in iterations]}
    return {"error": f"there is no request {request!r}"}


def _answer_of_model(adapter: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    request = asked["request"]
    if request == "hello":
        return {"protocol": 2, **adapter.hello()}
    if request == "start":
        return {"parameters": adapter.start(asked["seed"]).tolist()}
    parameters, batch = np.array(asked["parameters"], float), asked["batch"]
    if request == "loss":
        return {"loss": adapter.loss(parameters, batch)}
    if request == "evaluate":
        loss, gradient = adapter.evaluate(parameters, batch, asked.get("example"))
        return {"loss": loss, "gradient": gradient.tolist()}
    return {"error": f"there is no request {request!r}"}


def _layers(blocks: list[np.ndarray], prefix: str) -> list[dict[str, Any]]:
    # json writes NaN and Infinity, which the protocol takes
    pairs = zip(blocks[::2], blocks[1::2])
    return [{f"{prefix}w": w.tolist(), f"{prefix}b": b.tolist()} for w, b in pairs]
