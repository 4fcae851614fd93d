"""Modules of PyTorch as models that answer init-symmetry: docs/PROTOCOL.md, version 2.

    init-symmetry check -- python3 examples/models/torch_models.py cnn|lstm|transformer
"""
import json
import sys

import torch
from torch import nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
M = 4  # examples of a batch


def axis(tensor, number, **layout):
    return {"tensor": tensor, "axis": number, **layout}


class Cnn(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(16, 3))

    GROUPS = [{"name": "channels", "units": 4, "homogeneous": True, "axes": [
        axis("0.weight", 0), axis("0.bias", 0), axis("4.weight", 1, each=4, outgoing=True)]}]

    def data(self, random):
        images = torch.rand(M, 1, 6, 6, generator=random) - 0.5
        return images, torch.randint(3, (M,), generator=random)

    def loss(self, x, classes):
        return nn.functional.cross_entropy(self(x), classes)


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True)
        self.fc = nn.Linear(3, 1)

    GATES = [axis(f"lstm.{name}_l0", 0, repeats=4)
             for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    GROUPS = [{"name": "cells", "units": 3, "axes": [
        *GATES, axis("lstm.weight_hh_l0", 1, outgoing=True), axis("fc.weight", 1, outgoing=True)]}]

    def data(self, random):
        return torch.randn(M, 5, 2, generator=random), torch.randn(M, 1, generator=random)

    def loss(self, x, y):
        hidden, _ = self.lstm(x)
        return nn.functional.mse_loss(self.fc(hidden[:, -1]), y)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(2, 4)
        self.layer = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0, batch_first=True)
        self.fc = nn.Linear(4, 1)

    QKV, OUT = "layer.self_attn.in_proj_", "layer.self_attn.out_proj."
    GROUPS = [
        {"name": "heads", "units": 2, "axes": [
            axis(QKV + "weight", 0, repeats=3, each=2), axis(QKV + "bias", 0, repeats=3, each=2),
            axis(OUT + "weight", 1, each=2, outgoing=True)]},
        {"name": "hidden", "units": 5, "homogeneous": True, "axes": [
            axis("layer.linear1.weight", 0), axis("layer.linear1.bias", 0),
            axis("layer.linear2.weight", 1, outgoing=True)]},
        {"name": "coordinates", "units": 4, "axes": [
            axis("embed.weight", 0), axis("embed.bias", 0), axis(QKV + "weight", 1),
            axis(OUT + "weight", 0), axis(OUT + "bias", 0), axis("layer.linear1.weight", 1),
            axis("layer.linear2.weight", 0), axis("layer.linear2.bias", 0),
            *[axis(f"layer.norm{k}.{name}", 0) for k in (1, 2) for name in ("weight", "bias")],
            axis("fc.weight", 1)]},
    ]

    def data(self, random):
        return torch.randn(M, 3, 2, generator=random), torch.randn(M, 3, 1, generator=random)

    def loss(self, x, y):
        return nn.functional.mse_loss(self.fc(self.layer(self.embed(x))), y)


MODELS = {"cnn": Cnn, "lstm": Lstm, "transformer": Transformer}


class Answers:
    """Answers questions about a class of modules; `make` builds one from the current seed."""

    def __init__(self, make):
        self.make = make
        self.module = make()

    def hello(self):
        named = self.module.named_parameters()
        return {"protocol": 2, "name": type(self.module).__name__, "examples": M,
                "groups": self.module.GROUPS, "abilities": ["start", "step", "train"],
                "tensors": [{"name": name, "shape": list(it.shape)} for name, it in named]}

    def set(self, parameters):
        nn.utils.vector_to_parameters(torch.tensor(parameters), self.module.parameters())

    def evaluate(self, parameters, batch, example=None):
        self.set(parameters)
        data = self.module.data(torch.Generator().manual_seed(batch))
        data = data if example is None else [part[example:example + 1] for part in data]
        self.module.zero_grad()
        loss = self.module.loss(*data)
        loss.backward()
        slopes = [torch.zeros_like(it) if it.grad is None else it.grad
                  for it in self.module.parameters()]
        gradient = torch.cat([it.flatten() for it in slopes])
        return {"loss": loss.item(), "gradient": gradient.tolist()}

    def start(self, seed):
        torch.manual_seed(seed)
        start = self.make().parameters()
        return {"parameters": nn.utils.parameters_to_vector(start).tolist()}

    def train(self, parameters, batches, rate):
        self.set(parameters)
        optimiser = self.optimiser(rate)
        iterations = []
        for batch in batches:
            optimiser.zero_grad()
            self.module.loss(*self.module.data(torch.Generator().manual_seed(batch))).backward()
            optimiser.step()
            iterations.append(nn.utils.parameters_to_vector(self.module.parameters()).tolist())
        return {"iterations": iterations}

    def optimiser(self, rate):
        return torch.optim.SGD(self.module.parameters(), rate)

    def step(self, parameters, batch, rate):
        return {"parameters": self.train(parameters, [batch], rate)["iterations"][0]}

    def run(self):
        for line in sys.stdin:
            question = json.loads(line)
            request = question.pop("request")
            answer = self.hello() if request == "hello" else getattr(self, request)(**question)
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    Answers(MODELS[sys.argv[1]]).run()
