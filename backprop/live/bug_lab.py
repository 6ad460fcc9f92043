"""The silent-bug lab: choose a mistake, let a network learn with it, watch the cost fall all the same, then check its gradient.

The mistakes are the catalogue's own (`backprop.diagnosis`), made in the two-layer gradient of the lessons' 3-4-2 network.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np

from backprop import draw
from backprop.core import Layer, gradients, predict
from backprop.data import small_network
from backprop.diagnosis.catalogue import MISTAKES
from backprop.diagnosis.questions import COMPUTED
from backprop.diagnosis.stages import Raised, Values
from backprop.diagnosis.worlds import Variant, Worlds, worlds
from backprop.door import Array
from backprop.functions import half_squared_error
from backprop.verify import check_gradient, relative_error

QUESTION, PARTS = "two_layer_gradients", ("dW1", "db1", "dW2", "db2")
STEPS, ETA, CAUGHT = 300, 1.0, 1e-7
Gradient = Callable[[list[Layer], Array, Array], list[Any]]


class Run(NamedTuple):
    """What came of learning with a mistake: the costs, those of the right gradient, how far each part is off, what the check says.

    costs and right are one number a step; errors maps dW1, db1, dW2, db2 to ‖wrong − right‖ / ‖right‖ at the start; `error` is what
    `check_gradient` returns there. `stopped` is a sentence where the costs end early, else "".
    """

    mistake: str
    costs: list[float]
    right: list[float]
    errors: dict[str, float]
    error: float
    stopped: str

    @property
    def falls(self) -> bool:
        """Whether the cost at the end is lower than at the start, and nothing stopped it: the mistake is silent."""
        return not self.stopped and self.costs[-1] < self.costs[0]


def mistakes() -> list[str]:
    """The ids of the mistakes that give gradients of the right shapes on the lab's network, in the catalogue's order."""
    return list(_silent())


@cache
def _silent() -> dict[str, Variant]:
    """For every mistake the first way of making it whose gradients have the right shapes."""
    net, x, y = small_network()
    found: dict[str, Variant] = {}
    for way in _worlds().variants:
        if way.id not in found and not way.fitted and _fits(_gradient(way)(net, x, y), net):
            found[way.id] = way
    return {name: found[name] for name in MISTAKES if name in found}


def _worlds() -> Worlds:
    return worlds(COMPUTED[QUESTION])


def _gradient(way: Variant) -> Gradient:
    """The gradient that somebody who makes this mistake computes: dW1, db1, dW2, db2."""
    graph, nodes = _worlds().graph, _worlds().graph.world(way.changes, _worlds().results)

    def wrong(net: list[Layer], x: Array, y: Array) -> list[Any]:
        values = Values(graph, COMPUTED[QUESTION].given(x, y, *_parameters(net)))
        return [values[node] for node in nodes]

    return wrong


def _right(net: list[Layer], x: Array, y: Array) -> list[Any]:
    return [part for g in gradients(net, x, y, half_squared_error)[1] for part in (g.dW, g.db)]


def _parameters(net: list[Layer]) -> list[Array]:
    return [part for layer in net for part in (layer.W, layer.b)]


def _fits(parts: list[Any], net: list[Layer]) -> bool:
    shaped = (not isinstance(g, Raised) and np.shape(g) == p.shape for g, p in zip(parts, _parameters(net), strict=True))
    return all(shaped)


@cache
def run(mistake: str) -> Run:
    """Let the lab's network learn with a mistake for 300 steps of η = 1, and check its gradient at the start.

    `mistake` is one of `mistakes()`. Raises ValueError, with the list, for another.
    """
    if mistake not in _silent():
        raise ValueError(f"The lab has no mistake {mistake!r}; it has {', '.join(mistakes())}.")
    net, x, y = small_network()
    wrong = _gradient(_silent()[mistake])
    parts, right = wrong(net, x, y), _right(net, x, y)
    errors = {name: relative_error(g, w) for name, g, w in zip(PARTS, parts, right, strict=True)}
    error = check_gradient(net, x, y, half_squared_error, [(parts[0], parts[1]), (parts[2], parts[3])])
    costs, stopped = _learn(wrong)
    return Run(mistake, costs, _learn(_right)[0], errors, error, stopped)


def hidden(net: list[Layer], x: Array, y: Array) -> list[str]:
    """The mistakes that a check on this network and batch cannot see: the gradient they give is the right one there, to 1e-7.

    net is a two-layer sigmoid network, x (N, n_in), y (N, n_out). Raises nothing of its own.
    """
    right = _right(net, x, y)
    return [name for name, way in _silent().items() if _same(_gradient(way)(net, x, y), right)]


def _same(parts: list[Any], right: list[Any]) -> bool:
    pairs = zip(parts, right, strict=True)
    return all(not isinstance(g, Raised) and np.shape(g) == np.shape(w) and relative_error(g, w) <= CAUGHT for g, w in pairs)


def _learn(gradient: Gradient) -> tuple[list[float], str]:
    net, x, y = small_network()
    costs: list[float] = []
    for _ in range(STEPS + 1):
        costs.append(float(half_squared_error.f(predict(net, x), y)))
        with np.errstate(all="ignore"):  # a mistake may well overflow; it is stopped below
            W1, b1, W2, b2 = (p - ETA * g for p, g in zip(_parameters(net), gradient(net, x, y), strict=True))
        if not all(np.isfinite(p).all() for p in (W1, b1, W2, b2)):
            return costs, f"after {len(costs)} steps a weight is no finite number any more"
        net = [net[0]._replace(W=W1, b=b1), net[1]._replace(W=W2, b=b2)]
    return costs, ""


# -- the lab as text -------------------------------------------------------------------------------------------------------------------


class Table(NamedTuple):
    """Every mistake of the lab on one line: what the cost does, and what the check of the gradient says."""

    runs: tuple[Run, ...]

    def __str__(self) -> str:
        head = f"{'mistake':28} {'C at step 0':>11} {f'at step {STEPS}':>12}  what one sees  check"
        return "\n".join([head, *(_line(r) for r in self.runs)])

    def __repr__(self) -> str:
        return str(self)


def _line(r: Run) -> str:
    end = f"{r.costs[-1]:.3f}" if not r.stopped else "-"
    sees = "it falls" if r.falls else "it blows up" if r.stopped else "it rises"
    return f"{r.mistake:28} {r.costs[0]:11.3f} {end:>12}  {sees:13}  {_verdict(r)}"


def _verdict(r: Run) -> str:
    return "wrong" if r.error > CAUGHT else "agrees to 1e-7"


def table() -> Table:
    """All mistakes of the lab, as a table in text."""
    return Table(tuple(run(mistake) for mistake in mistakes()))


# -- the lab to play with --------------------------------------------------------------------------------------------------------------


class Lab(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A choice of mistake, the two cost curves, and a button that checks the gradient; made by `lab`."""

    def __init__(self) -> None:
        options = [(name.replace("-", " "), name) for name in mistakes()]
        self.choice = widgets.Dropdown(options=options, description="mistake")
        self.check = widgets.Button(description="check the gradient", tooltip="compare every part with the complex step")
        self.curves, self.verdict = widgets.HTML(), widgets.HTML()
        self.choice.observe(self._chosen, "value")
        self.check.on_click(self._checked)
        super().__init__([self.choice, self.curves, self.check, self.verdict])
        self._chosen()

    def _chosen(self, _: Any = None) -> None:
        self.curves.value, self.verdict.value = _picture(run(self.choice.value)), ""

    def _checked(self, _: Any = None) -> None:
        self.verdict.value = _explained(run(self.choice.value))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        words = "The silent-bug lab: choose a mistake, see the cost fall, check the gradient. The table below holds the same facts."
        (bundle[0] if isinstance(bundle, tuple) else bundle)["text/plain"] = words
        return bundle


