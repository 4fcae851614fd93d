"""Finds the functions of the course and the roles of their arguments by their usual names.

It calls nothing. Upper and lower case and underscores do not matter. Start reading at `find`.
"""

from __future__ import annotations

import dis
import inspect
import types
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

# The __module__ of a provided helper, so that it is not judged as the student's function.
PROVIDED = "init_symmetry.course.helpers"

# Each function with its names in such courses, in the order in which they are checked: a function
# comes before its callers.
FUNCTIONS: Dict[str, List[str]] = {
    "sigmoid": ["sigmoid", "sigm", "sigmoidfunction"],
    "relu": ["relu", "relufunction"],
    "layer_sizes": ["layersizes", "layersize", "getlayersizes"],
    "initialize": [
        "initializeparameters", "initialiseparameters", "initparameters", "initparams",
        "initializeparams", "initialiseparams", "initialize", "initialise", "init",
        "randominit", "initweights", "initializeweights", "initialiseweights",
    ],
    "initialize_deep": [
        "initializeparametersdeep", "initialiseparametersdeep", "initparamsdeep",
        "initparametersdeep", "initializedeep", "initialisedeep",
        "initializeparametershe", "initializeparametersrandom",
    ],
    "linear_forward": ["linearforward", "linearfwd", "affineforward"],
    "linear_activation_forward": ["linearactivationforward", "activationforward"],
    "forward": [
        "forwardpropagation", "forwardprop", "forward", "forwardpass", "feedforward",
        "forwardpropagate", "fwdprop",
    ],
    "forward_deep": [
        "lmodelforward", "modelforward", "llayerforward", "forwardpropagationdeep",
        "forwarddeep", "deepforward",
    ],
    "cost": [
        "computecost", "cost", "costfunction", "computeloss", "loss", "crossentropy",
        "calculatecost", "crossentropycost", "crossentropyloss", "costfn", "lossfn",
    ],
    "relu_backward": ["relubackward", "relubackprop"],
    "sigmoid_backward": ["sigmoidbackward", "sigmoidbackprop"],
    "linear_backward": ["linearbackward", "linearbwd", "affinebackward"],
    "linear_activation_backward": ["linearactivationbackward", "activationbackward"],
    "backward": [
        "backwardpropagation", "backward", "backprop", "backpropagation", "backwardprop",
        "backwardpass", "backpropagate", "bwdprop",
    ],
    "backward_deep": [
        "lmodelbackward", "modelbackward", "llayerbackward", "backwardpropagationdeep",
        "backwarddeep", "deepbackward",
    ],
    "update": [
        "updateparameters", "updateparams", "update", "gradientdescentstep", "updateweights",
        "updateparameterswithgd",
    ],
    "predict": ["predict", "prediction", "predictions"],
    "nn_model": ["nnmodel", "model", "train", "trainmodel", "fit", "twolayernn"],
    "l_layer_model": ["llayermodel", "deepmodel", "lmodel"],
}

# Each role of an argument with its usual names. If a name fits several roles, the first role whose
# value is available is used.
ROLES: Dict[str, List[str]] = {
    "X": ["x", "a0", "inputs", "input", "data", "xtrain", "xassess", "features", "xbatch"],
    "Y": ["y", "labels", "label", "targets", "target", "ytrue", "ytrain", "yassess", "ybatch", "t"],
    "parameters": ["parameters", "params", "param", "parameter", "theta", "weights", "p", "model"],
    "cache": ["cache", "caches", "memory", "saved", "c", "activationcache", "linearcache"],
    "grads": ["grads", "gradients", "grad", "gradient", "g", "derivatives"],
    "rate": ["learningrate", "lr", "alpha", "eta", "rate", "stepsize", "learnrate"],
    "A_out": [
        "a2", "al", "yhat", "a", "predictions", "prediction", "pred", "preds", "probs", "ypred",
        "output", "outputs", "al2", "a3", "probas", "probabilities", "p",
    ],
    "A_prev": ["aprev", "a", "aprevious", "ain", "x"],
    "W": ["w", "weight", "weights"],
    "b": ["b", "bias"],
    "Z": ["z", "x", "t", "a"],
    "dZ": ["dz"],
    "dA": ["da", "dz"],
    "activation": ["activation", "act", "activationfunction", "nonlinearity", "g"],
    "A1": ["a1", "hidden", "hid", "h", "h1", "hiddenout", "hiddenlayer", "hiddenoutput"],
    "layer_dims": ["layerdims", "layersdims", "dims", "layers", "sizes", "layersizes"],
    "n_x": ["nx", "nin", "ninput", "ninputs", "inputsize", "nfeatures", "din"],
    "n_h": ["nh", "nhidden", "hiddensize", "hidden", "nhid", "dh"],
    "n_y": ["ny", "nout", "noutput", "noutputs", "outputsize", "dout"],
    "iterations": [
        "numiterations", "iterations", "niterations", "numiter", "niter", "epochs", "numepochs",
        "nepochs", "iters", "steps", "numsteps", "nsteps", "nit", "maxiter",
    ],
    "print_cost": ["printcost", "verbose", "print", "printloss"],
    "m": ["m"],
}


