"""Comparing what came back with what a world would have returned, on one probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from backprop.diagnosis.answers import Call, Part, call, is_single_precision, parts_of
from backprop.diagnosis.probes import Arguments
from backprop.diagnosis.questions import Question
from backprop.diagnosis.stages import Raised, Values
from backprop.diagnosis.worlds import Outcome, Worlds, worlds

EXACT, SINGLE = 1e-9, 2e-5  # how near a mistake's fingerprint must be, in float64 and in float32
SINGLE_FAR = 1e-3  # float32 near 1000 has only four decimals
ROUNDED = 3e-7  # and what float32 loses of a value that hardly moved from its centre


@dataclass
class Evidence:
    """One probe: its arguments, the values of every world on it, what was right, and what the answer did.

    `got` is the list of returned parts, None where the answer raised, or a sentence where the parts could not be told apart.
    """

    question: Question
    worlds: Worlds
    values: Values
    call: Call
    right: list[Any]
    centre: list[Any]
    got: list[Part] | str | None
    extreme: bool = False
    kept: dict[tuple[int, int], bool] = field(default_factory=dict)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The parts from the output down, where the question goes backward: there the fewest computations differ."""
        count = range(len(self.right))
        if not self.question.backward:
            return tuple(count)
        return tuple(reversed(count)) if "absorbed" in self.question.tags else (2, 3, 0, 1)

    @property
    def arguments(self) -> Arguments:
        return self.call.arguments

    @cached_property
    def _single(self) -> bool:
        return self.question.single_precision and isinstance(self.got, list) and is_single_precision(self.got)

    def tolerance(self, exact: float) -> float:
        """`exact`, or what float32 can reach."""
        single = SINGLE_FAR if self.extreme else SINGLE
        return max(exact, single) if self._single else exact

    def is_right(self, part: int) -> bool:
        """Whether this part is right."""
        got = self.got[part] if isinstance(self.got, list) else None
        return self.agrees(got, self.right[part], part, self.tolerance(self.question.tolerance))

    @property
    def all_right(self) -> bool:
        """Whether every part is right."""
        return isinstance(self.got, list) and all(self.is_right(part) for part in range(len(self.right)))

    def agrees(self, got: Part, want: Any, part: int, tolerance: float) -> bool:
        """Whether a returned part is this value, norm-wise, with a floor for values that are rounding noise."""
        if not isinstance(got, np.ndarray) or isinstance(want, Raised) or got.shape != np.shape(want):
            return False
        finite = np.isfinite(want)
        if not finite.all() or not np.isfinite(got).all():
            return self.extreme and not finite.all() and not np.isfinite(got).all()
        rounding = ROUNDED * np.linalg.norm(want) if self._single else 0.0
        return bool(np.linalg.norm(got - want) <= tolerance * self.size(want, part) + rounding)

    def size(self, want: Any, part: int) -> float:
        """The size that an error of this part is measured by."""
        return float(max(_distance(want, self.centre[part]), 1e-3 * self.whole))

    @cached_property
    def whole(self) -> float:
        """The size of the whole right answer (1 where that is 0)."""
        sizes = [_distance(w, c) for w, c in zip(self.right, self.centre, strict=True) if np.isfinite(w).all()]
        return float(np.sqrt(sum(s * s for s in sizes))) or 1.0

    def shaped(self, node: int) -> Any:
        """The value of a node as a returned part."""
        value = self.values[node]
        return value if isinstance(value, Raised) else self.question.shape(value)

    def fits(self, outcome: Outcome) -> bool:
        """Whether the answer did on this probe what this outcome would have done."""
        if not isinstance(self.got, list):
            return self.got is None and any(self._fails(self.worlds.node(outcome, part)) for part in self.order)
        for part in self.order:  # a plain loop: this is asked of thousands of pairs
            if not self.fits_part(outcome, part):
                return False
        return True

    def _fails(self, node: int) -> bool:
        value = self.values[node]
        return isinstance(value, Raised) or (self.extreme and not np.isfinite(value).all())

    def fits_part(self, outcome: Outcome, part: int) -> bool:
        """The same for one part; every distinct computation is compared once."""
        node = self.worlds.node(outcome, part)
        known = self.kept.get((node, part))
        if known is None:
            assert isinstance(self.got, list)
            exact = max(EXACT, outcome.within)
            known = self.kept[node, part] = self.agrees(self.got[part], self.shaped(node), part, self.tolerance(exact))
        return known

    def fits_values(self, values: Sequence[Any]) -> bool:
        """The same for values computed elsewhere."""
        return isinstance(self.got, list) and all(
            self.agrees(got, want, part, self.tolerance(EXACT)) for part, (got, want) in enumerate(zip(self.got, values, strict=True))
        )


def _distance(value: Any, centre: Any) -> float:
    if np.shape(value) != np.shape(centre) and np.ndim(centre):
        centre = 0.0
    return float(np.linalg.norm(np.asarray(value) - centre))


def gather(question: Question, answer: Any, arguments: Arguments, extreme: bool = False) -> Evidence:
    """Calls the answer on a probe."""
    return evidence(question, call(question, answer, arguments), extreme)


def evidence(question: Question, made: Call, extreme: bool = False) -> Evidence:
    """What one call shows."""
    layers = len(made.arguments[0]) if "absorbed" in question.tags else question.layers
    known = worlds(question, layers)
    values = Values(known.graph, question.given(*made.arguments))
    right = [question.shape(values[node]) for node in known.right]
    centre = question.centre(*made.arguments) if question.centre else [0.0] * len(right)
    got = None if made.failure else parts_of(question, made.returned, len(right))
    return Evidence(question, known, values, made, right, centre, got, extreme)
