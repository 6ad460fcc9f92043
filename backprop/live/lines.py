"""The lines of the package that each step of the explorer lights: read from the source, so that they cannot drift from it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from backprop import core, train


class Excerpt(NamedTuple):
    """Where a step is computed: a file's name, lines of it, and for each term of the equation the fragment that computes it."""

    file: str
    lines: list[str]
    marks: dict[str, str]


def _loop(function: Callable[..., Any]) -> list[str]:
    """The lines of a function's one `for` loop."""
    source = textwrap.dedent(inspect.getsource(function))
    loop = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.For))
    return textwrap.dedent("\n".join(source.splitlines()[loop.lineno - 1 : loop.end_lineno])).splitlines()


def _line(module: ModuleType, fragment: str) -> list[str]:
    """The lines of a module's assignments that hold the fragment, in whatever function they stand."""
    source = inspect.getsource(module)
    assignments = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assign)]
    found = [ast.get_source_segment(source, node) or "" for node in assignments]
    return [line for line in found if fragment in line]


# the term of the equation -> the fragment of the source
_MARKS = {
    "forward": {"sum": "z = a @ W + b", "act": "a_out = act.f(z)"},
    "output error": {"error": "cost.df(a, y)", "slope": "act.df(z, a_out)"},
    "hidden error": {"back": "da = delta @ W.T", "slope": "act.df(z, a_out)"},
    "gradients": {"W": "a_in.T @ delta", "b": "delta.sum(axis=0)", "x": "da = delta @ W.T"},
    "update": {"W": "W=layer.W - eta * g.dW", "b": "b=layer.b - eta * g.db"},
}


@cache
def lines() -> dict[str, Excerpt]:
    """For each step the excerpt that computes it; LookupError if a fragment is no longer in the source."""
    backward = _loop(core.backward)
    shown = {
        "forward": ("core.py", _loop(core._forward)),
        "output error": ("core.py", [*_line(core, "cost.df(a, y)"), *backward]),
        "hidden error": ("core.py", backward),
        "gradients": ("core.py", backward),
        "update": ("train.py", _line(train, "W=layer.W - eta * g.dW")),
    }
    for step, marks in _MARKS.items():
        for fragment in marks.values():
            if not any(fragment in line for line in shown[step][1]):
                raise LookupError(f"the explorer lights `{fragment}` at the step {step!r}, but {shown[step][0]} no longer holds it.")
    return {step: Excerpt(file, code, _MARKS[step]) for step, (file, code) in shown.items()}
