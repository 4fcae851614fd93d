"""Finds the mistakes that explain a student's wrong numbers in all cases.

It goes from the output layer down. A mistake that is found in one layer is assumed in the layers
below, so that it is named once. A mistake is named only if it gives the student's numbers, up to
rounding, in all cases. Start reading at `explain_backward`.

    for each layer, from the output down:
        for each way to compute dZ (correct ones first):
            fit dW and db, each with the first form that gives all the numbers
        keep the way that explains the most with the fewest mistakes
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from . import forms
from .compare import difference, same
from .forms import Form, computed
from .formula import ACTIVATIONS, Case
from .places import RESULT, SOFTMAX

Trial = Tuple[Case, Dict[str, Any]]
# The forms that dZ is computed with, and dZ in every case.
Way = Tuple[List[Form], List[np.ndarray]]


@dataclass
class Cause:
    """One mistake: the form that fits, the names in its sentence, and the wrong quantities."""

    form: Form
    names: Dict[str, str]
    quantities: List[str] = field(default_factory=list)

    def sentence(self) -> str:
        """Returns the mistake as a sentence."""
        return filled(self.form.text, self.names, self.quantities)

    def variables(self) -> List[List[str]]:
        """Returns the names that each wrong quantity may have in the student's code."""
        text = self.form.text
        if "{q}" in text:
            return [[name] for name in self.quantities]
        found = re.match(r"(?:the (?:factor in|softmax) )?(d?)\{(Z|A|W|b)\}", text)
        if found is None:
            every = text.startswith("every gradient")
            return [["d" + self.names["Z"]]] if every else [[*self.quantities, "loss", RESULT]]
        d, letter = found.groups()
        name = d + self.names[letter]
        # d{A} need not have a line of its own
        if text.startswith("the softmax"):
            return [[SOFTMAX, name, RESULT]]
        return [[name, "d" + self.names["Z"]] if d and letter == "A" else [name, RESULT]]


def filled(text: str, names: Dict[str, str], quantities: Sequence[str]) -> str:
    """Fills names into the sentence of a form."""
    several = len(quantities) > 1
    words = dict(
        {"axis": "1", "units_axis": "0"},
        **names,
        q=listed(quantities),
        is_="are" if several else "is",
        has="have" if several else "has",
    )
    return text.format(**words)


def listed(names: Sequence[str]) -> str:
    """Writes names as "dW1, db1 and dW2"."""
    names = list(names)
    return "".join(names) if len(names) < 2 else ", ".join(names[:-1]) + " and " + names[-1]


@dataclass
class Explanation:
    """Why numbers are wrong: the causes, and the quantities that nothing explains."""

    causes: List[Cause] = field(default_factory=list)
    unexplained: List[str] = field(default_factory=list)
    remarks: List[str] = field(default_factory=list)
    example: str = ""

    @property
    def right(self) -> bool:
        """Whether there is nothing to explain."""
        return not self.causes and not self.unexplained

    def sentences(self) -> List[str]:
        """Returns the causes as sentences; equal causes of several quantities are merged."""
        groups: Dict[str, List[Cause]] = {}
        for cause in self.causes:
            text = cause.form.text
            key = text if _only_quantities(text) else text + str(sorted(cause.names.items()))
            groups.setdefault(key, []).append(cause)
        sentences = []
        for group in groups.values():
            quantities = sorted({q for cause in group for q in cause.quantities}, key=_by_layer)
            sentences.append(filled(group[0].form.text, group[0].names, quantities))
        return sentences

    def variables(self) -> List[List[str]]:
        """Returns the names that each wrong quantity may have in the student's code."""
        return [names for cause in self.causes for names in cause.variables()]

    def faults(self) -> List[str]:
        """Returns the names of the causes in the catalogue of faults."""
        return sorted({cause.form.fault for cause in self.causes if cause.form.fault})


def _only_quantities(text: str) -> bool:
    rest = text.replace("{q}", "").replace("{is_}", "").replace("{has}", "")
    return "{" not in rest


def _by_layer(name: str) -> Tuple[str, str]:
    return (name[-1], name)


def layer_names(layer: int, depth: int, rows: bool = False) -> Dict[str, str]:
    """Returns the names of the quantities and axes of a layer, for sentences."""
    last = "L" if depth > 2 else str(depth)

    def number(n: int) -> str:
        return last if n == depth else str(n)

    return {
        "axis": "0" if rows else "1",
        "units_axis": "1" if rows else "0",
        "Z": f"Z{number(layer)}",
        "A": f"A{number(layer)}",
        "W": f"W{number(layer)}",
        "b": f"b{number(layer)}",
        "A_prev": "X" if layer == 1 else f"A{layer - 1}",
        "Z_prev": "X" if layer == 1 else f"Z{layer - 1}",
        "W_next": f"W{number(layer + 1)}",
        "Z_next": f"Z{number(layer + 1)}",
        "A_next": f"A{number(layer + 1)}",
    }


