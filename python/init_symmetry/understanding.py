"""Finds out the layout, activation, loss and depth of a subject from its loss.

The subject is called on small problems in every common layout. Its loss is compared with that of
the reference for every activation and every loss. Its gradient plays no part, so it may be wrong.

    for each layout, the most common first:
        compute the loss at two random draws of the parameters
        if it raises or does not return a number: try the next layout
        if it is a known network's loss times one factor, the same at both draws: found
    then: find out which depths and numbers of outputs give the same network

Start reading at `understood`.
"""

from __future__ import annotations

import difflib
import itertools
from typing import Any, Iterator, Mapping, NamedTuple

import numpy as np

from . import _core
from .gradient import number
from .layout import BIASES, CONTAINERS, LABELS, Layout

FIELDS = (
    "name", "activations", "mixed-activations", "losses", "widths", "hidden-layers",
    "hidden-units", "inputs", "outputs", "precision", "examples", "weight-rows", "abilities",
    "starts", "loss-scale", "biases", "l2", "decay", "momentum", "momentum-form", "batch-size",
    "layout", "bias", "labels",
)
"""What may be declared: the fields of `hello` in docs/PROTOCOL.md, and three of a `Layout`."""

EVERYTHING = (
    "layout", "bias", "labels", "examples", "weight-rows",
    "activations", "losses", "hidden-layers", "outputs",
)
"""If all of these are declared, nothing has to be found out."""

ACTIVATIONS = ("tanh", "sigmoid", "relu", "identity", "leaky-relu", "silu")
LOSSES = ("cross-entropy", "softmax-cross-entropy", "squared-error", "sigmoid-squared-error")


class Form(NamedTuple):
    """The hidden activation and the loss of a subject."""

    hidden: str
    loss: str


class Probe(NamedTuple):
    """A small problem in the lesson's layout: W is n_out × n_in, examples are columns."""

    widths: list[int]
    blocks: list[np.ndarray]
    x: np.ndarray
    y: np.ndarray


def understood(subject: Any, fields: Mapping[str, Any]) -> tuple[Layout, dict[str, Any]]:
    """Returns the layout and the description of a subject; `fields` is what the user declared.

    Raises `ValueError` if no common form fits; the message says what was tried.
    """
    fields = dict(fields)
    _check(fields)
    chosen = {key: fields.pop(key, None) for key in ("layout", "bias", "labels")}
    declared = {**fields, **{key: value for key, value in chosen.items() if value is not None}}
    description = dict(fields)
    if all(key in declared for key in EVERYTHING):
        parts = (declared[key] for key in ("layout", "bias", "labels", "examples", "weight-rows"))
        return Layout(*parts), description
    seen = _Seen(subject, declared)
    layout, form = seen.search()
    description["examples"] = layout.examples
    description["weight-rows"] = layout.weight_rows
    description.setdefault("activations", [form.hidden])
    description.setdefault("losses", [form.loss])
    if "widths" not in description:
        for key, value in seen.sizes(layout, form).items():
            description.setdefault(key, value)
    return layout, description


def _check(fields: Mapping[str, Any]) -> None:
    """Raises `TypeError` or `ValueError` for an unknown field or a wrong value."""
    for key in fields:
        if key not in FIELDS:
            near = difflib.get_close_matches(str(key), FIELDS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(FIELDS)}"
            raise TypeError(f"there is no field {key!r}{hint}")
    choices = {
        "layout": CONTAINERS,
        "bias": BIASES,
        "labels": LABELS,
        "examples": ("columns", "rows"),
        "weight-rows": ("units", "inputs"),
        "precision": ("f64", "f32"),
    }
    for key, known in choices.items():
        if key in fields and fields[key] not in known:
            raise ValueError(f"{key} is {fields[key]!r} but has to be one of {', '.join(known)}")
    widths = fields.get("widths")
    if widths is not None and (
        len(widths) < 2 or not all(isinstance(n, (int, np.integer)) and n > 0 for n in widths)
    ):
        raise ValueError(
            f"widths is {list(widths)} but has to be [n_x, …, n_y], whole numbers of at least 1"
        )


