"""Step 1 of the web edition: the pages' sources in _build/source, from the hand-written pages and the course's notebooks.

    python source.py [--course FOLDER]      FOLDER holds lessons/ and exercises/ (default: the project's root)

Lessons are executed here, two at a time, so that their pictures and live networks are fresh; a cell that fails fails the build, unless
it is tagged raises-exception. Exercises are shown as the learner gets them.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from html import escape
from pathlib import Path

import figures
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

SITE = Path(__file__).resolve().parent
ROOT = SITE.parent
OUT = SITE / "_build" / "source"
SETUP = f"import sys; sys.path.insert(0, {str(SITE)!r}); import figures; figures.install(); del figures"
WIDGET = "application/vnd.jupyter.widget-view+json"
FOLDED = {
    "tags": ["hide-input"],
    "mystnb": {"code_prompt_show": "How this picture is drawn", "code_prompt_hide": "How this picture is drawn"},
}
PREDICTION = "**Your prediction:**"


class PageError(Exception):
    """A sentence for whoever builds the site."""


# ---- a lesson


def lesson(notebook: Path) -> None:
    """Executes a lesson and writes its page."""
    nb = nbformat.read(notebook, as_version=4)
    states = execute(nb, notebook.parent)
    for place, cell in enumerate(nb.cells, start=1):
        if cell.cell_type == "code":
            drawn = bool(cell.outputs) and all("image/svg+xml" in output.get("data", {}) for output in cell.outputs)
            cell.outputs = list(shown(cell.outputs, states, f"{notebook.stem[:2]}-{place}"))
            cell.metadata = nbformat.from_dict(FOLDED if drawn else {})
        elif cell.source.startswith(PREDICTION):
            cell.source = prediction(place)
    nb.metadata.pop("widgets", None)
    head(nb, notebook)
    write(nb, notebook)


def execute(nb: NotebookNode, folder: Path) -> dict[str, dict]:
    """Runs the cells in place; returns the state of each widget by its id."""
    nb.cells.insert(0, nbformat.v4.new_code_cell(SETUP))
    client = NotebookClient(
        nb,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,  # or what is printed in two goes gets an empty line, or loses its first spaces, on the page
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    client.execute()
    del nb.cells[0]
    states = nb.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    return {name: widget["state"] for name, widget in states.items()}


def shown(outputs: list[NotebookNode], states: dict[str, dict], name: str) -> Iterator[NotebookNode]:
    """The outputs as a page shows them: pictures and live networks as HTML, text as it is."""
    for number, output in enumerate(outputs, start=1):
        data = output.get("data", {})
        if WIDGET in data:
            yield html(live(states[data[WIDGET]["model_id"]], data["text/plain"]))
        elif "image/svg+xml" in data and data.get("text/plain"):
            yield html(figures.figure(data["image/svg+xml"], data["text/plain"], f"f{name}-{number}"))
        elif any(mime.startswith("image/") for mime in data):
            raise PageError(f"cell {name} shows a picture without words: show it with draw.show(fig, alt).")
        else:
            yield output


def live(state: dict, text: str) -> str:
    """An explorer as HTML, from its state; of a widget that only Python could answer, its text and where it is alive."""
    from backprop.live import page

    if "_esm" in state:
        return page.from_state(state, text)
    return (
        f'<pre>{escape(text)}</pre><p class="bp-python-only">In JupyterLab this cell also has controls, which Python answers. '
        '<a href="../start.html">How to open it there</a>.</p>'
    )


def html(text: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": text})


def prediction(place: int) -> str:
    """A place to write a prediction; what follows in its section stays hidden until then (site.js)."""
    return (
        f'<div class="bp-predict"><label for="predict-{place}">Your prediction</label>'
        f'<textarea id="predict-{place}" rows="2" placeholder="Write it down before you look."></textarea>'
        '<button type="button" hidden>Show what happens</button></div>'
    )


# ---- an exercise


def exercise(notebook: Path) -> None:
    """An exercise as the learner gets it, with hints and solution folded below each question."""
    nb = nbformat.read(notebook, as_version=4)
    cells = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = []
        cells.append(cell)
        question = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if question.endswith("-check"):
            cells.append(nbformat.v4.new_markdown_cell(folded(question.removesuffix("-check"))))
        cell.metadata = {}
    nb.cells = cells
    head(nb, notebook)
    write(nb, notebook)


def folded(question: str) -> str:
    """The hints of a question, each under its own fold, and last its solution."""
    return f"```{{bp-hints}} {question}\n```"


# ---- what both share


def head(nb: NotebookNode, notebook: Path) -> None:
    """Below the title: the notebook to download, and the line that opens it in JupyterLab."""
    kind = notebook.parent.name
    title, _, rest = nb.cells[0].source.partition("\n")
    if not re.match(r"# \S", title):
        raise PageError(f"{notebook.name} must begin with a markdown cell whose first line is its title, but that is {title!r}.")
    opens = f"`.venv/bin/jupyter lab backprop-course/{kind}/{notebook.name}`"
    offer = (
        f"{{download}}`Download this notebook </notebooks/{kind}/{notebook.name}>`, or open it in JupyterLab: {opens} ([how](/start.md))"
    )
    line = f":::{{container}} bp-open\n{offer}\n:::"
    nb.cells[0].source = f"{title}\n\n{line}\n{rest}"


def write(nb: NotebookNode, notebook: Path) -> None:
    """The page's source, and beside it the notebook as it can be downloaded."""
    kind = notebook.parent.name
    for folder in (OUT / kind, OUT / "notebooks" / kind):
        folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, OUT / kind / notebook.name)
    shutil.copyfile(notebook, OUT / "notebooks" / kind / notebook.name)


def pages() -> None:
    """The hand-written pages and the benchmarks, each as it is, and the explorer's front end."""
    from backprop.live import page

    for path in SITE.glob("*.md"):
        shutil.copyfile(path, OUT / path.name)
    shutil.copyfile(ROOT / "BENCHMARKS.md", OUT / "benchmarks.md")
    (OUT / "_static").mkdir()
    (OUT / "_static" / "explorer.js").write_text(page.script(), encoding="utf-8")
    (OUT / "_static" / "explorer.css").write_text(page.style(), encoding="utf-8")


def notebooks(course: Path, folder: str) -> list[Path]:
    found = sorted((course / folder).glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise PageError(f"there are no {folder} in {course}; build them: python tools/notebooks.py")
    return found


def work(job: tuple[Callable[[Path], None], Path]) -> None:
    make, notebook = job
    try:
        make(notebook)
    except Exception as error:
        raise PageError(f"{escape(notebook.parent.name)}/{notebook.name}: {error}") from None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--course", type=Path, default=ROOT)
    course = parser.parse_args().course.resolve()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    try:
        jobs = [(lesson, notebook) for notebook in notebooks(course, "lessons")]
        jobs += [(exercise, notebook) for notebook in notebooks(course, "exercises")]
        pages()
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(work, jobs))
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
