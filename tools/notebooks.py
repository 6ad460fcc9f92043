"""Build the course's notebooks from their sources, or compare them, or bring an edit back.

    python tools/notebooks.py                               build every notebook
    python tools/notebooks.py lessons/02_forward_pass.py    build what comes from this source
    python tools/notebooks.py --check [FILE...]             compare everything but outputs; execute nothing
    python tools/notebooks.py --pull NOTEBOOK...            bring an edit made in JupyterLab back into the source

A lesson's home is lessons/NN_name.py; an exercise's home is solutions/NN_name.py (percent format). Lessons and solutions are executed
and keep their text outputs; an exercise is cut from its solution and keeps none. Building twice gives the same bytes.

In a solution, `# %% question="id"` marks the cell a learner writes, `# %% check="id"` the cell that checks it, `# %% answer="name"` a
cell to fill in that no question asks for. They become nbgrader's cell metadata (schema version 3).
"""

import argparse
import copy
import hashlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

try:
    import jupytext
    import nbformat
    from cut import CutError, cut
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from nbformat import NotebookNode
except ModuleNotFoundError as missing:
    sys.exit(f'{missing.name} is missing. In the project\'s folder: {sys.executable} -m pip install -e ".[dev]"')

ROOT = Path(__file__).resolve().parents[1]
SANITISE = Path(__file__).with_name("nbval_sanitise.cfg")
MARKS = ("question", "check", "answer", "tags")
SKIPPED_BY_NBVAL = {"image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"}
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # small matrices: threads only get in the way
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}


class NotebookError(Exception):
    """A sentence for whoever runs the tool."""


# ---- from a source to its notebooks


def notebooks_of(source: Path) -> list[Path]:
    """The notebooks that come from a source: one for a lesson, two for a solution."""
    own = source.with_suffix(".ipynb")
    return [own, source.parents[1] / "exercises" / own.name] if source.parent.name == "solutions" else [own]


def derive(notebook: Path, source: Path) -> NotebookNode:
    """What the notebook should be, not yet executed: cells, ids and metadata."""
    nb = read_source(source)
    if notebook.parent.name == "exercises":
        nb = cut(nb)
    nb.metadata = nbformat.from_dict(
        NOTEBOOK_METADATA | {"backprop": {"name": source.stem, "kind": notebook.parent.name.removesuffix("s")}}
    )
    number(nb.cells, source.stem)
    return nb


def read_source(source: Path) -> NotebookNode:
    """A percent-format source as a notebook, its marks expanded."""
    nb = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict(expand(light(cell)))
    return nb


def light(cell: NotebookNode) -> dict:
    """The marks a source writes for a cell, from a source's or a notebook's cell: question, check, answer, tags; nothing else."""
    marks = {key: cell.metadata[key] for key in MARKS if cell.metadata.get(key)}
    meta = cell.metadata.get("nbgrader")
    if meta is None:
        return marks
    name = meta["grade_id"]
    if meta["grade"]:
        return {"check": name.removesuffix("-check")} | marks
    return {"question" if name in questions() else "answer": name} | marks


def expand(marks: dict) -> dict:
    """A cell's notebook metadata from its marks."""
    metadata = {"tags": sorted(marks["tags"])} if "tags" in marks else {}
    if "check" in marks:
        points = points_of(marks["check"])
        metadata["nbgrader"] = nbgrader(f"{marks['check']}-check", grade=True, solution=False, locked=True, points=points)
    elif "question" in marks or "answer" in marks:
        if "question" in marks:
            points_of(marks["question"])
        metadata["nbgrader"] = nbgrader(marks.get("question") or marks["answer"], grade=False, solution=True, locked=False)
    return metadata


def nbgrader(grade_id: str, **fields: bool | float) -> dict:
    """nbgrader's cell metadata, schema version 3."""
    return {"schema_version": 3, "grade_id": grade_id, "task": False, **fields}


def points_of(question: str) -> float:
    if question not in questions():
        raise NotebookError(f"{question!r} is not a question; backprop.diagnosis.QUESTIONS knows: {', '.join(questions())}.")
    return questions()[question]


@cache
def questions() -> dict[str, float]:
    """Question ids and their points, from the one table that holds them."""
    from backprop.diagnosis import QUESTIONS

    return {name: question.points for name, question in QUESTIONS.items()}


