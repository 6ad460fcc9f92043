"""Pictures for the lessons: each `draw.x(ax, state)` draws one idea on one matplotlib axes, and `draw.show(fig, alt)` displays it.

One idea per colour: blue solid is a positive weight or a value, orange dashed a negative one, violet what the picture is about and
every derivative. Grey is quiet. Labels stand at the line they name; there are no legends and no boxes.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Circle

BLUE, ORANGE, VIOLET = "#2970cf", "#d0662a", "#7c3aed"
INK, GREY, FAINT, GROUND = "#1d2430", "#667085", "#d5dae1", "#f7f8fa"
SIGNED = LinearSegmentedColormap.from_list("signed", ["#e6a27e", GROUND, "#77ade2"])  # orange below 0, blue above
HEIGHT = LinearSegmentedColormap.from_list("height", ["#ffffff", "#cfd8e6"])
DPI = 96


# -- a figure, and how it reaches the reader ---------------------------------------------------------------------------------------


def figure(columns: int = 1, width: float = 7.2, height: float = 3.0, **subplots: Any) -> tuple[Figure, Any]:
    """A figure in the house style and its axes: one axes, or an array of `columns` side by side. Sizes in inches."""
    fig = Figure(figsize=(width, height), facecolor=GROUND, layout="constrained")
    axes = fig.subplots(1, columns, **subplots)
    for ax in np.ravel(axes):
        plain(ax)
        ax.locator_params(steps=[1, 2, 5, 10])
    return fig, axes


def show(fig: Figure, alt: str) -> None:
    """Display `fig` with its text alternative: what the picture shows, in words, for whoever cannot see it (nbval compares it too).

    The words are the picture's `alt` where HTML is shown, and stand in its place where no picture is kept. Raises ValueError without them.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("every picture needs its text alternative: say in words what it shows.")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=2 * DPI, metadata={"Description": alt})
    picture, width = base64.b64encode(png.getvalue()).decode(), round(fig.get_figwidth() * DPI)
    html = f'<img alt="{escape(alt)}" src="data:image/png;base64,{picture}" width="{width}" class="bp-picture" style="max-width:100%">'
    bundle = {"text/html": html, "image/png": picture, "text/plain": alt}
    display(bundle, metadata={"image/png": {"width": width}}, raw=True)  # type: ignore[no-untyped-call]  # untyped in IPython
    if "matplotlib.pyplot" in sys.modules:  # or the inline backend would show it a second time, without its words
        sys.modules["matplotlib.pyplot"].close(fig)


def plain(ax: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """Thin axes, no box, quiet ticks; the names of both axes and a title on the left. An empty name leaves what is there."""
    ax.set_facecolor(GROUND)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=FAINT, linewidth=0.8)
    ax.tick_params(colors=GREY, labelsize=8.5, width=0.8, color=FAINT, length=3)
    if x:
        ax.set_xlabel(x, color=GREY, fontsize=9.5)
    if y:
        ax.set_ylabel(y, color=GREY, fontsize=9.5, rotation=0, ha="right", va="center")
    if title:
        ax.set_title(title, color=INK, fontsize=10, loc="left", fontweight="bold")


def bare(ax: Axes, title: str = "") -> None:
    """No axes at all, for a drawing without scales."""
    plain(ax, title=title)
    ax.set_axis_off()


def say(ax: Axes, x: float, y: float, text: str, color: str = GREY, **kwargs: Any) -> None:
    """A direct label at (x, y), in data coordinates."""
    ax.text(x, y, minus(text), **{"color": color, "fontsize": 9, "va": "center", "clip_on": False, **kwargs})


def minus(text: str) -> str:
    """The same text with true minus signs; a hyphen between two letters stays one."""
    return re.sub(r"(?<![^\W\d_])-|-(?![^\W\d_])", "\N{MINUS SIGN}", text) if "$" not in text else text


def number(value: float, digits: int = 2) -> str:
    """A number as a picture shows it: `digits` after the point, a true minus sign, never a minus zero."""
    return minus(f"{value:.{digits}f}" if round(value, digits) else f"{0:.{digits}f}")


# -- curves ------------------------------------------------------------------------------------------------------------------------


def curve(
    ax: Axes, x: Any, y: Any, label: str = "", color: str = BLUE, dashed: bool = False, at: float = 1.0, offset: Any = (6, 0)
) -> None:
    """A line through (x, y); its label stands `offset` points away from the place a share `at` of the way along."""
    ax.plot(x, y, color=color, linewidth=2, linestyle=(0, (4, 2)) if dashed else "-")
    k = round(at * (len(x) - 1))
    _beside(ax, x[k], y[k], label, color, offset)


def _beside(ax: Axes, x: float, y: float, label: str, color: str, offset: Any) -> None:
    look: dict[str, Any] = {"color": color, "fontsize": 9, "va": "center", "annotation_clip": False}
    ax.annotate(minus(label), (x, y), xytext=offset, textcoords="offset points", zorder=6, **look)


