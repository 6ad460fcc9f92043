"""The explorer's state: settable traits, checked at the door, from which `core` computes everything at once, with or without a browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import anywidget
import numpy as np
import traitlets as t

from backprop import core, door
from backprop.core import Layer
from backprop.functions import COSTS, Cost
from backprop.live import front, state, text
from backprop.live.lines import lines

T = TypeVar("T")
KEPT = 301  # costs kept: the start and the last 300 updates; the same number as in actions.js


class ExplorerError(t.TraitError, ValueError):
    """A value the explorer cannot take; nothing was changed."""


def _refusing(check: Callable[..., T], *args: Any) -> T:
    try:
        return check(*args)
    except (TypeError, ValueError) as wrong:
        raise ExplorerError(str(wrong)) from None


# The page computed what it sends: an echo would come back late and move a picture that has gone on in the meantime.
SYNC = {"sync": True, "echo_update": False}
_ARRAY = {"to_json": lambda a, _: a.tolist(), "from_json": lambda rows, _: np.array(rows, float)}
_NET = {"to_json": state.net_to_json, "from_json": state.net_from_json}
_COST = {"to_json": lambda cost, _: cost.name, "from_json": lambda name, _: COSTS[name]}


class Explorer(anywidget.AnyWidget):
    """A live network; made by `explorer`. Setting a trait computes everything anew at once, and an observer of it sees the new numbers."""

    _esm = front.esm()
    _css = front.css()

    net = t.Any(help="list of Layer").tag(**SYNC, **_NET)
    x = t.Any(help="(N, n_in)").tag(**SYNC, **_ARRAY)
    y = t.Any(help="(N, n_out)").tag(**SYNC, **_ARRAY)
    cost = t.Any(help="Cost").tag(**SYNC, **_COST)
    example = t.Any(None, help="the chosen row of x, None for all").tag(**SYNC)
    parameter = t.Any(("W", 1, 0, 0), help='("W", k, i, j), ("b", k, j) or ("x", i); k from 1, i and j from 0').tag(**SYNC)
    step = t.Any("gradients", help=", ".join(state.STEPS)).tag(**SYNC)
    eta = t.Any(0.5, help="the learning rate").tag(**SYNC)
    iteration = t.Int(0, read_only=True, help="updates made since Python last set net, x, y, cost or example").tag(**SYNC)

    steps = t.Any(read_only=True, help="core.forward of the chosen examples")
    grads = t.Any(read_only=True, help="core.gradients of the chosen examples")
    C = t.Any(read_only=True, help="the cost of the chosen examples")

    _part = t.Int(0).tag(**SYNC)  # layers done within "forward" and "hidden error"
    _shown = t.Int(0).tag(**SYNC)  # the example whose numbers the picture shows
    _before = t.Any(None).tag(**SYNC)  # net and eta before the last update, for the step "update" and the way back
    _costs: t.List[float] = t.List().tag(**SYNC)  # C over the last updates
    _first = t.Any().tag(**SYNC)  # the net and x as Python last set them, for "reset"
    _code = t.Dict().tag(**SYNC)

    page_values = "net x y cost example parameter step eta iteration _part _shown _before _costs _first _code".split()

    def __init__(self, net: Sequence[Layer], x: Any, y: Any, cost: Cost) -> None:
        self._from_page: dict[str, Any] = {}
        code = {step: excerpt._asdict() for step, excerpt in lines().items()}
        fitting = _refusing(state.checked, net, x, y, cost)
        super().__init__(_code=code, **fitting)

    @t.validate("net", "x", "y", "cost")
    def _check_fitting(self, proposal: Any) -> Any:
        now = {name: getattr(self, name) for name in ("net", "x", "y", "cost")}
        return _refusing(lambda: state.checked(**{**now, proposal.trait.name: proposal.value}))[proposal.trait.name]

    @t.validate("example")
    def _check_example(self, proposal: Any) -> int | None:
        return _refusing(state.checked_example, proposal.value, len(self.x))

    @t.validate("parameter")
    def _check_parameter(self, proposal: Any) -> tuple[Any, ...]:
        return _refusing(state.checked_parameter, proposal.value, self.net)

    @t.validate("eta")
    def _check_eta(self, proposal: Any) -> float:
        return _refusing(door.positive, proposal.value, "eta")

    @t.validate("step")
    def _check_step(self, proposal: Any) -> str:
        step = _refusing(state.checked_step, proposal.value)
        if step == "update" and not self._is_from_page("step", step):
            _refusing(state.checked, state.updated(self.net, self.grads, self.eta), self.x, self.y, self.cost)
        return step

    @t.observe("net", "x", "y", "cost", "example")
    def _follow(self, change: Any) -> None:
        self._keep_within()
        rows = slice(None) if self.example is None else [self.example]
        C, grads = core.gradients(self.net, self.x[rows], self.y[rows], self.cost)
        with self.hold_trait_notifications():
            self.set_trait("steps", core.forward(self.net, self.x[rows]))
            self.set_trait("grads", grads)
            self.set_trait("C", float(C))
        if change.name not in self._from_page:
            self._start_again()
        if change.name == "example" and self.example is not None:
            self._shown = self.example

    def _start_again(self) -> None:
        """What Python sets is a new start: of the updates, their costs, and of what "reset" goes back to."""
        self._costs, self._before = [], None
        self.set_trait("iteration", 0)
        self._first = {"net": state.net_to_json(self.net), "x": self.x.tolist()}

    def _keep_within(self) -> None:
        """An example or a parameter that a smaller net or batch no longer has falls back to the first."""
        if self.example is not None and self.example >= len(self.x):
            self.example = None
        try:
            state.checked_parameter(self.parameter, self.net)
        except ValueError:
            self.parameter = ("W", 1, 0, 0)
        self._part = min(self._part, state.last_part(self.step, len(self.net)))

    @t.observe("step")
    def _go(self, change: Any) -> None:
        if self._is_from_page("step", change.new):
            return
        with self.hold_sync():
            self._part = state.last_part(change.new, len(self.net))
            if change.new == "update":
                self._update()

    def _update(self) -> None:
        before, first, costs, iteration = self.net, self._first, self._costs or [self.C], self.iteration
        self.net = state.updated(self.net, self.grads, self.eta)
        self._before = {"net": state.net_to_json(before), "eta": self.eta}
        self._first, self._costs = first, [*costs, self.C][-KEPT:]
        self.set_trait("iteration", iteration + 1)

    def _is_from_page(self, name: str, value: Any) -> bool:
        return name in self._from_page and bool(self._from_page[name] == value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the page changed: taken as it is, since it was computed there already; if it no longer fits, the page is told what holds."""
        self._from_page = sync_data
        try:
            super().set_state(sync_data)
        except t.TraitError:
            self.send_state([name for name in sync_data if name in self.keys])
        finally:
            self._from_page = {}

    def __repr__(self) -> str:
        return text.table(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle: Any = super()._repr_mimebundle_(**kwargs)
        bundle[0]["text/plain"] = repr(self)  # anywidget would cut it
        return bundle


def explorer(net: Sequence[Layer], x: Any, y: Any, cost: Cost) -> Explorer:
    """A live network: move a weight, a bias or an input and all of it follows; step through one pass; descend.

    net: at most 5 Layers and 6 units a column (inputs too), with sigmoid, tanh, relu or identity; x (N, n_in), y (N, n_out), at most 200
    examples; cost: one of the five of `backprop`; no units. It opens with everything computed. Settable from Python: net, x, y, cost,
    example (None: all), parameter, step, eta; read-only and always up to date: steps, grads, C, iteration. Raises ExplorerError (a
    ValueError and a TraitError), and changes nothing, where a value does not fit. Source: the equations of backprop.core.
    """
    return Explorer(net, x, y, cost)
