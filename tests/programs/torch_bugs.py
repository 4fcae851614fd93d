"""Models of PyTorch with one bug each, all of a kind that people make: `torch_bugs.py NAME`.

`--list` prints the names; the models without bugs are in examples/models/torch_models.py.
"""
import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "models"))
from torch_models import Answers, Cnn, Lstm, Transformer, axis


class LeakyBackward(torch.autograd.Function):
    """ReLU whose own backward pass lets every gradient through."""

    @staticmethod
    def forward(ctx, z):
        return z.clamp(min=0)

    @staticmethod
    def backward(ctx, da):
        return da


class OwnRelu(nn.Module):
    def forward(self, z):
        return LeakyBackward.apply(z)


class CnnOwnRelu(Cnn):
    def __init__(self):
        super().__init__()
        self[1] = OwnRelu()


class CnnDropoutLeftOn(Cnn):
    def __init__(self):
        super().__init__()
        self[3] = nn.Sequential(nn.Dropout(0.5), nn.Flatten())


class CnnConstantStart(Cnn):
    def __init__(self):
        super().__init__()
        nn.init.constant_(self[0].weight, 0.1)
        nn.init.zeros_(self[0].bias)
        nn.init.constant_(self[4].weight, 0.1)


class CnnFlattenedByPixels(Cnn):
    """Channels last before the flatten: the group that says 'each 4' is another one."""

    def loss(self, x, classes):
        pooled = self[2](self[1](self[0](x)))
        return nn.functional.cross_entropy(self[4](pooled.permute(0, 2, 3, 1).flatten(1)), classes)


class LstmForgetsToAddGradients(Lstm):
    """The state is detached at each step, so that no gradient flows through time."""

    def loss(self, x, y):
        state = None
        for t in range(x.shape[1]):
            hidden, state = self.lstm(x[:, t:t + 1], state)
            state = tuple(part.detach() for part in state)
        return nn.functional.mse_loss(self.fc(hidden[:, -1]), y)


class LstmKeepsItsState(Lstm):
    state = None

    def loss(self, x, y):
        kept = self.state if self.state is not None and self.state[0].shape[1] == len(x) else None
        hidden, state = self.lstm(x, kept)
        self.state = tuple(part.detach() for part in state)
        return nn.functional.mse_loss(self.fc(hidden[:, -1]), y)


class LstmSum(Lstm):
    def loss(self, x, y):
        hidden, _ = self.lstm(x)
        return nn.functional.mse_loss(self.fc(hidden[:, -1]), y, reduction="sum")


class LstmBroadcast(Lstm):
    """(m, 1) − (m,) is an m × m matrix."""

    def loss(self, x, y):
        hidden, _ = self.lstm(x)
        return ((self.fc(hidden[:, -1]) - y[:, 0]) ** 2).mean()


class TransformerDropoutLeftOn(Transformer):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 5, batch_first=True)


class TransformerDetachedResidual(Transformer):
    def loss(self, x, y):
        z = self.embed(x)
        return nn.functional.mse_loss(self.fc(self.layer(z.detach() + 0 * z)), y)


class TransformerWrongHeads(Transformer):
    """Query, key and value are numbered by the heads; the value is left out of the group."""

    GROUPS = [{"name": "heads", "units": 2, "axes": [
        axis(Transformer.QKV + "weight", 0, repeats=2, each=2, first=0),
        axis(Transformer.QKV + "bias", 0, repeats=3, each=2),
        axis(Transformer.OUT + "weight", 1, each=2, outgoing=True)]}]


class KeepsMomentum(Answers):
    """One optimiser for all trainings: its memory is that of the training before."""

    kept = None

    def optimiser(self, rate):
        self.kept = self.kept or torch.optim.SGD(self.module.parameters(), rate, momentum=0.9)
        self.kept.param_groups[0]["lr"] = rate
        return self.kept


class NeverZeroesGradients(Answers):
    def __init__(self, make):
        super().__init__(make)
        self.module.zero_grad = lambda: None


BUGS = {
    "cnn-own-relu": CnnOwnRelu,
    "cnn-dropout-left-on": CnnDropoutLeftOn,
    "cnn-constant-start": CnnConstantStart,
    "cnn-flattened-by-pixels": CnnFlattenedByPixels,
    "lstm-detached-in-time": LstmForgetsToAddGradients,
    "lstm-keeps-its-state": LstmKeepsItsState,
    "lstm-sum": LstmSum,
    "lstm-broadcast": LstmBroadcast,
    "transformer-dropout-left-on": TransformerDropoutLeftOn,
    "transformer-detached-residual": TransformerDetachedResidual,
    "transformer-wrong-heads": TransformerWrongHeads,
    "transformer-never-zeroes-gradients": Transformer,
    "transformer-keeps-momentum": Transformer,
}

if __name__ == "__main__":
    name = sys.argv[1]
    if name == "--list":
        print("\n".join(BUGS))
    elif name == "transformer-keeps-momentum":
        KeepsMomentum(BUGS[name]).run()
    elif name == "transformer-never-zeroes-gradients":
        NeverZeroesGradients(BUGS[name]).run()
    else:
        Answers(BUGS[name]).run()
