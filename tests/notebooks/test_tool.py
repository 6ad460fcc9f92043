"""tools/notebooks.py: what it writes, what it refuses, what --check sees, what --pull brings back."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import notebooks
import pytest
from cut import CutError, cut_source, read_names

from backprop.diagnosis import QUESTIONS


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def change(path: Path, edit: Callable[[nbformat.NotebookNode], object]) -> None:
    nb = read(path)
    edit(nb)
    path.write_text(nbformat.writes(nb), encoding="utf-8")


def tool(*arguments: object) -> int:
    return notebooks.main([str(a) for a in arguments])


@pytest.fixture
def built(course: Path) -> Path:
    """The small course with unexecuted notebooks: enough for --check and --pull."""
    for source in notebooks.sources(course):
        for notebook in notebooks.notebooks_of(source):
            notebooks.write(notebooks.derive(notebook, source), notebook)
    return course


# ---- building


def test_building_twice_gives_the_same_bytes_and_strips_what_is_no_text(course: Path) -> None:
    notebook = course / "lessons/01_first.ipynb"
    source = notebook.with_suffix(".py")
    notebooks.build(source)
    first = notebook.read_bytes()
    notebooks.build(source)
    assert notebook.read_bytes() == first
    text = first.decode()
    for unwanted in ("image/png", "widget-view", "widget-state", "0x7", "ipykernel_", '"execution":', str(Path.home())):
        assert unwanted not in text
    cells = read(notebook).cells
    assert cells[2].outputs[0].text == "[0 1 2] <object object at 0xADDRESS>\n"
    assert cells[2].outputs[1].text.startswith("<cell>: UserWarning: careful")
    assert cells[3].outputs[0].traceback == [f"ValueError: {cells[3].outputs[0].evalue}"]
    assert cells[4].outputs[0].data == {"text/plain": "<Figure size 640x480 with 1 Axes>"}
    assert cells[5].outputs[0].data == {"text/plain": "IntSlider(value=4)"}


def test_the_whole_course_is_built_without_an_argument_and_then_passes_check(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool("--root", course) == 0
    assert sorted(p.relative_to(course).as_posix() for p in course.rglob("*.ipynb")) == [
        "exercises/01_first.ipynb",
        "lessons/01_first.ipynb",
        "solutions/01_first.ipynb",
    ]
    assert tool("--root", course, "--check") == 0
    assert all(cell.get("execution_count") is None for cell in read(course / "exercises/01_first.ipynb").cells)
    solution = read(course / "solutions/01_first.ipynb").cells
    assert "### BEGIN SOLUTION" in solution[2].source
    assert solution[6].outputs[-1].data["text/plain"] == str(float(QUESTIONS["neuron_cost"].points))


def test_cell_ids_are_the_hash_of_stem_source_and_repetition(built: Path) -> None:
    cells = read(built / "lessons/01_first.ipynb").cells
    for cell, repetition in ((cells[-2], 0), (cells[-1], 1)):
        assert cell.id == hashlib.sha1(f"01_first\n1 + 1\n{repetition}".encode()).hexdigest()[:8]


def test_a_cell_that_raises_without_a_tag_stops_the_build_and_is_named(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "lessons/01_first.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    assert tool(course / "lessons/01_first.py") == 1
    said = capsys.readouterr().err
    assert "lessons/01_first.py" in said and "ZeroDivisionError" in said


def test_an_output_that_nbval_could_not_compare_is_refused(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "lessons/01_first.py").write_text("# %%\nfrom IPython.display import SVG\n\nSVG('<svg></svg>')\n", encoding="utf-8")
    assert tool(course / "lessons/01_first.py") == 1
    assert "cell 1 shows image/svg+xml" in capsys.readouterr().err


# ---- cutting


def test_the_exercise_is_the_solution_with_its_regions_cut(built: Path) -> None:
    cells = read(built / "exercises/01_first.ipynb").cells
    assert cells[2].source.splitlines() == [
        "def neuron_cost(w, b, x, y):",
        '    """The cost."""',
        "    if True:",
        "        # YOUR CODE HERE",
        "        raise NotImplementedError()",
    ]
    assert cells[7].source == "# YOUR CODE HERE\nraise NotImplementedError()"
    assert "Why" not in json.dumps(cells)


def test_cells_that_fail_on_an_untouched_exercise_are_tagged_and_no_others(built: Path) -> None:
    tagged = [i for i, c in enumerate(read(built / "exercises/01_first.ipynb").cells) if "raises-exception" in c.metadata.get("tags", [])]
    #       cost = twice(), print(cost), the line that is cut, and what uses it; neither the definitions nor the check
    assert tagged == [4, 5, 7, 8]
    assert not any("raises-exception" in c.metadata.get("tags", []) for c in read(built / "solutions/01_first.ipynb").cells)


def test_answer_and_check_cells_carry_nbgrader_metadata(built: Path) -> None:
    for folder in ("solutions", "exercises"):
        answer, check, line = (read(built / folder / "01_first.ipynb").cells[i].metadata["nbgrader"] for i in (2, 6, 7))
        common = {"schema_version": 3, "task": False}
        assert answer == common | {"grade_id": "neuron_cost", "grade": False, "solution": True, "locked": False}
        points = QUESTIONS["neuron_cost"].points
        assert check == common | {"grade_id": "neuron_cost-check", "grade": True, "solution": False, "locked": True, "points": points}
        assert line["grade_id"] == "a_line" and line["solution"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["### BEGIN SOLUTION", "### BEGIN SOLUTION", "### END SOLUTION"], "line 2: ### BEGIN SOLUTION inside the region opened in line 1"),
        (["x = 1", "### BEGIN SOLUTION", "x = 2"], "line 2: ### BEGIN SOLUTION is never closed"),
        (["### END SOLUTION"], "line 1: ### END SOLUTION closes a region that was never opened"),
        (["# BEGIN SOLUTION", "x = 2", "### END SOLUTION"], "line 1: '# BEGIN SOLUTION' is not quite a mark"),
    ],
)
def test_a_region_that_cannot_be_cut_is_an_error_that_names_the_line(lines: list[str], sentence: str) -> None:
    with pytest.raises(CutError, match=sentence):
        cut_source("\n".join(lines))


def test_a_region_that_cannot_be_cut_stops_the_tool_with_file_and_cell(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = course / "solutions/01_first.py"
    source.write_text(source.read_text(encoding="utf-8").replace("        ### END SOLUTION\n", ""), encoding="utf-8")
    with pytest.raises(CutError, match="cell 3, line 4"):
        notebooks.derive(course / "exercises/01_first.ipynb", source)
    assert tool("--check", source) == 1
    assert "cell 3, line 4" in capsys.readouterr().err


def test_an_unknown_question_is_refused_with_the_known_ones(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = course / "solutions/01_first.py"
    source.write_text('# %% question="neuron_costs"\n1\n', encoding="utf-8")
    assert tool(source) == 1
    said = capsys.readouterr().err
    assert "'neuron_costs' is not a question" in said and "neuron_gradient" in said


def test_names_sees_through_functions_magics_and_comprehensions() -> None:
    names = read_names("%run other.ipynb\ntotal = sum(n for n in values)\ndef later():\n    inner = unknown\n    return inner")
    assert names.bound == {"total", "n", "later"}
    assert names.now >= {"values", "get_ipython", "sum"} and "unknown" not in names.now
    assert names.later == {"later": {"unknown"}}


# ---- --check


def edited_cell(nb: nbformat.NotebookNode) -> None:
    nb.cells[1].source += "\nx = 1"


@pytest.mark.parametrize(
    ("notebook", "edit", "sentence"),
    [
        ("lessons", edited_cell, "cell 2 (import warnings): source"),
        ("lessons", lambda nb: nb.cells.pop(), "7 cells, expected 8"),
        ("lessons", lambda nb: nb.cells[0].update(cell_type="raw"), "cell 1 (# A lesson): cell_type"),
        ("lessons", lambda nb: nb.cells[3].metadata.update(tags=[]), "cell 4 (np.ones((2, 3)) @ np.ones((2, 3))): metadata"),
        ("lessons", lambda nb: nb.cells[2].update(id="abcdefgh"), "cell 3 (print(np.arange(3), object())): id"),
        ("lessons", lambda nb: nb.metadata.kernelspec.update(name="other"), "the notebook's metadata"),
        ("exercises", lambda nb: nb.cells[2].update(source=nb.cells[2].source + " "), "cell 3 (def neuron_cost(w, b, x, y):): source"),
        ("solutions", lambda nb: nb.cells[6].metadata.nbgrader.update(points=7), "): metadata"),
    ],
)
def test_check_sees_planted_drift(
    built: Path, capsys: pytest.CaptureFixture[str], notebook: str, edit: Callable[[nbformat.NotebookNode], object], sentence: str
) -> None:
    assert tool("--root", built, "--check") == 0
    change(built / notebook / "01_first.ipynb", edit)
    assert tool("--root", built, "--check") == 1
    said = capsys.readouterr().out
    assert sentence in said and f"{notebook}/01_first.ipynb" in said


def test_check_compares_no_outputs_but_wants_them_clean(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = built / "lessons/01_first.ipynb"
    output = nbformat.v4.new_output("execute_result", {"text/plain": "3"}, execution_count=1)
    change(notebook, lambda nb: nb.cells[-1].update(outputs=[output], execution_count=1))
    assert tool("--check", notebook) == 0
    output.data["image/png"] = "iVBORw0KGgo="
    change(notebook, lambda nb: nb.cells[-1].update(outputs=[output]))
    assert tool("--check", notebook) == 1
    assert "outputs hold pictures" in capsys.readouterr().out


def test_check_sees_a_missing_notebook_and_an_orphan(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (built / "exercises/01_first.ipynb").rename(built / "exercises/02_second.ipynb")
    assert tool("--root", built, "--check") == 1
    said = capsys.readouterr().out
    assert "exercises/01_first.ipynb is missing" in said and "exercises/02_second.ipynb has no source" in said


def test_check_executes_nothing(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(*_: object) -> None:
        raise AssertionError("executed")

    monkeypatch.setattr(notebooks, "execute", execute)
    assert tool("--root", built, "--check") == 0


# ---- --pull


def test_pull_brings_one_edit_back_and_leaves_the_rest(built: Path) -> None:
    for folder in ("lessons", "solutions"):
        notebook, source = built / folder / "01_first.ipynb", built / folder / "01_first.py"
        before = source.read_text(encoding="utf-8")
        change(notebook, lambda nb: nb.cells[0].update(source=nb.cells[0].source + "\n\nOne more sentence, $x$."))
        assert notebooks.pull(notebook)
        head, tail = before.split("\n\n", 1)
        assert source.read_text(encoding="utf-8") == f"{head}\n#\n# One more sentence, $x$.\n\n{tail}"


def test_pull_of_an_unedited_notebook_changes_nothing(course: Path) -> None:
    source = course / "solutions/01_first.py"
    text = source.read_text(encoding="utf-8").replace("line + 1", "line+1")  # not even its spaces
    source.write_text(text, encoding="utf-8")
    notebooks.write(notebooks.derive(source.with_suffix(".ipynb"), source), source.with_suffix(".ipynb"))
    assert not notebooks.pull(source.with_suffix(".ipynb"))
    assert source.read_text(encoding="utf-8") == text


def test_pull_from_the_command_line_builds_again(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = course / "lessons/01_first.py"
    source.write_text("# %%\n1 + 1\n", encoding="utf-8")
    assert tool(source) == 0
    change(source.with_suffix(".ipynb"), lambda nb: nb.cells[0].update(source="2+3", metadata={"collapsed": True, "tags": ["demo"]}))
    assert tool("--pull", source.with_suffix(".ipynb")) == 0
    assert source.read_text(encoding="utf-8") == '# %% tags=["demo"]\n2 + 3\n'
    assert read(source.with_suffix(".ipynb")).cells[0].outputs[0].data["text/plain"] == "5"
    assert tool("--check", source) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("exercises/01_first.ipynb", "is cut from its solution: edit solutions/01_first.ipynb"),
        ("lessons/09_none.ipynb", "there is no lessons/09_none.ipynb"),
    ],
)
def test_pull_refuses_what_has_no_source_of_its_own(built: Path, capsys: pytest.CaptureFixture[str], name: str, sentence: str) -> None:
    assert tool("--pull", built / name) == 1
    assert sentence in capsys.readouterr().err


def test_pull_of_code_that_does_not_parse_leaves_the_source(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = built / "lessons/01_first.py"
    before = source.read_text(encoding="utf-8")
    change(source.with_suffix(".ipynb"), lambda nb: nb.cells[-1].update(source="1 +"))
    assert tool("--pull", source.with_suffix(".ipynb")) == 1
    assert "not valid Python" in capsys.readouterr().err
    assert source.read_text(encoding="utf-8") == before


def test_a_file_from_elsewhere_is_refused(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool(course / "notes.py") == 1
    assert "expected lessons/NN_name.py or solutions/NN_name.py" in capsys.readouterr().err


# ---- sanitising


def test_sanitising_a_long_line_takes_no_time() -> None:
    html = f'<img alt="the cost falls" src="data:image/png;base64,{"A1b2/+" * 200_000}" width="700">'
    assert notebooks.sanitise(html) == "<p>the cost falls</p>"
    noise = "A1b2/+" * 20_000  # a pattern that starts anew at each character would need minutes
    assert notebooks.sanitise(noise) == noise


def test_sanitising_knows_addresses_cell_files_and_timings() -> None:
    assert notebooks.sanitise("<f at 0x7f3c0a632710>") == "<f at 0xADDRESS>"
    assert notebooks.sanitise("x\n/tmp/ipykernel_12/345.py:3: UserWarning: y") == "x\n<cell>: UserWarning: y"
    assert notebooks.sanitise("1.5 ms ± 3 µs per loop, Wall time: 3 s") == "TIME, TIME"


def test_outside_its_environment_it_says_what_to_install(root: Path) -> None:
    bare = [sys.executable, "-S", "-E", str(root / "tools" / "notebooks.py"), "--check"]  # -S: no installed package is seen
    done = subprocess.run(bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    said = f'jupytext is missing. In the project\'s folder: {sys.executable} -m pip install -e ".[dev]"'
    assert done.stderr.strip() == said
