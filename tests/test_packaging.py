"""The wheel alone is the course: it carries package, data, lessons, exercises and solutions, and starts without a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def dist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run([sys.executable, "-m", "build", "-q", "--outdir", str(out), str(root)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


def test_the_wheel_carries_the_course(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("lessons", "exercises", "solutions"):
        for path in (root / folder).glob("*.ipynb"):
            assert f"backprop/_course/{folder}/{path.name}" in names
    wanted = {"backprop/py.typed", "backprop/data/digits.npz", "backprop/data/auto_mpg.csv", "backprop/live/network.js"}
    assert wanted <= names
    assert not [name for name in names if "/tests/" in name or "node_modules" in name]


def test_twine_has_nothing_to_say(dist: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *map(str, dist.iterdir())], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_wheel_alone_starts_the_course(wheel: Path, tmp_path: Path, root: Path) -> None:
    """Unpacked beside no clone, with the dependencies of this environment: lab's copy, course, check, data and explorer work."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    script = (
        "import pathlib, sys, backprop as bp\n"
        "assert pathlib.Path(bp.__file__).is_relative_to(sys.argv[1]), bp.__file__\n"
        "from backprop import lab\n"
        "from backprop.diagnosis import shell\n"
        "target = lab.copy(pathlib.Path('mine'))\n"
        "print(len(list((target / 'lessons').glob('*.ipynb'))), bp.data.digits()[0].shape, bp.data.regression_table()[0].shape)\n"
        "print(bp.check('bias_gradient', lambda delta: delta.sum(axis=0)).status,"
        " 'delta.sum(axis=0)' in str(bp.solution('bias_gradient')))\n"
        "print(type(bp.explorer(*bp.data.small_network(), bp.half_squared_error)).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(site)], cwd=tmp_path, env=_environment(site), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lessons = len(list((root / "lessons").glob("*.ipynb")))
    assert f"{lessons} (1797, 64) (392, 6)\ncorrect True\nExplorer\n" in done.stdout


def _environment(site: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(site), "HOME": str(site.parent)}


def test_the_command_is_there() -> None:
    assert shutil.which("backprop", path=str(Path(sys.executable).parent))