def lab() -> Lab:
    """The silent-bug lab as a widget: choose a mistake, watch the cost, check the gradient."""
    return Lab()


def _picture(r: Run) -> str:
    fig, ax = draw.figure(width=6.4, height=2.6)
    draw.plain(ax, "step", "C")
    draw.curve(ax, range(len(r.right)), r.right, "right gradient", draw.GREY, at=0.08, offset=(10, 10))
    draw.curve(ax, range(len(r.costs)), r.costs, "with the mistake", draw.ORANGE, dashed=True, at=0.55, offset=(0, 14))
    ax.set_ylim(bottom=0)
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=draw.DPI)
    picture = base64.b64encode(png.getvalue()).decode()
    return f'<img alt="{escape(_in_words(r))}" src="data:image/png;base64,{picture}" style="max-width:100%"><p>{escape(_in_words(r))}</p>'


def _in_words(r: Run) -> str:
    end = r.stopped or f"after {STEPS} steps it is {r.costs[-1]:.3f}"
    return f"The cost starts at {r.costs[0]:.3f}; with the mistake {end}. With the right gradient it ends at {r.right[-1]:.3f}."


def _explained(r: Run) -> str:
    mistake = MISTAKES[r.mistake]
    parts = "".join(f"<tr><th scope='row'>{name}</th><td>{_off(error)}</td></tr>" for name, error in r.errors.items())
    verdict = "The gradient is wrong." if r.error > CAUGHT else "The gradient agrees to 1e-7."
    return (
        f"<p><b>{verdict}</b> {escape(mistake.says)} {escape(mistake.why)}</p>"
        f"<table><caption>each part against the complex step</caption>{parts}</table>"
    )


def _off(error: float) -> str:
    return f"off by {error:.2g} of its length" if error > CAUGHT else "agrees to 1e-7"
