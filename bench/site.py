"""The web edition in headless Chromium, from a local server that compresses: when a page can be used, what it transfers, how fast it moves.

Build it first: make -C site html.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import statistics
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import at, markdown

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.jupyter import CHROMIUM

BUILT = Path(__file__).parents[1] / "site" / "_build" / "html"
PAGES = ("index.html", "lessons/01_one_neuron.html", "lessons/04_hidden_error.html", "api.html")
LOADS, PRESSES = 7, 40

# usable: everything is loaded, the scripts have run, and the first live network (where there is one) is painted
USABLE = """() => new Promise((done) => {
  const look = () => {
    const holder = document.querySelector("[data-backprop-explorer]");
    if (document.readyState !== "complete" || (holder && !document.querySelector(".bp-explorer"))) return requestAnimationFrame(look);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    requestAnimationFrame(() => channel.port2.postMessage(0));
  };
  look();
})"""

PRESS = """() => new Promise((done) => {
  const explorer = document.querySelector(".bp-explorer");
  let asked = 0;
  addEventListener("keydown", (event) => { asked = event.timeStamp; }, { capture: true, once: true });
  const watcher = new MutationObserver(() => {
    watcher.disconnect();
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now() - asked);
    requestAnimationFrame(() => channel.port2.postMessage(0));
  });
  watcher.observe(explorer, { subtree: true, childList: true, characterData: true, attributes: true });
})"""


class Compressing(SimpleHTTPRequestHandler):
    """Serves files gzipped, as a real server does; nothing is cached."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        for name, value in (("Content-Type", self.guess_type(str(path))), ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *args: Any) -> None:
        pass


def load(browser: Browser, address: str) -> tuple[float, int]:
    """Milliseconds until a page can be used, from an empty cache, and the bytes it transferred without the search index."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, bytes_ = context.new_page(), []
    page.on("response", lambda response: "searchindex" in response.url or bytes_.append(int(response.headers.get("content-length", 0))))
    page.goto(address, wait_until="commit")
    usable = page.evaluate(USABLE)
    context.close()
    return float(usable), sum(bytes_)


def presses(page: Page) -> list[float]:
    """Milliseconds from one arrow key on the first slider to the painted frame, many times."""
    page.evaluate("document.querySelectorAll('.bp-predict button').forEach((button) => button.click())")
    page.locator(".bp-explorer input[type=range]").first.focus()
    taken = []
    for n in range(PRESSES):
        page.evaluate(f"() => {{ window.seen = ({PRESS})(); }}")
        page.keyboard.press("ArrowRight" if n % 20 < 10 else "ArrowLeft")
        taken.append(page.evaluate("() => window.seen"))
    return taken


def tables() -> str:
    if not (BUILT / "index.html").is_file():
        return "The web edition is not built: make -C site html."
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # a browser is several processes; one core would be no reader's machine
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressing, directory=str(BUILT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        rows = [row(name, [load(browser, base + name) for _ in range(LOADS)]) for name in PAGES]
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(base + PAGES[1])
        page.evaluate(USABLE)
        taken = presses(page)
        browser.close()
    server.shutdown()
    moved = f"Key press to painted picture on lesson 1's page: median {statistics.median(taken):.0f} ms, p95 {at(taken, 0.95):.0f} ms."
    return markdown(["page", "usable, median ms", "slowest ms", "transferred, kB"], rows) + "\n\n" + moved


def row(name: str, loads: list[tuple[float, int]]) -> list[str]:
    usable = [milliseconds for milliseconds, _ in loads]
    return [name, f"{statistics.median(usable):.0f}", f"{max(usable):.0f}", f"{loads[0][1] / 1000:.0f}"]
