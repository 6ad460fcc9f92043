"""Words for what was seen: names of mistakes, shapes, exceptions, and what is off when no mistake is known."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from backprop.diagnosis.answers import AnswerFailed, Failure, Odd
from backprop.diagnosis.catalogue import MISTAKES
from backprop.diagnosis.compare import Evidence
from backprop.diagnosis.explain import EVERYWHERE, Explanation
from backprop.diagnosis.points import own_delta
from backprop.diagnosis.questions import Question
from backprop.diagnosis.report import Reading

Text = tuple[str, tuple[str, ...]]


def of_mistake(id: str, question: str, says: str = "") -> Reading:
    """What the catalogue says about one mistake in this question; `says` where more is known about it."""
    words = MISTAKES[id].words(question)
    return Reading(id, says or words.says, words.look, words.why)


def in_order(explanation: Explanation) -> tuple[str, ...]:
    """The ids of an explanation in the catalogue's order."""
    order = {id: i for i, id in enumerate(MISTAKES)}
    return tuple(sorted(explanation, key=lambda id: (order.get(id, len(order)), id)))


def says(id: str, question: str = "") -> str:
    """The sentence that names a mistake, without its full stop."""
    return MISTAKES[id].words(question).says.rstrip(".") if id in MISTAKES else id


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _short(sentence: str) -> str:
    """What a sentence says before its colon, to stand beside others."""
    return _lower(sentence.partition(":")[0].rstrip("."))


def named(readings: Sequence[Reading]) -> str:
    """One line for one mistake or two."""
    if len(readings) == 1:
        return _lower(readings[0].says)
    return f"two mistakes together: {'; and '.join(_short(r.says) for r in readings)}."


def breach(id: str, changed: Sequence[str]) -> str:
    """What is known about a broken contract beyond the catalogue's sentence."""
    if id != "in-place":
        return ""
    return changes(changed) if changed else "Your z and a share their memory: what was written into a stands in z as well."


def changes(names: Sequence[str]) -> str:
    """The sentence on arguments that an answer changed."""
    return f"Your function changes its argument{'s' if len(names) > 1 else ''} {' and '.join(names)}."


def places(where: Mapping[str, set[str]]) -> dict[str, str]:
    """For each mistake the sentence that says in which layers it was made, where that is certain."""
    sure = {id: next(iter(layers)) for id, layers in where.items() if len(layers) == 1}
    return {id: f"It is in {_layers(ks)}." for id, ks in sure.items() if ks}


def _layers(numbers: str) -> str:
    """ "1" -> layer 1; "13" -> layers 1 and 3; EVERYWHERE -> where a factor of the output's error may stand."""
    if numbers == EVERYWHERE:
        return "the output's δ, or in all gradients alike"
    most, last = [*numbers[:-1]], numbers[-1]
    return f"layers {', '.join(most)} and {last}" if most else f"layer {last}"


def one_of(candidates: Sequence[Sequence[str]], question: str = "") -> str:
    """One line for several explanations that fit equally well."""
    several = "; or ".join(" and ".join(_short(says(id, question)) for id in ids) for ids in candidates[:3])
    left = len(candidates) - 3
    more = ("; or one more" if left == 1 else f"; or one of {left} more") if left > 0 else ""
    return f"one of these, which give the same numbers: {several}{more}."


def numbers(value: Any, decimals: int = 4) -> str:
    """An array as a learner reads it."""
    rounded = np.round(np.asarray(value, dtype=np.float64), decimals) + 0.0  # and no -0.
    return np.array2string(rounded, precision=decimals, suppress_small=True, max_line_width=60, threshold=60)


def decimals(expected: Any, received: Any = None) -> int:
    """As many as show three digits of the largest number, and two of the largest difference; never fewer than four."""
    needed = 2 - _magnitude(expected)
    if isinstance(received, np.ndarray) and received.shape == np.shape(expected):
        needed = max(needed, 1 - _magnitude(received - expected))
    return min(max(4, needed), 15)