class _Seen:
    """Calls one subject and keeps what it returned."""

    def __init__(self, subject: Any, fields: Mapping[str, Any]) -> None:
        from .network import asked

        self.ask = asked(subject, "loss_and_gradient")
        self.fields = fields
        self.exception: Exception | None = None
        self.is_readable = False
        """Whether the gradient of the last answer has the form of the parameters."""
        self.answered: list[Layout] = []

    def search(self) -> tuple[Layout, Form]:
        """Returns the first layout in which the loss is that of a known network.

        If there is none, returns the first layout in which a declared network answers at all.
        """
        found: tuple[Layout, Form] | None = None
        for probes in _probes(self.fields.get("widths")):
            for layout in self._layouts():
                form = self._form(layout, probes)
                if form is not None and self.is_readable:
                    return layout, form
                found = found or (None if form is None else (layout, form))
            if found is not None:
                return found  # its gradient has another form in every layout
        hidden, losses = self.fields.get("activations"), self.fields.get("losses")
        if hidden and losses and self.answered:
            return self.answered[0], Form(hidden[0], losses[0])
        raise ValueError(self._not_found()) from self.exception

    def _layouts(self) -> Iterator[Layout]:
        def choices(key: str, common: tuple[str, ...]) -> tuple[str, ...]:
            value = self.fields.get(key)
            return common if value is None else (value,)

        directions = [("columns", "units"), ("rows", "inputs"), ("rows", "units")]
        for container, (examples, weight_rows), labels, bias in itertools.product(
            choices("layout", CONTAINERS),
            directions,
            choices("labels", LABELS),
            choices("bias", BIASES),
        ):
            if examples not in choices("examples", (examples,)):
                continue
            if weight_rows not in choices("weight-rows", (weight_rows,)):
                continue
            yield Layout(container, bias, labels, examples, weight_rows)

    def _form(self, layout: Layout, probes: list[Probe]) -> Form | None:
        """Returns the network that has this loss, up to one factor."""
        answers = [self._loss(layout, probe) for probe in probes]
        losses = [loss for loss in answers if loss is not None]
        if len(losses) < len(probes):
            return None
        self.answered.append(layout)
        hidden = self.fields.get("activations") or ACTIVATIONS
        for form in itertools.starmap(Form, itertools.product(hidden, self._losses(layout))):
            if _fits(*self._beside(form, probes, losses), self._precision()):
                return form
        return None

    def _precision(self) -> str:
        return str(self.fields.get("precision", "f64"))

    def _losses(self, layout: Layout) -> tuple[str, ...]:
        known = LOSSES if layout.labels != "classes" else ("softmax-cross-entropy",)
        return tuple(self.fields.get("losses") or known)

    def _loss(self, layout: Layout, probe: Probe) -> float | None:
        """Returns the loss of the subject, or None if it does not answer in this layout."""
        is_columns, is_units = layout.examples == "columns", layout.weight_rows == "units"
        if layout.labels == "vector" and probe.y.shape[0] != 1:
            return None
        if layout.labels == "classes" and probe.y.shape[0] == 1:
            return None
        blocks = [np.array(block if is_units else block.T) for block in probe.blocks]
        x = np.array(probe.x if is_columns else probe.x.T)
        y = np.array(probe.y if is_columns else probe.y.T)
        network = {"widths": probe.widths, "hidden": "tanh", "loss": "cross-entropy"}
        hidden, losses = self.fields.get("activations"), self.fields.get("losses")
        network["hidden"] = hidden[0] if hidden else "tanh"
        network["activations"] = [network["hidden"]] * (len(probe.widths) - 2)
        network["loss"] = losses[0] if losses else _usual_loss(probe)
        try:
            with np.errstate(all="ignore"):
                loss, gradient = self.ask(
                    network, layout.parameters(blocks), x, layout.label(y)
                )
            loss = number("the loss", loss)
        except Exception as error:  # another layout may be the right one
            self.exception = error
            return None
        self.is_readable = _is_readable(layout, gradient, blocks)
        return loss if np.isfinite(loss) else None

    def sizes(self, layout: Layout, form: Form) -> dict[str, Any]:
        """Returns how many hidden layers and outputs the subject takes.

        At these sizes its loss has the same factor. A mean over the outputs has a different factor
        for each number of outputs.
        """
        outputs = [2, 3] if form.loss == "softmax-cross-entropy" else [1, 2]
        shapes = [[3], [3, 5], [3, 5, 4]]
        all_widths = [[*shape, n_y] for shape in shapes for n_y in outputs]
        answers = [self._losses_at(layout, form, widths) for widths in all_widths]
        base = next((answer for answer in answers if answer is not None), None)
        if base is None:
            return {}  # its loss is not a known one, so its sizes stay unknown
        takes = [self._same(base, answer) for answer in answers]
        none, one, two = (any(takes[i : i + 2]) for i in (0, 2, 4))
        sizes: dict[str, Any] = {}
        if not two:
            sizes["hidden-layers"] = [0 if none else 1, 1 if one else 0]
        elif not none:
            sizes["hidden-layers"] = [1, 64]
        if not any(takes[1::2]):
            sizes["outputs"] = outputs[0]
        elif not any(takes[0::2]):
            sizes["outputs"] = outputs[1]
        return sizes

    def _losses_at(
        self, layout: Layout, form: Form, widths: list[int]
    ) -> tuple[list[float], list[float]] | None:
        """Returns the losses of the subject and of the reference, if the subject has this form."""
        probes = [probe(widths, seed) for seed in (1, 2)]
        losses = [self._loss(layout, it) for it in probes]
        answered = [loss for loss in losses if loss is not None]
        if len(answered) < len(probes):
            return None
        given, due = self._beside(form, probes, answered)
        return (given, due) if _fits(given, due, self._precision()) else None

    def _beside(
        self, form: Form, probes: list[Probe], losses: list[float]
    ) -> tuple[list[float], list[float]]:
        """Returns the losses without a declared L2 term, and the expected losses."""
        l2 = self.fields.get("l2")
        due = [reference(form, probe, None if l2 is None else str(l2)) for probe in probes]
        given = [loss - term for loss, (_, term) in zip(losses, due)]
        return given, [loss for loss, _ in due]

    def _same(self, one: Any, other: Any) -> bool:
        """Returns whether one factor explains the losses of both."""
        if other is None:
            return False
        return _fits([*one[0], *other[0]], [*one[1], *other[1]], self._precision())

    def _not_found(self) -> str:
        if not self.answered:
            return (
                "loss_and_gradient(parameters, x, y) did not work in any of the common layouts "
                "(parameters as a dictionary W1, b1, …, a list, pairs or a vector; examples in "
                f"columns or rows). The last exception was {type(self.exception).__name__}: "
                f"{self.exception}. If its sizes are fixed, declare widths=[n_x, n_h, n_y]"
            )
        layouts = self.answered[0]
        return (
            f"loss_and_gradient works ({layouts}), but its loss is not that of a known network. "
            f"Known are {', '.join(ACTIVATIONS)} units with {', '.join(LOSSES)}, up to a factor. "
            'Declare what it is, as activations=["tanh"], losses=["cross-entropy"], and l2="0.1/m" '
            "if the loss has an L2 term"
        )


