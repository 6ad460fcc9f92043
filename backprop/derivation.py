"""Derivations that run: every line of a chain of equalities is evaluated, its values are printed, and a line that is wrong raises.

A lesson shows a chain on the page, writes each of its lines as a value, and calls `lines`. A line as it stands in our copy of a note,
where it is not what was derived, is held against it by `slip`, which raises if the two do not differ.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop.door import Array
from backprop.verify import relative_error

Chain = Callable[..., Mapping[str, Any]]
AMONG_THEMSELVES, WITH_NUDGES = 1e-12, 1e-7
NUDGES = "measured by two nudges"


class LineDiffers(AssertionError):
    """A line of a derivation does not have the value of the first one, or a slip has it."""


def lines(chain: Chain, points: Mapping[str, tuple[Any, ...]], measured: Callable[..., Any] | None = None) -> None:
    """Evaluate every line of a derivation at every point, print the values (6 digits) and a verdict.

    chain(*point) returns {the line as it is written: its value}, at least two lines, numbers or arrays of one shape; `points` maps the
    name of a point to its arguments; measured(*point) is the same quantity by `central_difference`, or {line: value} where several lines of
    the page are measured. The lines must agree to 1e-12 of their norm among themselves and to 1e-7 with what was measured. Raises
    LineDiffers, naming line and point, where they do not; ValueError for fewer than two lines.
    """
    for name, point in points.items():
        values, gauges = dict(chain(*point)), _gauges(measured, point)
        if len(values) + len(gauges) < 2:
            raise ValueError(f"a chain of equalities has at least two lines, but this one has {len(values)}.")
        first_point = name == next(iter(points))  # all of it there, one row of each matrix at the others
        print(("" if first_point else "\n") + _block(name, {**gauges, **values}, None if first_point else 1))
        _hold(name, values, values, AMONG_THEMSELVES)
        _hold(name, values, gauges, WITH_NUDGES)
        print(_verdict(len(values), len(gauges)))


def _gauges(measured: Callable[..., Any] | None, point: tuple[Any, ...]) -> dict[str, Any]:
    got = {} if measured is None else measured(*point)
    return dict(got) if isinstance(got, Mapping) else {NUDGES: got}


def slip(number: int, derived: Any, as_it_stands: Callable[[], Any]) -> None:
    """Show a line as it stands in our copy of a note beside what was derived: another value, another shape, or an error.

    `number` is the slip's number in `backprop.notes.slips`; `as_it_stands` takes nothing and returns the line's value or raises as NumPy
    does. Raises LineDiffers where the line has the derived value to 1e-7: then it is no slip.
    """
    got, what = _outcome(number, as_it_stands)
    print(what if got is None else _block(f"slip {number}", {"as it stands in our copy": got, "as derived": derived}))
    if got is not None and _same(got, derived, WITH_NUDGES):
        raise LineDiffers(f"slip {number} has the derived value; the lesson says that it differs.")
    print(_difference(got, derived))


def values(**named: Any) -> None:
    """Print named numbers or arrays, one a line, to 6 digits: the values behind a picture."""
    print("\n".join(_rows(named)))


def sentence(text: str) -> None:
    """Print a sentence, set in and wrapped to 76 characters."""
    print(textwrap.fill(text, 76, initial_indent=5 * " ", subsequent_indent=5 * " "))


def source(function: Callable[..., Any]) -> None:
    """Print a function of the package as it stands there, without its docstring: what a lesson shows is what runs."""
    text = inspect.getsource(function)
    whole = ast.parse(text).body[0]
    assert isinstance(whole, ast.FunctionDef)
    said = whole.body[0]
    first, last = (said.lineno, said.end_lineno or 0) if ast.get_docstring(whole) else (0, -1)
    print("\n".join(line for k, line in enumerate(text.splitlines(), start=1) if not first <= k <= last))


def shown(value: Any, rows: int | None = None) -> str:
    """A number or array in text: 6 significant digits of its largest element, and as many places for the others (rounding noise is 0).

    Of a matrix the first `rows` rows, default all.
    """
    texts = _texts(value)
    return str(texts) if texts.ndim == 0 else _table(np.atleast_2d(texts), rows)


def _texts(value: Any) -> Array:
    """Each element as text, all with the same number of places, as few as show 6 significant digits of the largest."""
    a = np.asarray(value, dtype=float)
    largest = float(np.abs(a).max(initial=0.0))
    places = 5 - math.floor(math.log10(largest)) if largest else 0
    rounded = np.round(a, places) + 0.0  # no minus zero
    fewest = next((d for d in range(8) if np.array_equal(np.round(rounded, d), rounded)), None)
    return np.array([f"{v:.6g}" if fewest is None else f"{v:.{fewest}f}" for v in rounded.ravel()]).reshape(a.shape)


def _table(texts: Array, rows: int | None, least: int = 0) -> str:
    widths = [max(least, *map(len, column)) for column in texts.T]
    lines = ["[" + "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) + "]" for row in texts]
    left = len(lines) - len(lines[:rows])
    return "\n".join(lines[:rows]) + (f" and {left} more row{'s' * (left > 1)}" if left else "")


def _block(title: str, named: Mapping[str, Any], rows: int | None = None) -> str:
    return "\n".join([title, *("  " + row.replace("\n", "\n  ") for row in _rows(named, rows))])


def _rows(named: Mapping[str, Any], rows: int | None = None) -> list[str]:
    """One text a name; rows of numbers of the same length stand under each other in columns."""
    label, texts = max(map(len, named)), {name: _texts(value) for name, value in named.items()}
    widths: dict[tuple[int, ...], int] = {}
    for t in texts.values():
        widths[t.shape] = max([widths.get(t.shape, 0), *map(len, t.ravel())])
    return [
        _row(name.ljust(label), _table(t[None], rows, widths[t.shape]) if t.ndim == 1 else shown(named[name], rows))
        for name, t in texts.items()
    ]


def _row(label: str, text: str) -> str:
    indent = "\n" + " " * (len(label) + 2)
    return f"{label}  {text.replace(chr(10), indent)}"


def _verdict(n: int, gauges: int) -> str:
    many = {1: "", 2: "both lines agree to 1e-12"}.get(n, f"all {n} lines agree to 1e-12")
    nudged = "" if not gauges else f"{', and' if many else 'the line agrees'} with the two nudges to 1e-7"
    return "  " + many + nudged


def _hold(name: str, values: Mapping[str, Any], others: Mapping[str, Any], tolerance: float) -> None:
    first = next(iter(values))
    for label, value in others.items():
        if not _same(value, values[first], tolerance):
            raise LineDiffers(f"{name}: the line {label!r} does not agree with {first!r} to {tolerance:g}.")


def _same(got: Any, want: Any, tolerance: float) -> bool:
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    return got.shape == want.shape and relative_error(got, want) <= tolerance


def _outcome(number: int, line: Callable[[], Any]) -> tuple[Array | None, str]:
    try:
        return np.asarray(line(), dtype=float), ""
    except (ValueError, IndexError, TypeError) as error:
        return None, f"slip {number}: as it stands in our copy it raises {type(error).__name__}:\n  {_point(str(error))}"


def _point(message: str) -> str:
    """The point of NumPy's long sentences about a product and about stacking, or the message as it is."""
    stacked = re.findall(r"has size (\d+)", message)
    if len(stacked) == 2:
        return f"the rows have different lengths ({stacked[0]} and {stacked[1]})"
    return "the shapes do not meet " + message[message.find("(size") :] if "(size" in message else message.strip()


def _difference(got: Array | None, derived: Any) -> str:
    want = np.asarray(derived)
    if got is None:
        return "  no number comes out"
    if got.shape != want.shape:
        return f"  differs: its shape is {got.shape}, the derived one is {want.shape}"
    return "  differs"
