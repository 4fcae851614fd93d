"""Finds out from its loss what a subject is: layout, activation, loss, scale, sizes.

It asks a few small questions in every common layout and compares the loss with the reference's for
every activation and loss. A wrong gradient plays no part in that.

    for each layout, the commonest first:
        ask at two draws of the parameters
        raises, or returns no number?          next layout
        a factor times the loss of a known network, the same at both draws?   found
    then: does it take labels between 0 and 1, and which depths and outputs?

Start reading at `understood`.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field, replace
from typing import Any, Iterator, Mapping, NamedTuple

import numpy as np

from . import _core
from .gradient import number
from .layout import BIASES, CONTAINERS, LABELS, Layout
from .misread import mentions_softmax, mistake
from .probing import (
    ACTIVATIONS, FEW, LOSSES, MANY, Form, Probe, factor, in_layout, probe, reference, scale_of,
)

M = 7
"""How many examples a question has."""


@dataclass
class Understood:
    """A subject's layout and description, and what a report says of how they were found."""

    layout: Layout
    description: dict[str, Any]
    scope: str = ""
    remarks: list[str] = field(default_factory=list)


class Answer(NamedTuple):
    """A loss, and the gradient in one list in the lesson's layout, if it has a known form."""

    loss: float
    gradient: np.ndarray | None
    is_single: bool


def understood(subject: Any, fields: Mapping[str, Any]) -> Understood:
    """Returns what a subject is; `fields` is what was declared, checked already.

    Raises `ValueError` if no common form fits; the message says what was tried.
    """
    of_layout = ("layout", "bias", "labels", "hard-labels")
    description = {key: value for key, value in fields.items() if key not in of_layout}
    search = _Search(subject, fields)
    layout, form = search.found()
    description["examples"] = layout.examples
    description["weight-rows"] = layout.weight_rows
    description.setdefault("activations", [form.hidden])
    description.setdefault("losses", [form.loss])
    if search.is_single:
        description.setdefault("precision", "f32")
    layout = replace(layout, hard=search.needs_hard_labels(layout, form))
    found = Understood(layout, description)
    if search.remark:
        found.remarks.append(search.remark)
    if "widths" not in description:
        search.find_sizes(form, found)
    return found