def _is_readable(layout: Layout, gradient: Any, blocks: list[np.ndarray]) -> bool:
    try:
        read = layout.blocks(gradient, blocks, "d")
    except _core.AnswerError:
        return False
    return [array.shape for array in read] == [block.shape for block in blocks]


def _usual_loss(probe: Probe) -> str:
    return "cross-entropy" if probe.y.shape[0] == 1 else "softmax-cross-entropy"


def _probes(widths: list[int] | None) -> Iterator[list[Probe]]:
    """Yields problems of one output, then of several; all sizes differ, to reveal a transpose."""
    for shape in [widths] if widths else [[3, 4, 1], [3, 4, 2], [3, 1], [3, 2]]:
        yield [probe(list(shape), seed) for seed in (1, 2)]


def probe(widths: list[int], seed: int, m: int = 7) -> Probe:
    """Returns a problem with random numbers from a seed and one class for each example."""
    random = np.random.default_rng(seed)
    blocks = []
    for n_in, n_out in zip(widths, widths[1:]):
        blocks.append(random.normal(size=(n_out, n_in)) * 0.5)
        blocks.append(random.normal(size=(n_out, 1)) * 0.5)
    x = random.normal(size=(widths[0], m))
    classes = np.arange(m) % max(widths[-1], 2)
    y = np.eye(max(widths[-1], 2))[:, classes][-widths[-1] :]
    return Probe(widths, blocks, x, y)


def reference(form: Form, probe: Probe, l2: str | None = None) -> tuple[float, float]:
    """Returns the mean loss of the reference network, and its L2 term."""
    flat = np.concatenate([block.ravel() for block in probe.blocks])
    if form.loss == "softmax-cross-entropy" and probe.y.shape[0] < 2:
        return float("nan"), 0.0
    return _core.reference_loss(probe.widths, form.hidden, form.loss, flat, probe.x, probe.y, l2)


def _fits(losses: list[float], due: list[float], precision: str) -> bool:
    """Returns whether the losses are one positive factor times the expected losses."""
    given, expected = np.array(losses, dtype=float), np.array(due, dtype=float)
    if not np.isfinite(expected).all() or not expected.all():
        return False
    factor = given[0] / expected[0]
    return factor > 0 and bool(_core.explains(given, factor * expected, precision))
