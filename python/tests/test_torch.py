"""Tests of `check_model` on PyTorch modules: the verdict is the one that is true of the module.

They need the compiled core; what the adapter does without it is in `test_torch_adapter.py`.
"""
from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import init_symmetry
import torch_modules as zoo

MSE = F.mse_loss


def report_of(model, loss_fn, batch, **options):
    return init_symmetry.check_model(model, loss_fn, batch, profile="quick", seed=1, **options)


@pytest.mark.parametrize("name", zoo.RIGHT)
def test_a_right_model_passes(name):
    report_of(*zoo.built(name)).assert_ok()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["mlp", "cnn", "lstm", "encoder", "residual", "rms_norm"])
def test_a_right_model_passes_whatever_it_starts_from(name, seed):
    torch.manual_seed(seed)
    model, loss_fn, batch = zoo.RIGHT[name]()
    init_symmetry.check_model(model, loss_fn, batch, profile="quick", seed=seed).assert_ok()


@pytest.mark.parametrize("name", ["mlp", "plain_cnn", "lstm", "encoder", "actor_critic"])
def test_a_right_model_passes_with_the_start_that_it_is_built_with(name):
    model, loss_fn, batch = zoo.built(name)
    build = lambda: zoo.RIGHT[name]()[0]
    report_of(model, loss_fn, batch, start=build).assert_ok()


@pytest.mark.parametrize("name", ["mlp", "lora", "gpt", "batch_norm_eval"])
def test_every_property_that_applies_to_a_model_with_groups_and_examples_is_checked(name):
    properties = report_of(*zoo.built(name)).to_dict()["properties"]
    passing = [it["property"] for it in properties if it["verdict"] == "passes"]
    for part in (
        "same-question-gets-the-same-bits",
        "renumbering-a-group-renumbers-the-gradient",
        "gradient-equals-differences-of-its-loss",
        "batch-gradient-is-the-mean-of-its-examples",
        "twins-get-identical-gradients",
    ):
        assert part in passing


def fails(model, loss_fn, batch, message):
    report = report_of(model, loss_fn, batch)
    assert not report.passed
    with pytest.raises(AssertionError) as caught:
        report.assert_ok()
    assert message in str(caught.value), str(caught.value)


def test_a_wrong_backward_pass_fails_and_its_place_is_named():
    fails(zoo.Custom(zoo.SquareWithoutTwo), MSE, zoo.regression(), "first.weight is 0.5 times")


def test_a_backward_pass_that_mixes_up_units_fails():
    class Reversed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, slope):
            return slope.flip(1)

    fails(zoo.Custom(Reversed), MSE, zoo.regression(), "first.weight")


def test_a_gradient_that_a_hook_changes_fails():
    model = zoo.mlp()
    model[2].weight.register_hook(lambda slope: slope.clamp(-1e-3, 1e-3))
    fails(model, MSE, zoo.regression(), "2.weight")


def test_a_detached_branch_fails():
    class Detached(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 4)
            self.last = nn.Linear(4, 1)

        def forward(self, x):
            return self.last(torch.tanh(self.first(x)) + self.first(x).detach())

    fails(Detached(), MSE, zoo.regression(), "first.bias and all before it do not")


def test_a_parameter_that_the_forward_pass_writes_fails():
    message = "forward() changed the parameter fc.weight in place"
    fails(zoo.ClampsItsWeight(), MSE, zoo.regression(), message)


def test_a_mode_that_the_forward_pass_changes_fails():
    message = "forward() changed model.training from True to False"
    fails(zoo.SwitchesToEval(), MSE, zoo.regression(), message)


def test_state_that_is_kept_between_calls_fails():
    fails(zoo.CountsItsCalls(), MSE, zoo.regression(), "the same question gave the loss")


def test_a_hidden_state_that_is_kept_between_calls_fails():
    class Remembers(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 4, batch_first=True)
            self.fc = nn.Linear(4, 1)
            self.hidden = None

        def forward(self, x):
            output, hidden = self.gru(x, self.hidden)
            self.hidden = hidden.detach()
            return self.fc(output[:, -1])

    batch = (zoo.floats(4, 5, 3), zoo.floats(4, 1))
    fails(Remembers(), MSE, batch, "the same question gave the loss")


def test_a_group_of_the_user_that_is_no_symmetry_fails():
    groups = [{"name": "mine", "units": 4, "axes": [{"tensor": "0.weight", "axis": 0}]}]
    report = report_of(*zoo.built("mlp"), groups=groups)
    assert "renumbering group mine changes the loss" in str(report)


def test_a_start_with_twins_fails():
    def build():
        model = zoo.mlp()
        for layer in (model[0], model[2], model[4]):
            nn.init.constant_(layer.weight, 0.5)
            nn.init.zeros_(layer.bias)
        return model

    report = report_of(zoo.mlp(), MSE, zoo.regression(), start=build)
    assert not report.passed and "a-start-has-no-twins" in str(report)


def test_a_model_is_as_it_was_after_a_check():
    for name in ("mlp", "penalised", "weight_norm", "batch_norm"):
        model, loss_fn, batch = zoo.built(name)
        before = {key: it.clone() for key, it in model.state_dict().items()}
        objects = [id(it) for it in model.parameters()]
        random = torch.get_rng_state()
        report_of(model, loss_fn, batch)
        after = model.state_dict()
        assert [id(it) for it in model.parameters()] == objects
        assert all(after[key].dtype == it.dtype for key, it in before.items())
        assert all(torch.equal(after[key], it) for key, it in before.items())
        assert all(it.grad is None for it in model.parameters())
        assert torch.equal(torch.get_rng_state(), random)


def test_what_was_found_out_is_told_in_the_report():
    report = report_of(*zoo.built("rms_norm"))
    assert "computes in float32" in str(report)


def test_bad_input_is_an_error_and_no_verdict():
    with pytest.raises(ValueError, match="the loss has shape 6×1"):
        report_of(zoo.mlp(), lambda z, y: (z - y).pow(2), zoo.regression())


def test_exceptions_of_the_user_pass_through_the_core():
    class Mine(Exception):
        pass

    calls = []

    def loss(output, y):
        calls.append(1)
        if len(calls) > 200:
            raise Mine("late")
        return MSE(output, y)

    with pytest.raises(Mine, match="late"):
        report_of(zoo.mlp(), loss, zoo.regression())


def test_the_gradient_at_drawn_parameters_is_finite_for_every_right_model():
    from init_symmetry.torch_models import adapter_for
    from init_symmetry.torch_models.search import drawn

    for name in zoo.RIGHT:
        with adapter_for(*zoo.built(name)) as adapter:
            assert np.all(np.isfinite(adapter.evaluate(drawn(adapter.shapes, 5), 5)[1])), name
