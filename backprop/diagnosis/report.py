"""The report a learner reads: plain data, shown as text in a terminal and as HTML in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

STATUSES = (
    "correct", "mistake", "ambiguous", "shape", "unknown", "raised", "timeout", "memory", "crashed", "not attempted", "missing",
    "unreadable", "too large",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What is said about one mistake: its id, what it is, where to look, why the right form is right."""

    id: str
    says: str
    look: str
    why: str


@dataclass(frozen=True)
class Compared:
    """The first part that is off: its name, what was expected, what was received (as text, ready to show side by side)."""

    part: str
    expected: str
    received: str


@dataclass(frozen=True)
class Report:
    """What `check` found out about one answer.

    `status` is one of STATUSES; `points` of `max_points` were earned; `message` is one line. `mistakes` are the ids that were made, only
    when certain; `candidates` are tuples of ids that fit equally well. `readings` says where to look for each; `compared` shows the first
    part that is off, `parts` which parts earned their share, `probe` is code that fails and can be pasted. No units. Raises nothing.
    """

    question: str
    status: str
    points: float
    max_points: float
    message: str
    mistakes: tuple[str, ...] = ()
    candidates: tuple[tuple[str, ...], ...] = ()
    details: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    compared: Compared | None = None
    parts: tuple[tuple[str, bool], ...] = ()
    probe: str = ""

    @property
    def correct(self) -> bool:
        """Whether the answer is right in every part."""
        return self.status == "correct"

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, ready for JSON."""
        return {"correct": self.correct, **asdict(self)}

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return _page(self)


def points_text(report: Report) -> str:
    """1.5 of 4 points."""
    return f"{report.points:.4g} of {report.max_points:.4g} point{'' if report.max_points == 1 else 's'}"


def _mark(report: Report) -> str:
    return {"correct": "✓", "not attempted": "·"}.get(report.status, "✗")


def headline(report: Report) -> str:
    """The one line that comes first."""
    return f"{_mark(report)} {report.question}: {report.message}"


def _lines(report: Report) -> Iterator[str]:
    yield headline(report)
    yield from (f"  {detail}" for detail in report.details)
    for reading in report.readings:
        yield from _reading_lines(reading, named=len(report.readings) > 1)
    if report.compared is not None:
        yield f"  {_first_off(report)}{report.compared.part}:"
        yield from _side_by_side(report.compared)
    if len(report.parts) > 1 and not report.correct:
        yield "  Parts: " + ", ".join(f"{name} {'right' if ok else 'not yet'}" for name, ok in report.parts) + "."
    yield f"  Points: {points_text(report)}."
    if report.probe:
        yield "  A call that shows it, to paste into a cell:"
        yield from (f"    {line}".rstrip() for line in report.probe.splitlines())


def _first_off(report: Report) -> str:
    """The words before the name of the part that is shown: none where there is one part only, or where the first line has them."""
    said = "is off is" in report.message and report.message.endswith(f" {report.compared.part}.") if report.compared else False
    return "" if said or len(report.parts) == 1 else "The first part that is off is "


def _reading_lines(reading: Reading, named: bool) -> Iterator[str]:
    if named:
        yield f"  • {reading.says}"
    indent = "    " if named else "  "
    yield f"{indent}Where to look: {reading.look}"
    yield f"{indent}Why: {reading.why}"


def _side_by_side(compared: Compared) -> Iterator[str]:
    left = ["expected", *compared.expected.splitlines()]
    right = ["received", *compared.received.splitlines()]
    width = max(map(len, left))
    for i in range(max(len(left), len(right))):
        a, b = (column[i] if i < len(column) else "" for column in (left, right))
        yield f"    {a:<{width}}   {b}".rstrip()


_STYLE = """
.bp-report{--bp-good:#1a7f4b;--bp-bad:#b3471d;--bp-quiet:#5b6472;--bp-ground:#f4f5f8;--bp-ink:#1d2330;
 color:var(--jp-content-font-color1,var(--bp-ink));background:var(--jp-layout-color2,var(--bp-ground));
 border-radius:8px;padding:.8em 1.1em;line-height:1.5;max-width:60em;font-family:var(--jp-content-font-family,system-ui,sans-serif)}
