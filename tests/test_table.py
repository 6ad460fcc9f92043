"""Every activation of the table, whoever added it: its slope, far values, gradients through a network, and `fit`.

The witnesses of tests/random_nets.py are independent and so are written by hand; these need nothing but the entry itself.
"""

from __future__ import annotations

import warnings
from itertools import islice

import numpy as np
import pytest

import backprop as bp
from backprop.functions import ACTIVATIONS

EVERY = pytest.mark.parametrize("act", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
FAR = np.array([-1e4, -710.0, -37.0, -1e-300, 0.0, 1.0, 37.0, 710.0, 1e4])
ONE_PERCENT_OFF = bp.Activation("off", bp.tanh.f, lambda z, a: 1.01 * (1 - a * a))


def slope_error(act: bp.Activation) -> float:
    """How far the slope is from the complex step of the activation's own values."""
    z = np.random.default_rng(0).normal(size=(40, 3)) * 3
    nudged = act.f(z + 1e-20j)
    assert bp.relative_error(nudged.real, act.f(z)) < 1e-12
    return bp.relative_error(act.df(z, act.f(z)), nudged.imag / 1e-20)


def case(act: bp.Activation) -> tuple[list[bp.Layer], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    net = [layer._replace(b=rng.normal(size=layer.b.shape) / 2) for layer in bp.network((3, 5, 4, 2), act, act, rng)]
    return net, rng.normal(size=(7, 3)), rng.normal(size=(7, 2))


def gradient_error(act: bp.Activation) -> float:
    return bp.check_gradient(*case(act), bp.half_squared_error)


@EVERY
def test_a_slope_is_that_of_the_values(act: bp.Activation) -> None:
    assert slope_error(act) < 1e-12


@EVERY
def test_gradients_agree_with_the_complex_step(act: bp.Activation) -> None:
    assert gradient_error(act) < 1e-12


@EVERY
def test_fit_makes_the_steps_of_descend(act: bp.Activation) -> None:
    net, x, y = case(act)
    fit = bp.fit(net, x, y, bp.half_squared_error, 0.01, 20)
    state = next(islice(bp.descend(net, x, y, bp.half_squared_error, 0.01), 20, None))
    assert max(bp.relative_error(got.W, want.W) for got, want in zip(fit.net, state.net, strict=True)) < 1e-12
    assert fit.history[-1] < fit.history[0]


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_values_are_finite_quiet_and_keep_their_type(act: bp.Activation, dtype: type) -> None:
    z = FAR.astype(dtype)
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        a = act.f(z)
        slope = act.df(z, a)
    assert np.isfinite(a).all() and np.isfinite(slope).all() and a.dtype == slope.dtype == dtype


@EVERY
def test_it_has_the_name_it_is_listed_by(act: bp.Activation) -> None:
    assert ACTIVATIONS[act.name] is act


def test_a_slope_one_percent_off_is_seen() -> None:
    assert slope_error(ONE_PERCENT_OFF) > 1e-3 and gradient_error(ONE_PERCENT_OFF) > 1e-3