def _magnitude(value: Any) -> int:
    """The power of ten of the largest finite number; 0 where there is none."""
    sizes = np.abs(value)[np.isfinite(value)]
    return int(np.floor(np.log10(sizes.max()))) if sizes.any() else 0


# --- shapes -------------------------------------------------------------------------------------------------------------------


def shapes(e: Evidence) -> tuple[str, ...] | None:
    """What is wrong with the shapes of the parts: one line and details; None where all shapes are right."""
    assert isinstance(e.got, list)
    wrong = [i for i in e.order if not isinstance(e.got[i], np.ndarray) or e.got[i].shape != np.shape(e.right[i])]
    swapped = _swapped(e)
    if swapped:
        return (f"the values are right but in another order: expected ({', '.join(e.question.parts)}), received ({', '.join(swapped)}).",)
    if not wrong:
        return None
    lines = [_shape_line(e, i) for i in wrong]
    return lines[0], *lines[1:]


def _swapped(e: Evidence) -> tuple[str, ...] | None:
    """The names in the order in which they came, where that is all that is wrong."""
    count = len(e.right)
    assert isinstance(e.got, list)
    if not 1 < count <= 4:
        return None
    for where in permutations(range(count)):
        if all(e.agrees(e.got[i], e.right[j], j, e.tolerance(e.question.tolerance)) for i, j in enumerate(where)):
            return tuple(e.question.parts[j] for j in where)
    return None


def _shape_line(e: Evidence, i: int) -> str:
    assert isinstance(e.got, list)
    name, got, want = e.question.parts[i], e.got[i], e.right[i]
    if isinstance(got, Odd):
        return f"{name} is {got.what}; expected {_real_numbers(want) if got.what == 'complex' else _kind(want, 'an array of shape')}."
    came = f"has the shape {got.shape}" if got.ndim else "is a single number"
    line = f"{name} {came}; expected {_kind(want, 'the shape')}."
    same = _same_numbers(e, i)
    return line + (f" {same}" if same else "")


def _kind(want: Any, words: str) -> str:
    return f"{words} {np.shape(want)}" if np.ndim(want) else "a single number"


def _real_numbers(want: Any) -> str:
    return f"real numbers in the shape {np.shape(want)}" if np.ndim(want) else "a single real number"


def _same_numbers(e: Evidence, i: int) -> str:
    """Whether the right values are there in another shape."""
    assert isinstance(e.got, list)
    got, want = e.got[i], np.asarray(e.right[i])
    tolerance = e.tolerance(e.question.tolerance)
    if got.size != want.size:
        return _right_when_summed(e, i, tolerance) or _one_an_example(e, i)
    if e.agrees(got.reshape(want.shape), want, i, tolerance):
        return "Its values are right."
    return "Its values are right, but transposed." if got.ndim == 2 and e.agrees(got.T, want, i, tolerance) else ""


def _right_when_summed(e: Evidence, i: int, tolerance: float) -> str:
    """Whether only a sum is missing, or one too many was made."""
    assert isinstance(e.got, list)
    got, want = e.got[i], np.asarray(e.right[i])
    for axis, words in ((None, "Its sum is right"), (0, "Its sum over axis 0 is right")):
        if got.ndim and e.agrees(np.asarray(got.sum(axis=axis)), want, i, tolerance):
            return f"{words}: only that sum is missing."
    return next((f"It is the right one summed over axis {a}; no sum is due." for a in range(want.ndim) if _is(got, want.sum(axis=a))), "")


def _is(got: Any, summed: Any) -> bool:
    return bool(got.size == summed.size and np.allclose(got.ravel(), summed.ravel(), rtol=1e-6))


def _one_an_example(e: Evidence, i: int) -> str:
    """Whether a bias gradient has as many numbers as there are examples."""
    assert isinstance(e.got, list)
    if e.question.parts[i].startswith("db") and e.got[i].shape == (e.values.given.get("N"),):
        return "That is one number an example; a bias has one a unit, the sum over axis=0."
    return ""


