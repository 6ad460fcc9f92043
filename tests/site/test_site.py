"""The web edition, built as a reader gets it and opened in a browser: every page, light and dark, wide and on a phone, and from disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
sys.path.insert(0, str(SITE))

import figures  # noqa: E402 - from the folder just named
import look  # noqa: E402 - from the folder just named
import source  # noqa: E402

LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("*.py"))
PAGES = ["search", "benchmarks", *sorted(path.stem for path in SITE.glob("*.md"))]
PAGES += [f"lessons/{name}" for name in LESSONS]
PAGES += [f"exercises/{path.stem}" for path in (ROOT / "exercises").glob("*.ipynb")]
WIDTHS = (1280, 360)
AXE = """async (options) => {
  // what is hidden from a screen reader anyway, and is most of a page's elements
  for (const drawn of document.querySelectorAll("mjx-container > svg, .bp-figure > svg")) drawn.remove();
  const { violations } = await axe.run(document, { resultTypes: ["violations"], preload: false, ...options });
  return violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes[0].html}`);
}"""


@pytest.fixture(scope="session")
def built(need_npm_packages: Path, need_node: str, need_make: str) -> Path:
    """The site, built by the one command; BACKPROP_SITE names one that is built already, while you work on these tests."""
    if built := os.environ.get("BACKPROP_SITE"):
        return Path(built).resolve()
    command = [need_make, "-C", str(SITE), "clean", "html", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return SITE / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    """Serves the site below /course/, as GitHub Pages does, and says nothing."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/course")) if path.startswith("/course/") else "/nowhere"

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/course/"
    server.shutdown()


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Open]:
    """Opens a page; at the end nothing was asked of anywhere else, nothing failed, and the console is empty."""
    wrong: list[str] = []
    contexts = []

    def open_(name: str, base: str = "", width: int = 1280, **context: Any) -> Page:
        base = base or address
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **context))
        page = contexts[-1].new_page()
        page.on("request", lambda request: request.url.startswith((base, "data:")) or wrong.append(f"asked for {request.url}"))
        page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        page.on("response", lambda response: response.status < 400 or wrong.append(f"{response.status}: {response.url}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
        page.goto(f"{base}{name}.html")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


# ---- what was built


def test_every_page_is_there(built: Path) -> None:
    assert {path.relative_to(built).with_suffix("").as_posix() for path in built.rglob("*.html")} == set(PAGES)
    assert len(LESSONS) >= 10


def test_it_says_what_it_should(built: Path) -> None:
    """One witness for each generated part: figure with words, formula, hints, slips, mistakes, reference."""
    text = {name: (built / f"{name}.html").read_text(encoding="utf-8") for name in PAGES}
    assert 'class="bp-figure" role="img" aria-label="' in text["lessons/01_one_neuron"]
    assert "<mjx-assistive-mml" in text["lessons/01_one_neuron"] and "bp-tex" not in "".join(text.values())
    assert "Hint 1" in text["exercises/01_one_neuron"] and "The solution" in text["exercises/01_one_neuron"]
    assert 'id="mistake-missing-output-derivative"' in text["mistakes"]
    assert text["slips"].count("<tr") >= 37 and "node_form" in text["rosetta"]
    assert "check_gradient" in text["api"] and "1e-3" in text["api"]
    for name in LESSONS:
        assert "data-backprop-explorer" in text[f"lessons/{name}"] or "bp-figure" in text[f"lessons/{name}"]
        assert f"backprop-course/lessons/{name}.ipynb" in text[f"lessons/{name}"] and 'class="reference download' in text[f"lessons/{name}"]
    assert list(built.glob(f"_downloads/*/{LESSONS[0]}.ipynb"))


def test_links_loads_and_words_were_looked_at(built: Path) -> None:
    assert list(look.problems(built)) == []


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        ('<img src="a.png">', "no text alternative"),
        ('<div role="img"></div>', "no text alternative"),
        ('<a href="nowhere.html">x</a>', "links to nowhere.html"),
        ('<a href="#nothing">x</a>', "links to #nothing"),
        ('<script src="https://elsewhere.example/x.js"></script>', "not part of the site"),
        ('<link rel="stylesheet" href="//elsewhere.example/x.css">', "not part of the site"),
        ('<script src="missing.js"></script>', "is not there"),
    ],
)
def test_what_is_wrong_is_seen(tmp_path: Path, planted: str, sentence: str) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "index.html").write_text(f"<html><body id='top'><a href='#top'>fine</a>{planted}</body></html>")
    (found,) = look.problems(tmp_path)
    assert sentence in found


def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, title: str = "# A lesson") -> Path:
    monkeypatch.setattr(source, "OUT", tmp_path / "out")
    (tmp_path / "lessons").mkdir()
    cells = [nbformat.v4.new_markdown_cell(title), nbformat.v4.new_code_cell(code)]
    path = tmp_path / "lessons" / "01_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize(
    ("code", "title", "sentence"),
    [
        ("1 / 0", "# A lesson", "ZeroDivisionError"),
        ("from IPython.display import Image, display; display(Image(data=b'GIF89a', format='gif'))", "# A lesson", "picture without words"),
        ("1", "no title", "must begin with a markdown cell"),
    ],
)
def test_a_lesson_that_cannot_be_shown_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, title: str, sentence: str
) -> None:
    with pytest.raises(source.PageError, match=sentence):
        source.work((source.lesson, lesson(tmp_path, monkeypatch, code, title)))


def test_a_formula_that_cannot_be_typeset_fails_the_build(tmp_path: Path, need_node: str, need_npm_packages: Path) -> None:
    (tmp_path / "_static").mkdir()
    (tmp_path / "index.html").write_text('<span class="bp-tex">\\frac{1}</span>')
    done = subprocess.run([need_node, str(SITE / "math.mjs"), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode != 0 and "index.html" in done.stderr and "\\frac{1}" in done.stderr


@pytest.mark.parametrize(
    ("code", "shown"),
    [("#7c3aed", "var(--fig-violet)"), ("#e7ecf3", "color-mix(in srgb, var(--fig-paper), var(--fig-faint) 50%)"), ("#e6a27e", "#e6a27e")],
)
def test_a_picture_s_colours_become_the_page_s(code: str, shown: str) -> None:
    assert figures.colour(code) == shown
    svg = f'<?xml?><svg width="10pt" height="5pt"><path id="a" style="fill: {code}"/><use href="#a"/></svg>'
    html = figures.figure(svg, "a <line>", "f1")
    assert shown in html and 'aria-label="a &lt;line&gt;"' in html and 'id="f1-a"' in html and 'href="#f1-a"' in html


# ---- in a browser


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_no_page_keeps_anybody_out(open_page: Open, need_npm_packages: Path, name: str) -> None:
    """axe-core finds nothing serious, and nothing is wider than the window, at 1280 and 360 px; in the dark every colour is looked at."""
    page = open_page(name, color_scheme="light")
    reveal(page)
    for width in WIDTHS:
        resize(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate((need_npm_packages / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate(AXE, {}) == [], f"{name}, light, {WIDTHS[1]} px"
    resize(page, WIDTHS[0])
    assert page.evaluate(AXE, {}) == [], f"{name}, light, {WIDTHS[0]} px"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    for width in WIDTHS:
        resize(page, width)
        assert page.evaluate(AXE, {"runOnly": ["color-contrast"]}) == [], f"{name}, dark, {width} px"


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def with_explorers(built: Path) -> list[str]:
    return [name for name in PAGES if "data-backprop-explorer" in (built / f"{name}.html").read_text(encoding="utf-8")]


def reveal(page: Page) -> None:
    page.evaluate("document.querySelectorAll('.bp-predict button').forEach((button) => button.click())")


@pytest.mark.browser
def test_every_explorer_moves_by_keyboard_and_mouse_on_a_phone_from_disk(open_page: Open, built: Path) -> None:
    names = with_explorers(built)
    assert {"index", f"lessons/{LESSONS[0]}"} <= set(names)
    for name in names:
        page = open_page(name, base=f"{built.as_uri()}/", width=360)
        reveal(page)
        explorers = page.locator(".bp-explorer")
        assert explorers.count() == page.locator("[data-backprop-explorer]").count() > 0
        for explorer in explorers.all():
            moves(page, explorer)


def moves(page: Page, explorer: Any) -> None:
    """The slider by keyboard, then by mouse; each time the numbers follow."""
    slider = explorer.locator("input[type=range]").first
    before = explorer.inner_text(), slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(60)
    after = explorer.inner_text(), slider.input_value()
    assert after[0] != before[0] and after[1] != before[1]
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(60)
    assert explorer.inner_text() != after[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_what_follows_a_prediction_waits_for_it(open_page: Open) -> None:
    page = open_page(f"lessons/{LESSONS[0]}")
    explorer = page.locator(".bp-explorer").first
    assert not explorer.is_visible()
    box = page.locator(".bp-predict").first
    box.get_by_label("Your prediction").fill("It turns round.")
    box.get_by_role("button").click()
    assert explorer.is_visible() and not box.get_by_role("button").is_visible()


@pytest.mark.browser
def test_print_shows_everything_but_the_frame(open_page: Open) -> None:
    page = open_page(f"lessons/{LESSONS[0]}")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".bp-explorer").first.is_visible()
    assert not page.locator(".bd-sidebar-primary").is_visible() and not page.locator(".bp-predict button").first.is_visible()


@pytest.mark.browser
def test_without_scripts_the_words_and_numbers_are_there(open_page: Open) -> None:
    page = open_page(f"lessons/{LESSONS[0]}", java_script_enabled=False)
    assert page.locator("[data-backprop-explorer] pre").first.is_visible()
    assert page.locator("div.bp-math svg").first.is_visible()


@pytest.mark.browser
def test_search_finds_a_lesson(open_page: Open) -> None:
    page = open_page("index")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input").fill("saturated")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert "lessons/01_one_neuron.html" in " ".join(link.get_attribute("href") or "" for link in page.locator("#search-results li a").all())


@pytest.mark.browser
def test_the_way_through_and_the_mode(open_page: Open) -> None:
    page = open_page(f"lessons/{LESSONS[0]}")
    page.locator(".prev-next-area .right-next").click()
    assert page.url.endswith(f"lessons/{LESSONS[1]}.html")
    page.locator(".prev-next-area .left-prev").click()
    assert page.url.endswith(f"lessons/{LESSONS[0]}.html")
    page.get_by_role("button", name="Color mode").click()
    page.locator("[data-mode=dark].theme-change-button").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.browser
def test_axe_sees_what_is_planted(open_page: Open, need_npm_packages: Path) -> None:
    page = open_page("checked")
    page.evaluate((need_npm_packages / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(found.startswith("button-name") for found in page.evaluate(AXE, {}))
