"""The data inside the wheel: what it holds, that it is real, and that it is always the same."""

from pathlib import Path

import numpy as np
import pytest

import backprop as bp
from backprop import data

GATES = {"xor": [0, 1, 1, 0], "and_": [0, 0, 0, 1], "or_": [0, 1, 1, 1]}


@pytest.mark.parametrize("name", GATES)
def test_a_gate_is_its_truth_table(name: str):
    x, y = getattr(data, name)()
    assert x.shape == (4, 2) and y.shape == (4, 1) and x.dtype == y.dtype == np.float64
    np.testing.assert_array_equal(x, [[0, 0], [0, 1], [1, 0], [1, 1]])
    np.testing.assert_array_equal(y[:, 0], GATES[name])


def test_the_noisy_curve_is_a_curve_with_noise():
    x, y = data.noisy_curve()
    assert x.shape == y.shape == (100, 1) and np.isfinite(x).all() and np.isfinite(y).all()
    assert data.noisy_curve(n=7)[0].shape == (7, 1)
    order = np.argsort(x[:, 0])
    residual = np.diff(y[order, 0])
    assert 0 < residual.std() < y.std()  # neighbours resemble each other, but not exactly


def test_the_noisy_curve_repeats_with_its_seed():
    for left, right in zip(data.noisy_curve(n=20, rng=3), data.noisy_curve(n=20, rng=3), strict=True):
        np.testing.assert_array_equal(left, right)
    assert (data.noisy_curve(n=20, rng=3)[1] != data.noisy_curve(n=20, rng=4)[1]).any()
    np.testing.assert_array_equal(data.noisy_curve(n=5, rng=np.random.default_rng(0))[1], data.noisy_curve(n=5)[1])


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_a_curve_of_no_points_is_refused(n: object):
    with pytest.raises((ValueError, TypeError), match="n must be"):
        data.noisy_curve(n=n)


def test_the_regression_table_is_small_real_and_scaled():
    x, y = data.regression_table()
    assert x.ndim == 2 and y.shape == (len(x), 1) and x.shape[1] >= 2 and 20 <= len(x) <= 1000
    assert np.isfinite(x).all() and np.isfinite(y).all() and (x.std(axis=0) > 0).all()
    assert abs(x).max() < 10 and abs(y).max() < 10
    assert abs(x.mean(axis=0)).max() < 1 and abs(y.mean()) < 1
    coefficients, *_ = np.linalg.lstsq(np.hstack([x, np.ones((len(x), 1))]), y, rcond=None)
    residual = y - np.hstack([x, np.ones((len(x), 1))]) @ coefficients
    assert 0 < residual.var() < 0.8 * y.var()  # there is something to learn, and noise beside it


def test_the_digits_are_the_1797_of_uci():
    x, y = data.digits()
    assert x.shape == (1797, 64) and y.shape == (1797, 10) and x.dtype == y.dtype == np.float64
    assert x.min() == 0 and x.max() == 1
    np.testing.assert_array_equal(x * 16, np.round(x * 16))  # 17 grey values
    assert (y.sum(axis=1) == 1).all() and set(np.unique(y)) == {0, 1}
    assert y.sum(axis=0).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (x * 16).sum() == 561_718
    np.testing.assert_array_equal(x[0, :8] * 16, [0, 0, 5, 13, 9, 1, 0, 0])
    assert y[:10].argmax(axis=1).tolist() == list(range(10))


def test_the_held_out_images_hold_every_digit():
    _, y = data.digits()
    assert (y[-360:].sum(axis=0) >= 25).all()


def test_the_small_network_is_the_3_4_2_of_the_lessons():
    net, x, y = data.small_network()
    assert [layer.W.shape for layer in net] == [(3, 4), (4, 2)] and [layer.b.shape for layer in net] == [(4,), (2,)]
    assert [layer.act for layer in net] == [bp.sigmoid, bp.sigmoid]
    assert x.shape == (5, 3) and y.shape == (5, 2)
    assert net[0].W[0, 0] == 0.8 and net[0].b[0] == -0.4  # lesson 01's neuron
    assert all((layer.b != 0).all() for layer in net)
    assert max(abs(step.z).max() for step in bp.forward(net, x)) < 4  # nothing saturated
    assert bp.check_gradient(net, x, y, bp.half_squared_error) < 1e-12


@pytest.mark.parametrize("load", [data.xor, data.noisy_curve, data.regression_table, data.digits, lambda: data.small_network()[1:]])
def test_what_a_caller_does_to_its_copy_stays_with_the_caller(load):
    before = [array.copy() for array in load()]
    for array in load():
        array += 1
    for left, right in zip(load(), before, strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_small_network_is_fresh_each_time_too():
    first = data.small_network()[0]
    first[0].W[...] = 0
    assert data.small_network()[0][0].W[0, 0] == 0.8


def test_every_data_file_is_small_and_says_where_it_comes_from():
    folder = Path(data.__file__).parent
    files = [path for path in folder.iterdir() if path.suffix not in (".py", ".md", ".txt") and path.is_file()]
    assert files and sum(path.stat().st_size for path in files) < 100_000
    words = " ".join(path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in (".py", ".md", ".txt"))
    for path in files:
        assert path.name in words or path.stem in words
    assert "Optical Recognition of Handwritten Digits" in words and "CC BY 4.0" in words
    for function in (data.digits, data.regression_table):
        assert "licence" in function.__doc__.lower() or "CC" in function.__doc__