# --- no known mistake -----------------------------------------------------------------------------------------------------------


def unknown(evidence: Sequence[Evidence]) -> Text:
    """Not a mistake that is known: the first quantity that is off, and facts about it."""
    plain = [e for e in evidence if not e.extreme]
    off = next(filter(None, map(_first_off, plain)), None)
    if off is None:
        return _only_extreme(evidence)
    name, part = off
    return f"not a mistake I know. The first quantity that is off is {name}.", _facts(plain, part)


def _first_off(e: Evidence) -> tuple[str, int] | None:
    """The first quantity that is off, as a name and a part; delta where dW and db agree on a delta of their own."""
    if not isinstance(e.got, list):
        return None
    for part in e.order:
        if not e.is_right(part):
            k = part + 1 if "absorbed" in e.question.tags else part // 2 + 1
            if e.question.backward and own_delta(e, k) is not None:
                return f"delta{k} (your gradients of layer {k} fit together, with another delta)", part
            return e.question.parts[part], part
    return None


def _only_extreme(evidence: Sequence[Evidence]) -> Text:
    e = next(e for e in evidence if e.extreme and not (isinstance(e.got, list) and all(e.is_right(i) for i in range(len(e.right)))))
    row = numbers(e.arguments[0][_first_row_off(e)])
    return "right for ordinary z, but not for logits near ±1000.", (f"A row that shows it is z = {row}.",)


def _first_row_off(e: Evidence) -> int:
    """The first row that is not right, where the answer has a row for each of z's; else the first."""
    z, got = e.arguments[0], e.got[0] if isinstance(e.got, list) else None
    if not isinstance(got, np.ndarray) or got.shape != z.shape:
        return 0
    return int(np.argmin(np.isclose(got, e.right[0], rtol=1e-6).all(axis=1)))


Pairs = list[tuple[Any, Any]]  # for each probe what came, and what is right


def _facts(evidence: Sequence[Evidence], part: int) -> tuple[str, ...]:
    """What can be said for certain about a part that is off: unchanged, zero, a constant ratio, the right numbers in other places."""
    told = [e for e in evidence if isinstance(e.got, list) and isinstance(e.got[part], np.ndarray)]
    pairs: Pairs = [(e.got[part], np.asarray(e.right[part])) for e in told]  # type: ignore[index]  # their got is a list
    if len(pairs) < 2 or any(g.shape != w.shape or not np.isfinite(g).all() for g, w in pairs):
        return ()
    if evidence[0].question.centre:
        return _facts_of_steps([(g - e.centre[part], w - e.centre[part]) for e, (g, w) in zip(told, pairs, strict=True)], told)
    if all(not g.any() for g, _ in pairs):
        return ("All of it is 0.", *ALL_ZERO.get(evidence[0].question.id, ()))
    return _fact_of_ratios(pairs) or _fact_of_places(pairs)


ALL_ZERO = {
    "complex_step_gradient": ("An imaginary step that is put into a float array is dropped: make a complex copy of theta first.",),
}


def _facts_of_steps(steps: Pairs, told: Sequence[Evidence]) -> tuple[str, ...]:
    """Facts about a new value beside the old one."""
    if all(not g.any() for g, _ in steps):
        return ("It came back as it was: no step was made.",)
    ratios = _ratios(steps)
    rates = [e.values.given.get("eta") or e.values.given.get("alpha") or 0.0 for e in told]
    if ratios and all(abs(r * rate - 1) < 1e-6 for r, rate in zip(ratios, rates, strict=True)):
        return ("The learning rate is missing from the step.",)
    return _fact_of_ratios(steps, "Its step")


def _ratios(pairs: Pairs) -> list[float]:
    """On each probe how many times the right one it is; [] where it is no multiple of it."""
    ratios = [float(np.vdot(g, w) / np.vdot(w, w)) for g, w in pairs]
    every = all(np.linalg.norm(g - r * w) < 1e-9 * np.linalg.norm(w) for (g, w), r in zip(pairs, ratios, strict=True))
    return ratios if every else []


