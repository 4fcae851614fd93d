"""`check_gradient`: right gradients pass, wrong ones are named, bad input is refused in words."""

import signal
import threading
import time

import numpy as np
import pytest

import init_symmetry
from init_symmetry import check_gradient


def half_squares(x):
    return 0.5 * np.sum(x**2)


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 3, 2)])
def test_a_right_gradient_passes_in_every_shape(shape):
    x = np.random.default_rng(1).normal(size=shape)
    check_gradient(half_squares, lambda x: x, x).assert_ok()


@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_factor_is_named_wherever_it_is(seed):
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(4, 4))
    x = random.normal(size=4)
    report = check_gradient(
        lambda x: x @ matrix @ x, lambda x: 2 * (matrix + matrix.T) @ x, x, seed=seed
    )
    assert report.exit_code == 2
    assert report.to_dict()["verdict"] == "mismatch"
    assert "2 times" in str(report)


def test_a_dictionary_of_arrays_is_checked_block_by_block():
    def loss(p):
        return np.sum(np.tanh(p["W"] @ p["v"]))

    def gradient(p):
        d = 1 - np.tanh(p["W"] @ p["v"]) ** 2
        return {"W": np.outer(d, p["v"]), "v": -p["W"].T @ d}

    random = np.random.default_rng(2)
    report = check_gradient(loss, gradient, {"W": random.normal(size=(3, 2)), "v": np.ones(2)})
    blocks = {block["name"]: block for block in report.to_dict()["blocks"]}
    assert blocks["W"]["differ"] == 0 and blocks["v"]["differ"] == 2


def test_arrays_in_any_memory_are_taken_as_they_are():
    base = np.random.default_rng(3).normal(size=(6, 8))
    readonly = base[::2, ::-2]
    readonly.flags.writeable = False
    before = base.copy()
    check_gradient(half_squares, lambda x: x, readonly).assert_ok()
    check_gradient(half_squares, lambda x: x, np.asfortranarray(base)).assert_ok()
    check_gradient(half_squares, lambda x: x, base.astype(np.float32)).assert_ok()
    check_gradient(half_squares, lambda x: x, [1, 2, 3]).assert_ok()
    assert np.array_equal(base, before)


def test_functions_get_copies_of_the_users_arrays():
    x = np.ones(3)

    def loss(given):
        assert given is not x and given.dtype == np.float64
        given[0] = 99.0
        return 0.0

    report = check_gradient(loss, lambda given: np.zeros(3), x)
    assert "loss changes its argument in place" in str(report).splitlines()[0]
    assert report.exit_code == 2 and x[0] == 1.0


@pytest.mark.parametrize("value", [3.0, np.float32(3), np.array(3.0), np.array([[3.0]]), 3])
def test_a_loss_of_one_number_is_accepted_in_every_form(value):
    report = check_gradient(lambda x: value, lambda x: np.zeros(2), np.ones(2))
    assert report.to_dict()["loss"] == 3.0


