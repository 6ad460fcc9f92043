"""`check`: asks an answer about fresh probes and says what it did. Never a guess: a wrong diagnosis is worse than none."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backprop.diagnosis import paste, points, reading
from backprop.diagnosis.answers import Call, Odd, call, described, parts_of
from backprop.diagnosis.catalogue import MISTAKES
from backprop.diagnosis.compare import Evidence, evidence, gather
from backprop.diagnosis.explain import Explanation, explanations, whereabouts, would_fail
from backprop.diagnosis.questions import COMPUTED, QUESTIONS, Question
from backprop.diagnosis.report import Compared, Report

SOFT = ("raised",)  # failures after which other sizes are worth a try

_reports: dict[str, Report] = {}  # the last report on each question in this session, for `progress`


def check(question: str, answer: Callable[..., Any], seed: int | None = None, *, points: float | None = None) -> Report:
    """Calls `answer` on fresh random probes and reports what it did: correct, which mistake, or what is off.

    question is an id such as "hidden_error", answer the function that was written for it, seed a number that repeats the same probes,
    points what it is worth (default: as many as the question has). Returns a Report (no units). Raises ValueError for an unknown
    question id, with the near matches. Source: the exercises; `MISTAKES`. In a notebook this is a tutor, not a security boundary: the
    answer runs in your own session. `backprop check` runs it in a process of its own, `backprop grade` in a sandbox.
    """
    known(question)
    maximum = _maximum(question) if points is None else points
    if question == "find_the_slip":
        from backprop.diagnosis.slips_quiz import check_slips

        report = check_slips(answer, maximum)
    else:
        report = _Check(COMPUTED[question], answer, np.random.default_rng(seed), maximum).report()
    _reports[question] = report
    return report


def reports() -> dict[str, Report]:
    """The last report on each question in this session."""
    return dict(_reports)


def known(question: str) -> str:
    """The question id, if there is such a question."""
    if question in QUESTIONS:
        return question
    near = difflib.get_close_matches(str(question), list(QUESTIONS), n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}?" if near else f"the questions are {', '.join(QUESTIONS)}."
    raise ValueError(f"There is no question {question!r}; {meant}")


def _maximum(question: str) -> float:
    from backprop.diagnosis.course import points_of

    return points_of(question)


class _Check:
    """One check on its way: the question, the answer, and where its random numbers come from."""

    def __init__(self, question: Question, answer: Any, rng: np.random.Generator, maximum: float) -> None:
        self.question, self.answer, self.rng, self.maximum = question, answer, rng, maximum

    def report(self) -> Report:
        if not callable(self.answer):
            text = f"your answer is {described(self.answer)}, not a function. Give check the function itself, without calling it."
            return self._plain("shape", text)
        first = gather(self.question, self.answer, self._probe(self._pick(self.families()[0])))
        moved = self._moved(first)
        if moved is not None:
            return moved
        evidence = [first, *self._further(first)]
        failed = next((e for e in evidence if e.call.failure is not None), None)
        if failed is not None:
            return self._failed(failed, evidence)
        return self._returned(evidence)

    # --- gathering ---

    def _probe(self, sizes: Any) -> Any:
        return self.question.probe(self.rng, sizes)

    def _pick(self, family: Sequence[Any]) -> Any:
        return family[int(self.rng.integers(len(family)))]

    def families(self) -> list[Any]:
        """The two families of sizes, in an order that differs from check to check."""
        if not hasattr(self, "_families"):
            self._families = [self.question.rectangles[i] for i in self.rng.permutation(2)]
        return self._families

    def _further(self, first: Evidence) -> list[Evidence]:
        """A probe of other sizes and the extreme ones; nothing more once the first call has ended badly for good."""
        if first.call.failure is not None and first.call.failure.status not in SOFT:
            return []
        return [gather(self.question, self.answer, self._probe(self._pick(self.families()[1]))), *self._extremes()]

    def _extremes(self) -> list[Evidence]:
        make = self.question.extremes
        if make is None:
            return []
        return [gather(self.question, self.answer, arguments, extreme=True) for arguments in make(self.rng, (2, 3))]

    # --- an answer that did not return ---

    def _failed(self, failed: Evidence, evidence: list[Evidence]) -> Report:
        failure = failed.call.failure
        assert failure is not None
        if failure.status == "not attempted":
            return self._plain("not attempted", "not attempted yet: the stub still raises NotImplementedError.")
        if failure.status not in SOFT:
            return self._plain(failure.status, failure.text)
        if not failed.extreme:
            found = self._rescued(evidence)
            if found:
                return self._explained(found, evidence, [False] * len(failed.right), reading.where_raised(failure, self.answer))
        elif not any(e.call.failure for e in evidence if not e.extreme):
            return self._returned(evidence)
        message, details = reading.of_exception(failure, self.answer, self.question.id)
        return self._plain("raised", message, details=details, probe=paste.failing(self.question, self.answer, self.rng))

    def _rescued(self, rectangles: list[Evidence]) -> list[Explanation]:
        """Explanations from sizes on which a wrong product gives values; each must fail where the answer failed.

        What the values show must be all of it: where something that would not have failed explains them as well, nothing is claimed.
        """
        for group in self.question.squares:
            tried = [gather(self.question, self.answer, self._probe(sizes)) for sizes in group]
            if all(isinstance(e.got, list) for e in tried[:2]) and not all(e.all_right for e in tried):
                found = explanations(tried, group)
                if found and all(would_fail(explanation, rectangles) for explanation in found):
                    return found
        return []

    # --- an answer that returned ---

    def _returned(self, evidence: list[Evidence]) -> Report:
        untold = next((e.got for e in evidence if isinstance(e.got, str)), None)
        if untold is not None:
            return self._plain("shape", untold)
        right = [all(e.got is not None and e.is_right(part) for e in evidence) for part in range(len(evidence[0].right))]
        if not all(right):
            return self._wrong(evidence)
        return self._moved(evidence[0]) or self._right(evidence)

    def _earned(self, evidence: list[Evidence]) -> list[bool]:
        """The parts that are right, given the learner's own upstream, on every probe."""
        judged = [points.right_parts(e) for e in evidence]
        return [all(flags) for flags in zip(*judged, strict=True)]

    def _wrong(self, evidence: list[Evidence]) -> Report:
        earned = self._earned(evidence)
        found = explanations(evidence)
        changed = self._changed(evidence)
        if found:
            if not changed or "in-place" not in MISTAKES or len(found) > 1 or len(found[0]) > 1:
                return self._explained(found, evidence, earned)
            return self._explained([found[0] | {"in-place"}], evidence, earned, told={"in-place": reading.changes(changed)})
        if changed or self._shares(evidence):
            more = ("The values are off as well; mend this first.",) if changed else ()
            return self._breach("in-place", changed, evidence, earned, more)
        off = reading.shapes(evidence[0])
        if off is not None:
            return self._plain("shape", off[0], details=off[1:], parts=earned, evidence=evidence)
        message, details = reading.unknown(evidence)
        return self._plain("unknown", message, details=details, parts=earned, evidence=evidence)

    def _right(self, evidence: list[Evidence]) -> Report:
        every = [True] * len(evidence[0].right)
        changed = self._changed(evidence)
        if changed:
            return self._breach("in-place", changed, evidence, every)
        for sizes in self.question.further:
            e = gather(self.question, self.answer, self._probe(sizes))
            if not isinstance(e.got, list) or not all(e.is_right(part) for part in range(len(e.right))):
                return self._plain("unknown", *reading.further(self.question, e))
        return self._alone(every) or self._plain("correct", "correct.", parts=every)

    def _alone(self, every: list[bool]) -> Report | None:
        """A report on an answer that is right for batches but not for one example, where the question allows both: it costs a part."""
        if self.question.alone is None:
            return None
        batch = self._probe((1, *self.families()[0][0][1:]))
        made = call(self.question, self.answer, self.question.alone(batch))
        if evidence(self.question, made._replace(arguments=batch)).all_right:
            return None
        return replace(self._plain("unknown", *reading.alone(made.failure)), points=round(self.maximum * (len(every) - 1) / len(every), 10))

    # --- contracts ---

    def _changed(self, evidence: list[Evidence]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for e in evidence for name in e.call.changed))

    def _shares(self, evidence: list[Evidence]) -> bool:
        """layer_forward: z and a are one piece of memory, and z is gone."""
        first = evidence[0]
        return self.question.id == "layer_forward" and first.call.shared and not first.is_right(0) and first.is_right(1)

    def _moved(self, first: Evidence) -> Report | None:
        """A report on an answer that changes from call to call."""
        if first.call.failure is not None or _same_returns(self.question, first.call, self._call_again(first)):
            return None
        values = [self._values(self._call_again(first), len(first.right)) for _ in range(3)]
        if _adds_up(values):
            return self._breach("not-reset", (), [first], [self._step_right(first, values)] * len(first.right))
        text = "your answer is not the same when it is called again with the same arguments."
        detail = "It depends on something besides its arguments: a global name, a random number, or what an earlier call left behind."
        return self._plain("unknown", text, details=(detail,))

    def _call_again(self, first: Evidence) -> Call:
        return call(self.question, self.answer, first.arguments)

    def _values(self, made: Call, count: int) -> list[Any] | None:
        parts = None if made.failure else parts_of(self.question, made.returned, count)
        return parts if isinstance(parts, list) and all(isinstance(p, np.ndarray) for p in parts) else None

    def _step_right(self, first: Evidence, values: Any) -> bool:
        """Whether what each call adds is the right answer."""
        added = [b - a + c for a, b, c in zip(values[0], values[1], first.centre, strict=True)]
        return all(first.agrees(got, want, i, 1e-7) for i, (got, want) in enumerate(zip(added, first.right, strict=True)))

    def _breach(self, id: str, changed: Sequence[str], evidence: list[Evidence], earned: list[bool], more: tuple[str, ...] = ()) -> Report:
        """A broken contract costs one part, or as many as arguments were changed."""
        right = [True] * sum(earned) + [False] * (len(evidence[0].right) - sum(earned))
        share = max(0, sum(right) - max(1, len(changed)))
        points = share / len(right) * self.maximum
        if id not in MISTAKES:
            return self._make("unknown", "your function leaves something changed behind.", points, details=more)
        found = reading.of_mistake(id, self.question.id, reading.breach(id, changed))
        return self._make("mistake", reading.named([found]), points, mistakes=(id,), details=more, readings=(found,))

    # --- reports ---

    def _explained(
        self, found: list[Explanation], evidence: list[Evidence], earned: list[bool], details: tuple[str, ...] = (),
        told: Mapping[str, str] | None = None,
    ) -> Report:  # fmt: skip
        """A report on mistakes that explain the answer; `told` has sentences that are more exact than the catalogue's."""
        id, ids = self.question.id, [reading.in_order(e) for e in found]
        every = [m for m in dict.fromkeys(m for e in ids for m in e) if m in MISTAKES]
        readings = tuple(reading.of_mistake(m, id, (told or {}).get(m, "")) for m in every)
        more: dict[str, Any] = {"parts": earned, "evidence": evidence}
        if len(ids) > 1:
            return self._plain("ambiguous", reading.one_of(ids, id), candidates=tuple(ids), readings=readings, details=details, **more)
        message, where = reading.named(readings), self._places(found[0], evidence)
        if len(readings) == 1:
            details += tuple(where.values())
        else:
            readings = tuple(replace(r, says=f"{r.says} {where.get(r.id, '')}".rstrip()) for r in readings)
        return self._plain("mistake", message, mistakes=ids[0], readings=readings, details=details, **more)

    def _places(self, found: Explanation, evidence: list[Evidence]) -> dict[str, str]:
        """In which layers each mistake was made, where there are several layers and it is certain."""
        if not self.question.backward or not isinstance(evidence[0].got, list):
            return {}
        return reading.places(whereabouts(found - {"in-place"}, evidence))

    def _plain(
        self, status: str, message: str, details: tuple[str, ...] = (), parts: Sequence[bool] = (), evidence: Sequence[Evidence] = (),
        **more: Any,
    ) -> Report:  # fmt: skip
        names = self._part_names(evidence[0]) if evidence else self.question.parts
        earned = self.maximum * sum(parts) / len(parts) if len(parts) else 0.0
        if evidence:
            more |= {"compared": self._compared(evidence), "probe": paste.failing(self.question, self.answer, self.rng)}
        return self._make(status, message, earned, details=details, parts=tuple(zip(names, parts, strict=False)), **more)

    def _part_names(self, e: Evidence) -> tuple[str, ...]:
        return self.question.parts if len(e.right) == len(self.question.parts) else tuple(f"part {i}" for i in range(len(e.right)))

    def _compared(self, evidence: Sequence[Evidence]) -> Compared | None:
        for e in evidence:
            for part in e.order:
                if isinstance(e.got, list) and not e.is_right(part):
                    received, digits = e.got[part], reading.decimals(e.right[part], e.got[part])
                    shown = received.what if isinstance(received, Odd) else reading.numbers(received, digits)
                    return Compared(self.question.parts[part], reading.numbers(e.right[part], digits), shown)
        return None

    def _make(self, status: str, message: str, earned: float, **more: Any) -> Report:
        return Report(self.question.id, status, round(earned, 10), self.maximum, message, **more)


def _same_returns(question: Question, one: Call, other: Call) -> bool:
    if one.failure or other.failure:
        return bool(one.failure) == bool(other.failure)
    try:
        return _equal(one.returned, other.returned)
    except Exception:  # what cannot be compared is not held against the answer
        return True


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, str | dict | None) or isinstance(b, str | dict | None):
        return bool(a == b)
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind not in "fiubc" or b.dtype.kind not in "fiubc":
        return True
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))


def _adds_up(values: Sequence[list[Any] | None]) -> bool:
    """Whether each call added the same amount, not zero, to what the one before returned."""
    one, two, three = values
    if one is None or two is None or three is None:
        return False
    if any(a.shape != b.shape or b.shape != c.shape for a, b, c in zip(one, two, three, strict=True)):
        return False
    steps = [(b - a, c - b) for a, b, c in zip(one, two, three, strict=True)]
    return any(s.any() for s, _ in steps) and all(np.allclose(s, t, rtol=1e-6, atol=1e-9) for s, t in steps)
