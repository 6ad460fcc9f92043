"""`backprop lab`: the learner's own copy of the course, and JupyterLab in front of lesson 1."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from backprop import folders

FOLDERS = ("lessons", "exercises")
FIRST = "lessons/01_one_neuron.ipynb"
RECORD = ".backprop-course.json"  # what each file was when it was copied: so a file the learner changed is known
say = Console(soft_wrap=True, highlight=False).print


def main(folder: Path | None, fresh: Sequence[str], in_place: bool, jupyter: Sequence[str]) -> int:
    """Copies (or in a clone uses) the course and runs JupyterLab there; returns its exit status."""
    try:
        target = _clone() if in_place else copy(folder or Path("backprop-course"), fresh)
    except (OSError, ValueError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"backprop lab: {error}", markup=False)
        return 2
    return open_lab(target, jupyter)


def copy(target: Path, fresh: Sequence[str] = ()) -> Path:
    """Brings lessons and exercises into `target`; keeps what the learner changed and says so."""
    target = target.expanduser().resolve()
    if target.exists() and not target.is_dir():
        raise ValueError(f"{target} is a file; name a folder, or one that does not exist yet.")
    target.mkdir(parents=True, exist_ok=True)
    record = _read(target / RECORD)
    renewed = [_renew(target, number) for number in fresh]
    kept = [name for name in _course_files() if not _bring(name, target, record)]
    (target / RECORD).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    _tell(target, kept, renewed)
    return target


def _course_files() -> list[str]:
    root = folders.course_root()
    files = [path for folder in FOLDERS for path in sorted((root / folder).glob("*.ipynb"))]
    if not files:
        raise ValueError(f"no lessons were found in {root}; install the package again.")
    return [path.relative_to(root).as_posix() for path in files]


def _bring(name: str, target: Path, record: dict[str, str]) -> bool:
    """Copies one file unless the learner changed it; True where the learner now has the course's own."""
    source, mine = folders.course_root() / name, target / name
    if mine.exists() and _hash(mine) not in (record.get(name), _hash(source)):
        return False
    mine.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, mine)
    record[name] = _hash(source)
    return True


def _renew(target: Path, number: str) -> str:
    """Moves the learner's exercise aside, so that a fresh one is copied; returns the new name of the old one."""
    found = [name for name in _course_files() if name.startswith(f"exercises/{number.zfill(2)}_")]
    if not found:
        raise ValueError(f"there is no exercise {number!r}; --fresh takes the number of one, 01 to 10.")
    mine = target / found[0]
    if not mine.exists():
        return f"{found[0]}: nothing to keep, a fresh one was copied"
    old = next(p for n in range(1, 10_000) if not (p := mine.with_name(f"{mine.stem}.old-{n}.ipynb")).exists())
    mine.rename(old)
    return f"{found[0]} is fresh; the old one is {old.name}"


def _tell(target: Path, kept: Sequence[str], renewed: Sequence[str]) -> None:
    say(f"The course is in {target}", markup=False)
    for line in renewed:
        say(f"  {line}", markup=False)
    for name in kept:
        say(f"  kept your {name}", markup=False)


def _clone() -> Path:
    root = folders.course_root()
    if not (root / "pyproject.toml").is_file():
        raise ValueError("--in-place needs a clone of the project; here the package is installed, so leave --in-place out.")
    return root


def open_lab(target: Path, jupyter: Sequence[str]) -> int:
    """Runs JupyterLab in `target`, lesson 1 open; Ctrl+C ends it."""
    command = [sys.executable, "-m", "jupyterlab", *_as_root(), *jupyter]
    if (target / FIRST).is_file():
        command += [f"--LabApp.default_url=/lab/tree/{FIRST}"]
    try:
        return subprocess.run(command, cwd=target).returncode
    except KeyboardInterrupt:
        return 0


def _as_root() -> list[str]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    say("You are root, as in many containers: JupyterLab is started with --allow-root.")
    return ["--allow-root"]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
