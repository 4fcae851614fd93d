"""Finds the unit groups of a module: candidates from its structure, tested on the loss.

    record with hooks in which order modules run, and which of them read the same tensor
    for every module with output units: its axes, the norms after it, and the next reader
    for every width: all remaining axes of that width, as residual connections join them
    keep a candidate only if renumbering all of it keeps the loss, and renumbering a part does not

If a group is not found, fewer properties are checked; no verdict is wrong. Start reading at
`groups_of`.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, product
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

import torch
from torch import nn

from init_symmetry.torch_models.names import Parameters
from init_symmetry.torch_models.search import Axis, Group, Point, Search, Shapes
from init_symmetry.torch_models.sites import Output, Site, attributes_of, site_of


@dataclass
class Step:
    """A site in the order in which it runs, and the identity of the tensor that it reads."""

    site: Site
    reads: int


def groups_of(model: Any, points: Sequence[Point]) -> Tuple[List[Dict[str, Any]], List[str]]:
    """Returns the unit groups of a `TorchModel`, as dictionaries of docs/PROTOCOL.md, and remarks.

    Candidates are tested at `points`: parameters, each with a batch number.
    """
    module, shapes = model.module, model.shapes
    name_of = Parameters.of(module).name_of()
    steps = running_order(module, name_of, shapes, lambda: model.loss(*points[0]))
    search = Search(shapes, model.loss, points, model.eps)
    for group in chain(heads(module, steps), candidates(steps)):
        search.accepts(group)
    for owner, group in pairs(module, name_of, shapes):
        search.accepts(named(group, owner))
    for width in widths(steps):
        for group in streams(steps, loose(module, name_of, shapes), width, search):
            if search.accepts(group):
                break
    numbered = {it.tensor for group in search.groups for it in group.axes}
    weights = [name for name, shape in shapes.items() if len(shape) > 1 and name not in numbered]
    remarks = [f"no unit group was found for: {', '.join(weights)}"] if weights else []
    if search.is_exhausted:
        remarks.append(
            f"the search for unit groups stopped after {search.most} evaluations: give groups= to "
            "check more units"
        )
    return [group.as_dict() for group in unique(search.groups)], remarks


def sites_in(
    module: nn.Module, name_of: Dict[int, str], shapes: Shapes
) -> Iterator[Tuple[nn.Module, Site]]:
    """Yields the sites of a module in the order of registration."""
    inside = set()
    for name, part in module.named_modules():
        if isinstance(part, nn.MultiheadAttention):
            inside.add(part.out_proj)  # the attention reads its weights itself
        own = {key: name_of.get(id(it)) for key, it in attributes_of(part).items()}
        if part in inside or not any(own.values()):
            continue
        site = site_of(name or type(part).__name__, part, own.get, shapes)
        if site is not None:
            yield part, site


def running_order(module: nn.Module, name_of: Dict[int, str], shapes: Shapes, run: Any) -> List:
    """Returns the sites in the order in which one forward pass runs them.

    A site that is never called, because its weights are read directly, comes last.
    """
    sites = list(sites_in(module, name_of, shapes))
    steps: List[Step] = []
    alive = []  # keeps inputs alive, so that no two of them share an identity

    def hook(site: Site) -> Any:
        def note(_: nn.Module, inputs: Tuple[Any, ...], __: Any) -> None:
            alive.append(inputs)
            steps.append(Step(site, id(inputs[0]) if inputs else 0))

        return note

    handles = [part.register_forward_hook(hook(site)) for part, site in sites]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    ran = {id(step.site) for step in steps}
    return steps + [Step(site, 0) for _, site in sites if id(site) not in ran]


def candidates(steps: List[Step]) -> Iterator[Group]:
    """Yields groups inside modules, then groups of each output with its possible readers."""
    for step in steps:
        yield from step.site.inner
    for place, step in enumerate(steps):
        for number, output in enumerate(step.site.outputs):
            several = len(step.site.outputs) > 1
            name = f"{step.site.name} outputs" + (f" {number}" if several else "")
            for blocks in (False, True):
                for axes in readers(output, steps[place + 1 :], blocks):
                    yield Group(name, output.units, merged(output.axes + axes))


# Attributes in which a module other than nn.MultiheadAttention has its number of heads.
HEADS = ("num_heads", "n_head", "n_heads", "nhead", "heads", "num_attention_heads")


def heads(module: nn.Module, steps: List[Step]) -> Iterator[Group]:
    """Yields heads of attention in linear layers: query, key and value in one layer or in three."""
    for name, part in module.named_modules():
        counts = [getattr(part, it, None) for it in HEADS]
        count = next((it for it in counts if type(it) is int and it > 1), None)
        if count is None or isinstance(part, nn.MultiheadAttention):
            continue
        inside = f"{name}." if name else ""
        title = f"{name} heads".strip()
        for place, step in enumerate(steps):
            if not step.site.name.startswith(inside) or not step.site.outputs:
                continue
            same_input = [it for it in steps if it.reads == step.reads != 0 and it.site.outputs]
            for last in steps[place + 1 :]:
                axes = head_axes(step, same_input, last.site, count)
                if axes:
                    yield Group(title, count, merged(axes))


def head_axes(step: Step, same_input: List[Step], last: Site, count: int) -> List[Axis]:
    """Returns the axes of the heads that the last layer reads, if the widths fit."""
    width = last.taken // count
    if not last.taken or last.taken % count:
        return []
    output = step.site.outputs[0]
    read = [replace(it, each=width) for it in last.takes]
    if output.units == 3 * last.taken:
        return [replace(it, repeats=3, each=width) for it in output.axes] + read
    several = [it.site.outputs[0] for it in same_input]
    if len(several) != 3 or any(it.units != last.taken for it in several):
        return []
    return [replace(it, each=width) for output in several for it in output.axes] + read


MOST_READERS = 2  # the next reader and the one after it, as in a model with two heads


def readers(output: Output, later: List[Step], blocks: bool = False) -> Iterator[List[Axis]]:
    """Yields axes that may read an output: those of the next readers, or none.

    After a flatten a unit has several entries: neighbours, or one in each of many blocks.
    """
    axes: List[Axis] = []
    found = 0
    for place, step in enumerate(later):
        site = step.site
        if site.passed == output.units == output.width:
            axes = axes + site.passes
        reading = taken_by(site, output, blocks)
        if not reading:
            continue
        same_input = [it.site for it in later[place + 1 :] if it.reads == step.reads != 0]
        axes = axes + reading
        yield axes + [it for other in same_input for it in taken_by(other, output, blocks)]
        found += 1
        if found == MOST_READERS:
            return
    if found:
        return
    yield [it for step in later if step.site.passed == output.units for it in step.site.passes]
    yield []


def taken_by(site: Site, output: Output, blocks: bool) -> List[Axis]:
    """Returns the axes with which a site may read an output."""
    if not site.taken or site.taken % output.width:
        return []
    many = site.taken // output.width
    if output.width != output.units:
        return [replace(it, first=output.first) for it in site.takes] if many == 1 else []
    if blocks:
        return [replace(it, repeats=many) for it in site.takes]
    return [replace(it, each=many) for it in site.takes]


def merged(axes: Iterable[Axis]) -> Tuple[Axis, ...]:
    """Returns every axis once; an axis that is incoming and outgoing (a tied weight) is neither."""
    kept: Dict[Tuple, Axis] = {}
    for it in axes:
        key = (it.tensor, it.axis, it.first)
        if key in kept and kept[key].outgoing != it.outgoing:
            kept[key] = replace(kept[key], outgoing=False)
        kept.setdefault(key, it)
    return tuple(kept.values())


def widths(steps: List[Step]) -> List[int]:
    """Returns the widths of outputs, each once."""
    return list(dict.fromkeys(it.units for step in steps for it in step.site.outputs))


def streams(
    steps: List[Step], others: List[Axis], width: int, search: Search
) -> Iterator[Group]:
    """Yields all free axes of one width, with and without the ends of the model."""
    sites = list({id(step.site): step.site for step in steps}.values())
    reading = [site for site in sites if site.taken == width]
    making = [site for site in sites if any(it.units == width for it in site.outputs)]
    first, last = reading[:1], making[-1:]
    passing = [it for site in sites if site.passed == width for it in site.passes]
    loose_axes = [it for it in others if search.shapes[it.tensor][it.axis] == width]
    for with_loose, skip_first, skip_last in product((True, False), repeat=3):
        axes = list(passing) + (loose_axes if with_loose else [])
        for site in making:
            if not (skip_last and site in last):
                axes += [it for out in site.outputs if out.units == width for it in out.axes]
        for site in reading:
            if not (skip_first and site in first):
                axes += site.takes
        free = [it for it in axes if search.is_free(it, width)]
        yield Group(f"stream of width {width}", width, merged(free))


def loose(module: nn.Module, name_of: Dict[int, str], shapes: Shapes) -> List[Axis]:
    """Returns the last axis of every parameter outside known layers, such as positions."""
    known = {id(part) for part, _ in sites_in(module, name_of, shapes)}
    axes = []
    for part in module.modules():
        if id(part) not in known:
            tensors = [name_of.get(id(it)) for it in part._parameters.values()]
            axes += [Axis(it, len(shapes[it]) - 1) for it in tensors if it and shapes[it]]
    return axes


def pairs(
    module: nn.Module, name_of: Dict[int, str], shapes: Shapes
) -> Iterator[Tuple[str, Group]]:
    """Yields axes of equal length in two parameters of one module that is not a known layer.

    This finds W1 and W2 of a hand-written layer, or A and B of a low-rank update.
    """
    known = {id(part) for part, _ in sites_in(module, name_of, shapes)}
    for name, part in module.named_modules():
        if id(part) in known:
            continue
        tensors = [name_of[id(it)] for it in part._parameters.values() if id(it) in name_of]
        matrices = [it for it in tensors if len(shapes[it]) == 2]
        for place, one in enumerate(matrices):
            for other in matrices[place + 1 :]:
                for i, k in ((0, 1), (1, 0)):
                    units = shapes[one][i]
                    if units != shapes[other][k]:
                        continue
                    biases = [Axis(it, 0) for it in tensors if shapes[it] == (units,)]
                    axes = (Axis(one, i), Axis(other, k, outgoing=True))
                    for some in subsets(biases):
                        yield name, Group(f"{one} and {other}", units, axes + some)


def subsets(biases: List[Axis]) -> List[Tuple[Axis, ...]]:
    """Returns each bias, all of them, and none."""
    return [*[(it,) for it in biases], tuple(biases), ()]


def named(group: Group, owner: str) -> Group:
    """Returns a group with a name, which is that of its owner if it has none."""
    return group if group.name else replace(group, name=owner or "units")


def unique(groups: List[Group]) -> List[Group]:
    """Returns the groups with unique names."""
    counts: Dict[str, int] = {}
    result = []
    for group in groups:
        counts[group.name] = counts.get(group.name, 0) + 1
        number = counts[group.name]
        result.append(group if number == 1 else replace(group, name=f"{group.name} ({number})"))
    return result


def structural_groups(module: nn.Sequential) -> List[Dict[str, Any]]:
    """Returns the groups of an nn.Sequential from its structure: each layer with the next.

    Nothing is run or tested. Other containers have no such groups, because they may connect their
    parts in any way.
    """
    parts = in_order(module)
    if parts is None:
        return []
    parameters = Parameters.of(module)
    shapes, name_of = parameters.shapes(), parameters.name_of()
    sites = {id(part): site for part, site in sites_in(module, name_of, shapes)}
    steps = [Step(sites[id(part)], 0) for part in parts if id(part) in sites]
    search = Search(shapes, lambda flat, batch: 0.0, [], 0.0)
    for place, step in enumerate(steps):
        for output in step.site.outputs:
            axes = next(iter(readers(output, steps[place + 1 :])), [])
            group = Group(f"{step.site.name} outputs", output.units, merged(output.axes + axes))
            is_read = any(it.outgoing for it in axes)
            if is_read and group.fits(shapes):
                search.groups.append(group)
    return [group.as_dict() for group in unique(search.groups)]


def in_order(module: nn.Module) -> Any:
    """Returns the parts of nested nn.Sequential in order, or None for another container."""
    if not isinstance(module, nn.Sequential):
        return [module] if not list(module.children()) else None
    parts: List[nn.Module] = []
    for child in module.children():
        inner = in_order(child)
        if inner is None:
            return None
        parts += inner
    return parts
