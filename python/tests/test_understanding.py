"""What a network is taken for: by its loss, no more than was asked, and said in the report."""

import functools

import numpy as np
import pytest

import init_symmetry
import networks
from networks import cross_entropy, deep, sigmoid


def checked(subject, **options):
    return init_symmetry.check(subject, profile="quick", **options)


def tanh_network(loss, *, output=sigmoid):
    def loss_and_gradient(parameters, x, y):
        tanh, slope = (lambda z, l: np.tanh(z)), (lambda z, a, l: 1 - a**2)
        return deep(parameters, x, y, g=tanh, slope=slope, output=output, loss=loss)

    return loss_and_gradient


@pytest.mark.parametrize(
    "g",
    [
        lambda z, l: np.log1p(np.exp(z)),
        lambda z, l: np.sin(z),
        lambda z, l: np.where(z > 0, z, 0.1 * z),
        lambda z, l: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    ],
)
def test_an_unknown_activation_is_not_taken_for_a_network_without_hidden_layers(g):
    def subject(parameters, x, y):
        return deep(parameters, x, y, g=g, slope=lambda z, a, l: 0 * z)

    with pytest.raises(ValueError, match="not that of a known network"):
        checked(subject)


def test_a_network_without_hidden_layers_is_one():
    def logistic(parameters, x, y):
        if "W2" in parameters:
            raise KeyError("W2")
        a = sigmoid(parameters["W1"] @ x + parameters["b1"])
        d = (a - y) / x.shape[1]
        return cross_entropy(a, y), {"dW1": d @ x.T, "db1": d.sum(axis=1, keepdims=True)}

    report = checked(logistic)
    report.assert_ok()
    assert "0 hidden layers" in str(report)


def test_deeper_networks_of_another_kind_are_mentioned():
    def mixed(parameters, x, y):
        g = lambda z, l: np.tanh(z) if l == 1 else np.maximum(z, 0)
        slope = lambda z, a, l: 1 - a**2 if l == 1 else np.ones_like(z)
        return deep(parameters, x, y, g=g, slope=slope)

    report = checked(mixed)
    assert "deeper networks were not checked" in str(report)
    assert checked(mixed, strict=True).exit_code == 2


def test_what_is_asked_about_is_said():
    one = " ".join(str(checked(networks.vector_labels)).split())
    assert "1 hidden layer, 1 output;" in one
    every = " ".join(str(checked(networks.sigmoids_in_a_list)).split())
    assert "any number of hidden layers, any number of outputs" in every


def test_a_mean_over_outputs_is_a_scale_where_the_gradient_has_it_and_a_note_where_not():
    report = checked(networks.deep_pairs)
    assert "2/n_y times" in str(report) and "any number of outputs" in " ".join(str(report).split())
    identity = lambda z: z
    half = tanh_network(lambda a, y: np.mean((a - y) ** 2) / 2, output=identity)
    assert "divide the gradient by n_y too" in " ".join(str(checked(half)).split())


def test_a_sum_over_the_examples_is_noted_and_the_gradient_is_judged_by_it():
    def sums(parameters, x, y, scale=1):
        loss, gradient = networks.course(parameters, x, y)
        m = x.shape[1]
        return loss * m, {name: scale * m * array for name, array in gradient.items()}

    report = checked(sums)
    report.assert_ok()
    assert "1*m times the mean over the examples" in str(report)
    assert checked(functools.partial(sums, scale=2)).exit_code == 2


def where_one(a, y):
    return -np.mean(np.where(y == 1, np.log(a), np.log(1 - a)))


def test_a_classifier_for_labels_0_and_1_is_judged_by_those():
    report = checked(tanh_network(where_one))
    report.assert_ok()
    assert "y is 0 or 1" in " ".join(str(report).split())

    def whole_numbers(parameters, x, y):
        return networks.course(parameters, x, y.astype(int))

    def strict(parameters, x, y):
        assert set(np.unique(y)) <= {0, 1}, "labels are 0 or 1"
        return networks.course(parameters, x, y)

    for subject in (whole_numbers, strict):
        checked(subject).assert_ok()

    def wrong(parameters, x, y):
        loss, gradient = strict(parameters, x, y)
        return loss, {**gradient, "dW1": 2 * gradient["dW1"]}

    first = str(checked(wrong)).splitlines()[1]
    assert "dW1 is 2 times the derivative" in first


@pytest.mark.parametrize("epsilon", [1e-15, 1e-8])
def test_a_small_number_in_the_logarithm_makes_no_other_network(epsilon):
    def loss(a, y):
        return -np.mean(y * np.log(a + epsilon) + (1 - y) * np.log(1 - a + epsilon))

    assert "recognised as tanh units with cross-entropy" in str(checked(tanh_network(loss)))


def test_a_network_in_single_precision_is_seen_to_be_one():
    def single(parameters, x, y):
        small = {name: array.astype(np.float32) for name, array in parameters.items()}
        return networks.course(small, x.astype(np.float32), y.astype(np.float32))

    checked(single).assert_ok()