def point(ax: Axes, x: Any, y: Any, label: str = "", color: str = VIOLET, offset: Any = (8, 8)) -> None:
    """One point or several, with a label beside the last."""
    ax.plot(x, y, "o", color=color, markersize=7, markeredgecolor="white", markeredgewidth=1.2, zorder=5)
    _beside(ax, np.ravel(x)[-1], np.ravel(y)[-1], label, color, offset)


def tangent(ax: Axes, x: float, y: float, slope: float, reach: float, label: str = "", offset: Any = (8, 8)) -> None:
    """The straight line of this slope through (x, y), `reach` to either side, and the point it touches."""
    ends = np.array([x - reach, x + reach])
    ax.plot(ends, y + slope * (ends - x), color=VIOLET, linewidth=2, linestyle=(0, (4, 2)), zorder=4)
    point(ax, x, y, label, offset=offset)


def history(ax: Axes, costs: Sequence[float], label: str = "", color: str = BLUE, log: bool = False) -> None:
    """The cost after every step of a descent."""
    plain(ax, "step", "C")
    curve(ax, np.arange(len(costs)), np.asarray(costs), label, color)
    ax.set_yscale("log" if log else "linear")
    if not log:
        ax.set_ylim(0, 1.05 * max(float(np.max(line.get_ydata())) for line in ax.lines))


def bars(ax: Axes, names: Sequence[str], values: Sequence[float], color: str = VIOLET, digits: int = 3) -> None:
    """One horizontal bar a name, its value written at its end; the first name stands on top."""
    rows = np.arange(len(names))
    ax.barh(rows, values, color=color, height=0.55)
    ax.set_yticks(rows, [minus(name) for name in names])
    ax.invert_yaxis()
    ax.margins(x=0.18)
    for row, value in enumerate(values):
        side = {"ha": "left"} if value >= 0 else {"ha": "right"}
        say(ax, value, row, f" {number(value, digits)} ", INK, fontsize=8.5, **side)


# -- surfaces and tables -----------------------------------------------------------------------------------------------------------


def landscape(ax: Axes, cost: Callable[[float, float], float], w: Any, b: Any, path: Any = None) -> None:
    """Level lines of cost(w, b) over the grid of w and b; `path`, rows of (w, b), is walked in violet and ends in a point."""
    heights = [[cost(wi, bi) for wi in w] for bi in b]
    ax.contourf(w, b, heights, 14, cmap=HEIGHT)
    ax.contour(w, b, heights, 14, colors=GREY, linewidths=0.5)
    if path is not None:
        ax.plot(*np.transpose(path), color=VIOLET, linewidth=2)
        point(ax, *path[-1])


def matrix(ax: Axes, M: Any, title: str = "", rows: Sequence[str] = (), columns: Sequence[str] = (), digits: int = 2) -> None:
    """A matrix as a table whose cells are blue above 0 and orange below; the names of its rows and columns are optional."""
    M = np.atleast_2d(M)
    reach = float(np.abs(M).max()) or 1.0
    ax.imshow(M, cmap=SIGNED, vmin=-reach, vmax=reach, aspect="equal")
    for (i, j), value in np.ndenumerate(M):
        say(ax, j, i, number(value, digits), INK, ha="center", fontsize=8.5)
    plain(ax, title=title)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)


def outer(ax: Axes, a: Any, delta: Any, senders: Sequence[str], receivers: Sequence[str], title: str = "") -> None:
    """The outer product of a column a and a row delta as a multiplication table: a down the left side, delta along the top."""
    rows = [f"{name}   {number(value)}" for name, value in zip(senders, a, strict=True)]
    columns = [f"{name}\n{number(value, 3)}" for name, value in zip(receivers, delta, strict=True)]
    matrix(ax, np.outer(a, delta), title, rows, columns, digits=3)
    ax.set_aspect("auto")
    ax.tick_params(axis="x", labelcolor=VIOLET, labelsize=9)
    ax.tick_params(axis="y", labelcolor=BLUE, labelsize=9)


# -- the network -------------------------------------------------------------------------------------------------------------------


def network(ax: Axes, net: Any, steps: Any = None, grads: Any = None, unit: tuple[int, int] | None = None, example: int = 0) -> None:
    """The network as circles and wires. `steps` writes each a into its circle, `grads` each delta under it.

    `unit` = (k, j) makes unit j of column k loud (both from 0, column 0 is the input): its circle, its wires, their weights.
    """
    bare(ax)
    columns = _columns([net[0].W.shape[0], *(layer.W.shape[1] for layer in net)])
    for k, layer in enumerate(net):
        _wires(ax, layer.W, columns[k], columns[k + 1], k, unit)
    for k, places in enumerate(columns):
        values = None if steps is None else (steps[0].a_in if k == 0 else steps[k - 1].a_out)[example]
        deltas = None if grads is None or k == 0 or grads[k - 1].delta is None else grads[k - 1].delta[example]
        for j, place in enumerate(places):
            _unit(ax, place, None if values is None else values[j], None if deltas is None else deltas[j], (k, j) == unit)
    ax.set_aspect("equal")
    ax.autoscale_view()


