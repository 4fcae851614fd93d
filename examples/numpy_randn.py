"""The calls of `np.random.randn` that the lesson prints, and what comes of them, as JSON.

Run with NumPy installed; `examples/numpy_randn.json` is its recorded output.
"""

import json

import numpy as np

CALLS = ["np.random.randn((2, 2))", "np.random.randn((1, 2))", "np.random.randn(2, 2)"]


def outcome(call):
    try:
        return {"call": call, "shape": list(eval(call).shape), "raised": None}
    except TypeError as error:
        return {"call": call, "shape": None, "raised": type(error).__name__}


print(json.dumps({"numpy": np.__version__, "calls": [outcome(call) for call in CALLS]}, indent=2))
