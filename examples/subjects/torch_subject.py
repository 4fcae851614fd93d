"""A network in PyTorch, differentiated by autograd, for `init-symmetry check`.

    init-symmetry check examples/subjects/torch_subject.py:TorchNetwork
    init-symmetry check -- python3 examples/subjects/torch_subject.py   # in a process of its own

It needs the package init-symmetry (docs/PYTHON.md). Examples are rows, as torch.nn has them.
"""
import torch
from torch.nn import functional

G = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: z}


class TorchNetwork:
    init_symmetry = {
        "examples": "rows",
        "weight-rows": "units",
        "layout": "list",
        "activations": list(G),
        "losses": [
            "cross-entropy", "sigmoid-squared-error", "squared-error", "softmax-cross-entropy",
        ],
    }
    type = torch.float64

    def output(self, parameters, x, network):
        """z and ŷ of the last layer, m × n_y."""
        a, weights = x, parameters[::2]
        for w, b in zip(weights, parameters[1::2]):
            z = functional.linear(a, w, b[:, 0])
            a = z if w is weights[-1] else G[network["hidden"]](z)
        if network["loss"] == "softmax-cross-entropy":
            return z, torch.softmax(z, dim=1)
        return z, z if network["loss"] == "squared-error" else torch.sigmoid(z)

    def mean_loss(self, parameters, x, y, network):
        widths, m = network["widths"], x.shape[0]
        due = [shape for k, n in zip(widths, widths[1:]) for shape in [(n, k), (n, 1)]]
        due += [(m, widths[0]), (m, widths[-1])]
        if due != [tuple(tensor.shape) for tensor in [*parameters, x, y]]:
            raise ValueError(f"the shapes do not fit widths {widths}")
        z, y_hat = self.output(parameters, x, network)
        if network["loss"] == "cross-entropy":
            return functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / m
        if network["loss"] == "softmax-cross-entropy":
            return functional.cross_entropy(z, y, reduction="sum") / m
        return functional.mse_loss(y_hat, y, reduction="sum") / 2 / m

    def tensors(self, arrays):
        return [torch.tensor(array, dtype=self.type) for array in arrays]

    def loss_and_gradient(self, parameters, x, y, network):
        parameters = [p.requires_grad_() for p in self.tensors(parameters)]
        loss = self.mean_loss(parameters, *self.tensors([x, y]), network)
        gradient = torch.autograd.grad(loss, parameters)
        return loss.item(), [slope.numpy() for slope in gradient]

    def predict(self, parameters, x, network):
        x, *parameters = self.tensors([x, *parameters])
        return self.output(parameters, x, network)[1].numpy()

    def step(self, parameters, x, y, learning_rate, network):
        gradient = self.loss_and_gradient(parameters, x, y, network)[1]
        return [p - learning_rate * slope for p, slope in zip(parameters, gradient)]

    def train(self, parameters, x, y, learning_rate, steps, network):
        iterations = []
        for _ in range(steps):
            parameters = self.step(parameters, x, y, learning_rate, network)
            iterations.append(parameters)
        return iterations


class SingleTorchNetwork(TorchNetwork):
    """The same in single precision."""

    init_symmetry = {**TorchNetwork.init_symmetry, "precision": "f32"}
    type = torch.float32


if __name__ == "__main__":
    import init_symmetry

    init_symmetry.serve(TorchNetwork())
