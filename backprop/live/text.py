"""The values table as text: what a viewer without JavaScript sees, and what nbval compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from backprop.live.state import Done

if TYPE_CHECKING:
    from backprop.live.widget import Explorer


def number(v: float) -> str:
    """Four significant digits; a zero has no sign."""
    return f"{v + 0.0:.4g}"


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain text table, the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    pad = [str.ljust] + [str.rjust] * (len(heads) - 1)
    return "\n".join("  ".join(p(cell, w) for p, cell, w in zip(pad, row, widths, strict=True)).rstrip() for row in (heads, *rows))


def unit_name(sizes: Sequence[int], k: int, j: int) -> str:
    """The name the picture gives a unit: input 1, hidden 2, hidden 1.2, output 1."""
    if list(sizes[1:]) == [1] and k == 1:
        return "the neuron"
    if k == 0:
        return f"input {j + 1}"
    if k == len(sizes) - 1:
        return f"output {j + 1}"
    return f"hidden {j + 1}" if len(sizes) == 3 else f"hidden {k}.{j + 1}"


def _units(ex: Explorer, sizes: Sequence[int], done: Done) -> Iterator[list[str]]:
    forward, lowest, _ = done
    examples = range(len(ex.x)) if ex.example is None else [ex.example]
    for n, example in enumerate(examples):
        for k, (step, grad) in enumerate(zip(ex.steps, ex.grads, strict=True), start=1):
            for j in range(sizes[k]):
                seen = [(k <= forward, step.z), (k <= forward, step.a_out), (k >= lowest, grad.delta)]
                yield [f"{example + 1}: {unit_name(sizes, k, j)}", *(number(a[n, j]) if known else "·" for known, a in seen)]


def _parameters(ex: Explorer, sizes: Sequence[int], known: bool) -> Iterator[list[str]]:
    def row(name: str, value: Any, slope: Any) -> list[str]:
        return [name, number(value), number(slope) if known else "·"]

    for k, (layer, grad) in enumerate(zip(ex.net, ex.grads, strict=True), start=1):
        for i, j in ((i, j) for i in range(sizes[k - 1]) for j in range(sizes[k])):
            yield row(f"w {unit_name(sizes, k - 1, i)} → {unit_name(sizes, k, j)}", layer.W[i, j], grad.dW[i, j])
        for j in range(sizes[k]):
            yield row(f"b {unit_name(sizes, k, j)}", layer.b[j], grad.db[j])


def table(ex: Explorer) -> str:
    """C, every z, a and δ, every parameter and its gradient, as far as they are computed at `ex.step`."""
    sizes = [ex.net[0].W.shape[0], *(len(layer.b) for layer in ex.net)]
    done = Done.at(ex.step, ex._part, len(ex.net))
    forward, _, gradients = done
    which = f"all {len(ex.x)} examples" if ex.example is None else f"example {ex.example + 1}"
    title = f"explorer: {'-'.join(map(str, sizes))}, {ex.cost.name}, {which}, step {ex.step!r}"
    total = f"C = {number(ex.C) if forward == len(ex.net) else '·'}"
    units = columns(["unit", "z", "a", "δ"], list(_units(ex, sizes, done)))
    return "\n\n".join([f"{title}\n{total}", units, columns(["parameter", "value", "∂C/∂"], list(_parameters(ex, sizes, gradients)))])
