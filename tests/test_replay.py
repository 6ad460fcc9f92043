"""The README's and the instructor's commands, word for word, in a fresh clone with an empty home.

The README's first line is run (JupyterLab without a browser, ended by its id once it answers); tests/test_house.py compares its test line.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


def blocks(page: Path) -> list[str]:
    """The fenced sh blocks of a page, in order."""
    return re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def files_of(root: Path) -> list[str]:
    """What a clone of this tree would hold."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, check=True
    )
    return [name for name in done.stdout.decode().split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="module")
def clone(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in a folder whose name has a space and an umlaut."""
    target = tmp_path_factory.mktemp("fresh") / "ein schöner ordner"
    for name in files_of(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name)
    return target


@pytest.fixture(scope="module")
def environment(clone: Path) -> dict[str, str]:
    """An empty home; the commands that `pip install` made come first, as after activating the environment."""
    home = clone.parent / "home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON", "PYTEST", "PYTHONPATH", "VIRTUAL_ENV"))}
    return {**kept, "HOME": str(home), "PATH": os.pathsep.join([str(clone / ".venv/bin"), f"{sys.base_prefix}/bin", kept["PATH"]])}


@pytest.fixture(scope="module")
def laboratory(clone: Path, environment: dict[str, str]) -> Iterator[str]:
    """The README's first line, with `-- --no-browser`; its address once it answers."""
    line = blocks(clone / "README.md")[0].strip()
    assert line.endswith("backprop lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    setup, _, start = line.rpartition(" && ")
    done = subprocess.run(["bash", "-c", setup], cwd=clone, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    words = f"exec {start} -- --no-browser --port={port} --ServerApp.port_retries=0 --IdentityProvider.token=''"
    with (clone.parent / "lab.log").open("w") as log:
        process = subprocess.Popen(["bash", "-c", words], cwd=clone, env=environment, stdout=log, stderr=log)
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process, clone.parent / "lab.log")
        finally:
            process.terminate()
            process.wait(timeout=60)
            with socket.socket() as after:  # ended by its id, it leaves nobody behind
                assert after.connect_ex(("127.0.0.1", port)) != 0


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/api/status", timeout=5):
                return address
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"JupyterLab did not answer:\n{log.read_text()}")


def test_the_first_line_leads_to_lesson_1(laboratory: str, clone: Path) -> None:
    with urllib.request.urlopen(f"{laboratory}/api/contents/lessons/01_one_neuron.ipynb", timeout=20) as answer:
        assert json.load(answer)["type"] == "notebook"
    with urllib.request.urlopen(f"{laboratory}/", timeout=20) as answer:  # the default address opens the lesson
        assert "/lab/tree/lessons/01_one_neuron.ipynb" in answer.url
    names = [sorted(path.name for path in (clone / folder).glob("*.ipynb")) for folder in ("exercises", "backprop-course/exercises")]
    assert names[0] == names[1] and len(names[0]) >= 10


def test_the_instructors_page_runs_from_top_to_bottom(
    laboratory: str, clone: Path, environment: dict[str, str], tmp_path: Path, need_bwrap: str
) -> None:
    page = clone / "site/instructors.md"
    script = "\n".join(["set -euo pipefail", *blocks(page)])
    done = subprocess.run(["bash", "-x", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert blocks(page), "the instructor's page has no commands"
