"""The explorer against other ways to make a picture follow a slider: one 3-4-2 network in a real JupyterLab in headless Chromium.

Every strategy has a cell of one notebook and the same slider range; they take turns, so that a slow moment of the machine meets all alike.
A time ends when the frame that shows the change was painted. BACKPROP_BENCH_MINUTES sets how long the heap is watched (10).
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Error, Page, sync_playwright
from websocket import create_connection  # websocket-client, which JupyterLab's server needs

from bench import at, interleaved, markdown

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.jupyter import CHROMIUM, Notebook, Notebooks, free_port, start_jupyter

PRESSES, DRAGS, SECONDS = 40, 3, 3.0
MOUSE = 125  # moves a second, as mice send them: more than the screen shows, so that every frame finds one
PORT = free_port()  # where the browser listens for the mouse, on this machine only
MINUTES = float(os.environ.get("BACKPROP_BENCH_MINUTES", "10"))

SETUP = """
import io, anywidget, traitlets, numpy as np, ipywidgets as widgets, matplotlib.pyplot as plt
import backprop as bp
net, x, y = bp.data.small_network()
ws = np.linspace(-4, 4, 81)

def at(w):
    W = net[0].W.copy()
    W[0, 0] = w
    return [net[0]._replace(W=W), net[1]]

def numbers(w):
    C, grads = bp.gradients(at(w), x, y, bp.half_squared_error)
    a = [x[0], *(step.a_out[0] for step in bp.forward(at(w), x))]
    curve = [float(bp.half_squared_error.f(bp.predict(at(v), x), y)) for v in ws]
    return {"w": w, "C": float(C), "slope": float(grads[0].dW[0, 0]), "a": [v.tolist() for v in a], "curve": curve}

def svg(p):
    place = lambda k, n, j: (40 + 140 * k, 40 + 50 * j + 25 * (4 - n))
    columns = [[place(k, len(a), j) for j in range(len(a))] for k, a in enumerate(p["a"])]
    lines = [(s, t) for here, after in zip(columns, columns[1:]) for s in here for t in after]
    units = sum(columns, [])
    text = "".join(f'<text x="{u}" y="{v}">{a:.2f}</text>' for (u, v), a in zip(units, [v for a in p["a"] for v in a]))
    curve = " ".join(f"{20 + 3 * n},{400 - 60 * C:.1f}" for n, C in enumerate(p["curve"]))
    edges = "".join(f'<line x1="{s[0]}" y1="{s[1]}" x2="{t[0]}" y2="{t[1]}" stroke="grey"/>' for s, t in lines)
    discs = "".join(f'<circle cx="{u}" cy="{v}" r="18" fill="none" stroke="grey"/>' for u, v in units)
    words = f'<text x="20" y="220">C {p["C"]:.4f} slope {p["slope"]:.4f}</text>'
    dot = f'<circle cx="{20 + 30 * (p["w"] + 4)}" cy="{400 - 60 * p["C"]}" r="5"/>{words}'
    return f'<svg width="420" height="410">{edges}{discs}{text}<polyline points="{curve}" fill="none" stroke="blue"/>{dot}</svg>'
"""

BARE = """
class Bare(anywidget.AnyWidget):
    _esm = '''export default { render({ el }) {
      const [range, out] = ["input", "p"].map((tag) => el.appendChild(document.createElement(tag)));
      Object.assign(range, { type: "range", min: -4, max: 4, step: 0.01, value: 0.8 });
      range.addEventListener("keydown", (e) => e.stopPropagation());
      out.className = "picture"; out.textContent = range.value;
      range.oninput = () => { out.textContent = range.value; };
    } };'''
