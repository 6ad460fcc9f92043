"""The class at a glance: points a question, statuses, and mistakes by how many made them."""

from __future__ import annotations

import base64
import contextlib
import html
import io
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from backprop.folders import write
from backprop.grade.course import finished
from backprop.grade.export import number
from backprop.grade.feedback import STYLE
from backprop.grade.store import Store

NOT_ANSWERED = ("missing", "not attempted", "unreadable")
HEADS = ("assignment", "question", "mean points", "answered", "statuses")
BLUE, ORANGE = "#2a6fb0", "#b3471d"


class Line(NamedTuple):
    """One question of one assignment: how many students, how many answered, the mean of the points, the statuses."""

    assignment: str
    question: str
    students: int
    answered: int
    mean: float
    max_points: float
    statuses: tuple[tuple[str, int], ...]


class Slip(NamedTuple):
    """One mistake in one question: how many of those who answered made it."""

    id: str
    question: str
    times: int
    answered: int

    def __str__(self) -> str:
        from backprop.diagnosis import MISTAKES

        says = MISTAKES[self.id].says if self.id in MISTAKES else self.id
        return f"{self.times} of {self.answered} in {self.question}: {says} ({self.id})"


def summary(results: Path) -> int:
    """Prints the table and writes RESULTS/summary.html and summary.png; 0 when it is done."""
    return finished(lambda: _summary(results), "The results themselves were not changed.")


def _summary(results: Path) -> str:
    with contextlib.closing(Store(results)) as store:
        lines, slips = glance(store)
    show(lines, slips)
    picture = drawn(lines, slips)
    write(results / "summary.png", picture)
    write(results / "summary.html", page(lines, slips, picture).encode())
    return f"The picture: {results / 'summary.png'}; the page: {results / 'summary.html'}"


def glance(store: Store) -> tuple[list[Line], list[Slip]]:
    """The class by question, and its mistakes, the most frequent first."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in store.grades():
        if row["question"]:
            slim = {name: row[name] for name in ("points", "max_points", "status", "mistakes")}
            rows.setdefault((row["assignment"], row["question"]), []).append(slim)
    lines = [_line(*key, own) for key, own in rows.items()]
    slips = [slip for key, own in rows.items() for slip in _slips(key[1], own)]
    return lines, sorted(slips, key=lambda slip: (-slip.times, slip.question, slip.id))


def _answered(rows: list[dict[str, Any]]) -> int:
    return sum(row["status"] not in NOT_ANSWERED for row in rows)


def _line(assignment: str, question: str, rows: list[dict[str, Any]]) -> Line:
    mean = sum(row["points"] for row in rows) / len(rows)
    statuses = Counter(row["status"] for row in rows).most_common()
    return Line(assignment, question, len(rows), _answered(rows), mean, rows[0]["max_points"], tuple(statuses))


def _slips(question: str, rows: list[dict[str, Any]]) -> list[Slip]:
    made = Counter(id for row in rows for id in row["mistakes"].split(";") if id)
    return [Slip(id, question, times, _answered(rows)) for id, times in made.items()]


def _cells(line: Line) -> tuple[str, ...]:
    """A line of the table, by HEADS."""
    of = f"{line.mean:.2f} of {number(line.max_points)}"
    statuses = ", ".join(f"{times} {status}" for status, times in line.statuses)
    return line.assignment, line.question, of, f"{line.answered} of {line.students}", statuses


def show(lines: list[Line], slips: list[Slip], width: int | None = None) -> None:
    """The table in a terminal (or in so many columns). A question's id is whole from 80 columns on; below, what is long is folded."""
    from rich import box
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console(emoji=False, width=width)
    heads = [Column(name, overflow="fold", no_wrap=name == "question" and console.width >= 80) for name in HEADS]
    table = Table(*heads, box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for line in lines:
        table.add_row(*map(Text, _cells(line)))
    console.print(table)
    for slip in slips:
        console.print(f"  {slip}", markup=False, highlight=False)


def drawn(lines: list[Line], slips: list[Slip]) -> bytes:
    """The same as a picture: shares of the points a question, and the twelve most frequent mistakes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    top = slips[:12]
    height = 1.6 + 0.32 * max(len(lines), len(top), 3)
    figure = Figure(figsize=(11, height), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    shares = [line.mean / line.max_points if line.max_points else 0.0 for line in lines]
    _bars(left, [line.question for line in lines], [100 * share for share in shares], BLUE, "mean points, % of the most")
    left.set_xlim(0, 100)
    _bars(right, [f"{slip.id} in {slip.question}" for slip in top], [slip.times for slip in top], ORANGE, "students who made the mistake")
    right.xaxis.get_major_locator().set_params(integer=True)
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]  # untyped in matplotlib
    return file.getvalue()


def _bars(ax: Any, names: list[str], values: list[float], colour: str, title: str) -> None:
    bars = ax.barh(range(len(names)), values, color=colour, height=0.6)
    ax.bar_label(bars, fmt="%.3g", padding=3)
    ax.set_yticks(range(len(names)), [name.replace("$", r"\$") for name in names])
    ax.set_ylim(max(len(names), 3) - 0.5, -0.5)
    ax.margins(x=0.12)
    ax.set_title(title, fontsize=11, loc="left")
    ax.spines[["top", "right"]].set_visible(False)


def page(lines: list[Line], slips: list[Slip], picture: bytes) -> str:
    """The same as a page that stands alone."""
    alt = html.escape("; ".join(f"{line.question} {line.mean:.2f} of {number(line.max_points)}" for line in lines), quote=True)
    image = f'<img alt="Mean points: {alt}." src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
    made = "".join(f"<li>{html.escape(str(slip))}</li>" for slip in slips) or "<li>No named mistake.</li>"
    style = (
        STYLE.replace("46rem", "70rem")
        + "img{max-width:100%;background:#fff}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem}"
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>The class</title><style>{style}</style>'
    body = f"<h1>The class at a glance</h1>{image}<h2>Points</h2>{_table(lines)}<h2>Mistakes by frequency</h2><ol>{made}</ol>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{body}</main></body></html>\n'


def _table(lines: list[Line]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADS)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(line)) + "</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
