"""Tests of the adapter for PyTorch: restoring, batches, groups, bad input.

No verdict is tested here, and the compiled core is not needed: see `test_torch.py`.
"""
from __future__ import annotations

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import torch_modules as zoo
from init_symmetry.torch_models import adapter_for, lint_groups, tensors_of
from init_symmetry.torch_models.search import (
    Axis,
    Group,
    Search,
    drawn,
    equal_up_to_rounding,
    renumbered,
    scaled,
)

CE, MSE = F.cross_entropy, F.mse_loss
EVERY = pytest.mark.parametrize("name", zoo.RIGHT)


def group_of(fields):
    axes = tuple(Axis(**axis) for axis in fields["axes"])
    return Group(fields["name"], fields["units"], axes, fields.get("homogeneous", False))


def asked(adapter, seed):
    """Parameters and the number of a batch, drawn from a seed."""
    return drawn(adapter.shapes, seed), int(np.random.default_rng(seed).integers(1000))


def state_of(model):
    """Everything that has to be put back, with identities and bits."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return {
        "objects": {name: (id(it), it.data_ptr()) for name, it in tensors},
        "bits": {name: it.detach().clone().view(-1).tolist() for name, it in tensors},
        "dtypes": {name: (it.dtype, it.device, it.requires_grad) for name, it in tensors},
        "gradients": {
            name: None if it.grad is None else (id(it.grad), it.grad.tolist())
            for name, it in model.named_parameters()
        },
        "modes": {name: it.training for name, it in model.named_modules()},
        "hooks": {name: len(it._forward_hooks) for name, it in model.named_modules()},
        "torch": torch.get_rng_state().tolist(),
        "numpy": str(np.random.get_state()),
        "python": random.getstate(),
        "defaults": (torch.get_default_dtype(), torch.is_grad_enabled()),
        "threads": torch.get_num_threads(),
    }


# Restoring.


@EVERY
def test_a_model_and_the_process_are_put_back_exactly_as_found(name):
    model, loss_fn, batch = zoo.built(name)
    for number, parameter in enumerate(model.parameters()):
        if number % 2 and parameter.requires_grad:
            parameter.grad = torch.ones_like(parameter)
    before = state_of(model)
    with adapter_for(model, loss_fn, batch) as adapter:
        for seed in range(3):
            adapter.evaluate(*asked(adapter, seed))
            adapter.loss(*asked(adapter, seed))
    assert state_of(model) == before


def test_modes_of_single_submodules_are_put_back():
    model = zoo.cnn()
    model[1].eval()
    with adapter_for(model, CE, zoo.images()) as adapter:
        adapter.evaluate(*asked(adapter, 0))
    assert [it.training for it in model] == [True, False, True, True, True, True]


def test_attributes_of_a_model_that_is_used_in_place_are_put_back():
    model = zoo.CountsItsCalls()
    model.fc.weight.register_hook(lambda slope: slope)  # so that no copy is made
    with adapter_for(model, MSE, zoo.regression()) as adapter:
        adapter.evaluate(*asked(adapter, 0))
        assert model.calls > 0
    assert model.calls == 0


def test_a_model_is_put_back_where_its_forward_pass_raises():
    model = zoo.mlp()
    model[0].weight.register_hook(lambda slope: slope)
    before = state_of(model)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        adapter_for(model, MSE, (zoo.floats(4, 5), zoo.floats(4, 1)))
    assert state_of(model) == before


def test_an_adapter_that_was_put_back_answers_the_same_again():
    model, loss_fn, batch = zoo.built("penalised")
    adapter = adapter_for(model, loss_fn, batch)
    question = asked(adapter, 3)
    loss, gradient = adapter.evaluate(*question)
    adapter.restore()
    again, slopes = adapter.evaluate(*question)
    adapter.restore()
    assert again == loss and np.array_equal(slopes, gradient)


# Evaluating.


@EVERY
def test_the_same_question_gets_the_same_bits_whatever_was_asked_in_between(name):
    with adapter_for(*zoo.built(name)) as adapter:
        for seed in range(3):
            parameters, batch = asked(adapter, seed)
            loss, gradient = adapter.evaluate(parameters, batch)
            adapter.evaluate(parameters / 2, batch + 1)
            again, slopes = adapter.evaluate(parameters, batch)
            assert again == loss and np.array_equal(slopes, gradient)
            assert adapter.loss(parameters, batch) == loss
            assert np.any(gradient != 0)


@pytest.mark.parametrize("name", ["mlp", "cnn", "lstm", "encoder", "residual", "gpt"])
def test_loss_and_gradient_are_those_of_the_module_in_float64(name):
    model, loss_fn, (x, y) = zoo.built(name)
    with adapter_for(model, loss_fn, (x, y)) as adapter:
        parameters, _ = asked(adapter, 7)
        loss, gradient = adapter.evaluate(parameters, 0)
    model.double()
    sizes = [it.numel() for it in model.parameters()]
    with torch.no_grad():
        for it, part in zip(model.parameters(), torch.from_numpy(parameters).split(sizes)):
            it.copy_(part.view(it.shape))
    x, y = (it.double() if it.is_floating_point() else it for it in (x, y))
    due = loss_fn(model(x), y)
    slopes = torch.autograd.grad(due, list(model.parameters()))
    assert loss == due.item()
    assert np.array_equal(gradient, torch.cat([it.flatten() for it in slopes]).numpy())


def test_a_caller_under_no_grad_gets_a_gradient():
    for context in (torch.no_grad, torch.inference_mode):
        case = zoo.built("mlp")
        with context(), adapter_for(*case) as adapter:
            _, gradient = adapter.evaluate(*asked(adapter, 0))
        assert np.any(gradient != 0)


def test_a_hook_that_changes_the_gradient_of_a_parameter_is_kept():
    model = zoo.mlp()
    model[0].weight.register_hook(lambda slope: 2 * slope)
    with adapter_for(model, MSE, zoo.regression()) as adapter:
        doubled = adapter.evaluate(*asked(adapter, 1))[1]
    plain = zoo.mlp()
    with adapter_for(plain, MSE, zoo.regression()) as adapter:
        gradient = adapter.evaluate(*asked(adapter, 1))[1]
    assert np.array_equal(doubled[:12], 2 * gradient[:12])
    assert np.array_equal(doubled[12:], gradient[12:])


def test_a_loss_that_holds_the_model_itself_follows_the_parameters_asked():
    with adapter_for(*zoo.built("penalised")) as adapter:
        parameters, batch = asked(adapter, 2)
        penalty = adapter.evaluate(parameters, batch)[1]
    with adapter_for(zoo.mlp(), MSE, zoo.regression()) as adapter:
        plain = adapter.evaluate(parameters, batch)[1]
    # 0.2·θ is added to every gradient, which moves it everywhere
    assert np.all(penalty != plain)


def test_running_means_do_not_leak_from_one_question_to_the_next():
    model = zoo.batch_norm()
    loss = lambda model, batch: CE(model(batch[0]), batch[1]) + model[1].running_mean.sum()
    with adapter_for(model, loss, zoo.classes()) as adapter:
        question = asked(adapter, 0)
        assert adapter.loss(*question) == adapter.loss(*question)


def test_state_that_a_model_keeps_itself_is_not_hidden_from_the_judge():
    with adapter_for(zoo.CountsItsCalls(), MSE, zoo.regression()) as adapter:
        question = asked(adapter, 0)
        assert adapter.loss(*question) != adapter.loss(*question)


def test_state_in_a_buffer_is_put_back_and_told():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 1)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return self.fc(x) * self.calls

    with adapter_for(Counter(), MSE, zoo.regression()) as adapter:
        question = asked(adapter, 0)
        assert adapter.loss(*question) == adapter.loss(*question)
        assert any("keeps a state in calls" in it for it in adapter.remarks)


def test_dropout_is_drawn_from_the_number_of_the_batch():
    loss = lambda output, _: output.sum()
    x = torch.ones(8, 3)
    with adapter_for(zoo.dropout(), loss, (x, x)) as adapter:
        parameters, _ = asked(adapter, 0)
        losses = [adapter.loss(parameters, batch) for batch in range(8)]
        assert losses == [adapter.loss(parameters, batch) for batch in range(8)]
        assert len(set(losses)) > 1  # the data are the same, so the masks differ


# Batches.


def test_batches_hold_examples_of_the_batch_given_in_their_order():
    seen = []
    model = nn.Linear(1, 1)

    def loss(output, y):
        seen.append(y.flatten().tolist())
        return (output - y).pow(2).mean()

    numbers = torch.arange(8.0).reshape(8, 1)
    with adapter_for(model, loss, (numbers, numbers)) as adapter:
        for batch in np.random.default_rng(0).integers(1, 1000, size=40).tolist():
            adapter.loss(np.zeros(2), batch)
            drawn_examples = seen[-1]
            assert len(drawn_examples) == 8 and drawn_examples == sorted(drawn_examples)
            assert set(drawn_examples) <= set(range(8)) and len(set(drawn_examples)) >= 4
        adapter.loss(np.zeros(2), 0)
        assert seen[-1] == list(range(8))
    assert len({tuple(it) for it in seen}) > 30


def test_inputs_and_targets_are_drawn_together():
    x = zoo.floats(6, 3)
    with adapter_for(nn.Linear(3, 3), MSE, (x, 2 * x)) as adapter:
        twice = np.concatenate([2 * np.eye(3).ravel(), np.zeros(3)])
        assert [adapter.loss(twice, batch) for batch in range(20)] == [0.0] * 20


def test_single_examples_average_to_the_batch():
    for name in ("mlp", "plain_cnn", "lstm", "with_loss", "batch_norm_eval"):
        with adapter_for(*zoo.built(name)) as adapter:
            m = adapter.hello()["examples"]
            parameters, batch = asked(adapter, 4)
            ones = [adapter.evaluate(parameters, batch, example)[0] for example in range(m)]
            whole = adapter.loss(parameters, batch)
            assert equal_up_to_rounding(sum(ones) / m, whole, adapter.eps)
            assert len(set(ones)) > 1


@pytest.mark.parametrize("name", ["cnn", "batch_norm", "dropout", "encoder_dropout", "penalised"])
def test_examples_are_offered_only_where_they_do_not_meet(name):
    with adapter_for(*zoo.built(name)) as adapter:
        # a penalty is the same for every example, so the mean over them has it once
        assert ("examples" in adapter.hello()) == (name == "penalised")


def test_a_loss_that_is_a_sum_offers_no_examples():
    loss = lambda output, y: F.mse_loss(output, y, reduction="sum")
    with adapter_for(zoo.mlp(), loss, zoo.regression()) as adapter:
        assert "examples" not in adapter.hello()


def test_a_batch_of_one_stays_as_it_is():
    with adapter_for(zoo.mlp(), MSE, zoo.regression(1)) as adapter:
        parameters, _ = asked(adapter, 0)
        assert len({adapter.loss(parameters, batch) for batch in range(9)}) == 1


def test_time_first_sequences_keep_their_batch():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4)
            self.fc = nn.Linear(4, 2)

        def forward(self, x):
            return self.fc(self.rnn(x)[0][-1])

    with adapter_for(Last(), CE, (zoo.floats(5, 4, 3), zoo.integers(2, 4))) as adapter:
        parameters, _ = asked(adapter, 0)
        assert len({adapter.loss(parameters, batch) for batch in range(9)}) == 1
        assert [it["units"] for it in adapter.groups] == [4]


def test_every_form_of_a_batch_gives_the_same_loss():
    x, y = zoo.regression()

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 1)

        def forward(self, x, shift=0.0, target=None):
            output = self.fc(x) + shift
            return output if target is None else {"loss": MSE(output, target)}

    forms = [
        (MSE, (x, y)),
        (MSE, [x, y]),
        (MSE, ((x, torch.zeros(6, 1)), y)),
        (MSE, ({"x": x}, y)),
        (lambda output, batch: MSE(output["loss"], torch.zeros(())).sqrt(), {"x": x, "target": y}),
        (None, {"x": x, "target": y}),
        (lambda model, batch: MSE(model(batch[0]), batch[1]), (x, y)),
    ]
    losses = []
    for loss_fn, batch in forms:
        with adapter_for(Two(), loss_fn, batch) as adapter:
            losses.append(adapter.loss(*asked(adapter, 5)))
    assert all(equal_up_to_rounding(it, losses[0], adapter.eps) for it in losses), losses


def test_an_output_of_several_parts_reaches_the_loss_as_it_is():
    loss = lambda output, y: MSE(output[0][:, -1], y) + output[1][0].sum()
    model = nn.LSTM(3, 4, batch_first=True)
    with adapter_for(model, loss, (zoo.floats(4, 5, 3), zoo.floats(4, 4))) as adapter:
        assert np.any(adapter.evaluate(*asked(adapter, 0))[1] != 0)


def test_inputs_that_need_a_gradient_keep_it():
    def residual(model, batch):
        u = model(batch)
        (slope,) = torch.autograd.grad(u.sum(), batch, create_graph=True)
        return (slope + u).pow(2).mean()

    x = torch.linspace(0, 1, 6).reshape(6, 1).requires_grad_()
    model = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    with adapter_for(model, residual, x) as adapter:
        assert np.isfinite(adapter.loss(*asked(adapter, 3)))
        assert [it["units"] for it in adapter.groups] == [4]
    assert x.grad is None


def test_a_forward_pass_that_writes_into_its_input_is_told_and_gets_the_same_data_again():
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 1))
    x, y = zoo.regression()
    kept = x.clone()
    with adapter_for(model, MSE, (x, y)) as adapter:
        question = asked(adapter, 0)
        assert adapter.loss(*question) == adapter.loss(*question)
        assert any("its input in place" in it for it in adapter.remarks)
    assert torch.equal(x, kept)


def test_a_batch_that_cannot_be_drawn_anew_is_kept_and_told():
    labels = torch.arange(6)

    def loss(output, y):
        if not torch.equal(y, labels):
            raise ValueError("every class once")
        return CE(output, y)

    with adapter_for(nn.Linear(3, 6), loss, (zoo.floats(6, 3), labels)) as adapter:
        parameters, _ = asked(adapter, 0)
        assert len({adapter.loss(parameters, batch) for batch in range(5)}) == 1
        assert any("every class once" in it for it in adapter.remarks)


# Unit groups.

EXPECTED = {
    "mlp": [4, 4],
    "cnn": [4],
    "plain_cnn": [4],
    "lstm": [4],
    "deep_lstm": [4, 4, 4, 4],
    "encoder": [2, 6, 4],
    "encoder_eval": [2, 6, 4],
    "residual": [4, 4],
    "residual_eval": [4, 4],
    "lora": [2],
    "tied_autoencoder": [3],
    "batch_norm": [5],
    "batch_norm_eval": [5],
    "custom_function": [4],
    "rms_norm": [4],
    "gpt": [2, 4],
    "actor_critic": [5],
    "sparse_embedding": [4],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_unit_groups_of_a_model_are_found(name):
    with adapter_for(*zoo.built(name)) as adapter:
        assert [it["units"] for it in adapter.groups] == EXPECTED[name]
        assert not any("no unit group" in it for it in adapter.remarks)


@EVERY
def test_every_group_that_is_offered_is_a_symmetry_at_other_parameters_and_batches(name):
    with adapter_for(*zoo.built(name)) as adapter:
        for fields in adapter.groups:
            group = group_of(fields)
            for seed in range(10, 14):
                parameters, batch = asked(adapter, seed)
                order = np.random.default_rng(seed).permutation(group.units)
                moved = renumbered(adapter.shapes, parameters, group, order)
                loss, gradient = adapter.evaluate(parameters, batch)
                there, slopes = adapter.evaluate(moved, batch)
                due = renumbered(adapter.shapes, gradient, group, order)
                scale = np.abs(gradient).max()
                assert equal_up_to_rounding(there, loss, adapter.eps)
                for one, other in zip(slopes / scale, due / scale):
                    assert equal_up_to_rounding(one, other, adapter.eps)


@EVERY
def test_homogeneous_groups_are_scaled_without_a_change(name):
    with adapter_for(*zoo.built(name)) as adapter:
        for group in map(group_of, adapter.groups):
            if not group.homogeneous:
                continue
            for seed in range(20, 24):
                parameters, batch = asked(adapter, seed)
                factors = 2.0 ** np.random.default_rng(seed).integers(-3, 4, size=group.units)
                moved = scaled(adapter.shapes, parameters, group, factors)
                loss = adapter.loss(parameters, batch)
                assert equal_up_to_rounding(adapter.loss(moved, batch), loss, adapter.eps)


def test_groups_are_homogeneous_after_relu_and_not_after_tanh_or_a_norm():
    homogeneous = {
        "mlp": [True, False],
        "plain_cnn": [True],
        "cnn": [False],
        "encoder": [False, True, False],
        "lora": [True],
    }
    for name, due in homogeneous.items():
        with adapter_for(*zoo.built(name)) as adapter:
            assert [it.get("homogeneous", False) for it in adapter.groups] == due


def test_axes_of_a_convolution_before_a_flatten_are_laid_out_as_pixels_of_a_channel():
    with adapter_for(*zoo.built("plain_cnn")) as adapter:
        assert adapter.groups == [
            {
                "name": "0 outputs",
                "units": 4,
                "axes": [
                    {"tensor": "0.weight", "axis": 0},
                    {"tensor": "0.bias", "axis": 0},
                    {"tensor": "4.weight", "axis": 1, "each": 4, "outgoing": True},
                ],
                "homogeneous": True,
            }
        ]


def test_wrong_groups_are_not_accepted():
    with adapter_for(*zoo.built("plain_cnn"), groups=[]) as adapter:
        points = [asked(adapter, seed) for seed in range(2)]
        weight, bias = Axis("0.weight", 0), Axis("0.bias", 0)
        columns = Axis("4.weight", 1, each=4, outgoing=True)
        turned = Axis("4.weight", 1, repeats=4, outgoing=True)
        wrong = [(weight, columns), (weight, bias), (weight, bias, turned), (bias, columns)]
        search = Search(adapter.shapes, adapter.loss, points, adapter.eps)
        assert not any(search.accepts(Group("wrong", 4, axes)) for axes in wrong)
        assert search.accepts(Group("right", 4, (weight, bias, columns)))
        assert not search.accepts(Group("twice", 4, (weight, bias, columns)))


def test_a_search_that_has_used_up_its_evaluations_accepts_nothing_and_says_so():
    with adapter_for(*zoo.built("plain_cnn")) as adapter:
        points = [asked(adapter, seed) for seed in range(2)]
        search = Search(adapter.shapes, adapter.loss, points, adapter.eps)
        search.most = 0
        assert not search.accepts(group_of(adapter.groups[0])) and search.is_exhausted


def test_trained_running_means_break_the_symmetry_and_the_group_is_not_offered():
    model = zoo.batch_norm()
    model(zoo.floats(16, 3, seed=9))
    with adapter_for(model.eval(), CE, zoo.classes()) as adapter:
        assert adapter.groups == []
        assert "no unit group was found for: 0.weight, 3.weight" in adapter.remarks


def test_groups_of_the_user_are_used_as_they_are():
    groups = [{"name": "mine", "units": 4, "axes": [{"tensor": "0.weight", "axis": 0}]}]
    with adapter_for(*zoo.built("mlp"), groups=groups) as adapter:
        assert adapter.hello()["groups"] == groups


def test_transposed_convolutions_group_norm_and_cells_have_their_layouts():
    conv = nn.Sequential(
        nn.Conv1d(2, 4, 3, stride=2),
        nn.LeakyReLU(),
        nn.ConvTranspose1d(4, 3, 3),
        nn.GroupNorm(1, 3),
        nn.Tanh(),
        nn.Conv1d(3, 1, 1),
    )
    batch = (zoo.floats(4, 2, 9), zoo.floats(4))
    with adapter_for(conv, lambda z, _: z.pow(2).mean(), batch) as adapter:
        assert [group["units"] for group in adapter.groups] == [4, 3]

    class Cells(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTMCell(3, 5)
            self.fc = nn.Linear(5, 1)

        def forward(self, x):
            state = None
            for step in x.unbind(1):
                state = self.cell(step, state)
            return self.fc(state[0])

    with adapter_for(Cells(), MSE, (zoo.floats(4, 3, 3), zoo.floats(4, 1))) as adapter:
        assert [group["units"] for group in adapter.groups] == [5]


# What is declared and told.


def test_tied_parameters_are_one_tensor_under_the_first_name():
    with adapter_for(*zoo.built("gpt")) as adapter:
        names = [it["name"] for it in adapter.hello()["tensors"]]
    assert "wte.weight" in names and "head.weight" not in names


def test_frozen_parameters_are_held_fixed_and_are_no_tensors():
    model, loss_fn, batch = zoo.built("lora")
    with adapter_for(model, loss_fn, batch) as adapter:
        assert [it["name"] for it in adapter.hello()["tensors"]] == ["A", "B"]


def test_a_parameter_without_a_gradient_is_named_and_gets_zeros():
    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 1)
            self.fc3 = nn.Linear(2, 2)

        def forward(self, x):
            return self.fc(x)

    with adapter_for(Unused(), MSE, zoo.regression()) as adapter:
        assert "fc3.weight gets no gradient from this loss" in adapter.remarks
        assert np.array_equal(adapter.evaluate(*asked(adapter, 0))[1][4:], np.zeros(6))


def test_a_forward_pass_that_writes_into_a_parameter_is_a_problem():
    with adapter_for(zoo.ClampsItsWeight(), MSE, zoo.regression()) as adapter:
        assert adapter.problems == ["forward() changed the parameter fc.weight in place"]
        assert set(adapter.problems) <= set(adapter.remarks)


def test_a_forward_pass_that_changes_the_mode_is_a_problem():
    model = zoo.SwitchesToEval()
    with adapter_for(model, MSE, zoo.regression()) as adapter:
        assert adapter.problems == ["forward() changed model.training from True to False"]
    assert model.training


@EVERY
def test_right_models_have_no_problems(name):
    with adapter_for(*zoo.built(name)) as adapter:
        adapter.evaluate(*asked(adapter, 0))
        assert adapter.problems == []


def test_precision_is_that_of_the_computation():
    for name, due, remark in [
        ("mlp", "f64", None),
        ("double_mlp", "f64", None),
        ("bfloat16_mlp", "f64", "the model is torch.bfloat16"),
        ("rms_norm", "f32", "computes in float32 even where the model is float64"),
        ("float32_weights", "f32", "does not run in float64"),
    ]:
        with adapter_for(*zoo.built(name)) as adapter:
            assert adapter.hello()["precision"] == due, name
            assert remark is None or any(remark in it for it in adapter.remarks), name


def test_answers_that_float32_went_into_are_numbers_of_float32():
    for name in ("rms_norm", "float32_weights"):
        with adapter_for(*zoo.built(name)) as adapter:
            for seed in range(3):
                loss, gradient = adapter.evaluate(*asked(adapter, seed))
                assert loss == float(np.float32(loss))
                assert np.array_equal(gradient, gradient.astype(np.float32))


def test_an_embedding_with_max_norm_writes_its_weight_as_documented():
    layers = [nn.Embedding(9, 4, max_norm=0.5), nn.Flatten(), nn.Linear(8, 2)]
    batch = (zoo.integers(9, 5, 2, seed=3), zoo.integers(2, 5))
    with adapter_for(nn.Sequential(*layers), CE, batch) as adapter:
        assert adapter.problems == []
        assert any("0.weight in place, as max_norm does" in it for it in adapter.remarks)


def test_compiled_scripts_and_data_parallel_wrappers_are_looked_into():
    plain = zoo.mlp()
    question = None
    losses = []
    for model in (plain, torch.jit.script(plain), nn.DataParallel(plain)):
        with adapter_for(model, MSE, zoo.regression()) as adapter:
            question = question or asked(adapter, 3)
            losses.append(adapter.loss(*question))
            assert [it["name"] for it in adapter.hello()["tensors"]][0] == "0.weight"
    assert losses[0] == losses[2] and equal_up_to_rounding(losses[1], losses[0], adapter.eps)


def test_a_start_that_takes_a_seed_is_given_it():
    def build(seed):
        model = nn.Linear(3, 1)
        nn.init.constant_(model.weight, seed)
        return model

    with adapter_for(nn.Linear(3, 1), MSE, zoo.regression(), start=build) as adapter:
        assert adapter.start(5)[:3].tolist() == [5.0] * 3


def test_a_start_follows_its_seed_and_leaves_no_trace():
    model = zoo.mlp()
    before = torch.get_rng_state()
    with adapter_for(model, MSE, zoo.regression(), start=zoo.mlp) as adapter:
        assert adapter.hello()["abilities"] == ["loss", "start"]
        assert np.array_equal(adapter.start(7), adapter.start(7))
        assert not np.array_equal(adapter.start(7), adapter.start(8))
    assert torch.equal(torch.get_rng_state(), before)


# Bad input.


class Scaled(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        return self.function(self.fc(x))


BAD = [
    (nn.ReLU(), MSE, "ReLU has no parameters"),
    (nn.Linear(3, 1).requires_grad_(False), MSE, "all 2 parameters of Linear are frozen"),
    (nn.LazyLinear(1), MSE, "run one forward pass first"),
    (nn.Linear(3, 1, dtype=torch.complex64), MSE, "weight is complex"),
    (nn.Linear(3, 1, device="meta"), MSE, "meta"),
    (nn.Linear(3, 1), lambda z, y: (z - y).pow(2), "the loss has shape 6×1"),
    (nn.Linear(3, 1), lambda z, y: MSE(z, y).item(), "the loss is a float"),
    (nn.Linear(3, 1), lambda z, y: MSE(z.detach(), y), "through autograd"),
    (nn.Linear(3, 1), lambda z, y: z.mean() * float("nan"), "the loss is nan at the model's own"),
    (Scaled(lambda z: z.bfloat16()), lambda z, y: z.mean(), "bfloat16"),
    (nn.utils.spectral_norm(nn.Linear(3, 1)), MSE, "spectral norm in train mode"),
]


@pytest.mark.filterwarnings("ignore:Lazy modules")
@pytest.mark.parametrize("model, loss_fn, message", BAD, ids=[it[2] for it in BAD])
def test_what_cannot_be_checked_is_refused_with_the_reason(model, loss_fn, message):
    with pytest.raises(ValueError, match=message):
        adapter_for(model, loss_fn, zoo.regression())


@pytest.mark.parametrize(
    "loss_fn, batch, message",
    [
        (MSE, None, "batch is missing"),
        (MSE, zoo.floats(6, 3), "batch is a Tensor"),
        (MSE, (1, 2, 3), "batch has 3 parts"),
        (None, zoo.floats(6, 3), "the loss has shape 6×1"),
        (MSE, (zoo.floats(6, 3).to("meta"), zoo.floats(6, 1)), "on cpu but the batch is on meta"),
    ],
)
def test_a_batch_of_another_form_is_refused_with_the_forms_there_are(loss_fn, batch, message):
    with pytest.raises(ValueError, match=message):
        adapter_for(nn.Linear(3, 1), loss_fn, batch)


def test_what_is_no_module_is_refused():
    with pytest.raises(TypeError, match="has to be a torch.nn.Module"):
        adapter_for(lambda x: x, MSE, zoo.regression())


def test_a_loss_that_exists_only_near_its_own_parameters_asks_for_a_start():
    class Temperature(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 1)
            self.scale = nn.Parameter(torch.ones(5))

        def forward(self, x):
            return self.fc(x) * self.scale.log().sum()

    with pytest.raises(ValueError, match="give start="):
        adapter_for(Temperature(), MSE, zoo.regression())
    with adapter_for(Temperature(), MSE, zoo.regression(), start=Temperature) as adapter:
        assert np.isfinite(adapter.loss(adapter.start(0), 0))


def test_exceptions_of_the_user_pass_through():
    class Mine(Exception):
        pass

    def loss(output, y):
        raise Mine("mine")

    with pytest.raises(Mine, match="mine") as caught:
        adapter_for(zoo.mlp(), loss, zoo.regression())
    assert caught.traceback[-1].name == "loss"


def test_a_list_of_another_length_is_refused():
    with adapter_for(*zoo.built("mlp")) as adapter:
        with pytest.raises(ValueError, match="3 parameters given but there are 41"):
            adapter.evaluate(np.zeros(3), 0)


# Lint.


def test_tensors_are_copies_in_float64_under_the_names_of_the_state_dict():
    model = zoo.Gpt()
    tensors = tensors_of(model)
    state = model.state_dict()
    assert set(state) - set(tensors) == {"head.weight"}
    for name, values in tensors.items():
        assert values.dtype == np.float64 and values.flags["C_CONTIGUOUS"]
        assert np.array_equal(values, state[name].double().numpy())
        values[...] = 7.0
    assert not any(bool((it == 7.0).all()) for it in model.parameters())
    assert set(tensors_of(state)) == set(tensors)


def test_buffers_of_a_module_are_left_out_and_frozen_parameters_are_kept():
    assert list(tensors_of(zoo.batch_norm())) == [
        *["0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias"]
    ]
    assert list(tensors_of(zoo.Lora())) == ["A", "B", "base.weight", "base.bias"]
    assert "1.running_mean" in tensors_of(zoo.batch_norm().state_dict())


def test_groups_for_lint_come_from_the_loss_or_from_the_structure_of_a_sequential():
    model, loss_fn, batch = zoo.built("plain_cnn")
    plain = [dict(it) for it in lint_groups(model, loss_fn, batch)]
    assert plain[0].pop("homogeneous")  # nothing is run without a batch, so it is not known
    assert lint_groups(model) == plain
    assert lint_groups(zoo.Residual()) == []
    assert lint_groups(nn.Sequential(zoo.Residual(), nn.Linear(3, 2))) == []
