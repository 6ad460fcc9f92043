"""The house rules that a tool can hold: lint, format, built notebooks, and what the files may say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True)


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff(root: Path, words: tuple[str, ...]) -> None:
    done = run(root, "-m", "ruff", *words, ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy(root: Path) -> None:
    done = run(root, "-m", "mypy", "backprop")
    assert done.returncode == 0, done.stdout + done.stderr


BARE = re.compile(r"# type: ignore(\[[^]]*\])?\s*$")  # an excuse without a reason behind it


def test_the_speeds_in_the_readme_are_those_of_the_benchmarks(root: Path) -> None:
    readme, benchmarks = ((root / name).read_text(encoding="utf-8") for name in ("README.md", "BENCHMARKS.md"))
    said = re.search(r"called once a step \(float64\): at (.+), ([\d.]+) µs against ([\d.]+), ([\d.]+) and ([\d.]+)\.", readme)
    block = benchmarks.split("### One training step, float64")[1].split("\n\n")[1]
    head, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines())
    assert said
    times = {row[0]: row[head.index(said[1])] for row in rows}
    assert list(said.groups()[1:]) == [times[name] for name in ("fit", "PyTorch eager", "JAX jit", "scikit-learn")]


def test_every_excuse_from_the_types_has_its_reason(root: Path) -> None:
    files = [path for folder in ("backprop", "bench", "tests", "tools") for path in (root / folder).rglob("*.py")]
    lines = [f"{path}: {line}" for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert not [line for line in lines if BARE.search(line)]
    assert all(BARE.search(line) for line in ("x = f()  # type: ignore[misc]", "x = f()  # type: ignore"))


def test_notebooks_are_what_their_sources_say(root: Path) -> None:
    done = run(root, "tools/notebooks.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_line_is_what_ci_runs(root: Path) -> None:
    readme, gate = (root / "README.md").read_text(encoding="utf-8"), (root / ".ci/run").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2, lines
    learn, check = lines
    assert learn.endswith("backprop lab")
    assert check.endswith("/pytest")
    assert check in gate.splitlines()


def test_every_powershell_form_follows_its_line(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    shells = re.findall(r"```(sh|powershell)\n", readme)
    assert shells.count("powershell") == 2
