"""Modules of PyTorch with a loss and a batch, for the tests of the adapter and of the verdicts.

They are written as users write them; nothing here knows the checker. Start reading at `RIGHT`.
"""
from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import torch
import torch.nn.functional as F
from torch import nn

Case = Tuple[nn.Module, Any, Any]


def floats(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def integers(most: int, *shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randint(most, shape, generator=torch.Generator().manual_seed(seed))


class LstmClassifier(nn.Module):
    def __init__(self, **options: Any):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True, **options)
        self.fc = nn.Linear(8 if options.get("bidirectional") else 4, 2)

    def forward(self, x):
        hidden, _ = self.lstm(x)
        return self.fc(hidden[:, -1])


class Encoder(nn.Module):
    """Tokens, positions, one encoder layer, the mean over the sequence."""

    def __init__(self, **options: Any):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.positions = nn.Parameter(torch.randn(1, 5, 4))
        self.layer = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, **options)
        self.fc = nn.Linear(4, 3)

    def forward(self, tokens):
        return self.fc(self.layer(self.embed(tokens) + self.positions).mean(1))


class Residual(nn.Module):
    """A residual block whose last norm starts at zero."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 3)
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x):
        x = F.relu(self.stem(x))
        inner = F.relu(self.norm1(self.conv1(x)))
        x = F.relu(x + self.norm2(self.conv2(inner)))
        return self.fc(x.mean((2, 3)))


class Lora(nn.Module):
    """A frozen layer and a low-rank update whose B starts at zero."""

    def __init__(self):
        super().__init__()
        self.base = nn.Linear(5, 3).requires_grad_(False)
        self.A = nn.Parameter(torch.randn(2, 5))
        self.B = nn.Parameter(torch.zeros(3, 2))

    def forward(self, x):
        return self.base(x) + x @ self.A.t() @ self.B.t()


class TiedAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(5, 3)
        self.bias = nn.Parameter(torch.zeros(5))

    def forward(self, x):
        return F.linear(torch.tanh(self.encoder(x)), self.encoder.weight.t(), self.bias)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, slope):
        (x,) = ctx.saved_tensors
        return 2 * x * slope


class SquareWithoutTwo(Square):
    @staticmethod
    def backward(ctx, slope):
        (x,) = ctx.saved_tensors
        return x * slope


class Custom(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.first = nn.Linear(3, 4)
        self.last = nn.Linear(4, 1)

    def forward(self, x):
        return self.last(self.function.apply(self.first(x)))


class ClampsItsWeight(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        with torch.no_grad():
            self.fc.weight.clamp_(-0.1, 0.1)
        return self.fc(x)


class CountsItsCalls(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.fc(x) * self.calls


class SwitchesToEval(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        self.eval()
        return self.fc(x)


class RmsNorm(nn.Module):
    """Computes in float32 inside, as language models do."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        y = x.float()
        return (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6)).type_as(x) * self.weight


class Gpt(nn.Module):
    """Fused query, key and value, a causal mask, and tied embeddings."""

    def __init__(self):
        super().__init__()
        self.n_head = 2
        self.wte = nn.Embedding(7, 4)
        self.norm = nn.LayerNorm(4)
        self.attention = nn.Linear(4, 12)
        self.projection = nn.Linear(4, 4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, tokens):
        m, length = tokens.shape
        x = self.wte(tokens)
        q, k, v = (
            part.view(m, length, 2, 2).transpose(1, 2)
            for part in self.attention(self.norm(x)).split(4, 2)
        )
        later = torch.ones(length, length).tril() == 0
        weights = (q @ k.transpose(-1, -2)).masked_fill(later, float("-inf")).softmax(-1)
        x = x + self.projection((weights @ v).transpose(1, 2).reshape(m, length, 4))
        return self.head(x).flatten(0, 1)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 5)
        self.policy = nn.Linear(5, 2)
        self.value = nn.Linear(5, 1)

    def forward(self, x):
        hidden = torch.tanh(self.hidden(x))
        return torch.cat([self.policy(hidden), self.value(hidden)], 1)