class _Search:
    """Calls one subject and keeps what it returned."""

    def __init__(self, subject: Any, fields: Mapping[str, Any]) -> None:
        from .network import asked, name_of

        self.subject, self.name = subject, name_of(subject)
        self.ask = asked(subject, "loss_and_gradient")
        self.fields = fields
        self.failure: tuple[int, Exception] | None = None
        """The exception of the layout that got farthest, with how far it got."""
        self.answered: list[tuple[Layout, list[Probe], list[Answer]]] = []
        self.is_single = False
        self.remark = ""
        """What a report says of a loss that is not that of the declared network."""
        self.precision = str(fields.get("precision", "f64"))
        """How exactly losses are compared."""

    def found(self) -> tuple[Layout, Form]:
        """Returns the first layout in which the loss is that of a known network."""
        widths = self.fields.get("widths")
        shapes = [[widths]] if widths else [[[3, 4, 1], [3, 4, 2]], [[3, 1], [3, 2]]]
        for group in shapes:
            found = self._among(group)
            if found is None and self.precision == "f64":
                # 1e-8 in a logarithm, or a clip, makes another loss, but no other network
                self.precision = "f32"
                found = self._among(group)
            if found is not None:
                return found
            if self.answered:
                break  # without a hidden layer every activation would fit
        hidden, losses = self.fields.get("activations"), self.fields.get("losses")
        if hidden and losses and self.answered:
            cause = self._mistake() or "is there a mistake in the forward pass or in the loss?"
            self.remark = f"its loss is not that of the declared network: {cause}"
            return self._readable()[0], Form(hidden[0], losses[0])
        raise ValueError(self._not_found()) from (self.failure and self.failure[1])

    def _readable(self) -> tuple[Layout, list[Probe], list[Answer]]:
        """Returns the first layout that was answered, preferably with a readable gradient."""
        readable = [it for it in self.answered if it[2][0].gradient is not None]
        return (readable or self.answered)[0]

    def _mistake(self) -> str:
        """Returns the usual mistake that explains the losses, as a sentence, or ""."""
        several = [it for it in self.answered if it[1][0].y.shape[0] > 1]
        found = (mistake(of, asked, given) for of, asked, given in several or self.answered)
        return next((sentence for sentence in found if sentence), "")

    def _seeds(self) -> tuple[int, ...]:
        return FEW if self.precision == "f64" else MANY

    def _among(self, shapes: list[list[int]]) -> tuple[Layout, Form] | None:
        """Returns the first layout with a known loss, preferably with a readable gradient."""
        first: tuple[Layout, Form] | None = None
        for shape in shapes:
            probes = [probe(list(shape), seed, M) for seed in self._seeds()]
            for layout in self._layouts():
                answers = self._answers(layout, probes)
                if answers is None:
                    continue
                self.answered.append((layout, probes, answers))
                form = self._form(layout, probes, answers)
                if form is not None:
                    self.is_single = all(answer.is_single for answer in answers)
                    if answers[0].gradient is not None:
                        return layout, form
                    first = first or (layout, form)
            if first is not None:
                return first
        return None

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

    def _form(
        self, layout: Layout, probes: list[Probe], answers: list[Answer]
    ) -> Form | None:
        """Returns the network that has this loss, up to one factor."""
        known = LOSSES if layout.labels != "classes" else ("softmax-cross-entropy",)
        hidden = self.fields.get("activations") or ACTIVATIONS
        losses = self.fields.get("losses") or known
        for form in itertools.starmap(Form, itertools.product(hidden, losses)):
            if self._factor(form, probes, answers) is not None:
                return form
        return None

    def _factor(
        self, form: Form, probes: list[Probe], answers: list[Answer]
    ) -> float | None:
        """Returns the factor of the losses, without a declared L2 term."""
        l2 = self.fields.get("l2")
        due = [reference(form, probe, None if l2 is None else str(l2)) for probe in probes]
        given = [answer.loss - of.l2 for answer, of in zip(answers, due)]
        return factor(given, [of.loss for of in due], self.precision)

    def _answers(self, layout: Layout, probes: list[Probe]) -> list[Answer] | None:
        """Returns the answers to several questions, or None if one is not answered."""
        answers = [self._answer(layout, probe) for probe in probes]
        known = [answer for answer in answers if answer is not None]
        return known if len(known) == len(probes) else None

    def _answer(self, layout: Layout, probe: Probe) -> Answer | None:
        """Returns loss and gradient, or None if the subject does not answer in this layout."""
        if layout.labels == "vector" and probe.y.shape[0] != 1:
            return None
        if layout.labels == "classes" and probe.y.shape[0] == 1:
            return None
        blocks, x, y = in_layout(probe, layout)
        parameters = layout.parameters(blocks)
        try:
            with np.errstate(all="ignore"):
                answer = self.ask(self._network(probe), parameters, x, y)
        except Exception as error:  # another layout may be the right one
            self._failed(_progress(error), error)
            return None
        if not isinstance(answer, (tuple, list)) or len(answer) != 2:
            kind = type(answer).__name__
            of = f" of {len(answer)}" if isinstance(answer, (tuple, list)) else ""
            words = f"loss_and_gradient returns {kind}{of} but has to return (loss, gradient)"
            self._failed(RETURNED, TypeError(words))
            return None
        try:
            loss = number("the loss", answer[0])
        except TypeError as error:
            self._failed(RETURNED + 1, error)
            return None
        if not np.isfinite(loss):
            self._failed(RETURNED + 1, ValueError(f"the loss is {loss} at small random weights"))
            return None
        return Answer(loss, _read(layout, answer[1], blocks), _is_single(answer[1]))

    def _network(self, probe: Probe) -> dict[str, Any]:
        hidden, losses = self.fields.get("activations"), self.fields.get("losses")
        usual = "cross-entropy" if probe.y.shape[0] == 1 else "softmax-cross-entropy"
        activation = hidden[0] if hidden else "tanh"
        return {
            "widths": probe.widths,
            "hidden": activation,
            "activations": [activation] * (len(probe.widths) - 2),
            "loss": losses[0] if losses else usual,
        }

    def _failed(self, progress: int, error: Exception) -> None:
        if self.failure is None or progress > self.failure[0]:
            self.failure = (progress, error)

    def needs_hard_labels(self, layout: Layout, form: Form) -> bool:
        """Returns whether the subject is right only for labels 0 and 1, as a classifier may be."""
        if "hard-labels" in self.fields:
            return bool(self.fields["hard-labels"])
        if "cross-entropy" not in form.loss or layout.labels == "classes":
            return False
        widths = self.fields.get("widths") or self.answered[-1][1][0].widths
        probes = [probe(list(widths), seed, M).with_soft_labels() for seed in self._seeds()]
        failure, answers = self.failure, self._answers(layout, probes)
        self.failure = failure
        if answers is None or self.remark:
            return answers is None
        return self._factor(form, probes, answers) is None

    def _sized(self, hidden: int, n_y: int) -> list[Probe]:
        """Returns questions to a network with these numbers of hidden layers and outputs."""
        return [probe([3, *[5, 4][:hidden], n_y], seed, M) for seed in self._seeds()]

    def find_sizes(self, form: Form, found: Understood) -> None:
        """Finds how many hidden layers and outputs the subject takes, and the scale of its loss.

        These are the sizes at which its loss has the same factor. It is asked about no others, and
        the report says so.
        """
        layout, description = found.layout, found.description
        outputs = [2, 3] if form.loss == "softmax-cross-entropy" else [1, 2]
        factors: dict[tuple[int, int], float] = {}
        for hidden, n_y in itertools.product((1, 0, 2), outputs):
            probes = self._sized(hidden, n_y)
            answers = self._answers(layout, probes)
            ratio = answers and self._factor(form, probes, answers)
            if ratio:
                factors[hidden, n_y] = ratio
        if not factors:
            return self._find_answered_sizes(outputs, found)
        base = next(iter(factors))
        same = [key for key, ratio in factors.items() if _same(ratio, factors[base])]
        depths = sorted({hidden for hidden, _ in same})
        sizes = sorted({n_y for _, n_y in same})
        scale = scale_of(factors[base], M)
        if len(sizes) == 1 and sizes[0] == outputs[0]:
            scale = self._mean_over_outputs(form, found, factors, base, scale)
            sizes = outputs if scale and scale.endswith("n_y") else sizes
        if scale not in (None, "1") and "loss-scale" not in description:
            description["loss-scale"] = scale
            found.remarks.append(
                f"the loss is {scale} times the mean over the examples; the gradient is judged "
                f'with this factor; declare loss_scale="{scale}" if it is intended'
            )
        if depths[-1] < 2:
            description.setdefault("hidden-layers", [depths[0], depths[-1]])
            self._note_other_depths(form, found, depths[-1] + 1, sizes[0])
        elif depths[0] > 0:
            description.setdefault("hidden-layers", [depths[0], 64])
        if len(sizes) == 1:
            description.setdefault("outputs", sizes[0])
        found.scope = _scope(depths, sizes)

    def _find_answered_sizes(self, outputs: list[int], found: Understood) -> None:
        """Finds the sizes of which the gradient has every key, for a loss that is not known."""
        sizes = []
        for hidden, n_y in itertools.product((1, 0, 2), outputs):
            answers = self._answers(found.layout, self._sized(hidden, n_y))
            if answers and all(answer.gradient is not None for answer in answers):
                sizes.append((hidden, n_y))
        if not sizes:
            return
        depths = sorted({hidden for hidden, _ in sizes})
        most = 64 if depths[-1] >= 2 else depths[-1]
        found.description.setdefault("hidden-layers", [depths[0], most])
        numbers = sorted({n_y for _, n_y in sizes})
        if len(numbers) == 1:
            found.description.setdefault("outputs", numbers[0])
        found.scope = _scope(depths, numbers)

    def _mean_over_outputs(
        self,
        form: Form,
        found: Understood,
        factors: dict[tuple[int, int], float],
        base: tuple[int, int],
        scale: str | None,
    ) -> str | None:
        """Returns the scale with a mean over the outputs, if loss and gradient both have it."""
        hidden, n_y = base
        ratio = factors.get((hidden, n_y + 1))
        if scale is None or ratio is None or not _same(ratio, factors[base] * n_y / (n_y + 1)):
            return scale
        probes = self._sized(hidden, n_y + 1)
        answers = self._answers(found.layout, probes) or []
        gradients = [(it.gradient, reference(form, of).gradient) for it, of in zip(answers, probes)]
        right = [
            given is not None and _core.explains(given, ratio * due, self.precision)
            for given, due in gradients
        ]
        if all(right) and "/" not in scale:
            return f"{scale}/n_y"
        found.remarks.append(
            f"with {n_y + 1} outputs the loss is a mean over the outputs but the gradient is not, "
            f"so only networks with {n_y} output were checked; to support more outputs, divide "
            "the gradient by n_y too"
        )
        return scale

    def _note_other_depths(self, form: Form, found: Understood, depth: int, n_y: int) -> None:
        """Notes that the subject computes another loss for deeper networks.

        Their last layer has an effect, so the subject does take them.
        """
        probes = self._sized(depth, n_y)
        answers = self._answers(found.layout, [probes[0], probes[0].with_other_last_weights()])
        if answers is None or answers[0].loss == answers[1].loss:
            return
        found.remarks.append(
            f"with {depth} hidden layers its loss is not that of a network of {form.hidden} units, "
            "so deeper networks were not checked"
        )

    def _not_found(self) -> str:
        if not self.answered:
            error = self.failure[1] if self.failure else None
            return (
                "loss_and_gradient(parameters, x, y) did not work in any of the common layouts "
                "(parameters as a dictionary W1, b1, …, a list, pairs or a vector; examples in "
                f"columns or rows). The one that got farthest raised {type(error).__name__}: "
                f"{error}. If its sizes are fixed, declare widths=[n_x, n_h, n_y]"
            )
        layout, probes, answers = self._readable()
        again = self._answer(layout, probes[0])
        if again is not None and again.loss != answers[0].loss:
            return (
                f"loss_and_gradient returns the loss {answers[0].loss} and then {again.loss} for "
                "the same arguments: is something random, such as dropout, or kept between calls?"
            )
        cause = self._mistake()
        likely = cause or "there is a mistake in the forward pass or in the loss"
        softmax = layout.labels == "classes" or "softmax" in cause or mentions_softmax(self.subject)
        loss, n_y = ("softmax-cross-entropy", 3) if softmax else ("cross-entropy", 1)
        return (
            f"likely cause: {likely}. loss_and_gradient runs ({layout}), but its loss is not that "
            f"of a known network. Known networks have {', '.join(ACTIVATIONS)} units with "
            f"{', '.join(LOSSES)}, up to a factor. If yours is meant to be another, check it from "
            f'Python and say what it is: init_symmetry.check({self.name}, activations=["tanh"], '
            f'losses=["{loss}"], widths=[2, 4, {n_y}]), with l2="0.1/m" if the loss has an L2 term'
        )


