"""One question of a notebook in a process of its own: `python -m backprop.diagnosis.alone NOTEBOOK QUESTION MEGABYTES ANSWER_FILE`.

The answer cell runs whole; of the other cells only imports, definitions and plain values do. Where a name is then missing, the cells
before the answer run whole as well.
"""

from __future__ import annotations

import ast
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backprop.diagnosis.report import Report

Cells = list[dict[str, Any]]
CANNOT_WRITE = 74  # the exit status where the report has no room on the disk: that is not the answer's fault


def main(notebook: str, question: str, megabytes: str, answer_file: str) -> None:
    """Writes the report as JSON to `answer_file`."""
    limit_memory(int(megabytes))
    for report in looks(readable(json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]), question):
        unfinished = Path(answer_file).with_suffix(".part")
        try:
            unfinished.write_text(json.dumps(report.to_dict()), encoding="utf-8")
            unfinished.replace(answer_file)  # so that a report is there only when it is whole
        except OSError:
            sys.exit(CANNOT_WRITE)


def limit_memory(megabytes: int) -> None:
    """Bounds this process's memory, where the system can."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    wanted, hard = megabytes * 2**20, resource.getrlimit(resource.RLIMIT_AS)[1]
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS sets no such limit
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def looks(cells: Cells, question: str) -> Iterator[Report]:
    """The report on a question from few cells; where a name was missing, a second one after all cells before the answer ran."""
    report = _judge(cells, question, whole=False)
    yield report
    if "NameError" in report.message or "is not defined" in report.message:
        yield _judge(cells, question, whole=True)


def _judge(cells: Cells, question: str, whole: bool) -> Report:
    from backprop.diagnosis import check
    from backprop.diagnosis.course import points_of

    scope: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
    failed: BaseException | None = None
    answer_cells = [i for i, cell in enumerate(cells) if is_answer(cell, question)]
    for i, cell in enumerate(cells):
        if cell["cell_type"] == "code" and not is_check(cell) and (not whole or i <= answer_cells[-1]):
            error = _run(cell, i, scope, whole or i in answer_cells)
            failed = error if i in answer_cells else failed
    if question in scope:
        return _checked(check, question, scope[question])
    status, text = _why(question, failed)
    return Report(question, status, 0.0, points_of(question), text)


def _checked(check: Any, question: str, answer: Any) -> Report:
    report: Report = check(question, answer)
    if report.status == "raised" and "MemoryError" in report.message:
        return Report(question, "memory", 0.0, report.max_points, "your function asked for more memory than it may have.")
    return report


def _why(question: str, failed: BaseException | None) -> tuple[str, str]:
    if isinstance(failed, MemoryError):
        return "memory", "the answer's cell asked for more memory than it may have."
    if failed is not None:
        return "raised", f"the answer's cell raised {type(failed).__name__}: {failed}"
    return "missing", f"the notebook defines no function {question}."


def readable(cells: Any) -> Cells:
    """The cells of a notebook that are of a kind and shape that can be read; raises TypeError where that is no list."""
    if not isinstance(cells, list):
        raise TypeError("cells must be a list")
    return [_complete(cell) for cell in cells if isinstance(cell, dict) and isinstance(cell.get("source"), str | list)]


def _complete(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell with all that is asked for later, whatever is missing or of another type."""
    text = cell["source"] if isinstance(cell["source"], str) else "".join(line for line in cell["source"] if isinstance(line, str))
    metadata = cell["metadata"] if isinstance(cell.get("metadata"), dict) else {}
    mark = metadata["nbgrader"] if isinstance(metadata.get("nbgrader"), dict) else {}
    return {"cell_type": cell.get("cell_type"), "source": text, "metadata": {"nbgrader": mark}}


def is_answer(cell: dict[str, Any], question: str) -> bool:
    """Whether this is the question's answer cell, by its grade_id or, where that was lost, by the function it defines."""
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
    if grade_id is not None:
        return bool(grade_id == question)
    return cell["cell_type"] == "code" and f"def {question}(" in source(cell)


def is_check(cell: dict[str, Any]) -> bool:
    """Whether this is a check cell."""
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def source(cell: dict[str, Any]) -> str:
    """A cell's text, without lines that only IPython understands."""
    text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in text.split("\n"))


def _run(cell: dict[str, Any], number: int, scope: dict[str, Any], whole: bool) -> BaseException | None:
    """Runs a cell, or of it only what defines names; what it raises ends this cell and no more."""
    import linecache

    name, text = f"<cell {number + 1}>", source(cell)
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    parts = [ast.Module(tree.body, [])] if whole else [ast.Module([node], []) for node in tree.body if _defines(node)]
    first: BaseException | None = None
    for part in parts:
        try:
            exec(compile(part, name, "exec", dont_inherit=True), scope)
        except (Exception, SystemExit) as error:
            first = first or error
    return first


def _defines(node: ast.stmt) -> bool:
    """Whether a statement is an import, a definition, or gives a name to a plain value."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        return True
    return isinstance(node, ast.Assign | ast.AnnAssign) and not any(isinstance(n, ast.Call) for n in ast.walk(node))


if __name__ == "__main__":
    main(*sys.argv[1:])
