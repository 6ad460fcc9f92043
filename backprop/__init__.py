"""Backpropagation, so that you trust your own gradients. Importing this imports NumPy and nothing heavier; the rest comes on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from backprop import data, notes
from backprop.core import Grad, Layer, Step, backward, forward, gradients, network, predict
from backprop.functions import (
    Activation,
    Cost,
    binary_cross_entropy,
    half_squared_error,
    identity,
    mean_squared_error,
    quadratic_cost,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    tanh,
)
from backprop.train import Fit, State, descend, fit
from backprop.verify import central_difference, check_gradient, complex_step, relative_error

if TYPE_CHECKING:
    from backprop import draw
    from backprop.diagnosis import check, hint, progress, solution
    from backprop.live import explorer

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 - in teaching order
    "sigmoid",
    "tanh",
    "identity",
    "relu",
    "softmax",
    "half_squared_error",
    "quadratic_cost",
    "mean_squared_error",
    "softmax_cross_entropy",
    "binary_cross_entropy",
    "Activation",
    "Cost",
    "Layer",
    "Step",
    "Grad",
    "network",
    "forward",
    "backward",
    "gradients",
    "predict",
    "State",
    "descend",
    "Fit",
    "fit",
    "central_difference",
    "complex_step",
    "relative_error",
    "check_gradient",
    "check",
    "hint",
    "solution",
    "progress",
    "explorer",
    "draw",
    "data",
    "notes",
]

_ON_FIRST_USE = {
    "check": "backprop.diagnosis",
    "hint": "backprop.diagnosis",
    "solution": "backprop.diagnosis",
    "progress": "backprop.diagnosis",
    "explorer": "backprop.live",
}
_SUBMODULES = ("diagnosis", "draw", "grade", "live", "notation")


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        value = getattr(import_module(_ON_FIRST_USE[name]), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return import_module(f"backprop.{name}")
    raise AttributeError(f"module 'backprop' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