def _columns(sizes: Sequence[int]) -> list[list[tuple[float, float]]]:
    return [[(2.6 * k, (n - 1) / 2 - j) for j in range(n)] for k, n in enumerate(sizes)]


def _wires(ax: Axes, W: Any, left: Any, right: Any, k: int, unit: tuple[int, int] | None) -> None:
    reach = float(np.abs(W).max()) or 1.0
    for (i, j), w in np.ndenumerate(W):
        loud = unit in ((k, i), (k + 1, j))
        look: dict[str, Any] = (
            {"color": VIOLET, "alpha": 1.0} if loud else {"color": BLUE if w >= 0 else ORANGE, "alpha": 0.45 if unit is None else 0.25}
        )
        dash = "-" if w >= 0 else (0, (4, 2))
        (x0, y0), (x1, y1) = left[i], right[j]
        ax.plot([x0, x1], [y0, y1], linewidth=0.6 + 2.2 * abs(w) / reach, linestyle=dash, zorder=1, **look)
        if loud:
            share = 0.64 if unit == (k, i) else 0.36  # towards the many, where the wires have spread
            at = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
            box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": VIOLET, "linewidth": 0.8}
            say(ax, *at, number(w), INK, ha="center", fontsize=8, bbox=box, zorder=3)


def _unit(ax: Axes, place: tuple[float, float], a: float | None, delta: float | None, loud: bool) -> None:
    x, y = place
    ax.add_patch(Circle(place, 0.3, facecolor="white", edgecolor=VIOLET if loud else FAINT, linewidth=2.2 if loud else 1.2, zorder=4))
    if a is not None:
        turn = 360 * min(abs(a), 1.0)
        ax.add_patch(Arc(place, 0.52, 0.52, theta1=90 - turn, theta2=90, color="#77ade2", linewidth=2.5, zorder=5))
        say(ax, x, y, number(a), INK, ha="center", fontsize=8.5, zorder=6)
    if delta is not None:
        say(ax, x, y - 0.42, f"δ {number(delta, 3)}", VIOLET, ha="center", fontsize=8.5, fontweight="bold" if loud else "normal", zorder=6)


def neuron(ax: Axes, x: float, w: float, b: float, z: float, a: float, y: float) -> None:
    """One neuron with its numbers: x times w plus b is z, the sigmoid of z is a, and a is held against the target y."""
    bare(ax)
    for place, name, value in ((0.0, "x", x), (2.0, "z = w x + b", z), (4.0, "a = σ(z)", a), (6.0, "y, the target", y)):
        edge = VIOLET if value is z else FAINT
        ax.add_patch(Circle((place, 0), 0.45, facecolor="white", edgecolor=edge, linewidth=1.6, zorder=4))
        say(ax, place, 0, number(value), INK, ha="center", zorder=6)
        say(ax, place, 0.7, name, INK, ha="center", fontsize=10, fontweight="bold")
    _joins(ax, w, b)
    ax.set_aspect("equal")
    ax.set(xlim=(-0.8, 6.8), ylim=(-1.5, 1.3))


def _joins(ax: Axes, w: float, b: float) -> None:
    for start, label, value in ((0.0, f"w {number(w)}", w), (2.0, "σ", 1.0), (4.0, "C", 1.0)):
        color = GREY if label in "σC" else BLUE if value >= 0 else ORANGE
        dash = "-" if value >= 0 else (0, (4, 2))
        ax.plot([start + 0.45, start + 1.55], [0, 0], color=color, linewidth=1.8, linestyle=dash if label != "C" else (0, (1, 2)))
        say(ax, start + 1, 0.25, label, INK, ha="center", fontsize=8.5)
    ax.plot([2, 2], [-1.3, -0.45], color=BLUE if b >= 0 else ORANGE, linewidth=1.8, linestyle="-" if b >= 0 else (0, (2, 1)))
    say(ax, 2.15, -0.95, f"b {number(b)}", INK, fontsize=8.5)


def numbers(values: Any, digits: int = 2) -> str:
    """Several numbers in a text alternative: "0.28, 0.49 and 0.45"."""
    *most, last = [f"{value:.{digits}f}" for value in np.ravel(values)]
    return f"{', '.join(most)} and {last}" if most else last


# -- handwritten digits ------------------------------------------------------------------------------------------------------------


def digits(ax: Axes, images: Any, answers: Sequence[int], truths: Sequence[int], title: str = "") -> None:
    """A row of 8 × 8 images, images (n, 64), with what the network answered under each; a wrong answer is orange and says the truth."""
    bare(ax, title)
    strip = np.pad(np.reshape(images, (-1, 8, 8)), ((0, 0), (1, 1), (1, 1))).transpose(1, 0, 2).reshape(10, -1)
    ax.imshow(strip, cmap="Greys", vmin=0, vmax=1)
    for k, (answer, truth) in enumerate(zip(answers, truths, strict=True)):
        right = answer == truth
        say(ax, 10 * k + 4.5, 12, f"{answer}" if right else f"{answer}, not {truth}", INK if right else ORANGE, ha="center")
    ax.set_ylim(13, -0.5)
