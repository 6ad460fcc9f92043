"""Data for regression: a noisy curve and a table of cars."""

from __future__ import annotations

import numpy as np

from backprop.door import Array

COLUMNS = ("mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "model_year")  # y first, then the six of x


def noisy_curve(n: int = 100, rng: int | np.random.Generator | None = 0) -> tuple[Array, Array]:
    """Points on y = sin(πx) with noise: x even over −1 to 1, the noise normal with standard deviation 0.1.

    n ≥ 1 points; `rng` is a seed or a Generator, None is fresh. Returns x (n, 1), y (n, 1), no units. Raises ValueError where n is not a
    whole number from 1 up. Source: made here.
    """
    if not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number from 1 up, but it is {n!r}.")
    x = np.linspace(-1, 1, n)[:, None]
    return x, np.sin(np.pi * x) + 0.1 * np.random.default_rng(rng).standard_normal((n, 1))


def regression_table() -> tuple[Array, Array]:
    """392 cars of 1970 to 1982: fuel use from six measurements, every column scaled to mean 0 and standard deviation 1.

    Returns x (392, 6): cylinders, displacement, horsepower, weight, acceleration, model year; y (392, 1): miles per gallon. Scaled, so
    without unit; `cars()` has the numbers as they were. Raises nothing. Source: Quinlan, Auto
    MPG, CC BY 4.0; see `cars`.
    """
    scaled = cars()
    scaled = (scaled - scaled.mean(axis=0)) / scaled.std(axis=0)
    return scaled[:, 1:], scaled[:, :1]


def cars() -> Array:
    """The table as collected, (392, 7): miles per gallon, cylinders, cubic inches, horsepower, pounds, seconds to 60 mph, model year.

    Raises nothing. Source: Quinlan, Auto MPG (1993), UCI Machine Learning Repository, doi 10.24432/C5859H, CC BY 4.0; six cars without
    horsepower left out.
    """
    import csv
    from importlib.resources import files

    with files("backprop.data").joinpath("auto_mpg.csv").open(encoding="utf-8") as file:
        return np.array([[float(row[name]) for name in COLUMNS] for row in csv.DictReader(file)])