@media (prefers-color-scheme:dark){.bp-report{--bp-good:#6fd3a0;--bp-bad:#f0a27c;--bp-quiet:#a7afbd;--bp-ground:#222733;--bp-ink:#e8ebf1}}
body[data-jp-theme-light="true"] .bp-report,body.vscode-light .bp-report,html[data-theme="light"] .bp-report{
 --bp-good:#1a7f4b;--bp-bad:#b3471d;--bp-quiet:#5b6472;
 --bp-ground:#f4f5f8;--bp-ink:#1d2330}
body[data-jp-theme-light="false"] .bp-report,body.vscode-dark .bp-report,html[data-theme="dark"] .bp-report{
 --bp-good:#6fd3a0;--bp-bad:#f0a27c;--bp-quiet:#a7afbd;
 --bp-ground:#222733;--bp-ink:#e8ebf1}
.bp-report p{margin:.35em 0}.bp-report .bp-head{font-weight:600;font-size:1.06em}
section.bp-report.bp-report code{padding:0;background:none;color:inherit}
.bp-report.good .bp-head span{color:var(--bp-good)}.bp-report.bad .bp-head span{color:var(--bp-bad)}
.bp-report .quiet{color:var(--jp-content-font-color2,var(--bp-quiet))}
section.bp-report.bp-report pre{margin:.2em 0;padding:0;border:0;background:none;color:inherit;font-size:.9em;overflow-x:auto;
 white-space:pre}
section.bp-report.bp-report details pre{margin:.4em 0;padding-left:.8em;border-left:3px solid var(--bp-quiet);white-space:pre-wrap;
 overflow-wrap:anywhere}
.bp-report .bp-two{display:flex;flex-wrap:wrap;gap:.4em 2.5em}.bp-report ul{margin:.35em 0;padding-left:1.3em}
.bp-report summary{cursor:pointer}
"""


def _page(report: Report) -> str:
    kind = "good" if report.correct else "quiet" if report.status == "not attempted" else "bad"
    label = html.escape(f"Report on {report.question}: {report.status}", quote=True)
    return (
        f'<section class="bp-report {kind}" role="region" aria-label="{label}"><style>{_STYLE}</style>{"".join(_blocks(report))}</section>'
    )


def _blocks(report: Report) -> Iterator[str]:
    yield (
        f'<p class="bp-head"><span aria-hidden="true">{_mark(report)}</span> <code>{html.escape(report.question)}</code>: '
        f"{html.escape(report.message)}</p>"
    )
    yield from (f"<p>{html.escape(detail)}</p>" for detail in report.details)
    if len(report.readings) == 1:
        yield "".join(_look_and_why(report.readings[0]))
    elif report.readings:
        items = (f"<li>{html.escape(r.says)}{''.join(_look_and_why(r))}</li>" for r in report.readings)
        yield f"<ul>{''.join(items)}</ul>"
    if report.compared is not None:
        yield _compared_html(report.compared, _first_off(report))
    if len(report.parts) > 1 and not report.correct:
        parts = ", ".join(f"<code>{html.escape(name)}</code> {'right' if ok else 'not yet'}" for name, ok in report.parts)
        yield f'<p class="quiet">Parts: {parts}.</p>'
    yield f'<p class="quiet">Points: {points_text(report)}.</p>'
    if report.probe:
        yield (
            f'<details><summary>A call that shows it, to paste into a cell</summary><pre tabindex="0">{html.escape(report.probe)}</pre>'
            "</details>"
        )


def _look_and_why(reading: Reading) -> Iterator[str]:
    yield f"<p><strong>Where to look:</strong> {html.escape(reading.look)}</p>"
    yield f"<p><strong>Why:</strong> {html.escape(reading.why)}</p>"


def _compared_html(compared: Compared, words: str) -> str:
    sides = "".join(
        f'<div><span class="quiet">{word}</span><pre tabindex="0">{html.escape(text)}</pre></div>'
        for word, text in (("expected", compared.expected), ("received", compared.received))
    )
    return f'<p>{words}<code>{html.escape(compared.part)}</code>:</p><div class="bp-two">{sides}</div>'
