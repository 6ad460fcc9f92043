"""What the tests share: the parts a machine may lack. With CI set nothing is skipped: there a missing part is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from browser.jupyter import chromium, jupyter, notebooks  # noqa: F401  (fixtures for every test that needs a browser)
from hypothesis import settings

settings.register_profile("backprop", deadline=None, derandomize=True, max_examples=60, database=None)  # the same examples on every machine
settings.load_profile("backprop")

ROOT = Path(__file__).resolve().parent.parent


def need(there: bool, sentence: str) -> None:
    """Skips with a sentence that says what to install; in CI it fails instead."""
    if not there:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def need_browser() -> str:
    """The path of Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
    need(bool(found), "No Chromium: install it (Debian: apt-get install chromium fonts-dejavu-core) to run the browser tests.")
    return found


@pytest.fixture(scope="session")
def need_node() -> str:
    """The path of Node."""
    found = shutil.which("node") or ""
    need(bool(found), "No Node: install Node 20 or newer to compare network.js with NumPy.")
    return found


@pytest.fixture(scope="session")
def need_make() -> str:
    """The path of make."""
    found = shutil.which("make") or ""
    need(bool(found), "No make: install it (Debian: apt-get install make) to build the web edition.")
    return found


@pytest.fixture(scope="session")
def need_npm_packages() -> Path:
    """The folder node_modules with axe-core and mathjax."""
    folder = ROOT / "node_modules"
    need((folder / "axe-core").is_dir() and (folder / "mathjax").is_dir(), "No node_modules: run npm ci in the project's root.")
    return folder


@pytest.fixture(scope="session")
def need_bwrap() -> str:
    """The path of a bubblewrap that works here."""
    found = shutil.which("bwrap") or ""
    probe = [found, "--unshare-all", "--ro-bind", "/", "/", "true"]
    works = bool(found) and subprocess.run(probe, capture_output=True, timeout=30).returncode == 0
    need(works, "No working bubblewrap: install it (Debian: apt-get install bubblewrap; unprivileged user namespaces allowed).")
    return found


@pytest.fixture(scope="session")
def need_forks(need_bwrap: str) -> None:
    """A fork server that works here."""
    from backprop.grade import sandbox

    worker = sandbox.start(True)
    worker.kill()
    worker.wait()
    need(sandbox.OWN.server is not None, f"No fork server works here ({sandbox.OWN.why}): does this system confine what bubblewrap starts?")
