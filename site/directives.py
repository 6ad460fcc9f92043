"""What the pages generate from the package: live networks, the Rosetta table, slips, mistakes, hints and the reference."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from html import escape
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import backprop as bp
from backprop.diagnosis import MISTAKES
from backprop.diagnosis.catalogue import Mistake
from backprop.diagnosis.questions import HINTS
from backprop.live import page
from backprop.notes import rosetta, slips

# ---- words to nodes


def inline(text: str) -> list[nodes.Node]:
    """A sentence as nodes: `code` between backticks, all else as it stands."""
    return [nodes.literal(part, part) if i % 2 else nodes.Text(part) for i, part in enumerate(re.split("`([^`]+)`", text))]


def paragraph(text: str, *classes: str) -> nodes.paragraph:
    return nodes.paragraph("", "", *inline(" ".join(text.split())), classes=list(classes))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> nodes.Node:
    """A table that scrolls by itself where it is too wide; the first column heads its row."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    for kind, lines in ((nodes.thead, [head]), (nodes.tbody, rows)):
        body = kind()
        for line in lines:
            body += nodes.row("", *[nodes.entry("", paragraph(cell)) for cell in line])
        group += body
    return nodes.container("", nodes.table("", group), classes=["bp-wide"])


def fold(title: str, *content: nodes.Node) -> list[nodes.Node]:
    """What the reader sees only when the fold is opened."""
    start = nodes.raw("", f"<details class='bp-fold'><summary>{escape(title)}</summary>", format="html")
    return [start, *content, nodes.raw("", "</details>", format="html")]


def section(title: str, name: str, *content: nodes.Node) -> nodes.section:
    return nodes.section("", nodes.title("", "", *inline(title)), *content, ids=[name], names=[name])


# ---- the directives


class Explorer(SphinxDirective):
    """`bp-explorer` with `neuron` or `network`: a live network, made by `bp.explorer`."""

    required_arguments = 1
    networks: ClassVar[dict[str, Any]] = {
        "neuron": lambda: (
            [bp.Layer(np.array([[0.8]]), np.array([-0.4]), bp.sigmoid)],
            np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]]),
            np.array([[1.0], [1.0], [0.0], [1.0], [0.0]]),
        ),
        "network": bp.data.small_network,
    }

    def run(self) -> list[nodes.Node]:
        network = self.networks[self.arguments[0]]()
        return [nodes.raw("", page.figure(bp.explorer(*network, bp.half_squared_error)), format="html")]


class Rosetta(SphinxDirective):
    """`bp-rosetta`: one quantity, five names."""

    def run(self) -> list[nodes.Node]:
        head = ["quantity", "ours", *rosetta.TITLES]
        key = [f"`{note}`: {title}." for note, title in rosetta.TITLES.items()]
        return [*(paragraph(line) for line in key), table(head, rosetta.TABLE)]


class Slips(SphinxDirective):
    """`bp-slips`: every line that the course puts right, note by note."""

    how: ClassVar[dict[str, str]] = {"∂": "measured slope", "#": "shapes or a run", "¶": "by reading", "": "nothing to measure"}

    def run(self) -> list[nodes.Node]:
        return [self.of(note, title) for note, title in rosetta.TITLES.items()]

    def of(self, note: str, title: str) -> nodes.section:
        rows = [(str(s.number), s.line, s.truth, self.how[s.mark]) for s in slips.SLIPS.values() if s.note == note]
        return section(
            title, f"slips-{note.replace('_', '-')}", table(["slip", "as it stands in our copy", "what is true", "seen by"], rows)
        )