def globals_of(code: Any) -> List[str]:
    """Returns the names of the globals that a code object reads, inner functions included."""
    names = [
        step.argval for step in dis.get_instructions(code) if step.opname.startswith("LOAD_GLOBAL")
        or step.opname == "LOAD_NAME"
    ]
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names += globals_of(constant)
    return list(dict.fromkeys(names))


def plain(name: str) -> str:
    """Returns a name in lower case and without underscores."""
    return name.replace("_", "").lower()


def find(namespace: Any) -> Dict[str, Tuple[str, Callable[..., Any]]]:
    """Returns role -> (name, function) for every function of the course in a namespace.

    `namespace` is a dict such as `globals()`, or a module. If a role has several functions, the
    one whose name comes first in the table is used.
    """
    entries = dict(namespace) if isinstance(namespace, Mapping) else dict(vars(namespace))
    callables = {}
    for name, value in entries.items():
        if isinstance(value, types.FunctionType) and value.__module__ != PROVIDED:
            callables.setdefault(plain(name), (name, value))
    found = {}
    for role, aliases in FUNCTIONS.items():
        for alias in aliases:
            if alias in callables:
                found[role] = callables[alias]
                break
    return found


def has_function(namespace: Any, word: str) -> bool:
    """Returns whether a namespace has a function with a word in its name."""
    entries = namespace if isinstance(namespace, Mapping) else vars(namespace)
    return any(
        isinstance(value, types.FunctionType) and word in plain(str(name))
        for name, value in entries.items()
    )


def classes(namespace: Any) -> List[str]:
    """Returns the names of the classes that have a method of the course, such as `forward`."""
    entries = dict(namespace) if isinstance(namespace, Mapping) else dict(vars(namespace))
    known = {alias for role in ("forward", "backward", "cost") for alias in FUNCTIONS[role]}
    return [
        name
        for name, value in entries.items()
        if isinstance(value, type) and known & {plain(method) for method in vars(value)}
    ]


class CannotBind(Exception):
    """Raised if an argument of a function is not understood."""


def bind(
    function: Callable[..., Any], values: Mapping[str, Any], order: List[str]
) -> Dict[str, Tuple[str, Any]]:
    """Returns parameter name -> (role, value) for a call of `function`.

    Arguments are matched by name first. The remaining required arguments take the remaining roles
    of `order`, in turn. Raises `CannotBind` if an argument gets no role.
    """
    bound: Dict[str, Tuple[str, Any]] = {}
    pending: List[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        role = role_of(name, values, [used for used, _ in bound.values()])
        if role is not None:
            bound[name] = (role, values[role])
        elif parameter.default is parameter.empty:
            pending.append(name)
    left = [role for role in order if role not in {used for used, _ in bound.values()}]
    for name in pending:
        if not left:
            raise CannotBind(f"its argument `{name}` is not understood")
        role = left.pop(0)
        bound[name] = (role, values[role])
    return bound


def role_of(name: str, values: Mapping[str, Any], used: List[str]) -> Optional[str]:
    """Returns the role of an argument among the roles of `values`, or None."""
    free = [role for role in values if role not in used]
    # A capital P is a matrix of probabilities, a small one may be the parameters.
    if name == "P" and "A_out" in free:
        return "A_out"
    # gW1 is another name for dW1
    also = "d" + plain(name)[1:] if plain(name).startswith("g") else plain(name)
    for role in free:
        if plain(role) in (plain(name), also) and role not in ROLES:
            return role
    for role in free:
        if plain(name) in ROLES.get(role, []):
            return role
    return None