def context(case: Case, layer: int, dZ_next: Optional[np.ndarray] = None) -> SimpleNamespace:
    """Returns the arrays that the forms of a layer are computed from."""
    top = layer == case.depth
    return SimpleNamespace(
        A=case.A[layer],
        Z=case.Z[layer],
        A_prev=case.A[layer - 1],
        Z_prev=case.Z[layer - 1],
        W=case.W(layer),
        b=case.b(layer),
        X=case.X,
        Y=case.Y,
        m=case.m,
        W_next=None if top else case.W(layer + 1),
        A_next=None if top else case.A[layer + 1],
        dZ_next=dZ_next,
        dZ=None,
    )


def fit(
    given: Sequence[Any], contexts: Sequence[SimpleNamespace], candidates: Sequence[Form]
) -> Optional[Form]:
    """Returns the form of lowest cost that gives all the numbers, or None."""
    for form in sorted(candidates, key=lambda form: form.cost):
        if all(same(value, computed(form, c)) for value, c in zip(given, contexts)):
            return form
    return None


@dataclass
class _Stage:
    """One way to compute dZ of a layer, and how it explains dW and db."""

    dZ_forms: List[Form]
    dZ: List[np.ndarray]
    fitted: Dict[str, Optional[Form]]

    @property
    def score(self) -> Tuple[int, int]:
        fitted = list(self.fitted.values())
        return (
            sum(form is None for form in fitted),
            sum(form.cost for form in self.dZ_forms)
            + sum(form.cost for form in fitted if form is not None),
        )


def explain_stage(
    given: Mapping[str, Sequence[Any]],
    contexts: Sequence[SimpleNamespace],
    dZ_ways: Iterator[Way],
    tables: Dict[str, List[Form]],
) -> _Stage:
    """Finds the way to compute dZ that explains the quantities with the fewest mistakes."""
    best: Optional[_Stage] = None
    for dZ_forms, dZ in dZ_ways:
        least = (0, sum(form.cost for form in dZ_forms))
        if best is not None and best.score <= least:
            continue
        for c, array in zip(contexts, dZ):
            c.dZ = array
        fitted = {name: fit(values, contexts, tables[name]) for name, values in given.items()}
        stage = _Stage(dZ_forms, dZ, fitted)
        if best is None or stage.score < best.score:
            best = stage
    assert best is not None
    return best


def _output_ways(contexts: Sequence[SimpleNamespace], output: str) -> Iterator[Way]:
    for form in forms.DELTA_TABLES[output]:
        arrays = [computed(form, c) for c in contexts]
        if all(array is not None for array in arrays):
            yield [form], arrays


def _broadcasts(small: Tuple[int, ...], large: Tuple[int, ...]) -> bool:
    """Returns whether the product of arrays of these shapes has the second shape."""
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False


def _hidden_ways(
    contexts: Sequence[SimpleNamespace], slopes: Sequence[Form]
) -> Iterator[Way]:
    pairs = sorted(
        itertools.product(forms.DA, slopes), key=lambda pair: pair[0].cost + pair[1].cost
    )
    for dA_form, slope in pairs:
        arrays = []
        for c in contexts:
            dA, factor = computed(dA_form, c), computed(slope, c)
            if dA is None or factor is None or not _broadcasts(factor.shape, dA.shape):
                break
            arrays.append(dA * factor)
        if len(arrays) == len(contexts):
            yield [dA_form, slope], arrays
    for slope in slopes[:2]:
        pairs_of_arrays = [(forms.DOT_FOR_STAR.compute(c), slope.compute(c)) for c in contexts]
        if all(dA.shape[1] == len(factor) for dA, factor in pairs_of_arrays):
            yield [forms.DOT_FOR_STAR], [dA @ factor for dA, factor in pairs_of_arrays]


def agrees(trials: Sequence[Trial]) -> bool:
    """Returns whether the gradients are correct in all trials, with g' from A or from Z."""
    dZ: List[np.ndarray] = [case.A[-1] - case.Y for case, _ in trials]
    for layer in range(trials[0][0].depth, 0, -1):
        contexts = [context(case, layer) for case, _ in trials]
        for c, array in zip(contexts, dZ):
            c.dZ = array
        for name, table in ((f"dW{layer}", forms.DW), (f"db{layer}", forms.DB)):
            if fit([grads.get(name) for _, grads in trials], contexts, table[:1]) is None:
                return False
        if layer > 1:
            dZ = _right_dZ(trials, layer - 1, dZ)
            if not dZ:
                return False
    return True


def _right_dZ(trials: Sequence[Trial], layer: int, above: Sequence[np.ndarray]) -> List[np.ndarray]:
    """Returns the correct dZ of a hidden layer if it gives the student's dW, or []."""
    contexts = [context(case, layer, array) for (case, _), array in zip(trials, above)]
    given = [grads.get(f"dW{layer}") for _, grads in trials]
    for slope in forms.slopes(trials[0][0].activation)[:2]:
        dZ = [c.W_next.T @ c.dZ_next * slope.compute(c) for c in contexts]
        for c, array in zip(contexts, dZ):
            c.dZ = array
        if fit(given, contexts, forms.DW[:1]) is not None:
            return dZ
    return []


