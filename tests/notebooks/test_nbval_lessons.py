"""nbval, strict, on the lessons: every text output is what the lesson says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path


def test_lessons_give_the_outputs_they_show(nbval: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nbval("--nbval", "lessons")
    assert done.returncode == 0, done.stdout[-6000:]


def test_a_changed_output_is_seen(nbval: Callable[..., subprocess.CompletedProcess[str]], root: Path, tmp_path: Path) -> None:
    text = (root / "lessons/01_one_neuron.ipynb").read_text(encoding="utf-8")
    start = text.index('"output_type": "stream"')
    digit = next(i for i in range(start, len(text)) if text[i].isdigit())
    planted = tmp_path / "planted.ipynb"
    planted.write_text(f"{text[:digit]}{(int(text[digit]) + 1) % 10}{text[digit + 1 :]}", encoding="utf-8")
    done = nbval("--nbval", "-c", "pyproject.toml", str(planted))
    assert done.returncode == 1 and "1 failed" in done.stdout, done.stdout[-3000:]