@pytest.mark.parametrize(
    "x, words",
    [
        (np.array(["a"]), "dtype <U1"),
        (np.array([1j]), "dtype complex128"),
        (np.array([object()]), "dtype object"),
        (np.ma.masked_array([1.0, 2.0], [0, 1]), "masked"),
        ({}, "empty dictionary"),
        (np.zeros((0, 3)), "no entries"),
        ({"W": np.ones(2), "b": "no"}, "b has dtype"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused(x, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_gradient(lambda x: 0.0, lambda x: x, x)


@pytest.mark.parametrize(
    "loss, gradient, words",
    [
        (lambda x: x, lambda x: x, r"the loss has shape \(3,\)"),
        (lambda x: "no", lambda x: x, "the loss is str"),
        (lambda x: None, lambda x: x, "the loss is NoneType"),
        (lambda x: 1j, lambda x: x, "the loss is complex"),
        (half_squares, lambda x: x[:2], r"the gradient of x is \(2,\) but x is \(3,\)"),
        (half_squares, lambda x: x[:, None], r"the gradient of x is 3×1 but x is \(3,\)"),
        (half_squares, lambda x: None, "the gradient of x has dtype object"),
    ],
)
def test_an_answer_of_another_form_is_refused_with_both_sides(loss, gradient, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_gradient(loss, gradient, np.ones(3))


@pytest.mark.parametrize(
    "gradient, words",
    [
        ({"W": np.ones(2)}, "lacks 'b'"),
        ({"W": np.ones(2), "b": np.ones(1), "c": 0}, "has the extra key 'c'"),
        (np.ones(3), "is ndarray but x is a dictionary"),
    ],
)
def test_a_gradient_with_other_keys_is_refused(gradient, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_gradient(lambda p: 0.0, lambda p: gradient, {"W": np.ones(2), "b": np.ones(1)})


def test_a_gradient_may_have_a_d_before_each_key():
    x = {"W1": np.ones((2, 3)), "b1": np.ones(2)}

    def loss(p):
        return half_squares(p["W1"]) + half_squares(p["b1"])

    check_gradient(loss, lambda p: {f"d{key}": array for key, array in p.items()}, x).assert_ok()
    with pytest.raises(ValueError, match="lacks 'W1'"):
        check_gradient(loss, lambda p: {"dW1": p["W1"], "b1": p["b1"]}, x)


def test_the_words_of_the_report_are_explained():
    text = str(check_gradient(half_squares, lambda x: x, np.ones(2)))
    assert "  Taylor rate: 2 if" in text and "  unresolved: entries" in text


def test_nan_never_passes():
    for x in [np.array([1.0, np.nan]), np.array([np.inf, 1.0])]:
        assert check_gradient(half_squares, lambda x: x, x).exit_code == 2
    nan = check_gradient(lambda x: np.nan, lambda x: x, np.ones(2))
    assert nan.to_dict()["verdict"] == "invalid"


def test_state_between_calls_is_invalid():
    calls = []

    def loss(x):
        calls.append(1)
        return half_squares(x) + len(calls)

    report = check_gradient(loss, lambda x: x, np.ones(2))
    assert report.to_dict()["verdict"] == "invalid" and "evaluated again" in str(report)


def test_an_exception_passes_through_with_its_traceback():
    def loss(x):
        raise KeyError("where")

    with pytest.raises(KeyError, match="where") as caught:
        check_gradient(loss, lambda x: x, np.ones(2))
    assert caught.traceback[-1].name == "loss"


@pytest.mark.parametrize("error", [ZeroDivisionError, FloatingPointError, ValueError])
def test_an_exception_on_the_way_passes_through_whatever_it_is(error):
    calls = []

    def loss(x):
        calls.append(1)
        if len(calls) > 9:
            raise error("later")
        return half_squares(x)

    with pytest.raises(error, match="^later$"):
        check_gradient(loss, lambda x: x, np.ones(2))
    assert len(calls) == 10


def test_ctrl_c_stops_within_a_second():
    def loss(x):
        time.sleep(0.001)
        return half_squares(x)

    # a shell's background jobs are started with SIGINT ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    timer = threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT))
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        check_gradient(loss, lambda x: x, np.ones(2000))
    assert time.monotonic() - began < 1.3
    signal.signal(signal.SIGINT, before)


def test_other_threads_run_while_a_check_computes():
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    check_gradient(half_squares, lambda x: x, np.ones(1000)).assert_ok()
    done.set()
    thread.join()
    assert ticks


def test_entries_and_evaluations_bound_the_work():
    calls = []

    def loss(x):
        calls.append(1)
        return half_squares(x)

    check_gradient(loss, lambda x: x, np.ones(1000), entries=5)
    assert len(calls) < 1000
    for bad in [0, -1, True, "some", 1.5]:
        with pytest.raises(ValueError, match="entries"):
            check_gradient(loss, lambda x: x, np.ones(3), entries=bad)


def test_the_line_that_replays_names_the_seed():
    report = init_symmetry.check_gradient(half_squares, lambda x: x, np.ones(2), seed=9)
    assert "init_symmetry.check_gradient(loss, gradient, x, seed=9)" in str(report)
