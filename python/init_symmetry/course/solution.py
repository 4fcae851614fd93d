"""A student's solution: its functions, the layout of its arrays, the style of its network.

It judges nothing. Start reading at `Solution.of`.
"""

from __future__ import annotations

import inspect
import itertools
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np

from .calls import Outcome, call
from .compare import as_numbers, same
from .explain import ForwardModel
from .formula import ACTIVATIONS, Case, cost, drawn_cases, sigmoid
from .layout import LABELS, Layout, entry
from .names import ROLES, find, globals_of, has_function, plain

Found = Dict[str, Tuple[str, Callable[..., Any]]]


# The names of a tuple of gradients in order, or a dict from our names to the student's keys.
GradsForm = Union[List[str], Dict[str, str]]


@dataclass
class Network:
    """A forward pass and its backward pass, for two layers or for any number of layers.

    `output` is the function of the output layer; `names_softmax` says that it has that name in the
    student's code. `whole_cache` says that the cache of the backward pass is all that the forward
    pass returns. `classes` is the only number of classes that the functions take, if they take only
    one. `labels_known` and `form_known` say whether the form of the labels and that of a softmax
    network are understood. `failing` is the name of a forward pass that raises.
    """

    deep: bool
    roles: Dict[str, str]
    layout: Layout = Layout()
    cases: List[Case] = field(default_factory=list)
    model: Optional[ForwardModel] = None
    grads_form: Optional[GradsForm] = None
    guess: str = "tanh"
    obstacle: str = ""
    cache_wrong: bool = False
    short_cache: str = ""
    output: str = "sigmoid"
    whole_cache: bool = False
    names_softmax: bool = False
    classes: Optional[int] = None
    labels_known: bool = True
    form_known: bool = True
    failing: str = ""

    @property
    def activation(self) -> str:
        """The hidden activation that the forward pass shows, or else the usual one."""
        if self.model is not None:
            return self.model.intended or self.model.activation
        return self.guess


@dataclass
class Solution:
    """The functions of a namespace by role, and the networks that they form."""

    found: Found
    seed: int
    networks: List[Network]

    @classmethod
    def of(cls, namespace: Any, seed: int) -> Solution:
        """Finds the functions of a namespace, their networks and their layouts."""
        found = find(namespace)
        networks = _networks(found)
        for network in networks:
            network.layout = _layout(found, network, seed)
            network.guess = _guess(found, network)
            network.obstacle = _obstacle(found, network)
            if _has_softmax(found, network, seed, has_function(namespace, "softmax")):
                network.output = "softmax"
                network.layout = _layout(found, network, seed)
            usual = "relu" if network.deep else "tanh"
            network.cases = drawn_cases(seed, network.deep, usual, network.output)
        return cls(found, seed, networks)

    def callees(self, function: Callable[..., Any]) -> List[str]:
        """Returns the roles of the functions that a function calls, directly or indirectly."""
        roles = {id(f): role for role, (_, f) in self.found.items()}
        seen: List[str] = []
        waiting, visited = [function], set()
        while waiting:
            current = waiting.pop()
            visited.add(id(current))
            for name in globals_of(current.__code__):
                called = current.__globals__.get(name)
                if not hasattr(called, "__code__") or id(called) in visited:
                    continue
                if id(called) in roles and roles[id(called)] not in seen:
                    seen.append(roles[id(called)])
                waiting.append(called)
        return seen


def _guess(found: Found, network: Network) -> str:
    """Returns the hidden activation that the names in a forward pass suggest."""
    usual = "relu" if network.deep else "tanh"
    if "forward" not in network.roles:
        return usual
    function = found[network.roles["forward"]][1]
    names = {plain(name) for name in _all_names(function.__code__)}
    for activation, words in (("tanh", {"tanh"}), ("relu", {"relu", "maximum", "leakyrelu"})):
        if names & words:
            return activation
    return "sigmoid" if "sigmoid" in names and not network.deep else usual