def test_functions_of_every_kind_are_subjects():
    class Called:
        def __call__(self, parameters, x, y):
            return networks.course(parameters, x, y)

    def other_order(X, Y, parameters):
        return networks.course(parameters, X, Y)

    def keywords(*, parameters, x, y):
        return networks.course(parameters, x, y)

    slope = functools.partial(networks.course, slope=lambda z, a: 1 - np.tanh(z) ** 2)
    for subject in (Called(), other_order, keywords, slope):
        checked(subject, only="gradient-equals-the-specification").assert_ok()


def test_a_random_loss_is_named():
    random = np.random.default_rng(1)

    def dropout(parameters, x, y):
        return networks.course(parameters, x * random.integers(0, 2, x.shape), y)

    with pytest.raises(ValueError, match="is something random"):
        checked(dropout)


def test_the_error_of_the_layout_that_came_farthest_is_told():
    def untransposed(parameters, x, y):
        z1 = parameters["W1"] @ x + parameters["b1"]
        a2 = sigmoid(parameters["W2"] @ np.tanh(z1) + parameters["b2"])
        return cross_entropy(a2, y), {"dW1": np.dot(parameters["W2"], a2 - y) @ x.T}

    with pytest.raises(ValueError, match="farthest raised ValueError: shapes"):
        checked(untransposed)
    for answer, words in [
        ((1.0, {}, 2), "returns tuple of 3"),
        (1.0, "returns float but"),
        ((np.nan, {}), "the loss is nan"),
        (({}, 1.0), "the loss is dict"),
    ]:
        with pytest.raises(ValueError, match=words):
            checked(lambda parameters, x, y: answer)


@pytest.mark.parametrize(
    "declared, words",
    [
        ({"widths": [2, 10_000, 1]}, "40001 parameters but the limit is 2048"),
        ({"activations": 3}, "activations is 3"),
        ({"l2": object()}, "l2 is object"),
        ({"only": 3}, "only is 3"),
    ],
)
def test_a_wrong_declaration_is_named(declared, words):
    with pytest.raises((TypeError, ValueError), match=words):
        checked(networks.course, **declared)
    with pytest.raises(TypeError, match="init_symmetry of the subject is int"):
        checked(type("Odd", (networks.FlatFixed,), {"init_symmetry": 3}))


def test_one_name_is_a_list_of_one_and_widths_may_be_an_array():
    only = "gradient-equals-the-specification"
    checked(networks.course, activations="tanh", only=only).assert_ok()
    checked(networks.course, widths=np.array([3, 4, 1]), only=only).assert_ok()


def softmax_network(output, loss=lambda a, y: -np.sum(y * np.log(a)) / y.shape[1]):
    return tanh_network(loss, output=output)


@pytest.mark.parametrize("axis, words", [(1, "over the wrong axis"), (None, "over all entries")])
@pytest.mark.parametrize("largest", [0, None])
def test_a_softmax_over_the_wrong_axis_is_named_first(axis, words, largest):
    def softmax(z):
        e = np.exp(z - np.max(z, axis=largest, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)

    due = "likely cause: the softmax is normalised " + words
    with pytest.raises(ValueError, match=due) as told:
        checked(softmax_network(softmax))
    assert 'losses=["softmax-cross-entropy"]' in str(told.value)
    assert "init_symmetry.check(loss_and_gradient, activations=" in str(told.value)


def test_a_missing_term_of_the_loss_is_named():
    with pytest.raises(ValueError, match=r"the loss lacks the term \(1 - y\)"):
        checked(tanh_network(lambda a, y: -np.mean(y * np.log(a))))


def test_a_declared_network_of_two_layers_is_not_asked_for_more():
    def two_layers(p, x, y):
        scores = p["W2"] @ np.tanh(p["W1"] @ x + p["b1"]) + p["b2"]
        a = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        d = {name: np.zeros_like(p[name]) for name in ("W1", "b1", "W2", "b2")}
        return -np.sum(y * np.log(a)) / x.shape[1], d

    report = checked(two_layers, activations=["tanh"], losses=["softmax-cross-entropy"])
    assert report.exit_code == 2
    text = " ".join(str(report).split())
    assert "W3" not in text and "1 hidden layer," in text
    assert "its loss is not that of the declared network: the softmax is normalised" in text


def test_a_bias_gradient_that_is_one_number_is_told_with_its_likely_cause():
    def one_number(parameters, x, y):
        loss, gradient = networks.course(parameters, x, y)
        return loss, {**gradient, "db1": np.sum(gradient["db1"])}

    text = " ".join(str(checked(one_number)).split())
    assert "is the sum taken over all entries (axis=1 missing)" in text
    assert "1×1" not in text


def test_extreme_questions_print_no_warnings_of_numpy(capfd):
    checked(networks.course)
    assert "RuntimeWarning" not in capfd.readouterr().err
