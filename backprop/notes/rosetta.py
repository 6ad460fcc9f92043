"""One quantity, five names: how each note writes what the course writes.

`picker()` is the table as a reader meets it: pick a note, see its symbols. As text it is the whole table, note by note; as HTML each note
opens and closes by itself, with the keyboard too, and needs no kernel, so the web edition shows the same thing.
"""

from __future__ import annotations

import difflib
from html import escape
from typing import NamedTuple


class Row(NamedTuple):
    """One quantity: what it is, how the course writes it, and how each of the five notes does in our copy."""

    quantity: str
    ours: str
    two_layer: str
    softmax_classifier: str
    regression: str
    absorbed_bias: str
    node_form: str


LEFT = "style='text-align:left'"

TITLES = {
    "two_layer": "Neural Network Backpropagation, Mehmet",
    "softmax_classifier": "Backpropagation, lecture notes of 23 April 2024",
    "regression": "the handwritten regression notes",
    "absorbed_bias": "the handwritten notes on the four equations",
    "node_form": "Backpropagation, Daniel López Montero, October 2018",
}

TABLE = (
    Row("one example is", "a row", "a row", "a column", "row n of X (n × f), yet W₁X", "a row, then a column in (2)", "an index of a node"),
    Row("into a layer", "a_in", "a₀, a₁", "X, A₁", "X, a₁", "aˡ⁻¹, layer-output[0] for x", "o_iᵏ⁻¹"),
    Row("weighted sum", "z = a_in W + b", "z", "Z₁, Z₂", "z₁, z₂", "z_jˡ", "a_iᵏ (its a is our z)"),
    Row("out of a layer", "a_out = f(z)", "a₂", "A₁, A₂, ŷ", "a₁, a₂, ŷ", "a_jˡ", "o_iᵏ"),
    Row("activation", "f", "σ", "σ, then Softmax", "g", "σ (φ in its boxed line)", "g, and g_o at the output"),
    Row("weight i → j", "W[i, j]", "W", "W[j, i] (h × D)", "W[j, i]", "w_jiˡ: to j from i", "w_ijᵏ: from i to j"),
    Row(
        "bias",
        "b, one a unit",
        "b, one a unit",
        "b₁, b₂: one number a layer",
        "b₁, b₂: one number",
        "last row of the weight matrix",
        "b_iᵏ",
    ),
    Row("cost", "C", "C or L, ½ Σ (σ(z) − y)²", "ℒ = −Σ y log ŷ", "L = (1/N) Σ (y − ŷ)²", "C = (1/2n) Σ ‖y − aᴸ‖²", "E = ½ (y − o)²"),
    Row("error ∂C/∂z", "delta", "δ₁, δ₂", "∂L/∂z₁, ∂L/∂z₂", "no name of its own", "δ_jˡ", "δ_jᵏ"),
    Row("output error", "dC/da ⊙ f′(z)", "(a₂ − y) ⊙ σ′(z₂)", "ŷ − y", "a₂ − y", "∇ₐC ⊙ σ′(zᴸ)", "(g_o(a_j) − y) g_o′(a_j)"),
    Row(
        "hidden error",
        "(delta Wᵀ) ⊙ f′(z)",
        "(δ₂W₂ᵀ) ⊙ σ′(z₁)",
        "∂L/∂z₂ · W₂, then σ′",
        "(a₂ − y) w₂ a₁(1 − a₁)",
        "((Wˡ⁺¹)ᵀδˡ⁺¹) ⊙ σ′(zˡ)",
        "g′(a_j) Σ_l w_jl δ_l",
    ),
    Row("dC/dW", "a_inᵀ delta", "a₁ᵀδ₂, a₀ᵀδ₁", "not written", "(a₂ − y) a₁", "a_kˡ⁻¹ δ_jˡ", "δ_jᵏ o_iᵏ⁻¹"),
    Row("dC/db", "Σ over rows of delta", "Σ δ over the batch", "sum of the components", "a₂ − y", "δ_jˡ", "not written"),
    Row("learning rate", "eta", "η", "not written", "α (a 2 in its diagram)", "α", "not written"),
)


class Symbols(NamedTuple):
    """One note's symbols beside the course's; text and HTML say the same."""

    note: str

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """(quantity, ours, the note's) for every row of the table."""
        return [(row.quantity, row.ours, getattr(row, self.note)) for row in TABLE]

    def __str__(self) -> str:
        lines = [f"{self.note}: {TITLES[self.note]}"]
        return "\n".join(lines + [f"  {quantity:15} {ours:21} {theirs}" for quantity, ours, theirs in self.rows])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th scope='row' {LEFT}>{escape(q)}</th><td {LEFT}>{escape(o)}</td><td {LEFT}>{escape(t)}</td></tr>"
            for q, o, t in self.rows
        )
        head = "<tr>" + "".join(f"<th scope='col' {LEFT}>{name}</th>" for name in ("quantity", "ours", self.note)) + "</tr>"
        return f"<table><caption>{escape(TITLES[self.note])}</caption><thead>{head}</thead><tbody>{cells}</tbody></table>"


class Picker(NamedTuple):
    """All five notes: as HTML one is opened at a time, as text they follow each other."""

    notes: tuple[str, ...] = tuple(TITLES)

    def __str__(self) -> str:
        return "\n\n".join(str(Symbols(note)) for note in self.notes)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return "\n".join(
            f"<details name='backprop-rosetta'{' open' if i == 0 else ''}><summary><b>{note}</b>: {escape(TITLES[note])}</summary>"
            f"{Symbols(note)._repr_html_()}</details>"
            for i, note in enumerate(self.notes)
        )


def symbols(note: str) -> Symbols:
    """The symbols of one note beside the course's.

    `note`: one of two_layer, softmax_classifier, regression, absorbed_bias, node_form. Raises ValueError, with the nearest name, for
    another.
    """
    if note not in TITLES:
        near = difflib.get_close_matches(str(note), TITLES, n=1) or ["two_layer"]
        raise ValueError(f"There is no note {note!r}; did you mean {near[0]!r}? The five are {', '.join(TITLES)}.")
    return Symbols(note)


def picker() -> Picker:
    """The whole table: pick a note and see its symbols."""
    return Picker()