RETURNED = 1 << 30
"""Farther than any line of a function."""


def _progress(error: Exception) -> int:
    """Returns how many lines of the subject's function had run when it raised."""
    here = os.path.dirname(os.path.abspath(__file__))
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if os.path.dirname(os.path.abspath(code.co_filename)) != here:
            return trace.tb_lineno - code.co_firstlineno
        trace = trace.tb_next
    return -1


def _read(layout: Layout, gradient: Any, blocks: list[np.ndarray]) -> np.ndarray | None:
    """Returns a gradient in one list in the lesson's layout, if it has the parameters' form."""
    try:
        read = layout.blocks(gradient, blocks, "d")
    except _core.AnswerError:
        return None
    if [array.shape for array in read] != [block.shape for block in blocks]:
        return None
    is_units = layout.weight_rows == "units"
    return np.concatenate([(block if is_units else block.T).ravel() for block in read])


def _is_single(gradient: Any) -> bool:
    """Returns whether every array of a gradient is in single precision."""
    values = list(gradient.values()) if isinstance(gradient, Mapping) else [gradient]
    while values and isinstance(values[0], (list, tuple)):
        values = [array for value in values for array in value]
    return bool(values) and all(getattr(value, "dtype", None) == np.float32 for value in values)


def _same(one: float, other: float) -> bool:
    return bool(_core.explains(np.array([one]), np.array([other]), "f32"))


def _scope(depths: list[int], sizes: list[int]) -> str:
    """Says which networks are asked about."""
    most = "any number of" if depths[-1] >= 2 else str(depths[-1])
    if depths[0] != depths[-1] and depths[-1] < 2:
        most = f"{depths[0]} or {depths[-1]}"
    layers = "layer" if most == "1" else "layers"
    outputs = "any number of outputs" if len(sizes) > 1 else f"{sizes[0]} output"
    plural = "s" if len(sizes) == 1 and sizes[0] > 1 else ""
    return f"{most} hidden {layers}, {outputs}{plural}"