def _fact_of_ratios(pairs: Pairs, what: str = "It") -> tuple[str, ...]:
    ratios = _ratios(pairs)
    if not ratios:
        return ()
    if np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        return (f"{what} is the right one{_times(ratios[0])}.",)
    if any(g.size == 1 for g, _ in pairs):
        return ()  # one number is a multiple of any other
    return (f"{what} is the right one times {' and '.join(f'{r:.4g}' for r in ratios)} on two probes.",)


def _times(factor: float) -> str:
    return " with its sign turned round" if abs(factor + 1) < 1e-6 else f" times {factor:.4g}"


def _fact_of_places(pairs: Pairs) -> tuple[str, ...]:
    if any(g.size < 2 for g, _ in pairs):
        return ()
    if all(np.allclose(np.sort(g.ravel()), np.sort(w.ravel()), rtol=1e-9) for g, w in pairs):
        return ("The numbers are right but stand in other places.",)
    if all(np.allclose(g.ravel(), np.cumsum(w), rtol=1e-9) for g, w in pairs):
        return ("Each number is the sum of the right ones up to it: something is not started afresh in your loop.",)
    return ()


def further(question: Question, e: Evidence) -> Text:
    """Right on the usual sizes, not on these."""
    sizes = f"{len(e.arguments[0])} layers" if "absorbed" in question.tags else ", ".join(map(_size, question.arguments, e.arguments))
    if e.call.failure is not None:
        return f"right at first, but it fails for other sizes ({sizes}).", (e.call.failure.text,)
    return f"right at first, but not for other sizes ({sizes}).", ()


def alone(failure: Failure | None) -> Text:
    """Right for a batch, not for one example on its own."""
    advice = "np.atleast_2d makes a batch of one out of it, and leaves a batch as it is."
    return "right for a batch x (N, n_in), but not for one example x (n_in,) with its y (n_out,).", (*_text(failure), advice)


def _text(failure: Failure | None) -> tuple[str, ...]:
    return (f"There your function raised {failure.text}",) if failure is not None else ()


def _size(name: str, value: Any) -> str:
    return f"{name}: {np.shape(value)}" if np.ndim(value) else f"{name} = {value}"


# --- exceptions -----------------------------------------------------------------------------------------------------------------

CAUSES: tuple[tuple[str, str], ...] = (
    (r"broadcast.*shapes \((\d+),\d+\) \(\1,\)", "A sum or maximum over each row lost its axis: "
     "keepdims=True keeps it, so that the shapes fit."),
    (r"number of dimensions|must match exactly|concatenation axis", "Arrays are put together that do not fit: np.vstack puts "
     "a row under a matrix, np.hstack a column beside it."),
    (r"matmul|not aligned|core dimension", "A matrix product whose inner sizes differ: write the shape under each factor; often a "
     "transpose is missing, or the factors are the wrong way round."),
    (r"could not be broadcast|broadcast together", "Two arrays whose shapes do not fit element by element: write the shape of each; "
     "one may need a transpose, or a sum over axis=0."),
    (r"NameError|is not defined|UnboundLocalError", "A name that does not exist inside your function: a typing slip, or a variable of the "
     "notebook that is not an argument."),
    (r"IndexError|out of bounds|out of range", "An index beyond the end: loops run over range(n), and w_next[j][m] goes from "
     "unit j to unit m."),
    (r"OverflowError|math range", "A number too large for eᶻ: subtract the largest z first."),
    (r"math domain|ZeroDivision|division by zero|positive input", "A logarithm of 0 or a division by 0."),
    (r"can't multiply sequence|unsupported operand.*(list|tuple)", "A whole list or tuple stands where one array is meant: loop "
     "over a tuple of arrays (as params and grads are); np.asarray makes a list of numbers an array."),
    (r"<lambda>\(\) missing 1 required positional argument: 'a'", "The slope of an activation takes z and a: bp.sigmoid.df(z, a)."),
    (r"takes \d+ positional|missing \d+ required", "The function takes other arguments than the question gives: compare the first line "
     "with the question's."),
    (r"bitwise_xor|unsupported operand type\(s\) for \^", "A power is written a ** 2; ^ is another operation."),
    (r"inhomogeneous", "Arrays of different shapes make no common array: return them as a tuple, and sum each by itself."),
    (r"only.*scalar|only length-1|truth value of an array|setting an array element", "A whole array where a single number is expected: "
     "np.exp takes arrays, math.exp and if take one number."),
    (r"read-only|cannot cast|Cannot cast", "An array is written to that has another type or may not be changed: make a new one instead."),
    (r"RecursionError", "The function calls itself without end."),
    (r"'Activation' object is not callable", "bp.sigmoid (or bp.tanh) holds two functions: bp.sigmoid.f(z) is the activation, "
     "bp.sigmoid.df(z, a) its slope."),
    (r"object is not callable", "A product needs its sign: a * (1 - a), since a(1 - a) calls a as a function."),
    (r"'(list|tuple)' object has no attribute|list indices must be", "A list is no array: loop over it, or make an array of it with "
     "np.array."),
    (r"AttributeError|has no attribute", "A name after the dot that this value does not have: see what it is with type(...)."),
    (r"ModuleNotFoundError|ImportError", "A package that is not there: NumPy is all that is needed."),
)  # fmt: skip