def _has_softmax(found: Found, network: Network, seed: int, defined: bool) -> bool:
    """Returns whether the output layer is meant to be a softmax over classes.

    A name says so, or the outputs of three classes sum to 1, over whichever axis, or a softmax is
    `defined` and the forward pass returns Z, or the cost takes the softmax of what it gets, or it
    fits a softmax and the output of the forward pass is no sigmoid. Sets `names_softmax`.
    """
    passes = [found[role][1] for role in ("cost", *network.roles.values()) if role in found]
    if "forward" not in network.roles:
        return any(uses_softmax(function) for function in passes)
    function = found[network.roles["forward"]][1]
    network.names_softmax = uses_softmax(function)
    if any(uses_softmax(function) for function in passes):
        return True
    trial = replace(network, output="softmax")
    trial.layout = _layout(found, trial, seed)
    case = drawn_cases(seed, network.deep, "tanh", "softmax")[0]
    outcome = call(function, forward_values(trial, case), FORWARD_ORDER)
    A = as_numbers(trial.layout.take(output_and_cache(outcome.value)[0]))
    if outcome.error is not None or A is None or A.shape != case.A[-1].shape:
        return _costs(found, trial.layout, case, case.A[-1])
    if _costs(found, trial.layout, case, case.Z[-1]):
        return True
    outputs = [replace(case, activation=name).forward().Z[-1] for name in ACTIVATIONS]
    if defined and any(same(A, Z) for Z in outputs):
        network.names_softmax = True
        return True
    sums = (np.sum(A, axis=0), np.sum(A, axis=1), np.sum(A))
    if np.all(A >= 0) and any(same(total, np.ones_like(total)) for total in sums):
        return True
    is_sigmoid = any(same(A, sigmoid(Z)) for Z in outputs)
    return not is_sigmoid and _costs(found, trial.layout, case, case.A[-1])


def _costs(found: Found, layout: Layout, case: Case, output: np.ndarray) -> bool:
    """Returns whether the student's cost of an output, such as Z, is the cost of a softmax."""
    if "cost" not in found:
        return False
    # a small number inside the logarithm is no other cost
    due = [cost(case.A[-1] + e, case.Y, "softmax") for e in (0, *10.0 ** -np.arange(5, 17))]
    for labels, rows in itertools.product(LABELS, (layout.rows, not layout.rows)):
        form = replace(layout, labels=labels, rows=rows)
        values = {"A_out": form.give(output), "Y": form.give_labels(case.Y), "m": case.m}
        outcome = call(found["cost"][1], values, ["A_out", "Y"])
        if outcome.error is None and any(same(outcome.value, np.asarray(value)) for value in due):
            return True
    return False


def uses_softmax(function: Callable[..., Any]) -> bool:
    """Returns whether a function or one that it calls has a name with the word softmax."""
    waiting, visited = [function], set()
    while waiting:
        current = waiting.pop()
        visited.add(id(current))
        names = [current.__name__, *_all_names(current.__code__)]
        if any("softmax" in plain(name) for name in names):
            return True
        called = [current.__globals__.get(name) for name in globals_of(current.__code__)]
        waiting += [f for f in called if hasattr(f, "__code__") and id(f) not in visited]
    return False