def explain_backward(trials: Sequence[Trial], rows: bool = False) -> Explanation:
    """Explains dW and db of all layers; a trial is a case with the student's gradients.

    `rows` says that the student's examples are rows; then the sentences name the other axes.
    """
    cases = [case for case, _ in trials]
    depth = cases[0].depth
    explanation = Explanation()
    dZ: List[Optional[np.ndarray]] = [None] * len(trials)
    for layer in range(depth, 0, -1):
        contexts = [context(case, layer, above) for case, above in zip(cases, dZ)]
        tables = {f"dW{layer}": forms.DW, f"db{layer}": forms.DB}
        given = {name: [grads.get(name) for _, grads in trials] for name in tables}
        if layer == depth:
            ways = _output_ways(contexts, cases[0].output)
        else:
            ways = _hidden_ways(contexts, forms.slopes(cases[0].activation))
        stage = explain_stage(given, contexts, ways, tables)
        _record(explanation, stage, layer_names(layer, depth, rows))
        dZ = list(stage.dZ)
    if explanation.unexplained:
        explanation.example = example_of(trials, explanation.unexplained)
    return explanation


def _record(explanation: Explanation, stage: _Stage, names: Dict[str, str]) -> None:
    if all(form is None for form in stage.fitted.values()):
        explanation.unexplained += list(stage.fitted)
        return
    wrong = list(stage.fitted)
    explanation.causes += [Cause(form, names, wrong) for form in stage.dZ_forms if not form.right]
    for name, form in stage.fitted.items():
        if form is None:
            explanation.unexplained.append(name)
        elif not form.right:
            explanation.causes.append(Cause(form, names, [name]))


def example_of(trials: Sequence[Trial], names: Sequence[str]) -> str:
    """Describes the smallest case in which one of the named gradients differs."""
    from .formula import gradients

    for case, grads in sorted(trials, key=lambda trial: trial[0].X.size):
        due = gradients(case)
        for name in names:
            if not same(grads.get(name), due[name]):
                return f"with {case.name}: {difference(name, grads.get(name), due[name])}"
    return ""


@dataclass
class ForwardModel:
    """How a student's forward pass computes: its forms and its hidden activation.

    `intended` is the intended activation, if the student's function for it is wrong.
    """

    hidden: Form
    activation: str
    omitted: bool
    output: Form
    out: Form
    intended: str = ""

    @property
    def right(self) -> bool:
        """Whether this is the forward pass of the course."""
        return self.cost == 0

    @property
    def cost(self) -> int:
        """The number of mistakes; the same mistake in all layers counts once."""
        layers = self.hidden.cost + (0 if self.output is self.hidden else self.output.cost)
        return layers + self.out.cost + int(self.omitted)

    def run(self, case: Case) -> Optional[Case]:
        """Returns the case with Z and A of this forward pass, or None if the shapes do not fit."""
        Z, A = [case.X], [case.X]
        g_name = self.intended or self.activation
        for layer in range(1, case.depth + 1):
            top = layer == case.depth
            c = SimpleNamespace(
                A_prev=A[-1], Z_prev=Z[-1], W=case.W(layer), b=case.b(layer), X=case.X, m=case.m
            )
            z = computed(self.output if top else self.hidden, c)
            if z is None:
                return None
            c.Z = z
            g = forms.NO_ACTIVATION if self.omitted else forms.HIDDEN_FORMS[self.activation]
            a = computed(self.out if top else g, c)
            if a is None:
                return None
            Z.append(z)
            A.append(a)
        return replace(case, activation=g_name, Z=Z, A=A, fits=self.right)

    def causes(self, depth: int, rows: bool = False) -> List[Cause]:
        """Returns the mistakes of this forward pass."""
        first, last = layer_names(1, depth, rows), layer_names(depth, depth, rows)
        causes = [Cause(self.hidden, first)] if not self.hidden.right else []
        causes += [Cause(self.output, last)] if not self.output.right else []
        causes += [Cause(forms.NO_ACTIVATION, first)] if self.omitted else []
        causes += [Cause(self.out, last)] if not self.out.right else []
        return causes


def _models(activations: Sequence[str], output: str) -> List[ForwardModel]:
    hidden = [(name, False) for name in activations] + [("tanh", True)]
    models = [
        ForwardModel(z, name, omitted, top, out)
        for (name, omitted), z, top, out in itertools.product(
            hidden, forms.Z_FORMS, forms.Z_FORMS, forms.OUTPUT_TABLES[output]
        )
    ]
    return sorted(models, key=lambda model: model.cost)


def explain_forward(trials: Sequence[Tuple[Case, Any]]) -> List[ForwardModel]:
    """Returns the forward passes that give all outputs with the fewest mistakes, at most two.

    There may be several: Z2 = W2 · Z1 + b2 equals a hidden layer without activation.
    """
    found: List[ForwardModel] = []
    for model in _models(list(ACTIVATIONS), trials[0][0].output):
        if model.cost > 2 or (found and model.cost > found[0].cost):
            break
        if all(_gives(model, case, output) for case, output in trials):
            found.append(model)
            if model.right:
                break
    return found


def _gives(model: ForwardModel, case: Case, output: Any) -> bool:
    run = model.run(case)
    return run is not None and same(output, run.A[-1])
