"""The explorer's values: what is allowed, and how they travel to the page and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop import core, door
from backprop.core import Grad, Layer
from backprop.door import Array
from backprop.functions import ACTIVATIONS, COSTS, Cost

STEPS = ("start", "forward", "output error", "hidden error", "gradients", "update")
MOST_LAYERS, MOST_UNITS, MOST_EXAMPLES = 5, 6, 200


class Rows(np.ndarray[Any, Any]):
    """An array that does not differ from itself: `ipywidgets.link` asks `x != x` and needs one answer, not one for each number."""

    def __ne__(self, other: object) -> Any:
        return False if other is self else super().__ne__(other)


def frozen(value: Any) -> Array:
    """A float64 copy that cannot be changed in place: a change must go through the explorer, which then computes anew."""
    a = np.array(value, dtype=np.float64)
    a.flags.writeable = False
    return a


def checked(net: Any, x: Any, y: Any, cost: Any) -> dict[str, Any]:
    """The four as float64 copies, if they fit one another and can be drawn."""
    real = {"x": door.array(x, "x"), "y": door.array(y, "y")}
    layers, cost = door.layers(net), named_cost(cost)
    _drawable(layers, real)
    with np.errstate(over="ignore", invalid="ignore"):
        _finite(*core.gradients(layers, real["x"], real["y"], cost))
    copies = [Layer(frozen(W), frozen(b), ACTIVATIONS[act.name]) for W, b, act in layers]
    return {"net": copies, "x": frozen(real["x"]).view(Rows), "y": frozen(real["y"]).view(Rows), "cost": cost}


def _drawable(layers: Sequence[Layer], real: dict[str, Array]) -> None:
    widest = max(layers[0].W.shape[0], *(len(layer.b) for layer in layers))
    if len(layers) > MOST_LAYERS or widest > MOST_UNITS:
        raise ValueError(
            f"the explorer draws at most {MOST_LAYERS} layers and {MOST_UNITS} units in a column (inputs too), but this network has "
            f"{len(layers)} layers and up to {widest} units; look at bp.gradients(net, x, y, cost), which takes any size."
        )
    if len(real["x"]) > MOST_EXAMPLES:
        raise ValueError(f"the explorer lists at most {MOST_EXAMPLES} examples, but x has {len(real['x'])}; pass x[:{MOST_EXAMPLES}].")
    for k, layer in enumerate(layers, start=1):
        if layer.act.name not in ACTIVATIONS:
            raise ValueError(f"the explorer knows {', '.join(ACTIVATIONS)}, but layer {k} has {layer.act.name!r}.")
    if any(np.iscomplexobj(a) for a in (*real.values(), *(p for W, b, _ in layers for p in (W, b)))):
        raise ValueError("the explorer shows real numbers, but a complex array came; take its .real.")


def _finite(C: Any, grads: Sequence[Grad]) -> None:
    if not np.isfinite(C) or not all(np.isfinite(g.dW).all() and np.isfinite(g.db).all() for g in grads):
        raise ValueError("the cost or a gradient of this network is not finite; start from smaller weights and inputs.")


def named_cost(cost: Any) -> Cost:
    """The cost itself, if the page knows it by its name."""
    if getattr(cost, "name", None) not in COSTS:
        raise ValueError(f"cost must be one of {', '.join(COSTS)}, but it is {cost!r}.")
    return COSTS[cost.name]


def checked_parameter(value: Any, net: Sequence[Layer]) -> tuple[Any, ...]:
    """("W", k, i, j), ("b", k, j) or ("x", i) as plain integers, if the network has it."""
    try:
        kind, *index = value
        where = tuple(int(n) for n in index if int(n) == n)
    except (TypeError, ValueError):
        kind, where = None, ()
    if kind == "x" and len(where) == 1 and 0 <= where[0] < net[0].W.shape[0]:
        return ("x", *where)
    if kind in ("W", "b") and where and 1 <= where[0] <= len(net):
        shape = getattr(net[where[0] - 1], kind).shape
        if len(where) == 1 + len(shape) and all(0 <= n < size for n, size in zip(where[1:], shape, strict=True)):
            return (kind, *where)
    raise ValueError(
        f'parameter must be ("W", k, i, j), ("b", k, j) or ("x", i), layer k from 1 to {len(net)}, units i and j from 0 '
        f"and within the layer, but it is {value!r}."
    )


def checked_example(value: Any, count: int) -> int | None:
    """None for all examples, or the index of one."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < count:
        raise ValueError(f"example must be None, for all, or a whole number from 0 to {count - 1}, but it is {value!r}.")
    return int(value)


def checked_step(value: Any) -> str:
    """One of the six steps."""
    if value not in STEPS:
        raise ValueError(f"step must be one of {', '.join(map(repr, STEPS))}, but it is {value!r}.")
    return str(value)


def net_to_json(net: Sequence[Layer], _: Any = None) -> list[dict[str, Any]]:
    """[{"W": rows, "b": list, "act": name}, …], as network.js takes it."""
    return [{"W": W.tolist(), "b": b.tolist(), "act": act.name} for W, b, act in net]


def net_from_json(layers: Sequence[dict[str, Any]], _: Any = None) -> list[Layer]:
    """The network that the page sent."""
    return [Layer(np.array(layer["W"], float), np.array(layer["b"], float), ACTIVATIONS[layer["act"]]) for layer in layers]


def updated(net: Sequence[Layer], grads: Sequence[Grad], eta: float) -> list[Layer]:
    """W ← W − η ∂C/∂W, b ← b − η ∂C/∂b."""
    return [layer._replace(W=layer.W - eta * g.dW, b=layer.b - eta * g.db) for layer, g in zip(net, grads, strict=True)]


def last_part(step: str, layers: int) -> int:
    """How many layers a step goes through; 0 for a step that has no parts."""
    return {"forward": layers, "hidden error": layers - 1}.get(step, 0)


class Done(tuple[int, int, bool]):
    """What a pass has computed so far: layers with z and a, the lowest layer with a delta (from 1), gradients or not."""

    @classmethod
    def at(cls, step: str, part: int, layers: int) -> Done:
        reached = STEPS.index(step)
        forward = {0: 0, 1: part}.get(reached, layers)
        lowest = {0: layers + 1, 1: layers + 1, 2: layers, 3: layers - part}.get(reached, 1)
        return cls((forward, lowest, reached >= 4))