def of_exception(failure: Failure, answer: Callable[..., Any], question: str = "") -> Text:
    """One line and details for an answer that raised: its own line, and the usual cause."""
    line = own_line(failure.error, answer)
    cause = usual_cause(failure.text, question)
    text = failure.text.strip().splitlines()[0][:300] if failure.text.strip() else "an exception"
    where = (f"It happened in line {line[0]}: {line[1]}",) if line else ()
    return f"your function raised {text}", (*where, *((f"Usual cause: {cause}",) if cause else ()))


def where_raised(failure: Failure, answer: Callable[..., Any]) -> tuple[str, ...]:
    """The line that raised, for a mistake that is known."""
    line = own_line(failure.error, answer)
    return (f"It raises {failure.text.partition(':')[0]} in line {line[0]}: {line[1]}",) if line else ()


def usual_cause(text: str, question: str) -> str | None:
    """What most often lies behind such an exception."""
    sizes = re.search(r"broadcast.*shapes \(\d+,(\d+)\) \(\d+,(\d+)\)", text) or re.search(r"size (\d+) is different from (\d+)", text)
    if question == "fit_partial" and sizes and abs(int(sizes[1]) - int(sizes[2])) == 1:
        return ONE_MORE
    if question == "find_the_slip" and "NameError" in text:
        return "The ids are texts: they stand in quotes."
    return next((cause for pattern, cause in CAUSES if re.search(pattern, text)), None)


ONE_MORE = (
    "One of the two has one more, and the bias may be it: on the way forward a 1 is appended to what enters each layer; on the way back "
    "the bias row of W is left out, W[k][:-1], since the appended 1 is no unit and has no error."
)


def own_line(error: BaseException | None, answer: Callable[..., Any]) -> tuple[int, str] | None:
    """The learner's own line: the innermost frame of the file (or cell) that the answer was written in; None for one that ran elsewhere."""
    if error is None or isinstance(error, AnswerFailed):
        return None
    code = getattr(answer, "__code__", None) or getattr(type(answer).__dict__.get("__call__"), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if code is not None and f.filename == code.co_filename] or [f for f in frames if not _ours(f.filename)]
    if not own:
        return None
    last = own[-1]
    source = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return (last.lineno or 0, source) if source else None


def _ours(filename: str) -> bool:
    path = filename.replace("\\", "/")
    return "/backprop/" in path or "/numpy/" in path or path.startswith("<frozen")
