"""`backprop lab`: the learner's own copy of the course, and JupyterLab in front of lesson 1."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from backprop import folders

FOLDERS = ("lessons", "exercises")
FIRST = "lessons/01_one_neuron.ipynb"
RECORD = ".backprop-course.json"  # what each file was when it was copied: so a file the learner changed is known


def main(folder: Path | None, fresh: Sequence[str], in_place: bool, jupyter: Sequence[str]) -> int:
    """Copies (or in a clone uses) the course and runs JupyterLab there; returns its exit status."""
    try:
        if in_place and (folder or fresh):
            raise ValueError("--in-place opens the clone's own folders, so it takes neither DIR nor --fresh.")
        target = _clone() if in_place else copy(folder or Path("backprop-course"), fresh)
        return open_lab(target, jupyter)
    except (OSError, ValueError, RuntimeError) as error:
        said = folders.trouble(error) if isinstance(error, OSError) else error
        print(f"backprop lab: {said}", file=sys.stderr)
        return 2


def copy(target: Path, fresh: Sequence[str] = ()) -> Path:
    """Brings lessons and exercises into `target`; keeps what the learner changed and says so."""
    target = target.expanduser().resolve()
    if target.exists() and not target.is_dir():
        raise ValueError(f"{target} is a file; name a folder, or one that does not exist yet.")
    target.mkdir(parents=True, exist_ok=True)
    record = _read(target / RECORD)
    renewed = [_renew(target, number) for number in fresh]
    kept = [name for name in _course_files() if not _bring(name, target, record)]
    _keep(target / RECORD, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())
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
    _keep(mine, source.read_bytes())
    record[name] = _hash(source)
    return True


def _keep(file: Path, data: bytes) -> None:
    """Writes a file whole or not at all, so that half a lesson is never taken for the learner's own; leaves alone what is so already."""
    if not file.is_file() or file.read_bytes() != data:
        folders.write(file, data)


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
    lines = [f"The course is in {target}", *(f"  {line}" for line in renewed), *(f"  kept your {name}" for name in kept)]
    print("\n".join(lines), flush=True)


def _clone() -> Path:
    root = folders.course_root()
    if not (root / "pyproject.toml").is_file():
        raise ValueError("--in-place needs a clone of the project; here the package is installed, so leave --in-place out.")
    return root


def open_lab(target: Path, jupyter: Sequence[str]) -> int:
    """JupyterLab in `target`, lesson 1 open; Ctrl+C ends it."""
    command = [sys.executable, "-m", "jupyterlab", *_as_root(), *jupyter]
    if (target / FIRST).is_file():
        command += [f"--LabApp.default_url=/lab/tree/{FIRST}"]
    return run(command, target, _home(target))


def run(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """This process becomes JupyterLab, so that whoever ends it by its id ends JupyterLab; Windows cannot, there it waits."""
    if os.name == "posix":
        os.chdir(folder)
        os.execve(command[0], command, environment)
    try:
        return subprocess.run(command, cwd=folder, env=environment).returncode
    except KeyboardInterrupt:
        return 0


def _home(target: Path) -> dict[str, str]:
    """The environment of JupyterLab; where the home folder cannot be written, its files go beside the course or, last, to /tmp."""
    if _writable(Path(os.path.expanduser("~"))):
        return dict(os.environ)
    own = target / ".jupyter" if _writable(target) else Path(tempfile.mkdtemp(prefix="backprop-lab-"))
    print(f"Your home folder cannot be written: JupyterLab keeps its settings in {own}", flush=True)
    places = {name: str(own / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    return {"HOME": str(own), **places, **os.environ}


def _writable(folder: Path) -> bool:
    """Whether a file can be made there; asking for rights is not enough (a full or read-only disk)."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _as_root() -> list[str]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    print("You are root, as in many containers: JupyterLab is started with --allow-root.", flush=True)
    return ["--allow-root"]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
