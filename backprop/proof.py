"""A proof whose lines the learner fills in: each line is a function, and is held against the true value at random points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop.verify import relative_error

Point = tuple[Any, ...]
TOLERANCE = 1e-7


def compare(
    lines: Mapping[str, Callable[..., Any]],
    measured: Callable[..., Mapping[str, Any]],
    point: Callable[[np.random.Generator], Point],
    rng: int | np.random.Generator | None = None,
) -> None:
    """Print for each line of a proof whether it holds, is off (and how), or still has its dots.

    lines maps a line's name to a function of a point that returns the line's value, numbers or arrays; measured(*point) maps the same
    names to the true values, by nudges or by running the network; point(rng) draws a random point (5 of them are tried). Any equivalent
    expression holds: values are compared, norm-wise to 1e-7. Raises KeyError where `measured` lacks a line. Source: none of the notes.
    """
    rng = np.random.default_rng(rng)
    points = [point(rng) for _ in range(5)]
    truths = [measured(*p) for p in points]
    for name, line in lines.items():
        verdicts = [_verdict(line, p, truth[name]) for p, truth in zip(points, truths, strict=True)]
        print(f"{name}: {next((v for v in verdicts if v), 'holds')}")


def _verdict(line: Callable[..., Any], point: Point, want: Any) -> str:
    """Empty where the line has the wanted value."""
    try:
        got = line(*point)
    except Exception as error:
        return f"is off: it raises {type(error).__name__}: {error}"
    return "still has its dots" if got is ... else _difference(got, want)


def _difference(got: Any, want: Any) -> str:
    try:
        got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    except (TypeError, ValueError):
        return f"is off: its value should be numbers, but it is a {type(got).__name__}"
    if got.shape != want.shape:
        return f"is off: its shape is {got.shape}, the true value's is {want.shape}"
    return "" if relative_error(got, want) <= TOLERANCE else "is off: the shape is right, the values are not"
