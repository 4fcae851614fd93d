"""Starts of PyTorch modules as .safetensors files, right ones and broken ones, to be linted.

    python3 examples/lint/torch_starts.py FOLDER
    init-symmetry lint --fresh FOLDER/*.safetensors

Each broken one has the bug that its name says. Nothing but PyTorch is needed.
"""

import copy
import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn


def save(path, tensors):
    """Writes tensors of float32 by name in the format safetensors."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().to(torch.float32).contiguous().flatten().tolist()
        raw = struct.pack(f"<{len(values)}f", *values)
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def sequential():
    return nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 16))


def convolutions():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 4 * 4, 10),
    )


def encoder():
    """PyTorch copies one layer: the layers of a fresh TransformerEncoder are equal."""
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    return nn.TransformerEncoder(layer, num_layers=3)


def encoder_drawn_by_layer():
    model = encoder()
    for layer in model.layers:
        for parameter in layer.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
    return model


class Lora(nn.Module):
    """A low-rank pair: B·A is added to a weight."""

    def __init__(self, scale_of_a):
        super().__init__()
        self.lora_A = nn.Linear(64, 4, bias=False)
        self.lora_B = nn.Linear(4, 64, bias=False)
        nn.init.normal_(self.lora_A.weight, std=scale_of_a) if scale_of_a else nn.init.zeros_(
            self.lora_A.weight)
        nn.init.zeros_(self.lora_B.weight)


def shards_of_rows():
    """Two ranks draw their rows of every weight from one seed."""
    tensors = {}
    for name, tensor in sequential().state_dict().items():
        half = tensor[: len(tensor) // 2]
        tensors[name] = torch.cat([half, half])
    return tensors


def tensor_parallel():
    """Two ranks draw their units from one seed: rows of the first layer, columns of the second."""
    tensors = dict(sequential().state_dict())
    for name, axis in [("0.weight", 0), ("0.bias", 0), ("2.weight", 1)]:
        half = tensors[name].narrow(axis, 0, tensors[name].shape[axis] // 2)
        tensors[name] = torch.cat([half, half], dim=axis)
    return tensors


def constant():
    model = sequential()
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    return model


def experts_copied():
    expert = sequential()
    return nn.ModuleDict({"experts": nn.ModuleList(copy.deepcopy(expert) for _ in range(4))})


STARTS = {
    "right_sequential": sequential,
    "right_convolutions": convolutions,
    "right_lstm": lambda: nn.LSTM(12, 24, num_layers=2),
    "right_encoder": encoder_drawn_by_layer,
    "right_lora": lambda: Lora(0.02),
    "equal_layers": encoder,
    "experts_copied": experts_copied,
    "lora_both_zero": lambda: Lora(0),
    "shards_of_rows": shards_of_rows,
    "tensor_parallel": tensor_parallel,
    "constant": constant,
}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for name, start in STARTS.items():
        made = start()
        tensors = made.state_dict() if isinstance(made, nn.Module) else made
        floats = {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()}
        save(folder / f"{name}.safetensors", floats)


main()
