"""A reference computed in small named stages, so that a mistake is one stage done differently.

A stage is a plain function whose parameter names say what it needs: `delta1 = f(carried, slope)` reads carried1 and slope1. At layer k a
name ending in `_in` means the layer below, `_next` the layer above; a name without a layer (x, y, N, alpha) is the same everywhere.
A stage that asks for its own name gets the right value. Every world (a set of changed stages) is interned into one graph, so that 3,000
pairs of mistakes share nearly all their work.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

Function = Callable[..., Any]


class Change(NamedTuple):
    """One stage done differently: its full name (such as delta1) and what is done instead."""

    stage: str
    function: Function


class Raised(NamedTuple):
    """What a stage gives where its shapes do not meet."""

    text: str


def split(name: str) -> tuple[str, int | None]:
    """delta1 -> (delta, 1); alpha -> (alpha, None)."""
    bare = name.rstrip("0123456789")
    return (bare, int(name[len(bare) :])) if len(bare) < len(name) else (name, None)


@cache
def needs(function: Function) -> tuple[str, ...]:
    """The names of a stage's parameters."""
    return tuple(inspect.signature(function).parameters)


def full_name(name: str, k: int | None, known: Iterable[str]) -> str | None:
    """The stage or given value that a parameter of layer k means; None where there is none."""
    offset = 0
    for suffix, step in (("_in", -1), ("_next", 1)):
        if name.endswith(suffix):
            name, offset = name.removesuffix(suffix), step
    candidates = ([f"{name}{k + offset}"] if k is not None else []) + ([name] if not offset else [])
    return next((c for c in candidates if c in known), None)


class Graph:
    """All the worlds of one question: nodes (function, inputs), each distinct one once.

    A node's number is its identity: two worlds whose parts have the same numbers are the same computation.
    """

    def __init__(self, stages: Mapping[str, Function], given: Iterable[str]) -> None:
        self.stages, self.given = dict(stages), tuple(given)
        self.known = {*self.stages, *self.given}
        self.nodes: list[tuple[Function | str, tuple[int, ...]]] = []
        self._numbers: dict[tuple[Function | str, tuple[int, ...]], int] = {}
        for name in self.given:
            self._number(name, ())

    def needed(self, stage: str, function: Function) -> set[str]:
        """The full names of what a stage needs when it is done in this way (without its own right value)."""
        bare, k = split(stage)
        return {full for need in needs(function) if need != bare and (full := full_name(need, k, self.known)) is not None}

    def _number(self, function: Function | str, inputs: tuple[int, ...]) -> int:
        key = (function, inputs)
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(key)
        return self._numbers[key]

    def world(self, changes: Iterable[Change], parts: Iterable[str]) -> tuple[int, ...]:
        """The nodes of the parts when these stages are done differently."""
        changed: dict[str, list[Function]] = {}
        for change in changes:
            changed.setdefault(change.stage, []).append(change.function)
        seen: dict[str, int] = {}
        return tuple(self._place(part, changed, seen) for part in parts)

    def _place(self, name: str, changed: dict[str, list[Function]], seen: dict[str, int]) -> int:
        if name in self.given:
            return self._numbers[(name, ())]
        if name not in seen:
            node: int | None = None
            for function in _replacements_first(changed.get(name, []), name, self.stages[name]):
                node = self._number(function, self._inputs(function, name, node, changed, seen))
            assert node is not None
            seen[name] = node
        return seen[name]

    def _inputs(
        self, function: Function, name: str, before: int | None, changed: dict[str, list[Function]], seen: dict[str, int]
    ) -> tuple[int, ...]:
        bare, k = split(name)
        found = []
        for need in needs(function):
            if need == bare and before is not None:
                found.append(before)
                continue
            full = full_name(need, k, self.known)
            assert full is not None, f"{name} needs {need}, which the question does not have"
            found.append(self._place(full, changed, seen))
        return tuple(found)


def _replacements_first(functions: list[Function], name: str, right: Function) -> list[Function]:
    """The order in which changes of one stage act: a replacement (or the right stage) first, then those that alter its value."""
    bare = split(name)[0]
    altering = [f for f in functions if bare in needs(f)]
    replacing = [f for f in functions if bare not in needs(f)]
    return [*(replacing or [right]), *sorted(altering, key=lambda f: f.__code__.co_firstlineno)]


@cache
def replaces(change: Change) -> bool:
    """Whether a change puts something else in a stage's place (two such cannot act on one stage)."""
    return split(change.stage)[0] not in needs(change.function)


class Values:
    """The values of a graph's nodes on one probe, computed when asked for and kept."""

    def __init__(self, graph: Graph, given: Mapping[str, Any]) -> None:
        self.graph, self.given = graph, given
        self.kept: dict[int, Any] = {}

    def __getitem__(self, node: int) -> Any:
        if node not in self.kept:
            self.kept[node] = self._compute(*self.graph.nodes[node])
        return self.kept[node]

    def _compute(self, function: Function | str, inputs: tuple[int, ...]) -> Any:
        if isinstance(function, str):
            return self.given[function]
        values = [self[i] for i in inputs]
        failed = next((v for v in values if isinstance(v, Raised)), None)
        if failed is not None:
            return failed
        try:
            return function(*values)
        except (ValueError, IndexError, TypeError, ZeroDivisionError, np.linalg.LinAlgError) as error:
            return Raised(str(error))
