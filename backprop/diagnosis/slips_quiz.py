"""`find_the_slip`: lines as they stand in our copies of the notes, and what may be wrong with a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from backprop.diagnosis.answers import described
from backprop.diagnosis.questions import SLIP, Question
from backprop.diagnosis.report import Report
from backprop.notes.slips import SLIPS


class Line(NamedTuple):
    """A line of a note: its id here, the slip's number in `notes.slips`, and which kind of slip it is."""

    id: str
    number: int
    slip: str


KINDS: dict[str, str] = {
    "constant-lost": "The constant in front is not the one that the stated cost gives.",
    "extra-factor": "A factor stands there that does not belong to this quantity.",
    "neighbouring-layer": "A quantity is taken from the layer beside the one that is meant.",
    "no-batch-sum": "The sum over the examples is missing.",
    "one-letter-twice": "One letter stands for two different things.",
    "only-if-shared": "True of one number shared by a whole layer, not of one number a unit.",
    "product-kind": "A matrix product stands where elements are multiplied one by one.",
    "sign-turned": "The sign is turned round.",
    "term-missing": "A term of a sum is missing.",
    "transpose-missing": "The shapes do not meet: a transpose is missing and the factors are in the wrong order.",
    "wrong-end": "The index belongs to the unit at the other end of the connection.",
}

_LINES = (
    Line("A", 22, "wrong-end"),
    Line("B", 11, "extra-factor"),
    Line("C", 26, "transpose-missing"),
    Line("D", 3, "only-if-shared"),
    Line("E", 10, "constant-lost"),
    Line("F", 19, "neighbouring-layer"),
    Line("G", 12, "one-letter-twice"),
    Line("H", 6, "product-kind"),
)

LINES: dict[str, str] = {line.id: f"{SLIPS[line.number].line}    ({SLIPS[line.number].note})" for line in _LINES}


def show() -> None:
    """Prints the lines with their ids and the kinds of slip with theirs; nothing printed says which belongs to which."""
    print("Lines, as they stand in our copies:")
    for id, text in LINES.items():
        print(f"  {id}   {text}")
    print("\nWhat may be wrong (there are more than you need):")
    for id, text in KINDS.items():
        print(f"  {id:<19} {text}")


def check_slips(answer: Any, points: float) -> Report:
    """Judges a `find_the_slip`: points by lines; the message names the lines still wrong, not their answers."""
    if not callable(answer):
        return _report("shape", 0, points, f"your answer is {described(answer)}, not a function; give check the function itself.")
    failed, given = _called(answer, points)
    if failed is not None:
        return failed
    if given is None:
        return _report("shape", 0, points, "your function returned None. Is its return missing?")
    if not isinstance(given, Mapping):
        return _report("shape", 0, points, f"expected a dict from line id to slip id, but received a {type(given).__name__}.")
    strange = _strange(given)
    if strange:
        return _report("shape", 0, points, strange)
    return _judged({str(k): str(v) for k, v in given.items()}, points)


def _called(answer: Any, points: float) -> tuple[Report | None, Any]:
    from backprop.diagnosis import reading
    from backprop.diagnosis.answers import call

    made = call(_NO_ARGUMENTS, answer, ())
    if made.failure is None:
        return None, made.returned
    if made.failure.status == "not attempted":
        return _report("not attempted", 0, points, "not attempted yet: the stub still raises NotImplementedError."), None
    if made.failure.status != "raised":
        return _report(made.failure.status, 0, points, made.failure.text), None
    message, details = reading.of_exception(made.failure, answer, SLIP.id)
    return _report("raised", 0, points, message, details), None


_NO_ARGUMENTS = Question(
    SLIP.id, SLIP.lesson, SLIP.title, "()", SLIP.points, SLIP.parts, (), lambda rng, sizes: (), dict, lambda _: {}, (((),), ((),)), ()
)


def _strange(given: Mapping[Any, Any]) -> str:
    """A sentence on ids that are in neither list; "" where all are."""
    lines = [str(k) for k in given if str(k) not in LINES]
    kinds = [str(v) for v in given.values() if str(v) not in KINDS]
    if lines:
        return f"there is no line {', '.join(lines)}; the lines are {', '.join(LINES)}."
    named = ", ".join(map(repr, dict.fromkeys(kinds)))
    return f"there is no slip {named}; copy the ids from the list that the exercise prints." if kinds else ""


def _judged(given: Mapping[str, str], points: float) -> Report:
    right = {line.id: given.get(line.id) == line.slip for line in _LINES}
    if all(right.values()):
        return _report("correct", points, points, "correct.", parts=tuple(right.items()))
    if len(given) > 1 and len(set(given.values())) == 1:
        return _report("unknown", 0, points, "one and the same slip for every line cannot be right; take them one by one.")
    missing = [id for id in right if id not in given]
    wrong = [id for id, ok in right.items() if not ok and id in given]
    said = [
        f"{'line' if len(ids) == 1 else 'lines'} {', '.join(ids)} {'is' if len(ids) == 1 else 'are'} {what}"
        for ids, what in ((wrong, "not yet right"), (missing, "open"))
        if ids
    ]
    earned = float(np.mean(list(right.values()))) * points
    return _report("unknown", earned, points, f"{'; '.join(said)}.", parts=tuple(right.items()))


def _report(
    status: str, earned: float, points: float, message: str, details: tuple[str, ...] = (), parts: tuple[tuple[str, bool], ...] = ()
) -> Report:
    return Report(SLIP.id, status, earned, points, message, details=details, parts=parts)
