"""The parameters of a module by name; a tied parameter appears once.

It reads a module and never runs it. Start reading at `Parameters.of`.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple

import torch
from torch import nn
from torch.nn.parameter import is_lazy


def all_names(model: nn.Module) -> Iterator[Tuple[str, nn.Module, str, nn.Parameter]]:
    """Yields name, owner, attribute and parameter for every name of every parameter."""
    for prefix, module in model.named_modules(remove_duplicate=False):
        for attribute, parameter in module._parameters.items():
            if parameter is not None:
                name = f"{prefix}.{attribute}" if prefix else attribute
                yield name, module, attribute, parameter


@dataclass
class Parameters:
    """The trained parameters of a module, in the order of registration.

    A tied parameter has its first name. Frozen parameters are left out.
    """

    names: List[str]
    tensors: List[nn.Parameter]

    @classmethod
    def of(cls, model: nn.Module) -> Parameters:
        """Returns the trained parameters of a module.

        Raises ValueError if there are none, or if one cannot be differentiated.
        """
        everything: Dict[int, Tuple[str, nn.Parameter]] = {}
        for name, _, _, parameter in all_names(model):
            if is_lazy(parameter):
                raise ValueError(
                    f"{name} has no shape yet (a lazy module): run one forward pass first"
                )
            everything.setdefault(id(parameter), (name, parameter))
        kind = type(model).__name__
        if not everything:
            raise ValueError(f"{kind} has no parameters, so there is no gradient to check")
        trained = [(name, it) for name, it in everything.values() if it.requires_grad]
        if not trained:
            raise ValueError(
                f"all {len(everything)} parameters of {kind} are frozen (requires_grad=False): "
                "unfreeze the parameters that you train"
            )
        for name, parameter in trained:
            check_one(name, parameter)
        return cls([name for name, _ in trained], [it for _, it in trained])

    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """Returns the shape of each parameter, by name."""
        return {name: tuple(it.shape) for name, it in zip(self.names, self.tensors)}

    def name_of(self) -> Dict[int, str]:
        """Returns the name of each parameter, by the identity of its tensor."""
        return {id(it): name for name, it in zip(self.names, self.tensors)}


def check_one(name: str, parameter: nn.Parameter) -> None:
    """Raises ValueError for a parameter that finite differences cannot check."""
    if parameter.is_complex():
        raise ValueError(
            f"{name} is complex ({parameter.dtype}), but only real parameters can be checked: keep "
            "its real and imaginary part as two parameters"
        )
    if parameter.device.type == "meta":
        raise ValueError(
            f"{name} is on the device meta and has no values: build the model on cpu first"
        )


def check_devices(parameters: Parameters, tensors: List[torch.Tensor]) -> None:
    """Raises ValueError if the model is on one device and the batch on another."""
    devices = {parameter.device for parameter in parameters.tensors}
    if len(devices) != 1:
        return
    device = devices.pop()
    for tensor in tensors:
        if isinstance(tensor, torch.Tensor) and tensor.dim() and tensor.device != device:
            raise ValueError(
                f"{parameters.names[0]} is on {device} but the batch is on {tensor.device}: "
                f"move it with .to({str(device)!r})"
            )


def unwrapped(model: nn.Module) -> nn.Module:
    """Returns the module inside torch.compile, DataParallel or DistributedDataParallel."""
    wrappers = (nn.DataParallel, nn.parallel.DistributedDataParallel)
    while True:
        if isinstance(model, wrappers):
            model = model.module
        elif "_orig_mod" in model._modules:
            model = model._modules["_orig_mod"]
        else:
            return model
