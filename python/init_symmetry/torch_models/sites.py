"""The inputs and outputs of a PyTorch module, as axes of its parameters.

It knows how modules lay out their weights. `groups.py` finds out how modules are connected.
Start reading at `site_of`.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Tuple

from torch import nn

from init_symmetry.torch_models.search import Axis, Group, Shapes

Named = Callable[[str], Optional[str]]


@dataclass
class Output:
    """Output units of a module, and their place among all of its outputs."""

    units: int
    axes: List[Axis]
    first: int = 0
    width: int = 0


@dataclass
class Site:
    """A module with parameters, as producer, consumer or both.

    `takes` are the axes with an entry for each of the `taken` inputs. `passes` are the axes with an
    entry for each of the `passed` channels, as in a norm. `inner` are groups inside the module.
    """

    name: str
    outputs: List[Output] = field(default_factory=list)
    takes: List[Axis] = field(default_factory=list)
    taken: int = 0
    passes: List[Axis] = field(default_factory=list)
    passed: int = 0
    inner: List[Group] = field(default_factory=list)


def site_of(name: str, module: nn.Module, names: Named, shapes: Shapes) -> Optional[Site]:
    """Returns the site of a module, or None if its layout is unknown or it has no parameters.

    `names(attribute)` is the name of a trained parameter of the module, or None.
    """
    if isinstance(module, nn.Linear):
        return plain(name, names, module.out_features, module.in_features)
    if type(module).__name__ == "Conv1D" and hasattr(module, "nf"):  # a transposed nn.Linear
        return plain(name, names, *reversed(module.weight.shape), out_axis=1)
    if isinstance(module, nn.modules.conv._ConvTransposeNd):
        if module.groups != 1:
            return None
        return plain(name, names, module.out_channels, module.in_channels, out_axis=1)
    if isinstance(module, nn.modules.conv._ConvNd):
        return convolution(name, names, module)
    if isinstance(module, nn.Embedding):
        axes = along(names, [("weight", 1)])
        return Site(name, outputs=[Output(module.embedding_dim, axes, 0, module.embedding_dim)])
    if isinstance(module, nn.RNNBase):
        return recurrent(name, names, module)
    if isinstance(module, nn.RNNCellBase):
        return cell(name, names, module)
    if isinstance(module, nn.MultiheadAttention):
        return attention(name, names, module)
    return channels(name, names, module, shapes)


def along(names: Named, axes: List[Tuple[str, int]], **layout: object) -> List[Axis]:
    """Returns the axes of those parameters that the module has and trains."""
    named = [(names(attribute), axis) for attribute, axis in axes]
    return [Axis(tensor, axis, **layout) for tensor, axis in named if tensor is not None]


def plain(name: str, names: Named, out: int, into: int, out_axis: int = 0) -> Site:
    """Returns the site of a weight with an output and an input axis, and an output bias."""
    makes = along(names, [("weight", out_axis), ("bias", 0)])
    takes = along(names, [("weight", 1 - out_axis)], outgoing=True)
    return Site(name, [Output(out, makes, 0, out)], takes, into)


def convolution(name: str, names: Named, module: nn.Module) -> Optional[Site]:
    """Returns the site of a kernel of out × in × …; a depthwise kernel is like a norm."""
    if module.groups == 1:
        return plain(name, names, module.out_channels, module.in_channels)
    if module.groups == module.in_channels == module.out_channels:
        passes = along(names, [("weight", 0), ("bias", 0)])
        return Site(name, passes=passes, passed=module.in_channels)
    return None


def recurrent(name: str, names: Named, module: nn.RNNBase) -> Site:
    """Returns the site of an LSTM, GRU or RNN; its gates are consecutive blocks of rows."""
    gates = {"LSTM": 4, "GRU": 3}.get(module.mode, 1)
    ways = 2 if module.bidirectional else 1
    put_out = module.proj_size or module.hidden_size
    site = Site(name)
    for layer in range(module.num_layers):
        for way in range(ways):
            suffix = f"_l{layer}" + ("_reverse" if way else "")
            cells, units = recurrent_axes(names, suffix, gates, module)
            if module.proj_size:
                hidden = Group(f"{name} cells{suffix}", module.hidden_size, tuple(cells))
                site.inner.append(hidden)
            if layer == module.num_layers - 1:
                site.outputs.append(Output(put_out, units, way * put_out, ways * put_out))
                continue
            for other in range(ways):
                into = f"weight_ih_l{layer + 1}" + ("_reverse" if other else "")
                first = way * put_out if ways == 2 else None
                units = units + along(names, [(into, 1)], first=first, outgoing=True)
            site.inner.append(Group(f"{name} units{suffix}", put_out, tuple(units)))
    into = [(f"weight_ih_l0{suffix}", 1) for suffix in ("", "_reverse")]
    site.takes, site.taken = along(names, into, outgoing=True), module.input_size
    return site


def recurrent_axes(
    names: Named, suffix: str, gates: int, module: nn.RNNBase
) -> Tuple[List[Axis], List[Axis]]:
    """Returns the axes of the cells of one layer and direction, and those of its output units.

    Both are the same units unless the cells are projected.
    """
    rows = [(f"{it}{suffix}", 0) for it in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    cells = along(names, rows, repeats=gates)
    again = along(names, [(f"weight_hh{suffix}", 1)], outgoing=True)
    if not module.proj_size:
        return cells + again, cells + again
    projected = along(names, [(f"weight_hr{suffix}", 1)], outgoing=True)
    return cells + projected, along(names, [(f"weight_hr{suffix}", 0)]) + again


def cell(name: str, names: Named, module: nn.RNNCellBase) -> Site:
    """Returns the site of one step of an LSTM, GRU or RNN."""
    gates = {"LSTMCell": 4, "GRUCell": 3}.get(type(module).__name__, 1)
    rows = [(it, 0) for it in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    axes = along(names, rows, repeats=gates) + along(names, [("weight_hh", 1)], outgoing=True)
    takes = along(names, [("weight_ih", 1)], outgoing=True)
    units = module.hidden_size
    return Site(name, [Output(units, axes, 0, units)], takes, module.input_size)


def attention(name: str, names: Named, module: nn.MultiheadAttention) -> Site:
    """Returns the site of attention: heads are blocks of query, key and value, and of out_proj."""
    width = module.head_dim
    inputs = [("in_proj_weight", 0), ("in_proj_bias", 0)]
    separate = [("q_proj_weight", 0), ("k_proj_weight", 0), ("v_proj_weight", 0)]
    heads = along(names, inputs, repeats=3, each=width)
    if not module._qkv_same_embed_dim:
        heads = along(names, separate, each=width) + along(names, inputs[1:], repeats=3, each=width)
    heads += along(names, [("bias_k", 2), ("bias_v", 2)], each=width)
    heads += along(names, [("out_proj.weight", 1)], each=width, outgoing=True)
    size = module.embed_dim
    makes = along(names, [("out_proj.weight", 0), ("out_proj.bias", 0)])
    into = [("in_proj_weight", 1)] + [(tensor, 1) for tensor, _ in separate]
    site = Site(name, [Output(size, makes, 0, size)], along(names, into, outgoing=True), size)
    site.inner = [Group(f"{name} heads", module.num_heads, tuple(heads))]
    return site


def channels(name: str, names: Named, module: nn.Module, shapes: Shapes) -> Optional[Site]:
    """Returns the site of a module with one number for each channel, such as a norm or a scale."""
    axes = []
    lengths = set()
    for attribute in module._parameters.keys():
        tensor = names(attribute)
        if tensor is None:
            continue
        long = [axis for axis, length in enumerate(shapes[tensor]) if length > 1]
        if len(long) != 1:
            return None
        axes.append(Axis(tensor, long[0]))
        lengths.add(shapes[tensor][long[0]])
    if len(lengths) != 1:
        return None
    return Site(name, passes=axes, passed=lengths.pop())


def attributes_of(module: nn.Module) -> Dict[str, nn.Parameter]:
    """Returns the parameters that a module reads itself; attention also reads those of out_proj."""
    own = {name: it for name, it in module._parameters.items() if it is not None}
    if isinstance(module, nn.MultiheadAttention):
        for name, it in module.out_proj._parameters.items():
            if it is not None:
                own[f"out_proj.{name}"] = it
    return own