Bare()
"""

IN_PYTHON = """
class InPython(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      const [range, picture] = ["input", "div"].map((tag) => el.appendChild(document.createElement(tag)));
      Object.assign(range, { type: "range", min: -4, max: 4, step: 0.01, value: 0.8 });
      range.addEventListener("keydown", (e) => e.stopPropagation());
      picture.className = "picture";
      const draw = () => { picture.innerHTML = model.get("svg"); };
      range.oninput = () => { model.set("w", Number(range.value)); model.save_changes(); };
      model.on("change:svg", draw); draw();
    } };'''
    w = traitlets.Float(0.8).tag(sync=True)
    svg = traitlets.Unicode(svg(numbers(0.8))).tag(sync=True)
    @traitlets.observe("w")
    def _move(self, change):
        self.svg = svg(numbers(change.new))
InPython()
"""

HTML = """
slider, html = widgets.FloatSlider(0.8, min=-4, max=4, step=0.01), widgets.HTML(svg(numbers(0.8)))
slider.observe(lambda change: setattr(html, "value", svg(numbers(change.new))), "value")
widgets.VBox([slider, html.add_class("picture")])
"""

FIGURE = """
def figure(p):
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
    for k, a in enumerate(p["a"]):
        left.scatter([k] * len(a), range(len(a)), s=600, facecolors="none", edgecolors="grey")
    names = [left.text(k, j, f"{v:.2f}") for k, a in enumerate(p["a"]) for j, v in enumerate(a)]
    (curve,), (dot,) = right.plot(ws, p["curve"]), right.plot([p["w"]], [p["C"]], "o")
    return fig, names, curve, dot
"""

REUSED = """
plt.ioff()
fig, names, curve, dot = figure(numbers(0.8))
def png(p):
    for name, v in zip(names, [v for a in p["a"] for v in a]):
        name.set_text(f"{v:.2f}")
    curve.set_ydata(p["curve"]); dot.set_data([p["w"]], [p["C"]])
    data = io.BytesIO(); fig.savefig(data); return data.getvalue()
drag, image = widgets.FloatSlider(0.8, min=-4, max=4, step=0.01), widgets.Image(value=png(numbers(0.8)))
drag.observe(lambda change: setattr(image, "value", png(numbers(change.new))), "value")
widgets.VBox([drag, image.add_class("picture")])
"""

INTERACT = """
def show(w):
    figure(numbers(w)); plt.show()
_ = widgets.interact(show, w=widgets.FloatSlider(0.8, min=-4, max=4, step=0.01))
"""

EXPLORER = "ex = bp.explorer(net, x, y, bp.half_squared_error)\nex"


class Strategy(NamedTuple):
    """A way to make a picture follow a slider: its cell, what to drag, and what changes when the picture does."""

    cell: str
    handle: str
    picture: str


NOUI = ".noUi-handle"
STRATEGIES = {
    "a bare range input": Strategy(BARE, "input[type=range]", ".picture"),
    "explorer (maths in JS)": Strategy(EXPLORER, ".bp-curve-panel input[type=range]", ".bp-curve-panel svg"),
    "anywidget, maths in Python": Strategy(IN_PYTHON, "input[type=range]", ".picture"),
    "HTML widget, SVG string": Strategy(HTML, NOUI, ".picture"),
    "Image widget, matplotlib, artists reused": Strategy(REUSED, NOUI, ".picture"),
    "interact + new figure": Strategy(INTERACT, NOUI, ".widget-output"),
}

# Stamps when the input came, and every frame that painted a change of the watched element. `painted`: a callback at the head of each frame
# posts a message that arrives once the frame is painted; so a change made in a frame's own callbacks counts for that frame, not for the
# next one. While a mouse moves, messages wait behind frames, and one may come for two: `frames` counts changes from head to head.
WATCH = """([n, handle, picture]) => {
  const cell = document.querySelectorAll(".jp-CodeCell")[n];
  const watched = cell.querySelector(picture);
  const seen = (window.seen = { painted: [], frames: [], asked: 0, released: 0 });
  const channel = new MessageChannel();
  let [changed, sinceHead] = [false, false];
  const change = () => (changed = sinceHead = true);
  channel.port1.onmessage = () => {
    if (changed) seen.painted.push(performance.now());
    changed = false;
  };
  const frame = () => {
    if (window.seen !== seen) return;
    requestAnimationFrame(frame);
    if (sinceHead) seen.frames.push(performance.now());
    sinceHead = false;
    channel.port2.postMessage(0);
  };
  requestAnimationFrame(frame);
  window.watcher?.disconnect();
  window.watcher = new MutationObserver((changes) => {
    const inside = (node) => [node, ...(node.querySelectorAll?.("img") ?? [])];
    const nodes = changes.flatMap(({ target, addedNodes }) => [target, ...[...addedNodes].flatMap(inside)]);
    const images = nodes.filter(({ tagName }) => tagName === "IMG");
    if (images.length) Promise.all(images.map((image) => image.decode().catch(() => {}))).then(change);
    else if (!watched.matches(".widget-output") && watched.tagName !== "IMG") change();
  });
  window.watcher.observe(watched, { subtree: true, childList: true, characterData: true, attributes: true });
  window.listening ??= ["keydown", "pointerup"].map((name) => document.addEventListener(name, (event) => {
    if (name === "keydown") window.seen.asked = event.timeStamp;
    else window.seen.released = event.timeStamp;
  }, true));
  cell.querySelector(handle).focus();
}"""


def cells() -> list[str]:
    return [SETUP + FIGURE, *(strategy.cell for strategy in STRATEGIES.values())]


def watch(page: Page, name: str) -> Any:
    """Focuses the strategy's slider and watches its picture; returns the handle."""
    strategy = STRATEGIES[name]
    n = 1 + list(STRATEGIES).index(name)
    handle = page.locator(".jp-CodeCell").nth(n).locator(strategy.handle).first
    handle.scroll_into_view_if_needed()
    page.evaluate(WATCH, [n, strategy.handle, strategy.picture])
    return handle


def press(page: Page, name: str, tries: int = 3) -> float:
    """Milliseconds from one arrow key to the painted frame; a key that a busy page lost is pressed again."""
    watch(page, name)
    page.keyboard.press("ArrowRight")
    try:
        page.wait_for_function("() => window.seen.painted.length > 0", timeout=10_000)
    except Error:
        if tries == 1:
            raise
        return press(page, name, tries - 1)
    taken = page.evaluate("() => window.seen.painted[0] - window.seen.asked")
    page.wait_for_timeout(120)
    return float(taken)


class Mouse:
    """A mouse that does not ask whether its last move was heard, as real ones do not; Playwright's waits for the page after each."""

    def __init__(self, page: Page) -> None:
        target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
        self.socket = create_connection(f"ws://127.0.0.1:{PORT}/devtools/page/{target}", suppress_origin=True)
        self.sent = 0

    def move(self, x: float, y: float) -> None:
        self.sent += 1
        event = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
        self.socket.send(json.dumps({"id": self.sent, "method": "Input.dispatchMouseEvent", "params": event}))

    def follow(self, places: Callable[[float], tuple[float, float]]) -> None:
        """For SECONDS, to the place of each moment; back when the last move was heard."""
        start = time.perf_counter()
        while (now := time.perf_counter() - start) < SECONDS:
            self.move(*places(now))
            time.sleep(max(0.0, start + self.sent / MOUSE - time.perf_counter()))
        while json.loads(self.socket.recv()).get("id") != self.sent:
            pass
        self.socket.close()


def drag(page: Page, name: str) -> tuple[float, float]:
    """Paints a second while a slider is dragged to and fro, and the milliseconds from its release to the last paint."""
    box = watch(page, name).bounding_box()
    bare = "range" in STRATEGIES[name].handle
    reach = box["width"] * 0.25 if bare else 50
    middle = box["x"] + box["width"] * (0.6 if bare else 0.5), box["y"] + box["height"] / 2
    mouse = Mouse(page)
    page.mouse.move(*middle)
    page.mouse.down()
    mouse.follow(lambda now: (middle[0] + reach * abs(math.sin(math.pi * now)), middle[1]))  # and back to where it was
    page.mouse.up()
    page.wait_for_timeout(1500)
    seen = page.evaluate("() => window.seen")
    during = [t for t in seen["frames"] if t <= seen["released"]]
    return len(during) / SECONDS, max([0.0, *(t - seen["released"] for t in seen["painted"])])


APPEARS = """async ([n, limit]) => {
  const panel = window.jupyterapp.shell.currentWidget;
  const before = document.querySelectorAll(".bp-explorer .bp-net circle").length;
  panel.content.activeCellIndex = n;
  const end = performance.now() + limit;
  const painted = new Promise((done, fail) => {
    const look = () => {
      if (performance.now() > end) return fail(new Error(`no explorer was drawn within ${limit / 1000} s; see the cell's output`));
      if (document.querySelectorAll(".bp-explorer .bp-net circle").length <= before) return requestAnimationFrame(look);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done(performance.now());
      requestAnimationFrame(() => channel.port2.postMessage(0));
    };
    look();
  });
  await window.jupyterapp.commands.execute("notebook:run-cell");
  const ran = performance.now();
  return Math.max(0, (await painted) - ran);
}"""


def appearance(notebooks: Notebooks) -> tuple[float, float]:
    """Milliseconds from the end of a cell to its explorer's first paint: the first on a page, and the second."""
    notebook = notebooks.open(["import backprop as bp\nnet, x, y = bp.data.small_network()", EXPLORER, EXPLORER], height=1100, run=False)
    notebook.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    notebook.command("notebook:run-cell")
    notebook.page.wait_for_timeout(3000)
    first, second = (notebook.page.evaluate(APPEARS, [n, 60_000]) for n in (1, 2))
    return float(first), float(second)


def heap(page: Page, minutes: float) -> list[float]:
    """Megabytes of JavaScript heap, after garbage collection, at seven moments of a descent at 600 updates a second."""
    explorer = page.locator(".bp-explorer").first
    explorer.get_by_label("speed").select_option("600 a second")
    explorer.get_by_role("button", name="play").click()
    session, sizes = page.context.new_cdp_session(page), []
    for moment in range(7):
        page.wait_for_timeout(minutes * 10_000 if moment else 5_000)
        session.send("HeapProfiler.collectGarbage")
        sizes.append(session.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
    explorer.get_by_role("button", name="pause").click()
    return sizes


@contextlib.contextmanager
def notebooks() -> Iterator[Notebooks]:
    with contextlib.suppress(AttributeError):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # a browser and a kernel, as on a learner's machine
    folder = Path(tempfile.mkdtemp())
    server, process = start_jupyter(folder)
    try:
        with sync_playwright() as playwright:
            args = [*CHROMIUM, f"--remote-debugging-port={PORT}"]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=args)
            opened = Notebooks(server, browser)
            yield opened
            opened.close()
            browser.close()
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _rows(notebook: Notebook) -> list[list[object]]:
    page = notebook.page
    waits: dict[str, list[float]] = {name: [] for name in STRATEGIES}
    interleaved({name: (lambda name=name: waits[name].append(press(page, name))) for name in STRATEGIES}, PRESSES)
    drags: dict[str, list[tuple[float, float]]] = {name: [] for name in STRATEGIES}
    interleaved({name: (lambda name=name: drags[name].append(drag(page, name))) for name in STRATEGIES}, DRAGS)
    return [
        [
            name,
            f"{at(waits[name], 0.5):.0f}",
            f"{at(waits[name], 0.95):.0f}",
            *(f"{statistics.median(v):.0f}" for v in zip(*drags[name], strict=True)),
        ]
        for name in STRATEGIES
    ]


def tables() -> str:
    """Key press and dragging for every strategy; first paints; the heap."""
    with notebooks() as opened:
        first, second = appearance(opened)
        notebook = opened.open(cells(), width=1400, height=1100)
        notebook.page.wait_for_timeout(2000)
        rows = _rows(notebook)
        sizes = heap(notebook.page, MINUTES)
    head = ["strategy, a 3-4-2 net", "key → painted, median ms", "p95 ms", "paints/s while dragging", "lag after release ms"]
    return "\n\n".join(
        [
            markdown(head, rows),
            f"First paint after the cell ran: the first explorer on a page {first:.0f} ms, a second one {second:.0f} ms.",
            f"Heap over {MINUTES:g} minutes of descent at 600 updates a second, MB: {', '.join(f'{size:.1f}' for size in sizes)}.",
        ]
    )


if __name__ == "__main__":
    print(tables())
