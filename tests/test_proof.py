"""The proof with lines to fill in: equivalent expressions hold, a wrong line is named with what is wrong about it."""

from __future__ import annotations

import numpy as np
import pytest

from backprop import proof

RIGHT = {"(a)": lambda z, W: z @ W, "(b)": lambda z, W: (z @ W).sum()}


def measured(z: np.ndarray, W: np.ndarray) -> dict[str, object]:
    return {"(a)": [sum(z[i] * W[i, j] for i in range(3)) for j in range(2)], "(b)": float((z[:, None] * W).sum())}


def point(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=3), rng.normal(size=(3, 2))


def said(capsys: pytest.CaptureFixture[str], **lines: object) -> list[str]:
    proof.compare(RIGHT | {f"({name})": line for name, line in lines.items()}, measured, point, rng=0)
    return capsys.readouterr().out.splitlines()


def test_right_lines_hold_in_any_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == ["(a): holds", "(b): holds"]
    assert said(capsys, a=lambda z, W: [float(v) for v in W.T @ z]) == ["(a): holds", "(b): holds"]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (lambda z, W: ..., "still has its dots"),
        (lambda z, W: z @ W + 1e-5, "is off: the shape is right, the values are not"),
        (lambda z, W: W @ z, "is off: it raises ValueError"),
        (lambda z, W: (z @ W)[None], "is off: its shape is (1, 2), the true value's is (2,)"),
        (lambda z, W: "z W", "is off: its value should be numbers, but it is a str"),
        (lambda z, W: z @ W * np.sign(z[0]), "is off: the shape is right, the values are not"),  # right at every other point
    ],
)
def test_only_the_wrong_line_is_off(capsys: pytest.CaptureFixture[str], line: object, verdict: str) -> None:
    first, second = said(capsys, a=line)
    assert first.startswith(f"(a): {verdict}") and second == "(b): holds"
