"""A real JupyterLab in headless Chromium, one of each for the whole test session.

`notebooks.open(sources)` gives a `Notebook`: a page, whose cells have run, and `run(code)`, which runs code in its kernel and returns what
that printed. Fixtures: `chromium` (a Playwright browser), `jupyter` (the server), `notebooks` (closes what a test module opened).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
CHROMIUM += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
SETTINGS = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
SETTINGS += ["--LabApp.news_url=None", "--LabApp.expose_app_in_browser=True", "--ServerApp.disable_check_xsrf=True"]
OWN_SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight stay on the page
}

_KERNEL_IDLE = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.sessionContext?.session?.kernel?.status === "idle" && panel.content?.widgets?.length > 0;
}"""

_RUN = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  let text = "";
  const future = kernel.requestExecute({ code });
  future.onIOPub = ({ content, header }) => {
    if (header.msg_type === "stream") text += content.text;
    if (header.msg_type === "error") text += content.ename + ": " + content.evalue;
  };
  await future.done;
  return text;
}"""


class Server(NamedTuple):
    """A running JupyterLab: its address and the folder it serves."""

    url: str
    folder: Path


class Notebook:
    """An open notebook: `page` is Playwright's, `run` speaks to its kernel."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def run(self, code: str) -> str:
        """Runs code in the notebook's kernel, outside its cells, and returns what it printed."""
        return str(self.page.evaluate(_RUN, code))

    def command(self, name: str, **arguments: Any) -> None:
        """Executes one of JupyterLab's own commands."""
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)", [name, arguments])

    def run_all(self) -> None:
        """Runs every cell and waits until the kernel is idle again."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(_KERNEL_IDLE, timeout=60_000)


class Notebooks:
    """Opens notebooks on one server in one browser."""

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server, self.browser = server, browser
        self.pages: list[Page] = []
        self.numbers = count(1)

    def open(self, sources: list[str], width: int = 1280, height: int = 1000, run: bool = True, **context: Any) -> Notebook:
        """A new notebook with these code cells, run unless `run` is False; `context` goes to Playwright (reduced_motion, …)."""
        name = f"page-{os.getpid()}-{id(self)}-{next(self.numbers)}.ipynb"
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), self.server.folder / name)
        return self.open_file(name, width, height, run, **context)

    def open_file(self, name: str, width: int = 1280, height: int = 1000, run: bool = True, **context: Any) -> Notebook:
        """A notebook that already lies in the server's folder."""
        page = self.browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        self.pages.append(page)
        page.goto(f"{self.server.url}/doc/workspaces/{Path(name).stem}/tree/{name}")
        page.wait_for_function(_KERNEL_IDLE, timeout=90_000)
        notebook = Notebook(page)
        if run:
            notebook.run_all()
        return notebook

    def close(self) -> None:
        """Shuts the kernels down and closes the pages."""
        for page in self.pages:
            page.evaluate("() => window.jupyterapp?.shell.currentWidget?.sessionContext.shutdown()")
            page.context.close()
        self.pages.clear()


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api/status", timeout=5) as answer:
                json.load(answer)
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not answer at {url} within {seconds:g} s.")


def start_jupyter(folder: Path, *settings: str) -> tuple[Server, subprocess.Popen[bytes]]:
    """A JupyterLab of its own settings that serves `folder`; the caller ends the process."""
    home = folder / ".jupyter"
    for name, value in OWN_SETTINGS.items():
        file = home / "lab" / "user-settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    own = {name: str(home) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", *SETTINGS, f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}", *settings]
    with (folder / "jupyter.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **own, "OMP_NUM_THREADS": "1"}, stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}", folder)
    try:
        _wait_for(server.url, process)
    except RuntimeError:
        process.kill()
        raise
    return server, process


@pytest.fixture(scope="session")
def chromium(need_browser: str) -> Iterator[Browser]:
    """One Chromium for the session."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_browser, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory, need_browser: str) -> Iterator[Server]:
    """One JupyterLab for the session, in an empty folder."""
    server, process = start_jupyter(tmp_path_factory.mktemp("jupyter"))
    yield server
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


@pytest.fixture(scope="module")
def notebooks(jupyter: Server, chromium: Browser) -> Iterator[Notebooks]:
    """Opens notebooks; closes them after the module."""
    opened = Notebooks(jupyter, chromium)
    yield opened
    opened.close()
