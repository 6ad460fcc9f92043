"""A failing probe as code: small sizes, numbers of one decimal, still failing when pasted into a cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop.diagnosis.compare import gather
from backprop.diagnosis.probes import Arguments, Source
from backprop.diagnosis.questions import Question
from backprop.diagnosis.reading import decimals

TRIES = 3


def failing(question: Question, answer: Any, rng: np.random.Generator) -> str:
    """Code for a small call that this answer gets wrong; "" where none was found."""
    for sizes in (*[question.small] * TRIES, *question.rectangles[0][:1], *question.rectangles[1][:1]):
        arguments = rounded(question.probe(rng, sizes))
        e = gather(question, answer, arguments)
        if not isinstance(e.got, list):
            return call_text(question, arguments)
        wrong = [part for part in e.order if not e.is_right(part)]
        if wrong:
            names = question.parts if len(question.parts) == len(e.right) else tuple(f"W[{k}]" for k in range(len(e.right)))
            return call_text(question, arguments, *(f"{names[i]} should be {_expected(e.right[i])}" for i in wrong[:1]))
    return _extreme(question, answer, rng)


def _extreme(question: Question, answer: Any, rng: np.random.Generator) -> str:
    for arguments in question.extremes(rng, question.small) if question.extremes else []:
        e = gather(question, answer, rounded(arguments), extreme=True)
        if not isinstance(e.got, list) or not e.is_right(0):
            return call_text(question, e.arguments, f"{question.parts[0]} should be {_expected(e.right[0])}")
    return ""


def _expected(value: Any) -> str:
    digits = decimals(value)
    rounded = np.round(np.asarray(value), digits) + 0.0
    text = np.array2string(rounded, precision=digits, suppress_small=True, separator=", ", max_line_width=10_000, threshold=200)
    return text.replace("\n", "")


def rounded(value: Any) -> Any:
    """The same with one decimal everywhere."""
    if isinstance(value, list | tuple):
        return type(value)(rounded(v) for v in value)
    if isinstance(value, np.ndarray):
        return _rounded_targets(value)
    return round(value, 1) if isinstance(value, float) else value


def _rounded_targets(value: np.ndarray[Any, Any]) -> Any:
    """One decimal; rows that sum to 1 still do."""
    new = np.round(value, 1) + 0.0
    if value.ndim == 2 and (value > 0).all() and np.allclose(value.sum(axis=1), 1):
        new[:, -1] = np.round(1 - new[:, :-1].sum(axis=1), 1)
    return new


def call_text(question: Question, arguments: Arguments, *comments: str) -> str:
    """The arguments as assignments, the call, and what it should give."""
    lines = ["import numpy as np", ""] if "np." in _text(arguments) else []
    for name, value in zip(question.arguments, arguments, strict=True):
        lines += (
            value.source.removeprefix("import numpy as np\n\n").rstrip().splitlines()
            if isinstance(value, Source)
            else [f"{name} = {_text(value)}"]
        )
    lines.append(f"{question.id}({', '.join(question.arguments)})")
    return "\n".join(lines + [f"# {comment}" for comment in comments])


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"np.array({np.round(value, 6).tolist()})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return f"[{', '.join(map(_text, value))}]"
    return "np.array" if isinstance(value, Source) else repr(value)