def number(cells: list[NotebookNode], stem: str) -> None:
    """Give each cell the id sha1(stem, source, repetition)[:8]."""
    seen: Counter[str] = Counter()
    for cell in cells:
        cell.id = hashlib.sha1(f"{stem}\n{cell.source}\n{seen[cell.source]}".encode()).hexdigest()[:8]
        seen[cell.source] += 1


# ---- outputs


def execute(nb: NotebookNode, folder: Path) -> NotebookNode:
    """Run all cells in the notebook's own folder and keep text outputs."""
    client = NotebookClient(
        nb,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    client.execute(env={**os.environ, **ONE_THREAD})
    refuse_unchecked(nb)
    return strip(nb)


def strip(nb: NotebookNode) -> NotebookNode:
    """Without images, widget views, widget state, addresses and timings."""
    nb.metadata.pop("widgets", None)
    nb.metadata.pop("language_info", None)
    nb.metadata.language_info = nbformat.from_dict(NOTEBOOK_METADATA["language_info"])
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [output for output in map(strip_output, cell.outputs) if output.get("data", True)]
    return nb


def strip_output(output: NotebookNode) -> NotebookNode:
    if "data" in output:
        output.metadata = nbformat.from_dict({})
        output.data = nbformat.from_dict({mime: sanitise(text) for mime, text in output.data.items() if mime.startswith("text/")})
    if "text" in output:
        output.text = sanitise(output.text)
    if output.output_type == "error":
        output.evalue = sanitise(output.evalue)
        output.traceback = [f"{output.ename}: {output.evalue}"]
    return output


def sanitise(text: str) -> str:
    for pattern, replacement in patterns():
        text = re.sub(pattern, replacement, text)
    return text


@cache
def patterns() -> list[tuple[str, str]]:
    """The pairs of nbval's sanitising file, read as nbval reads them."""
    return re.findall("^regex: (.*)$\n^replace: (.*)$", SANITISE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def refuse_unchecked(nb: NotebookNode) -> None:
    """An output that nbval neither compares as text nor skips would make every run fail: say so while building."""
    for place, cell in enumerate(nb.cells, start=1):
        for mime in (mime for output in cell.get("outputs", []) for mime in output.get("data", {})):
            if not mime.startswith("text/") and mime not in SKIPPED_BY_NBVAL:
                raise NotebookError(f"cell {place} shows {mime}, which is neither kept nor skipped by nbval; show text or a PNG picture.")


# ---- the three commands


def build(source: Path) -> None:
    """Write every notebook of a source."""
    for notebook in notebooks_of(source):
        start = time.perf_counter()
        nb = derive(notebook, source)
        if notebook.parent.name != "exercises":
            nb = execute(nb, source.parent)
        write(nb, notebook)
        print(f"built {shown(notebook)} ({time.perf_counter() - start:.1f} s)", flush=True)


def write(nb: NotebookNode, notebook: Path) -> None:
    notebook.parent.mkdir(exist_ok=True)
    nbformat.validate(nb)
    notebook.write_text(nbformat.writes(nb, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def check(source: Path) -> Iterator[str]:
    """One sentence for each difference between a source's notebooks and what they should be, outputs apart."""
    for notebook in notebooks_of(source):
        expected = derive(notebook, source)
        if not notebook.exists():
            yield f"{shown(notebook)} is missing; build it: python tools/notebooks.py {shown(source)}"
            continue
        for difference in differences(nbformat.read(notebook, as_version=4), expected):
            yield f"{shown(notebook)} and {shown(source)} differ: {difference}"


def differences(found: NotebookNode, expected: NotebookNode) -> Iterator[str]:
    if dict(found.metadata) != dict(expected.metadata):
        yield "the notebook's metadata"
    if len(found.cells) != len(expected.cells):
        yield f"{len(found.cells)} cells, expected {len(expected.cells)}"
    for place, (a, b) in enumerate(zip(found.cells, expected.cells, strict=False), start=1):
        for key in ("cell_type", "source", "metadata", "id"):
            if a.get(key) != b.get(key):
                yield f"cell {place} ({b.source.splitlines()[0][:60] if b.source else 'empty'}): {key}"
                break
    if strip(copy.deepcopy(found)) != found:
        yield "outputs hold pictures, widget state, addresses or timings"


def orphans(root: Path) -> Iterator[str]:
    """Notebooks that no source accounts for."""
    expected = {notebook for source in sources(root) for notebook in notebooks_of(source)}
    for folder in ("lessons", "solutions", "exercises"):
        for notebook in sorted((root / folder).glob("*.ipynb")):
            if notebook not in expected:
                yield f"{shown(notebook)} has no source; delete it, or add the source."


def pull(notebook: Path) -> bool:
    """Bring an edited lesson or solution notebook back into its source; True if the source changed."""
    source = notebook.with_suffix(".py")
    if notebook.parent.name == "exercises":
        raise NotebookError(f"{shown(notebook)} is cut from its solution: edit solutions/{notebook.name} and pull that.")
    if not notebook.exists():
        raise NotebookError(f"there is no {shown(notebook)}.")
    if not source.exists():
        raise NotebookError(f"there is no {shown(source)} to bring {shown(notebook)} back into.")
    edited = nbformat.read(notebook, as_version=4)
    if cells_of(edited) == cells_of(read_source(source)):
        return False
    source.write_text(to_source(edited, source), encoding="utf-8")
    return True


def cells_of(nb: NotebookNode) -> list[tuple[str, str, dict]]:
    return [(cell.cell_type, cell.source, light(cell)) for cell in nb.cells]


def to_source(nb: NotebookNode, name: Path) -> str:
    """The percent-format text of a notebook, formatted as the sources are."""
    bare = nbformat.v4.new_notebook(
        metadata={"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": f"{','.join(MARKS)},-all"}}
    )
    bare.cells = [nbformat.from_dict({**cell, "metadata": light(cell) | {"lines_to_next_cell": 1}}) for cell in nb.cells]
    text = jupytext.writes(bare, fmt="py:percent")
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(name), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    if done.returncode:
        raise NotebookError(f"a code cell is not valid Python, so the edit was not brought back: {done.stderr.strip()}")
    return done.stdout


# ---- command line


def sources(root: Path) -> list[Path]:
    return [source for folder in ("lessons", "solutions") for source in sorted((root / folder).glob("[0-9][0-9]_*.py"))]


def source_of(name: Path) -> Path:
    """The source that a file named on the command line belongs to."""
    path = name.resolve().with_suffix(".py")
    path = path.parents[1] / "solutions" / path.name if path.parent.name == "exercises" else path
    if not path.exists() or path.parent.name not in ("lessons", "solutions"):
        raise NotebookError(f"{name}: expected lessons/NN_name.py or solutions/NN_name.py, or a notebook built from one.")
    return path


def shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds lessons, solutions and exercises")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare everything but outputs; exit status 1 if anything differs")
    mode.add_argument("--pull", action="store_true", help="bring edited notebooks back into their sources, then build them")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = arguments(argv)
    try:
        return run_check(args) if args.check else run_pull(args) if args.pull else run_build(args)
    except (NotebookError, CutError, CellExecutionError) as error:
        print(error, file=sys.stderr)
        return 1


def chosen(args: argparse.Namespace) -> list[Path]:
    return list(dict.fromkeys(map(source_of, args.files))) if args.files else sources(args.root.resolve())


def run_build(args: argparse.Namespace) -> int:
    for source in chosen(args):
        try:
            build(source)
        except (NotebookError, CutError, CellExecutionError) as error:
            raise NotebookError(f"{shown(source)}: {error}") from None
    return 0


def run_check(args: argparse.Namespace) -> int:
    found = [sentence for source in chosen(args) for sentence in check(source)]
    found += [] if args.files else orphans(args.root.resolve())
    for sentence in found:
        print(sentence)
    if found:
        print("Build (python tools/notebooks.py FILE), or, if the notebook is the newer one, bring it back (--pull NOTEBOOK).")
    return 1 if found else 0


def run_pull(args: argparse.Namespace) -> int:
    if not args.files:
        raise NotebookError("--pull needs the notebook whose edit should be brought back.")
    for notebook in (path.resolve() for path in args.files):
        changed = pull(notebook)
        print(f"{shown(notebook.with_suffix('.py'))}: {'changed' if changed else 'nothing to bring back'}")
        if changed:
            build(notebook.with_suffix(".py"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
