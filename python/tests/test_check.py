"""`check`: right networks pass in anybody's style, wrong ones are named."""

import numpy as np
import pytest

import init_symmetry
import networks


def checked(subject, **options):
    return init_symmetry.check(subject, profile="quick", **options)


@pytest.mark.parametrize("subject", networks.RIGHT)
def test_a_right_network_passes_in_anybodys_style(subject):
    report = checked(subject)
    report.assert_ok()
    assert report.to_dict()["causes"] == []


def test_a_report_says_what_the_network_was_taken_for():
    assert "tanh units with cross-entropy" in str(checked(networks.course))
    assert "y has class numbers" in str(checked(networks.class_numbers))


def test_a_wrong_slope_of_tanh_is_named():
    def wrong(parameters, x, y):
        return networks.course(parameters, x, y, slope=lambda z, a: 1 - z**2)

    report = checked(wrong)
    assert report.exit_code == 2
    assert "tanh' is 1 − a² and not 1 − z²" in str(report).splitlines()[1]


def test_a_missing_mean_is_named():
    def wrong(parameters, x, y):
        return networks.course(parameters, x, y, mean=False)

    first = str(checked(wrong)).splitlines()[1]
    assert "dW2 is m times the derivative" in first and "divide by m" in first


def test_a_failed_check_fails_a_test_with_the_whole_report():
    def wrong(parameters, x, y):
        return networks.course(parameters, x, y, slope=lambda z, a: 1)

    report = checked(wrong)
    with pytest.raises(AssertionError) as failure:
        report.assert_ok()
    assert str(report) in str(failure.value)
    assert report.to_dict()["schema"] == "init-symmetry/check/2"
    assert "<pre" in report._repr_html_() and "failed" in report._repr_html_()


def test_an_argument_that_is_changed_in_place_is_named():
    def wrong(parameters, x, y):
        loss, gradient = networks.course(parameters, x, y)
        parameters["W1"] -= 0.0  # leaves the numbers, and is no change
        parameters["b2"] += 1.0
        return loss, gradient

    report = checked(wrong)
    assert report.exit_code == 2
    assert "changes its argument b2 in place" in str(report).splitlines()[1]
    assert "W1" not in str(report).splitlines()[1]


def test_a_vector_of_parameters_that_is_changed_in_place_is_named():
    class Wrong(networks.FlatFixed):
        def loss_and_gradient(self, theta, x, y):
            answer = super().loss_and_gradient(theta, x, y)
            theta *= 2.0
            return answer

    assert "changes its argument parameters in place" in str(checked(Wrong)).splitlines()[1]


def test_forgotten_keepdims_are_named_with_both_shapes():
    def wrong(parameters, x, y):
        loss, gradient = networks.course(parameters, x, y)
        return loss, {**gradient, "db1": gradient["db1"].ravel()}

    report = checked(wrong)
    assert report.exit_code == 2
    first = str(report).splitlines()[1]
    assert "db1 is (" in first and "×1" in first and "keepdims=True" in first


def test_a_gradient_without_a_key_is_named():
    def wrong(parameters, x, y):
        loss, gradient = networks.course(parameters, x, y)
        del gradient["db2"]
        return loss, gradient

    report = checked(wrong)
    assert report.exit_code == 2
    assert "lacks db2" in str(report).splitlines()[1]


def test_an_exception_of_the_subject_passes_through():
    calls = []

    def breaks(parameters, x, y):
        calls.append(1)
        if len(calls) > 40:
            raise LookupError("the fortieth call")
        return networks.course(parameters, x, y)

    with pytest.raises(LookupError, match="the fortieth call") as caught:
        checked(breaks)
    assert any(frame.name == "breaks" for frame in caught.traceback)
    assert len(calls) == 41, "nothing is asked after it"


def test_what_a_subject_has_not_is_another_question_and_no_failure():
    def only_many(parameters, x, y):
        if x.shape[1] == 1:
            raise NotImplementedError("a single example")
        return networks.course(parameters, x, y)

    assert checked(only_many).exit_code in (0, 3)


def test_a_loss_of_no_known_network_asks_for_a_declaration():
    def other(parameters, x, y):
        loss, gradient = networks.course(parameters, x, y)
        return loss + np.sum(parameters["W1"] ** 4), gradient

    with pytest.raises(ValueError, match="activations="):
        checked(other)
    named = {"activations": ["tanh"], "losses": ["cross-entropy"]}
    report = checked(other, **named, hidden_layers=1, outputs=1)
    assert report.exit_code == 2


def test_an_l2_term_is_declared():
    def with_l2(parameters, x, y):
        loss, g = networks.course(parameters, x, y)
        m = x.shape[1]
        w1, w2 = parameters["W1"], parameters["W2"]
        loss += 0.1 / (2 * m) * (np.sum(w1**2) + np.sum(w2**2))
        return loss, {**g, "dW1": g["dW1"] + 0.1 / m * w1, "dW2": g["dW2"] + 0.1 / m * w2}

    checked(with_l2, l2="0.1/m").assert_ok()


def test_single_precision_is_declared():
    def single(parameters, x, y):
        small = {name: array.astype(np.float32) for name, array in parameters.items()}
        return networks.course(small, x.astype(np.float32), y.astype(np.float32))

    checked(single, precision="f32").assert_ok()


@pytest.mark.parametrize(
    "subject, words",
    [
        (3, "has no method loss_and_gradient"),
        (np.zeros(3), "has no method loss_and_gradient"),
        (type("NeedsOne", (), {"__init__": lambda self, n: None}), "needs arguments"),
        (lambda parameters, x, y: None, "did not work in any of the common layouts"),
        (lambda: None, "did not work in any of the common layouts"),
        (lambda parameters, x, y: (np.zeros(3), {}), "did not work in any of the common layouts"),
    ],
)
def test_what_is_no_subject_is_refused_in_words(subject, words):
    with pytest.raises((TypeError, ValueError), match=words):
        checked(subject)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"profile": "fast"}, "profile"),
        ({"seed": 2**60}, "seed"),
        ({"only": ["twins"]}, "property"),
        ({"widths": [3, -1]}, "widths|network|description"),
        ({"activations": ["tanhh"]}, "activation"),
        ({"no_such_field": 1}, "no-such-field"),
    ],
)
def test_a_bad_option_is_refused_in_words(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        init_symmetry.check(networks.course, **options)


def test_the_same_seed_gives_the_same_report():
    def without_seconds(report):
        return {**report.to_dict(), "seconds": 0}

    one, two = (without_seconds(checked(networks.course, seed=7)) for _ in range(2))
    assert one == two and one["seed"] == 7