class Api(SphinxDirective):
    """`bp-api`: every public name with its docstring, in teaching order."""

    def run(self) -> list[nodes.Node]:
        names = [name for name in bp.__all__ if not isinstance(getattr(bp, name), ModuleType)]
        parts = {"backprop": [(f"bp.{name}", getattr(bp, name)) for name in names]}
        for module, title in ((bp.data, "bp.data"), (bp.notation, "bp.notation")):
            parts[title] = [(f"{title}.{name}", thing) for name, thing in public(module)]
        for note in rosetta.TITLES:
            module = getattr(bp.notes, note)
            parts[f"bp.notes.{note}"] = [(f"bp.notes.{note}.{name}", thing) for name, thing in public(module) if name[0].islower()]
        return [self.part(title, entries) for title, entries in parts.items()]

    def part(self, title: str, entries: list[tuple[str, Any]]) -> nodes.section:
        return section(title, title.replace(".", "-").replace("_", "-"), *(self.entry(*entry) for entry in entries))

    def entry(self, name: str, thing: Any) -> nodes.container:
        code = nodes.literal_block("", f"{name}{signature(thing)}", language="python", classes=["bp-signature"])
        text = [paragraph(part) for part in documentation(thing).split("\n\n")]
        return nodes.container("", code, *text, ids=[name.replace(".", "-").replace("_", "-")], classes=["bp-entry"])


def public(module: ModuleType) -> list[tuple[str, Any]]:
    """The functions a module defines or names, in its own order."""
    names = getattr(module, "__all__", None) or [
        name for name, thing in vars(module).items() if inspect.isfunction(thing) and thing.__module__ == module.__name__
    ]
    return [(name, getattr(module, name)) for name in names if not name.startswith("_")]


def signature(thing: Any) -> str:
    if not callable(thing):
        return ""
    text = str(inspect.signature(thing))
    return re.sub(r"~?\b(?:[a-z_]+\.)+(?=[A-Z]\w*)|'", "", text) if len(text) < 400 else "(…)"


def documentation(thing: Any) -> str:
    """A docstring; of an activation or a cost, which are values, that of its function."""
    if isinstance(thing, bp.Activation):
        return f"{inspect.getdoc(thing.f)} An Activation, element-wise: value `{thing.name}.f(z)`, slope `{thing.name}.df(z, a)`."
    if isinstance(thing, bp.Cost):
        return (
            f"{inspect.getdoc(thing.f)} A Cost: one number `{thing.name}.f(a, y)`, its slope dC/da `{thing.name}.df(a, y)`, shaped like a."
        )
    return inspect.getdoc(thing) or ""


class Hints(SphinxDirective):
    """`bp-hints` with a question id: each hint under a fold of its own, and last the solution."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        question = self.arguments[0]
        hints = [node for k, text in enumerate(HINTS[question], start=1) for node in fold(f"Hint {k}", paragraph(text))]
        code = nodes.literal_block("", str(bp.solution(question)), language="python")
        return [*hints, *fold("The solution", code)]


class Mistakes(SphinxDirective):
    """`bp-mistakes`: the catalogue that `bp.check` knows: what each looks like, where to look, why it is wrong, and where it can occur."""

    def run(self) -> list[nodes.Node]:
        return [self.of(mistake) for mistake in MISTAKES.values()]

    def of(self, mistake: Mistake) -> nodes.section:
        where = "Can occur in " + ", ".join(f"`{question}`" for question in mistake.questions) + "."
        texts = [mistake.says, f"Where to look: {mistake.look}", mistake.why, where]
        return section(f"`{mistake.id}`", f"mistake-{mistake.id}", *(paragraph(text) for text in texts if text))


# ---- formulas: left as TeX in an element of their own; math.mjs typesets them when the pages are written


def visit_inline_math(translator: Any, node: nodes.math) -> None:
    translator.body.append(f'<span class="bp-tex">{escape(node.astext())}</span>')
    raise nodes.SkipNode


def visit_display_math(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="bp-tex">{escape(node.astext())}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("prerendered", (visit_inline_math, None), (visit_display_math, None))
    for directive in (Explorer, Rosetta, Slips, Api, Hints, Mistakes):
        app.add_directive(f"bp-{directive.__name__.lower()}", directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
