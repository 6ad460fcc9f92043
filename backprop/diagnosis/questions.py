"""The twenty questions: what is asked, on which probes, and the reference in stages.

A question's reference is a dictionary of stages (see `stages`), its catalogue of mistakes lives in `catalogue`; its hints stand at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backprop.diagnosis import probes
from backprop.diagnosis.probes import Arguments, Generator, Sizes
from backprop.diagnosis.stages import Function
from backprop.functions import identity, sigmoid, softmax, tanh
from backprop.verify import complex_step

Given = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a question asks: its id, its lesson (the exercise's name), a title, the answer's signature, its points, the parts returned."""

    id: str
    lesson: str
    title: str
    signature: str
    points: float
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Question(Asked):
    """A question whose answer is computed.

    `parts` are the names of what is returned; `results` the stages that hold them; `probe(rng, sizes)` makes the arguments of a call and
    `given(*args)` names them for the stages. `rectangles` are two families of sizes (one is drawn from each), `squares` groups of sizes
    on which a wrong product gives values instead of a shape error, `small` those of the probe a learner can paste, `further` those that a
    right answer is tried on as well, `alone` makes a call with one example from a batch of one. `shape` turns a stage's value into the
    returned part. `centre` is what a part is compared around (new weights around the old ones, say). `extremes` makes arguments that must
    stay finite. `layers` is the depth of the stages, 0 where they have no layers;
    `backward` says that parts depend on one another from the output down; `tolerance` is how near is right.
    """

    results: tuple[str, ...]
    probe: Callable[[Generator, Sizes], Arguments]
    given: Callable[..., Given]
    stages: Callable[[int], Mapping[str, Function]]
    rectangles: tuple[tuple[Sizes, ...], tuple[Sizes, ...]]
    small: Sizes
    squares: tuple[tuple[Sizes, ...], ...] = ()
    shape: Callable[[Any], Any] = np.asarray
    centre: Callable[..., list[Any]] | None = None
    extremes: Callable[[Generator, Sizes], list[Arguments]] | None = None
    further: tuple[Sizes, ...] = ()
    alone: Callable[[Arguments], Arguments] | None = None
    layers: int = 0
    backward: bool = False
    tolerance: float = 1e-7
    single_precision: bool = True
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments."""
        inside = self.signature[1 : self.signature.index(")")]
        return tuple(name.strip() for name in inside.split(",") if name.strip())


# --- the stages -------------------------------------------------------------------------------------------------------------


def _z(a_in: Any, W: Any, b: Any) -> Any:
    return a_in @ W + b


def _a(z: Any, act: Any) -> Any:
    return act.f(z)


def _slope(z: Any, act: Any) -> Any:
    return act.df(z, act.f(z))


def _carried(delta_next: Any, W_next: Any) -> Any:
    return delta_next @ W_next.T


def _hidden_delta(carried: Any, slope: Any) -> Any:
    return carried * slope


def _output_delta(error: Any, slope: Any) -> Any:
    return error * slope


def _logits_delta(error: Any) -> Any:
    return error


def _dW(a_in: Any, delta: Any) -> Any:
    return a_in.T @ delta


def _db(delta: Any) -> Any:
    return delta.sum(axis=0)


def _difference(a: Any, y: Any) -> Any:
    return a - y


def _mean_difference(a: Any, y: Any, N: Any) -> Any:
    return 2 * (a - y) / N


def _p(z: Any) -> Any:
    return softmax(z)


def _p_difference(p: Any, y: Any) -> Any:
    return p - y


_HALF: dict[str, Function] = {"error": _difference, "delta": _output_delta}
_MEAN: dict[str, Function] = {"error": _mean_difference, "delta": _output_delta}
_LOGITS: dict[str, Function] = {"p": _p, "error": _p_difference, "delta": _logits_delta}


def network(layers: int, output: Mapping[str, Function]) -> dict[str, Function]:
    """The stages of a whole pass: forward, error, backward."""
    every: dict[str, Function] = {"z": _z, "a": _a, "slope": _slope, "dW": _dW, "db": _db}
    hidden: dict[str, Function] = {"carried": _carried, "delta": _hidden_delta}
    stages = {f"{name}{k}": f for k in range(1, layers + 1) for name, f in every.items()}
    stages |= {f"{name}{k}": f for k in range(1, layers) for name, f in hidden.items()}
    return stages | {f"{name}{layers}": f for name, f in output.items()}


def _W_of(Wb: Any) -> Any:
    return Wb[:-1]


def _b_of(Wb: Any) -> Any:
    return Wb[-1]


def _new(W: Any, b: Any, dW: Any, db: Any, alpha: Any) -> Any:
    return np.vstack([W - alpha * dW, b - alpha * db])


def absorbed(layers: int) -> dict[str, Function]:
    """The stages of `fit_partial`: a whole pass between taking W and b apart and putting them together again."""
    more: dict[str, Function] = {"W": _W_of, "b": _b_of, "new": _new}
    return network(layers, _HALF) | {f"{name}{k}": f for k in range(1, layers + 1) for name, f in more.items()}


def _C(a: Any, y: Any) -> Any:
    return ((a - y) ** 2).sum() / 2


def _log_p(z: Any) -> Any:
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _cross_entropy(log_p: Any, y: Any) -> Any:
    return -(y * log_p).sum()


def _descend(p: Any, g: Any, eta: Any) -> Any:
    return p - eta * g


def _total(delta: Any) -> Any:
    return delta.sum()


def _transposed(X: Any) -> Any:
    return X.T


def _W_rows(W: Any) -> Any:
    return W.T


def _b_rows(b: Any) -> Any:
    return b[:, 0]


def _stacked(W: Any, b: Any) -> Any:
    return np.vstack([W, b])


def _gradient(f: Any, theta: Any) -> Any:
    return complex_step(f, theta)


# --- from arguments to named values -------------------------------------------------------------------------------------------


def _given_neuron(w: float, b: float, x: Any, y: Any) -> Given:
    return {"a0": x[:, None], "W1": np.array([[w]]), "b1": np.array([b]), "y": y[:, None], "N": len(x), "act1": sigmoid}


def _given_layer(a_in: Any, W: Any, b: Any) -> Given:
    return {"a0": a_in, "W1": W, "b1": b, "act1": sigmoid, "N": len(a_in)}


def _given_output(z: Any, y: Any) -> Given:
    return {"z1": z, "y": y, "act1": sigmoid, "N": len(z)}


def _given_hidden(delta_next: Any, W_next: Any, z: Any) -> Given:
    return {"delta2": delta_next, "W2": W_next, "z1": z, "act1": sigmoid, "N": len(z)}


def _given_node(delta_next: Any, w_next: Any, z: Any, j: int) -> Given:
    w = np.array(w_next)
    return {"delta2": np.array([delta_next]), "W2": w[j : j + 1], "z1": np.array([[z[j]]]), "act1": sigmoid, "w": w, "j": j}


def _given_network(hidden: Any, output: Any) -> Callable[..., Given]:
    def given(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Given:
        weights = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        return {"a0": x, "y": y, "N": len(x), "act1": hidden, "act2": output, "eta": 0.0} | weights

    return given


def _given_absorbed(W: Any, x: Any, y: Any, alpha: float) -> Given:
    layers = {f"Wb{k}": Wk for k, Wk in enumerate(W, start=1)} | {f"act{k}": sigmoid for k in range(1, len(W) + 1)}
    return {"a0": x, "y": y, "alpha": alpha, "N": len(x)} | layers


def _given_step(params: Any, grads: Any, eta: float) -> Given:
    p = {f"p{k}": value for k, value in enumerate(params, start=1)}
    return p | {f"g{k}": value for k, value in enumerate(grads, start=1)} | {"eta": eta}


def _same(**names: Any) -> Given:
    return names


def _fixed(stages: Mapping[str, Function]) -> Callable[[int], Mapping[str, Function]]:
    return lambda _: stages


def _number(value: Any) -> Any:
    return np.squeeze(np.asarray(value))


# --- the table ----------------------------------------------------------------------------------------------------------------

_NET_SIZES: tuple[tuple[Sizes, ...], tuple[Sizes, ...]] = (
    ((3, 4, 5, 2), (3, 5, 4, 2), (3, 7, 5, 2)),
    ((4, 5, 7, 3), (4, 7, 5, 3), (4, 6, 5, 3)),
)
_NET_SQUARES: tuple[tuple[Sizes, ...], ...] = (((3, 3, 3, 3), (4, 4, 4, 4), (4, 3, 3, 3)),)
_LAYER_SIZES: tuple[tuple[Sizes, ...], tuple[Sizes, ...]] = (((3, 4, 2), (3, 5, 2), (3, 4, 5)), ((4, 5, 3), (4, 6, 3), (4, 7, 3)))
_LAYER_SQUARES: tuple[tuple[Sizes, ...], ...] = (((3, 3, 3), (4, 4, 4), (4, 3, 3)),)
_BATCH_SIZES: tuple[tuple[Sizes, ...], tuple[Sizes, ...]] = (((3, 4), (3, 5), (3, 2)), ((4, 3), (4, 6), (4, 7)))
_NET_SIGNATURE = "(x, y, W1, b1, W2, b2) -> (dW1, db1, dW2, db2)"
_NET_PARTS = ("dW1", "db1", "dW2", "db2")


def _net(id: str, lesson: str, title: str, probe: Any, output: Mapping[str, Function], acts: tuple[Any, Any], tag: str) -> Question:
    return Question(
        id, lesson, title, _NET_SIGNATURE, 4, _NET_PARTS, _NET_PARTS, probe, _given_network(*acts), lambda _: network(2, output),
        _NET_SIZES, (2, 2, 2, 2) if tag != "classes" else (2, 2, 2, 3), _NET_SQUARES, layers=2, backward=True, tags=frozenset({tag}),
    )  # fmt: skip


def _neuron(id: str, title: str, returns: str, points: float, parts: tuple[str, ...], results: tuple[str, ...]) -> Question:
    stages = network(1, _HALF) | {"C1": _C}
    return Question(
        id, "01_one_neuron", title, f"(w, b, x, y) -> {returns}", points, parts, results, probes.neuron, _given_neuron, _fixed(stages),
        (((3,), (5,)), ((4,), (6,))), (2,), shape=_number, layers=1,
    )  # fmt: skip


_ROWS = (
    _neuron("neuron_cost", "the cost of one neuron", "float", 1, ("C",), ("C1",)),
    _neuron("neuron_gradient", "the gradient of one neuron", "(dw, db)", 2, ("dw", "db"), ("dW1", "db1")),
    Question(
        "layer_forward", "02_forward_pass", "one layer forward", "(a_in, W, b) -> (z, a)", 1, ("z", "a"), ("z1", "a1"),
        probes.layer, _given_layer, _fixed({"z1": _z, "a1": _a}), _LAYER_SIZES, (2, 2, 3), _LAYER_SQUARES, layers=1,
    ),
    Question(
        "columns_to_rows", "02_forward_pass", "from columns to rows", "(X, W, b) -> (x, W_rows, b_rows)", 1, ("x", "W_rows", "b_rows"),
        ("x", "W_rows", "b_rows"), probes.columns, lambda X, W, b: _same(X=X, W=W, b=b),
        _fixed({"x": _transposed, "W_rows": _W_rows, "b_rows": _b_rows}), _LAYER_SIZES, (2, 3, 4), _LAYER_SQUARES,
    ),
    Question(
        "output_error", "03_output_error", "the error at the output", "(z, y) -> delta", 2, ("delta",), ("delta1",),
        probes.output, _given_output, _fixed({"a1": _a, "slope1": _slope, "error1": _difference, "delta1": _output_delta}),
        _BATCH_SIZES, (2, 3), (((3, 3), (4, 4)),), layers=1,
    ),
    Question(
        "hidden_error", "04_hidden_error", "the error of a hidden layer", "(delta_next, W_next, z) -> delta", 2, ("delta",), ("delta1",),
        probes.hidden, _given_hidden, _fixed({"slope1": _slope, "carried1": _carried, "delta1": _hidden_delta}),
        _LAYER_SIZES, (2, 3, 2), _LAYER_SQUARES, layers=1,
    ),
    Question(
        "hidden_error_by_node", "04_hidden_error", "the error of one hidden unit", "(delta_next, w_next, z, j) -> float", 2, ("delta_j",),
        ("delta1",), probes.node, _given_node, _fixed({"slope1": _slope, "carried1": _carried, "delta1": _hidden_delta}),
        (((4, 3, 1), (5, 3, 2)), ((5, 4, 3), (6, 4, 1))), (3, 2, 1), shape=_number, layers=1, further=((4, 3, 3), (3, 5, 0)),
    ),
    Question(
        "bias_gradient", "05_gradient_rules", "the gradient of a bias", "(delta) -> db", 1, ("db",), ("db1",), probes.delta,
        lambda delta: {"delta1": delta, "N": len(delta)}, _fixed({"db1": _db}), _BATCH_SIZES, (2, 3), layers=1,
    ),
    Question(
        "weight_gradient", "05_gradient_rules", "the gradient of a weight", "(a_in, delta) -> dW", 1, ("dW",), ("dW1",), probes.weight,
        lambda a_in, delta: {"a0": a_in, "delta1": delta, "N": len(delta)}, _fixed({"dW1": _dW}), _LAYER_SIZES, (2, 3, 2), _LAYER_SQUARES,
        layers=1,
    ),
    _net("two_layer_gradients", "06_batch", "all gradients of a two-layer network", probes.two_layers, _HALF, (sigmoid, sigmoid), "half"),
    Question(
        "gradient_step", "06_batch", "one step of gradient descent", "(params, grads, eta) -> params", 1, ("W1", "b1", "W2", "b2"),
        ("new1", "new2", "new3", "new4"), probes.step, _given_step, _fixed({f"new{k}": _descend for k in (1, 2, 3, 4)}),
        (((3, 4, 2),), ((5, 3, 4),)), (2, 3, 1), layers=4,
        centre=lambda params, grads, eta: list(params),
    ),
    _net("regression_gradients", "07_regression", "the gradients of a regression", probes.regression, _MEAN, (tanh, identity), "mean"),
    Question(
        "softmax", "08_softmax", "softmax, row by row", "(z) -> p", 1, ("p",), ("p",), probes.logits, lambda z: {"z": z, "N": len(z)},
        _fixed({"p": _p}), _BATCH_SIZES, (2, 3), extremes=probes.extreme_logits,
    ),
    Question(
        "cross_entropy", "08_softmax", "the cross-entropy from logits", "(z, y) -> float", 1, ("C",), ("C",), probes.logits_and_targets,
        lambda z, y: {"z": z, "y": y, "N": len(z)}, _fixed({"log_p": _log_p, "C": _cross_entropy}), _BATCH_SIZES, (2, 3),
        shape=_number, extremes=probes.extreme_logits_and_targets,
    ),
    _net("softmax_gradients", "08_softmax", "the gradients of a classifier", probes.classes, _LOGITS, (sigmoid, identity), "classes"),
    Question(
        "shared_bias_gradient", "08_softmax", "the gradient of one bias shared by a layer", "(delta) -> float", 1, ("db",), ("db1",),
        probes.delta, lambda delta: {"delta1": delta, "N": len(delta)}, _fixed({"db1": _total}), _BATCH_SIZES, (2, 3), shape=_number,
        layers=1,
    ),
    Question(
        "absorb_bias", "09_any_depth", "the bias as the last row of W", "(W, b) -> Wb", 1, ("Wb",), ("Wb",), probes.absorb,
        lambda W, b: _same(W=W, b=b), _fixed({"Wb": _stacked}), (((4, 2), (3, 5)), ((5, 3), (2, 4))), (3, 2), (((3, 3), (4, 4)),),
    ),
    Question(
        "fit_partial", "09_any_depth", "one training step, any depth", "(W, x, y, alpha) -> W", 5, ("W[0]", "W[1]", "W[2]"),
        ("new1", "new2", "new3"), probes.absorbed, _given_absorbed, absorbed, (((3, 5, 6, 4, 2), (3, 4, 5, 6, 2)),
        ((4, 5, 7, 6, 3), (4, 7, 6, 5, 3))), (2, 2, 2, 2), (((3, 3, 3, 3, 3), (4, 4, 4, 4, 4), (4, 3, 3, 3, 3)),
        ((3, 4, 1, 2), (4, 5, 1, 3)), ((3, 2, 3, 4, 5), (4, 3, 4, 5, 6))), centre=lambda W, x, y, alpha: list(W),
        further=((3, 4, 5, 2), (3, 3, 4, 5, 6, 2)), alone=probes.alone, layers=3, backward=True, tags=frozenset({"half", "absorbed"}),
    ),
    Question(
        "complex_step_gradient", "10_is_it_right", "a gradient by the complex step", "(f, theta) -> grad", 2, ("grad",), ("grad",),
        probes.function, lambda f, theta: _same(f=f, theta=theta), _fixed({"grad": _gradient}), (((4,), (5,)), ((2, 3), (3, 2))), (2,),
        tolerance=1e-12, single_precision=False,
    ),
)  # fmt: skip

COMPUTED: dict[str, Question] = {q.id: q for q in _ROWS}

SLIP = Asked("find_the_slip", "10_is_it_right", "the slips in the notes", "() -> dict, line id -> slip id", 4, ("lines",))

QUESTIONS: dict[str, Asked] = {**COMPUTED, SLIP.id: SLIP}

# --- the hints: where to look, which rule, its shape, the line with a gap --------------------------------------------------------------

_NET_HINTS = (
    "Start at the end of lesson {lesson}: one pass forward that keeps every z and a, one pass back that makes a δ a layer, and two "
    "gradients from each δ.",
    "The rules, in the order in which they are used: {first}; then dW2 = a1ᵀ δ2 and db2 = Σ δ2 over the examples; then "
    "δ1 = (δ2 W2ᵀ) ⊙ {slope}; then dW1 = xᵀ δ1 and db1 = Σ δ1.",
    "Shapes: δ2 is (N, n_out) and δ1 is (N, h), like their z; every gradient has the shape of its variable.",
    "With gaps: delta2 = {gap}; delta1 = (delta2 @ ____) * ____; "
    "return x.T @ delta1, delta1.sum(axis=____), ____ @ delta2, delta2.sum(axis=____)",
)


def _net_hints(lesson: str, first: str, slope: str, gap: str) -> tuple[str, ...]:
    return tuple(step.format(lesson=lesson, first=first, slope=slope, gap=gap) for step in _NET_HINTS)


HINTS: dict[str, tuple[str, ...]] = {
    "neuron_cost": (
        "Lesson 01, the cost of one neuron: first z for every example, then a, then one sum.",
        "C = ½ Σ (a − y)² with a = σ(wx + b).",
        "x and y are (N,), so are z and a; C is a single number.",
        "a = bp.sigmoid.f(____ * x + ____); return ____ * ((a - y) ** 2).sum()",
    ),
    "neuron_gradient": (
        "Lesson 01, the chain rule through C, a and z: find ∂C/∂z first, for every example.",
        "δ = (a − y) σ′(z); ∂z/∂w = x and ∂z/∂b = 1.",
        "δ is (N,), one number an example; dw and db are single numbers, sums over the examples.",
        "delta = (a - y) * a * (1 - a); return (delta * ____).sum(), delta.____",
    ),
    "layer_forward": (
        "Lesson 02: one product, one sum, one activation.",
        "z = a_in W + b; a = σ(z).",
        "a_in is (N, n_in), W is (n_in, n_out): z and a are (N, n_out), and b is added to every row.",
        "z = a_in @ ____ + ____; return z, bp.sigmoid.f(____)",
    ),
    "columns_to_rows": (
        "Lesson 02, rows or columns: the transpose of a product is the product of the transposes in the other order.",
        "(W X + b)ᵀ = Xᵀ Wᵀ + bᵀ.",
        "x is (N, n_in), W_rows is (n_in, n_out), b_rows is (n_out,), without a second axis.",
        "return X.____, W.____, b[:, ____]",
    ),
    "output_error": (
        "Lesson 03: how the cost changes with z, in two steps, through a.",
        "δ = ∂C/∂a ⊙ σ′(z), and ∂C/∂a = a − y for ½ Σ (a − y)².",
        "z, y, a and δ all are (N, n_out).",
        "a = bp.sigmoid.f(z); return (a - ____) * ____ * (1 - ____)",
    ),
    "hidden_error": (
        "Lesson 04: first carry the error back through the weights, then through the activation.",
        "δ = (δ_next W_nextᵀ) ⊙ σ′(z).",
        "δ_next is (N, n_next), W_next is (h, n_next): what comes back, z and δ are (N, h).",
        "a = bp.sigmoid.f(z); return (delta_next @ ____) * a * ____",
    ),
    "hidden_error_by_node": (
        "Lesson 04, the sum written out: unit j reaches every unit m of the next layer.",
        "δ_j = σ′(z_j) Σ_m w_jm δ_m.",
        "w_next[j] is the list of the weights that leave j, as long as delta_next; the result is a single number.",
        "s = 0.0; for m in range(len(delta_next)): s += w_next[____][____] * delta_next[____]; then multiply s by the slope at z[____]",
    ),
    "bias_gradient": (
        "Lesson 05, rule (3): what a nudge of b does to z, in every example.",
        "∂z/∂b = 1, so db = Σ δ over the examples.",
        "δ is (N, n), db is (n,) like b.",
        "return delta.sum(axis=____)",
    ),
    "weight_gradient": (
        "Lesson 05, rule (4): W[i, j] moves z_j by a_i, in every example.",
        "dW[i, j] = Σ_n a_in[n, i] δ[n, j].",
        "a_in is (N, n_in), δ is (N, n_out), dW is (n_in, n_out) like W: the examples are summed away.",
        "return a_in.____ @ ____",
    ),
    "two_layer_gradients": _net_hints("06", "δ2 = (a2 − y) ⊙ σ′(z2)", "σ′(z1)", "(a2 - y) * ____ * (1 - ____)"),
    "gradient_step": (
        "Lesson 06, the update: every parameter walks against its own gradient.",
        "p ← p − η g.",
        "params and grads are tuples of equal length; so is the result, made of new arrays.",
        "return tuple(p - ____ * ____ for p, g in zip(params, grads))",
    ),
    "regression_gradients": _net_hints("07", "δ2 = 2 (a2 − y)/N, since the output is the identity", "(1 − a1²)", "2 * (a2 - y) / ____"),
    "softmax": (
        "Lesson 08: each row becomes probabilities, and a shift that a whole row shares changes nothing.",
        "p_j = e^(z_j − m) / Σ_k e^(z_k − m), with m the row's largest z.",
        "z and p are (N, n_out); the maximum and the sum are (N, 1), so keep their axis.",
        "e = np.exp(z - z.max(axis=____, keepdims=____)); return e / e.____",
    ),
    "cross_entropy": (
        "Lesson 08: put the logarithm into softmax before you compute anything.",
        "log p_j = (z_j − m) − log Σ_k e^(z_k − m); C = −Σ y log p.",
        "z, y and log p are (N, n_out); C is a single number, summed over rows and classes.",
        "s = z - z.max(axis=1, keepdims=True); log_p = s - np.log(____); return -(____).sum()",
    ),
    "softmax_gradients": _net_hints("08", "δ2 = p − y, because p(1 − p) cancels", "σ′(z1)", "p - ____"),
    "shared_bias_gradient": (
        "Lesson 08, the note's single bias: one number is added to every unit in every example.",
        "∂z_j/∂b = 1 for every unit j and every example.",
        "δ is (N, n); the result is a single number.",
        "return delta.____()",
    ),
    "absorb_bias": (
        "Lesson 09: [a, 1] W must give a W + b.",
        "The appended 1 is the last input, so b is the last row.",
        "W is (n_in, n_out), b is (n_out,), the result is (n_in + 1, n_out).",
        "return np.vstack([____, ____])",
    ),
    "fit_partial": (
        "Lesson 09: forward with a 1 appended in every layer, all δ from the old W, and only then the updates.",
        "δ^L = (a − y) ⊙ σ′(z); δ = (δ_next W_nextᵀ, without the bias row) ⊙ σ′(z); dW = [a_in, 1]ᵀ δ; W ← W − α dW.",
        "Each W is (n_in + 1, n_out), each [a_in, 1] is (N, n_in + 1), each δ is (N, n_out): on the way back W_next has no bias row.",
        "delta = (delta @ W[k + 1][____].T) * a * (1 - a); new W[k] = W[k] - ____ * inputs[k].T @ ____",
    ),
    "complex_step_gradient": (
        "Lesson 10: nudge one element of theta at a time, in the imaginary direction.",
        "∂f/∂θ_i ≈ Im f(θ + ih e_i)/h, with h = 1e-20.",
        "The nudged theta is complex; the gradient is real and has theta's shape.",
        "nudged = theta.astype(complex); nudged[i] += ____; grad[i] = f(nudged).____ / ____",
    ),
    "find_the_slip": (
        "Take one line at a time and ask: do the shapes meet, and does every letter belong to the layer that is meant?",
        "For a line with a derivative, put in numbers and compare with the complex step; for a product, write the shapes below it.",
        "The result is a dict with one entry a line: line id to slip id, both copied from the lists.",
        "return {\"A\": \"____\", \"B\": \"____\", ...}",
    ),
}  # fmt: skip
