"""Calling a learner's answer and turning what it returns into parts that can be compared."""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from backprop.diagnosis.probes import Arguments
from backprop.diagnosis.questions import Question


class AnswerFailed(Exception):
    """Raised by a callable that stands for an answer elsewhere (in a sandbox), when that answer could not return.

    `status` is one of the statuses (raised, timeout, memory, crashed, too large, not attempted), `message` a sentence.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Failure(NamedTuple):
    """An answer that did not return: its status and what is known about it."""

    status: str
    text: str
    error: BaseException | None = None


class Call(NamedTuple):
    """One call: the arguments as given, those changed by the answer (by name), what came back, or why nothing did."""

    arguments: Arguments
    changed: tuple[str, ...]
    returned: Any
    failure: Failure | None
    shared: bool


class Odd(NamedTuple):
    """A returned part that is no array of numbers: a phrase that says what it is."""

    what: str


Part = Any  # a float64 array, or Odd


class _Nowhere(io.TextIOBase):
    """Where an answer's prints go while it is checked."""

    def write(self, text: str) -> int:
        return len(text)


def call(question: Question, answer: Callable[..., Any], arguments: Arguments) -> Call:
    """Calls the answer with a copy of the arguments and looks at what it did to them."""
    own = copy.deepcopy(arguments)
    returned, failure = None, None
    quiet = contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()), warnings.catch_warnings()
    with quiet[0], quiet[1], quiet[2], np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            returned = answer(*own)
        except NotImplementedError as error:
            failure = Failure("not attempted", str(error), error)
        except AnswerFailed as error:
            failure = Failure(error.status, error.message, error)
        except (Exception, SystemExit) as error:
            failure = Failure("raised", f"{type(error).__name__}: {error}", error)
    changed = tuple(n for n, now, then in zip(question.arguments, own, arguments, strict=True) if not _same(now, then))
    shared = _shared(returned) if failure is None else False
    return Call(arguments, changed, copy_of(returned), failure, shared)


def _same(now: Any, then: Any) -> bool:
    if isinstance(then, list | tuple):
        return isinstance(now, list | tuple) and len(now) == len(then) and all(map(_same, now, then))
    if isinstance(then, np.ndarray):
        return isinstance(now, np.ndarray) and now.shape == then.shape and bool((now == then).all())
    return bool(callable(then) or now == then)


def _shared(returned: Any) -> bool:
    """Whether two of the returned arrays are one piece of memory."""
    if not isinstance(returned, list | tuple):
        return False
    arrays = [r for r in returned if isinstance(r, np.ndarray) and r.size]
    return any(np.may_share_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def copy_of(returned: Any) -> Any:
    """What was returned, safe from later calls that write into the same memory."""
    try:
        return copy.deepcopy(returned)
    except Exception:
        return returned


def parts_of(question: Question, returned: Any, count: int) -> list[Part] | str:
    """The returned parts as float64 arrays, or a sentence that says why they cannot be told apart."""
    if returned is None:
        return "your function returned None. Is its return missing?"
    if count == 1:
        return [_part(returned)]
    several = list(returned) if isinstance(returned, np.ndarray) and returned.ndim else returned
    if isinstance(several, list | tuple) and len(several) == count:
        return [_part(value) for value in several]
    named = ", ".join(question.parts) if count == len(question.parts) else f"{count} arrays"
    return f"expected {count} results ({named}), but received {described(returned)}."


def _part(value: Any) -> Part:
    if value is None or isinstance(value, str | bytes | dict | set) or callable(value):
        return Odd(described(value))
    try:
        array = np.asarray(value)
    except ValueError:
        mixed = isinstance(value, list | tuple) and any(isinstance(v, np.ndarray) for v in value)
        return Odd(f"{described(value)} whose shapes differ" if mixed else "a nested list whose rows differ in length")
    except Exception:  # a class of the learner's own may raise whatever it likes
        return Odd(described(value))
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    if array.dtype.kind not in "fiub":
        return Odd("complex" if array.dtype.kind == "c" else described(value))
    return array if array.dtype.kind == "f" and array.dtype.itemsize <= 8 else array.astype(np.float64)


def described(value: Any) -> str:
    """What was received, in a few words."""
    if value is None:
        return "None"
    if isinstance(value, str | bytes):
        return f"the text {value[:40]!r}"
    if isinstance(value, dict):
        return f"a dict with {len(value)} {'entry' if len(value) == 1 else 'entries'}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" + ("" if value.dtype.kind in "fiub" else f" and type {value.dtype}")
    if isinstance(value, int | float | complex | np.number):
        return "a single number"
    if callable(value) and not isinstance(value, type):
        return "a function, which was not called"
    if isinstance(value, Iterator):
        return f"a {type(value).__name__}, whose values tuple(...) would collect"
    return f"a value of type {type(value).__name__}"


def is_single_precision(parts: Sequence[Part]) -> bool:
    """Whether any part was computed in float32: by its type, or because every value of it fits there exactly."""
    return any(_fits_float32(p) for p in parts if isinstance(p, np.ndarray))


def _fits_float32(part: Any) -> bool:
    if part.dtype.itemsize < 8:
        return bool(part.dtype != np.float16)
    with np.errstate(all="ignore"):
        return bool(part.size and np.isfinite(part).all() and (part != np.round(part)).any() and (part.astype(np.float32) == part).all())
