"""A submitted notebook, read without trusting it: which cells run, which answer what, and which lesson it is."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

MAX_CELLS, MAX_MAGIC_WORK = 5_000, 3_000_000
MAGIC = re.compile(r"^[ \t]*[%!?,;/]|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
PROMPT = re.compile(r"\A\s*(?:>>>|In \[\d+\]|[ \t])")
BODY_MAGICS = frozenset("time timeit capture prun memit mprun python python3 debug".split())


class Unreadable(Exception):
    """The file is no notebook that can be graded; status is unreadable or too large."""

    def __init__(self, message: str, status: str = "unreadable") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Cell(NamedTuple):
    """A cell: its kind, its source, its grade_id, its tags."""

    code: bool
    source: str
    grade_id: str = ""
    tags: tuple[str, ...] = ()

    @property
    def is_check(self) -> bool:
        return self.grade_id.endswith("-check")


class Notebook(NamedTuple):
    """A notebook: its cells in their order."""

    cells: tuple[Cell, ...]

    def program(self, demos: frozenset[str]) -> list[tuple[str, str]]:
        """What runs, as (name, source): every code cell but check cells and unchanged demos, without magics."""
        program = []
        for number, cell in enumerate(self.cells, 1):
            unchanged_demo = "demo" in cell.tags and cell.source.strip() in demos
            if cell.code and not cell.is_check and not unchanged_demo and cell.source.strip():
                program.append((f"cell {number}", plain(cell.source)))
        return program

    def answered(self, questions: dict[str, float]) -> set[str]:
        """The questions that have an answer cell, by its grade_id."""
        return {cell.grade_id for cell in self.cells if cell.code} & set(questions)

    def duplicates(self) -> set[str]:
        """The grade_ids that several code cells bear."""
        seen = Counter(cell.grade_id for cell in self.cells if cell.code and cell.grade_id)
        return {grade_id for grade_id, times in seen.items() if times > 1}

    def lesson(self, questions: dict[str, dict[str, float]]) -> str:
        """The lesson whose questions its answer cells bear, or whose functions it defines; empty where there is none."""
        for found in (self._by_cells, self._by_names):
            counts = {lesson: found(asked) for lesson, asked in questions.items()}
            best = max(counts, key=lambda lesson: counts[lesson], default="")
            if counts.get(best):
                return best
        return ""

    def _by_cells(self, asked: dict[str, float]) -> int:
        return sum(cell.grade_id.removesuffix("-check") in asked for cell in self.cells)

    def _by_names(self, asked: dict[str, float]) -> int:
        return sum(
            bool(re.search(rf"^(def|class) {name}\b|^{name} *=", cell.source, re.MULTILINE)) for cell in self.cells for name in asked
        )


def read_bytes(path: Path, limit_mb: int) -> bytes:
    """A regular file's bytes; never follows a link, never waits, never reads more than the limit."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        said = "It is a link; links are not followed." if path.is_symlink() else f"It cannot be opened: {error.strerror}."
        raise Unreadable(said) from None
    with os.fdopen(number, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("It is not a file.")
        if about.st_size > limit_mb * 1_000_000:
            size = about.st_size / 1e6
            raise Unreadable(f"It has {size:.0f} MB; the limit is {limit_mb} MB. Clear the outputs and hand it in again.", "too large")
        try:
            return file.read(limit_mb * 1_000_000)
        except OSError as error:
            raise Unreadable(f"It cannot be read: {error.strerror}.") from None


def parse(data: bytes) -> Notebook:
    """The notebook in some bytes of JSON."""
    if not data.strip():
        raise Unreadable("The file is empty.")
    try:
        content = json.loads(data)
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8 text, so it is no notebook.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"The file is not a notebook: {str(error)[:200] or type(error).__name__}.") from None
    cells = _cells(content)
    if cells is None or len(cells) > MAX_CELLS:
        raise Unreadable("The file is JSON, but not a notebook." if cells is None else f"The notebook has more than {MAX_CELLS} cells.")
    return Notebook(tuple(_cell(cell) for cell in cells if isinstance(cell, dict)))


def _cells(content: Any) -> list[Any] | None:
    if not isinstance(content, dict):
        return None
    sheets = content.get("worksheets")
    if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):  # nbformat 3
        content = sheets[0]
    cells = content.get("cells")
    return cells if isinstance(cells, list) else None


def _cell(cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    text = "".join(line for line in source if isinstance(line, str)) if isinstance(source, list) else source
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else ""
    tags = metadata.get("tags")
    return Cell(
        cell.get("cell_type") == "code",
        text.encode("utf-8", "replace").decode() if isinstance(text, str) else "",
        grade_id if isinstance(grade_id, str) else "",
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def plain(source: str) -> str:
    """A cell's source as plain Python: %%time and its like off, other cell magics gone, line magics, ! and ? made harmless."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if line.strip().startswith("%%"):
            if line.strip().split()[0][2:] not in BODY_MAGICS:
                return ""
            lines[number] = ""
        elif line.strip():
            break
    return _transformed("\n".join(lines))


def _transformed(source: str) -> str:
    """The source through IPython's own transformer; where that would take long, the lines in question are dropped."""
    marks = len(MAGIC.findall(source))
    if not marks and not PROMPT.match(source):
        return source
    if marks * len(source) > MAX_MAGIC_WORK:
        return re.sub(r"^[ \t]*[%!?].*$", "", source, flags=re.MULTILINE)
    try:
        return str(_transformer().transform_cell(source))
    except Exception:  # it stands as it is, and says so when it runs
        return source


@cache
def _transformer() -> Any:
    from IPython.core.inputtransformer2 import TransformerManager

    sys.stdout.flush()
    return TransformerManager()  # type: ignore[no-untyped-call]  # untyped in IPython