def _all_names(code: Any) -> List[str]:
    names = list(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names += _all_names(constant)
    return names


def takes_layer_dims(function: Callable[..., Any]) -> bool:
    """Returns whether an initialiser takes one list of sizes, not three numbers."""
    required = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return len(required) == 1 or (
        bool(required) and plain(required[0].name) in ROLES["layer_dims"]
    )


def _takes_any_depth(initialize: Callable[..., Any]) -> bool:
    """Returns whether an initialiser takes a list of sizes, and not of three sizes alone."""
    if not takes_layer_dims(initialize):
        return False
    three, four = (
        call(initialize, initial_values(dims), ["layer_dims"]) for dims in ([4, 3, 1], [4, 3, 2, 1])
    )
    return four.error is None or three.error is not None


def _networks(found: Found) -> List[Network]:
    generic = "initialize" in found and _takes_any_depth(found["initialize"][1])
    plain_roles = {
        "initialize": "initialize",
        "forward": "forward",
        "backward": "backward",
        "model": "nn_model",
    }
    deep_roles = {
        "initialize": "initialize_deep",
        "forward": "forward_deep",
        "backward": "backward_deep",
        "model": "l_layer_model",
    }
    networks = []
    if any(role in found for role in plain_roles.values()):
        roles = {key: role for key, role in plain_roles.items() if role in found}
        if generic:
            deep = {key: role for key, role in deep_roles.items() if role in found}
            return [Network(True, {**roles, **deep})]
        networks.append(Network(False, roles))
    if any(role in found for role in deep_roles.values()):
        roles = {key: role for key, role in deep_roles.items() if role in found}
        if networks and "forward" not in networks[0].roles and "model" in networks[0].roles:
            # A `predict` or `model` beside L_model_forward belongs to the deep network.
            roles.setdefault("model", networks[0].roles.pop("model"))
        networks = [network for network in networks if network.roles]
        networks.append(Network(True, roles))
    if not networks and any(role in found for role in ("cost", "update", "predict")):
        networks.append(Network(False, {}))
    return networks


def initial_values(dims: List[int]) -> Dict[str, Any]:
    """Returns the possible arguments of an initialiser for these sizes."""
    return {"n_x": dims[0], "n_h": dims[1], "n_y": dims[-1], "layer_dims": list(dims)}


def forward_values(network: Network, case: Case) -> Dict[str, Any]:
    """Returns the possible arguments of a forward pass."""
    layout = network.layout
    values = {
        "X": layout.give(case.X),
        "parameters": layout.bundle(case.parameters),
        "activation": case.activation,
    }
    values.update(layout.parameters(case.parameters))
    return values


FORWARD_ORDER = ["X", "parameters"]


def output_and_cache(value: Any) -> Tuple[Any, Any]:
    """Returns (A2, cache) from the result of a forward pass, in any of the common styles."""
    if isinstance(value, dict):
        for name in ("AL", "A2", "A3", "A_out", "y_hat", "yhat"):
            found = entry(value, name)
            if found is not None:
                return found, value
        return None, value
    if isinstance(value, (tuple, list)) and len(value) > 0:
        if len(value) == 2 and isinstance(value[1], np.ndarray) and not isinstance(
            value[0], np.ndarray
        ):
            return value[1], value[0]
        if len(value) > 2 and all(isinstance(part, np.ndarray) for part in value):
            return value[-1], tuple(value)
        return value[0], (value[1] if len(value) == 2 else tuple(value[1:]))
    return value, None


def run_forward(solution: Solution, network: Network, case: Case) -> Outcome:
    """Calls the student's forward pass on a case."""
    function = solution.found[network.roles["forward"]][1]
    return call(function, forward_values(network, case), FORWARD_ORDER)


def _layout(found: Found, network: Network, seed: int) -> Layout:
    """Finds out whether examples are columns or rows."""
    case = drawn_cases(seed, network.deep, "tanh", network.output)[0]
    hints = _hints(found, network, case)
    if "forward" not in network.roles:
        return hints[0]
    candidates = hints + [Layout(), Layout(rows=True), Layout(rows=True, flat_bias=True)]
    tupled, lower = hints[0].as_tuple, hints[0].lower_case
    candidates = [replace(layout, as_tuple=tupled, lower_case=lower) for layout in candidates]
    if not isinstance(_initial(found, network, case.dims), (dict, tuple)) or _obstacle(
        found, network
    ):
        # No initialiser shows how parameters are passed, so the forward pass has to show it.
        candidates += [replace(layout, lower_case=True) for layout in candidates] + [
            replace(layout, as_tuple=True) for layout in candidates
        ]
    works = []
    for layout in candidates:
        trial = replace(network, layout=layout)
        function = found[network.roles["forward"]][1]
        outcome = call(function, forward_values(trial, case), FORWARD_ORDER)
        output = layout.take(output_and_cache(outcome.value)[0])
        array = as_numbers(output)
        if outcome.error is None and array is not None and array.shape == case.A[-1].shape:
            works.append(layout)
    return works[0] if works else hints[0]


def _hints(found: Found, network: Network, case: Case) -> List[Layout]:
    value, as_tuple = _initial(found, network, case.dims), False
    lower = isinstance(value, dict) and "w1" in value
    if isinstance(value, (tuple, list)) and len(value) == 2 * case.depth:
        as_tuple = True
        value = {"W1": value[0], "b1": value[1]}
    W1, b1 = as_numbers(entry(value, "W1")), as_numbers(entry(value, "b1"))
    if W1 is None or W1.shape != (case.dims[0], case.dims[1]):
        return [Layout(as_tuple=as_tuple, lower_case=lower)]
    # An initialiser means rows only if its bias is a row too.
    flat = b1 is not None and b1.ndim == 1
    row = b1 is not None and b1.shape == (1, case.dims[1])
    if flat or row:
        return [Layout(True, flat, as_tuple, lower)]
    return [Layout(as_tuple=as_tuple, lower_case=lower)]


def _initial(found: Found, network: Network, dims: List[int]) -> Any:
    """Returns what the student's initialiser returns for these sizes, or None."""
    if "initialize" not in network.roles:
        return None
    function = found[network.roles["initialize"]][1]
    order = ["layer_dims"] if takes_layer_dims(function) else ["n_x", "n_h", "n_y"]
    return call(function, initial_values(dims), order).value


def _obstacle(found: Found, network: Network) -> str:
    """Says why the form of the parameters is not understood, or returns ""."""
    dims = [4, 3, 2, 1] if network.deep else [4, 3, 1]
    value = _initial(found, network, dims)
    names = [f"{kind}{layer}" for layer in range(1, len(dims)) for kind in "Wb"]
    if value is None or any(entry(value, name) is not None for name in names):
        return ""
    if isinstance(value, tuple) and len(value) == len(names):
        return ""
    name = found[network.roles["initialize"]][0]
    kind = type(value).__name__
    what = "without the keys W1, b1, ..." if kind == "dict" else "not a dict with W1, b1, ..."
    return f"`{name}` returns a {kind}, {what}; this form is not understood"
