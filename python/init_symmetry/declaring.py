"""What a user may declare of a network, checked before anything is asked.

The fields are those of `hello` in docs/PROTOCOL.md, and those of a `Layout`. Start reading at
`declared_fields`.
"""

from __future__ import annotations

import difflib
from typing import Any, Mapping

import numpy as np

from .layout import BIASES, CONTAINERS, LABELS

FIELDS = (
    "name", "activations", "mixed-activations", "losses", "widths", "hidden-layers",
    "hidden-units", "inputs", "outputs", "precision", "examples", "weight-rows", "abilities",
    "starts", "loss-scale", "biases", "l2", "decay", "momentum", "momentum-form", "batch-size",
    "layout", "bias", "labels", "hard-labels",
)

CHOICES: dict[str, tuple[str, ...]] = {
    "layout": CONTAINERS,
    "bias": BIASES,
    "labels": LABELS,
    "examples": ("columns", "rows"),
    "weight-rows": ("units", "inputs"),
    "precision": ("f64", "f32"),
}

MOST_PARAMETERS = 2048
"""The compiled part checks a network of fixed widths up to this size."""


def declared_fields(subject: Any, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the subject and the keywords declare together, in the words of the protocol.

    Raises `TypeError` or `ValueError` for an unknown field or a wrong value.
    """
    own = getattr(subject, "init_symmetry", {})
    if not isinstance(own, Mapping):
        kind = type(own).__name__
        raise TypeError(f"init_symmetry of the subject is {kind} but has to be a dictionary")
    fields = {str(key).replace("_", "-"): value for key, value in {**own, **keywords}.items()}
    for key in fields:
        if key not in FIELDS:
            near = difflib.get_close_matches(str(key), FIELDS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(FIELDS)}"
            raise TypeError(f"there is no field {key!r}{hint}")
    for key, known in CHOICES.items():
        if key in fields and fields[key] not in known:
            raise ValueError(f"{key} is {fields[key]!r} but has to be one of {', '.join(known)}")
    for key in ("activations", "losses", "starts", "abilities"):
        if key in fields:
            fields[key] = names(key, fields[key])
    for key in ("l2", "loss-scale"):
        if key in fields and not isinstance(fields[key], (str, int, float)):
            kind = type(fields[key]).__name__
            raise TypeError(f"{key} is {kind} but has to be a number or a text like '0.1/m'")
    if fields.get("widths") is not None:
        fields["widths"] = checked_widths(fields["widths"])
    return fields


def names(what: str, value: Any) -> list[str]:
    """Returns a list of names; one name alone counts as a list of one.

    Raises `TypeError` for anything else.
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
        return list(value)
    raise TypeError(f"{what} is {value!r} but has to be a list of names")


def checked_widths(widths: Any) -> list[int]:
    """Returns the widths of a network, input first.

    Raises `ValueError` for numbers that are not widths, and for a network that is too large.
    """
    listed = [n.item() if isinstance(n, np.generic) else n for n in widths]
    if len(listed) < 2 or not all(type(n) is int and n > 0 for n in listed):
        raise ValueError(f"widths is {listed} but has to be [n_x, …, n_y], whole numbers from 1 on")
    count = sum((n_in + 1) * n_out for n_in, n_out in zip(listed, listed[1:]))
    if count > MOST_PARAMETERS:
        raise ValueError(
            f"widths {listed} make {count} parameters but the limit is {MOST_PARAMETERS}: the "
            "gradient is the same code in a smaller network"
        )
    return listed