class WithLoss(nn.Module):
    """Returns an object that has its loss, from keyword arguments."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 4)
        self.fc = nn.Linear(4, 3)

    def forward(self, input_ids, labels):
        logits = self.fc(self.embed(input_ids).mean(1))
        return Output(F.cross_entropy(logits, labels))


class Output:
    def __init__(self, loss):
        self.loss = loss


class WeightNormed(nn.Module):
    """Old weight norm keeps a tensor that is no leaf, so the module cannot be copied."""

    def __init__(self):
        super().__init__()
        self.first = nn.utils.weight_norm(nn.Linear(3, 4))
        self.last = nn.Linear(4, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)))


def mlp() -> nn.Module:
    layers = [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)]
    return nn.Sequential(*layers)


def cnn() -> nn.Module:
    conv = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*conv, nn.Flatten(), nn.Linear(16, 3))


def plain_cnn() -> nn.Module:
    conv = [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*conv, nn.Flatten(), nn.Linear(16, 3))


def batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2))


def dropout() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 2))


def weight_normed() -> nn.Module:
    model = WeightNormed()
    model(floats(2, 3))
    return model


def penalised() -> Case:
    """A loss that holds the model itself."""
    model = mlp()

    def loss(output, y):
        return F.mse_loss(output, y) + 0.1 * sum((it**2).sum() for it in model.parameters())

    return model, loss, regression()


def weighted() -> Case:
    """A loss that holds float32 weights, so that it refuses float64."""
    weights = torch.tensor([1.0, 2.0])
    loss = lambda output, y: F.cross_entropy(output, y, weight=weights)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), loss, classes()


def regression(m: int = 6) -> Any:
    return floats(m, 3), floats(m, 1, seed=2)


def classes(m: int = 6) -> Any:
    return floats(m, 3), integers(2, m)


def tokens() -> Any:
    return integers(7, 4, 5, seed=3), integers(3, 4)


def images() -> Any:
    return floats(5, 1, 6, 6), integers(3, 5)


def language_loss(logits, following):
    return F.cross_entropy(logits, following.flatten())


CE, MSE = F.cross_entropy, F.mse_loss

# Right models: each builds a module, its loss and a batch.
RIGHT: Dict[str, Callable[[], Case]] = {
    "mlp": lambda: (mlp(), MSE, regression()),
    "double_mlp": lambda: (mlp().double(), MSE, tuple(it.double() for it in regression())),
    "bfloat16_mlp": lambda: (mlp().bfloat16(), MSE, tuple(it.bfloat16() for it in regression())),
    "cnn": lambda: (cnn(), CE, images()),
    "cnn_eval": lambda: (cnn().eval(), CE, images()),
    "plain_cnn": lambda: (plain_cnn(), CE, images()),
    "lstm": lambda: (LstmClassifier(), CE, (floats(4, 5, 3), integers(2, 4))),
    "deep_lstm": lambda: (
        LstmClassifier(num_layers=2, bidirectional=True),
        CE,
        (floats(4, 5, 3), integers(2, 4)),
    ),
    "encoder": lambda: (Encoder(dropout=0.0), CE, tokens()),
    "encoder_eval": lambda: (Encoder().eval(), CE, tokens()),
    "encoder_dropout": lambda: (Encoder(), CE, tokens()),
    "residual": lambda: (Residual(), CE, (floats(4, 1, 5, 5), integers(3, 4))),
    "residual_eval": lambda: (Residual().eval(), CE, (floats(4, 1, 5, 5), integers(3, 4))),
    "lora": lambda: (Lora(), MSE, (floats(4, 5), floats(4, 3, seed=5))),
    "tied_autoencoder": lambda: (TiedAutoencoder(), MSE, (floats(4, 5), floats(4, 5))),
    "batch_norm": lambda: (batch_norm(), CE, classes()),
    "batch_norm_eval": lambda: (batch_norm().eval(), CE, classes()),
    "dropout": lambda: (dropout(), CE, classes()),
    "custom_function": lambda: (Custom(Square), MSE, regression()),
    "rms_norm": lambda: (
        nn.Sequential(nn.Linear(3, 4), RmsNorm(4), nn.Linear(4, 2)),
        CE,
        classes(),
    ),
    "gpt": lambda: (Gpt(), language_loss, (integers(7, 3, 5, seed=3), integers(7, 3, 5, seed=4))),
    "actor_critic": lambda: (ActorCritic(), MSE, (floats(4, 3), floats(4, 3, seed=2))),
    "with_loss": lambda: (
        WithLoss(),
        None,
        {"input_ids": integers(9, 4, 6, seed=3), "labels": integers(3, 4)},
    ),
    "weight_norm": lambda: (weight_normed(), MSE, regression()),
    "penalised": penalised,
    "float32_weights": weighted,
    "sparse_embedding": lambda: (
        nn.Sequential(nn.Embedding(9, 4, sparse=True), nn.Flatten(), nn.Linear(8, 2)),
        CE,
        (integers(9, 5, 2, seed=3), integers(2, 5)),
    ),
}


def built(name: str) -> Case:
    """A right model, from a fixed seed, without a trace in the random generator."""
    kept = torch.get_rng_state()
    torch.manual_seed(0)
    case = RIGHT[name]()
    torch.set_rng_state(kept)
    return case
