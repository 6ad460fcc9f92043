"""The catalogue of mistakes. A new mistake is one record here, with the stage that is done differently.

A `Way` is one way in which a mistake is made: in which questions, which stages, and what is done instead. Parameter names say what the
function needs (`stages` explains the suffixes _in and _next); a function that asks for its own stage alters the right value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from backprop.diagnosis.stages import Function
from backprop.functions import sigmoid, softmax
from backprop.verify import central_difference


class Way(NamedTuple):
    """One way to make a mistake.

    `questions` are the ids it can occur in; `changes` maps a stage's bare name to what is done instead; `at` is "each" (in every set of
    layers that has these stages), "all" (in all of them at once), "hidden" (all but the output), or the layers themselves. `within` is
    set where a match cannot be exact because rounding is the mistake. `fitted` says that `eta` is unknown and has to be found.
    """

    questions: tuple[str, ...]
    changes: Mapping[str, Function]
    at: str | tuple[tuple[int, ...], ...] = "each"
    within: float = 0.0
    fitted: bool = False


class Words(NamedTuple):
    """What is said in one question instead of the general sentences; "" leaves the general one."""

    says: str = ""
    look: str = ""
    why: str = ""


class Mistake(NamedTuple):
    """One mistake: its id, one sentence that names it, one that says where to look, one that says why the right form is right.

    `here` has other sentences for questions in which the general ones would speak of what is not there.
    """

    id: str
    says: str
    look: str
    why: str
    ways: tuple[Way, ...]
    here: Mapping[str, Words] = MappingProxyType({})

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions it can occur in."""
        return tuple(dict.fromkeys(q for way in self.ways for q in way.questions))

    def words(self, question: str = "") -> Words:
        """The three sentences as they are said in a question."""
        own = self.here.get(question, Words())
        return Words(own.says or self.says, own.look or self.look, own.why or self.why)


NEURON = ("neuron_gradient",)
HALF = ("two_layer_gradients", "fit_partial")
WITH_BIAS = ("two_layer_gradients", "regression_gradients", "softmax_gradients")
NETS = (*WITH_BIAS, "fit_partial")
SLOPES_SIGMOID = ("neuron_gradient", "output_error", "hidden_error", "hidden_error_by_node", *HALF, "softmax_gradients")
OUTPUT_ERRORS = ("neuron_gradient", "output_error", *NETS)
HIDDEN = ("hidden_error", *NETS)
COSTS = ("neuron_cost", "cross_entropy")


def _in(questions: Iterable[str], says: str = "", look: str = "", why: str = "") -> dict[str, Words]:
    """The same words in several questions."""
    return dict.fromkeys(questions, Words(says, look, why))


def _σ(z: Any) -> Any:
    return sigmoid.f(z)


def _dσ(z: Any) -> Any:
    return _σ(z) * (1 - _σ(z))


def _with_1(a: Any) -> Any:
    return np.hstack([a, np.ones((len(a), 1))])


def _one(m: int) -> Function:
    """Only the term of unit m of the next layer."""

    def carried(delta_next: Any, W_next: Any) -> Any:
        return np.outer(delta_next[:, m], W_next[:, m])

    return carried


def _last(value: Any) -> Any:
    return value[-1]


def _softmax_over(z: Any, axis: int | None) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _naive_softmax(z: Any) -> Any:
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def _one_maximum(z: Any) -> Any:
    """The whole batch's maximum subtracted: a row far below it has nothing left."""
    e = np.exp(z - z.max())
    return e / e.sum(axis=1, keepdims=True)


def _row_axis(function: Any, axis: int | None) -> Function:
    """A stage of z that works along another axis."""
    return lambda z: function(z, axis)


def _log_softmax_over(z: Any, axis: int | None) -> Any:
    s = z - z.max(axis=axis, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=axis, keepdims=True))


MISTAKES: dict[str, Mistake] = {
    m.id: m
    for m in (
        Mistake(
            "missing-output-derivative",
            "The slope σ′(z) of the output is missing: your output error is a − y.",
            "The line of the output's δ: the cost here is a squared error, so δ = (a − y) ⊙ σ′(z).",
            "a − y alone is right for cross-entropy, where σ′ cancels; with a squared error nothing cancels it.",
            (Way(("neuron_gradient", "output_error", *HALF), {"delta": lambda error: error}, ((1,), (2,), (3,))),),
        ),
        Mistake(
            "extra-output-derivative",
            "Your output error carries a slope that does not belong there: with this cost and this output it is only a multiple of a − y.",
            "The line of the output's δ: no σ′, tanh′ or p(1 − p) belongs in it.",
            "With softmax and cross-entropy the slope p(1 − p) cancels against the 1/p of the logarithm; an identity output has slope 1.",
            (
                Way(("softmax_gradients",), {"delta": lambda error, p: error * p * (1 - p)}, ((2,),)),
                Way(("softmax_gradients", "regression_gradients"), {"delta": lambda error, z: error * _dσ(z)}, ((2,),)),
                Way(("regression_gradients",), {"delta": lambda error, z: error * (1 - np.tanh(z) ** 2)}, ((2,),)),
                Way(("softmax_gradients", "regression_gradients"), {"delta": lambda error, z: error * z * (1 - z)}, ((2,),)),
                Way(("regression_gradients",), {"delta": lambda error, z: error * (1 - z**2)}, ((2,),)),
            ),
        ),
        Mistake(
            "missing-hidden-derivative",
            "The slope f′(z) is missing from a hidden error.",
            "The line of the hidden δ: what comes back through W still has to be multiplied by f′(z), element by element.",
            "A nudge of z moves a by f′(z) only; the error with respect to z is the error with respect to a times that slope.",
            (Way((*HIDDEN, "hidden_error_by_node"), {"delta": lambda carried: carried}),),
        ),
        Mistake(
            "derivative-of-activation",
            "The slope was taken at a instead of z: the activation is applied twice in it.",
            "The argument of your derivative: it gets z (or, in the a-form a(1 − a), it gets a and applies no σ again). "
            "If it reads z already, see that z was not overwritten by a.",
            "σ′(z) = σ(z)(1 − σ(z)); with a = σ(z) put in for z it becomes σ(a)(1 − σ(a)), a different number.",
            (
                Way(SLOPES_SIGMOID, {"slope": lambda z: _dσ(_σ(z))}),
                Way(("regression_gradients",), {"slope": lambda z: 1 - np.tanh(np.tanh(z)) ** 2}, ((1,),)),
            ),
        ),
        Mistake(
            "activation-form-on-z",
            "The a-form of the slope, a(1 − a) or 1 − a², was given z.",
            "What goes into your derivative: written in a, it needs a = f(z).",
            "σ′(z) equals a(1 − a); z(1 − z) is no slope of anything here, and training with it diverges.",
            (
                Way(SLOPES_SIGMOID, {"slope": lambda z: z * (1 - z)}),
                Way(("regression_gradients",), {"slope": lambda z: 1 - z * z}, ((1,),)),
            ),
        ),
        Mistake(
            "wrong-activation-derivative",
            "The slope belongs to another activation: the sigmoid's for tanh, or tanh's for the sigmoid.",
            "Your derivative beside the activation of that layer: σ has a(1 − a), tanh has 1 − a².",
            "Each activation has its own slope; both are short in a, and that is why they are mixed up.",
            (
                Way(SLOPES_SIGMOID, {"slope": lambda z: 1 - _σ(z) ** 2}),
                Way(SLOPES_SIGMOID, {"slope": lambda z: 1 - np.tanh(z) ** 2}),
                Way(("regression_gradients",), {"slope": lambda z: np.tanh(z) * (1 - np.tanh(z))}, ((1,),)),
                Way(("regression_gradients",), {"slope": lambda z: _dσ(z)}, ((1,),)),
            ),
        ),
        Mistake(
            "activation-applied-twice",
            "The activation is applied twice: f(f(z)) stands where f(z) is meant.",
            "Each activation: z goes through f once on the way forward, and what is stored as a goes through it never again.",
            "a = f(z) is already squashed; squashing it once more gives another network than the one in the question.",
            (
                Way(("neuron_cost", "layer_forward", "output_error"), {"a": lambda z, act: act.f(act.f(z))}),
                Way((*NEURON, *HALF), {"a": lambda z: _σ(_σ(z))}),
                Way((*NEURON, *HALF, "output_error"), {"a": lambda z: _σ(_σ(z)), "slope": lambda a: a * (1 - a)}),
                Way(("softmax_gradients",), {"a": lambda z: _σ(_σ(z))}, ((1,),)),
                Way(("softmax_gradients",), {"a": lambda z: _σ(_σ(z)), "slope": lambda a: a * (1 - a)}, ((1,),)),
                Way(("regression_gradients",), {"a": lambda z: np.tanh(np.tanh(z))}, ((1,),)),
                Way(("regression_gradients",), {"a": lambda z: np.tanh(np.tanh(z)), "slope": lambda a: 1 - a**2}, ((1,),)),
                Way(("softmax_gradients", *HALF), {"dW": lambda a_in, delta: _σ(a_in).T @ delta}, ((2,), (3,), (2, 3))),
                Way(("regression_gradients",), {"dW": lambda a_in, delta: np.tanh(a_in).T @ delta}, ((2,),)),
            ),
        ),
        Mistake(
            "sign",
            "The sign is turned round.",
            "The order in a − y, the minus before Σ y log p, and the step, which subtracts the gradient.",
            "∂/∂a of ½(a − y)² is a − y; the gradient points uphill, and descent walks against it.",
            (
                Way(OUTPUT_ERRORS, {"error": lambda error: -error}),
                Way(("gradient_step",), {"new": lambda p, g, eta: p + eta * g}, "all"),
                Way(("cross_entropy",), {"C": lambda C: -C}),
            ),
            {
                **_in(("neuron_gradient", "output_error"), look="The order in a − y."),
                **_in(
                    ("two_layer_gradients", "regression_gradients"),
                    look="The order in the output's error: the answer first, a − y.",
                    why="∂/∂a of a square of a − y has the sign of a − y. The gradient points uphill; the minus comes with the step.",
                ),
                "softmax_gradients": Words(
                    look="The order in the output's error: p − y.",
                    why="C falls when the right class gains: there p − y is negative. The minus of descent comes later, with the step.",
                ),
                "fit_partial": Words(look="The order in a − y, and the step, which subtracts: W − α dW. Either turns everything round."),
                "gradient_step": Words(
                    look="The sign before eta: p − eta · g.",
                    why="The gradient points uphill, and descent walks against it.",
                ),
                "cross_entropy": Words(
                    look="The minus before Σ y log p.",
                    why="A logarithm of a probability is never positive; the minus makes a cost of it.",
                ),
            },
        ),
        Mistake(
            "not-transposed",
            "A transpose is missing: a matrix stands as it is where its transpose is due, or a product is the wrong way round.",
            "Write the shape under every factor of your products; δ @ W.T, a.T @ δ and a @ W are the three that meet.",
            "On the way back W is read from its outputs to its inputs, and that is its transpose; when it is square no shape warns you.",
            (
                Way(HIDDEN, {"carried": lambda delta_next, W_next: delta_next @ W_next}),
                Way(("hidden_error_by_node",), {"carried": lambda delta_next, w, j: delta_next @ w[: delta_next.shape[1], j : j + 1]}),
                Way(("layer_forward", *WITH_BIAS), {"z": lambda a_in, W, b: W @ a_in + b}),
                Way(("layer_forward", *WITH_BIAS), {"z": lambda a_in, W, b: a_in @ W.T + b}),
                Way(("weight_gradient", *WITH_BIAS), {"dW": lambda a_in, delta: a_in @ delta}),
                Way(("columns_to_rows",), {"x": lambda X: X}),
                Way(("columns_to_rows",), {"W_rows": lambda W: W}),
                Way(("columns_to_rows",), {"x": lambda X: X, "W_rows": lambda W: W}),
            ),
            {
                "layer_forward": Words(
                    look="Write the shape under each factor: a_in is (N, n_in) and W (n_in, n_out), so a_in @ W is the product that meets.",
                    why="The sum runs over the units below, i: the last index of a_in and the first of W[i, j].",
                ),
                "columns_to_rows": Words(
                    look="Write the shape of each: X is (n_in, N) and x (N, n_in); W is (n_out, n_in) and W_rows (n_in, n_out).",
                    why="The transpose of a product is the product of the transposes in the other order: (W X)ᵀ = Xᵀ Wᵀ.",
                ),
                "hidden_error_by_node": Words(
                    says="The two indices of w_next are turned round: w_next[m][j] stands where w_next[j][m] is due.",
                    look="The weight in your sum: it leads from unit j, whose error is asked, to unit m of the next layer.",
                    why="The first index is where a connection begins, the second where it ends; when there are as many units in both "
                    "layers nothing warns you.",
                ),
                "weight_gradient": Words(
                    look="Write the shape under each factor: a_in is (N, n_in), delta (N, n_out), and dW must be (n_in, n_out).",
                    why="The examples are summed away: their index is the first of both arrays; a product sums its left factor's last.",
                ),
                "hidden_error": Words(
                    look="Write the shape under each factor: delta_next is (N, n_next) and W_next (n, n_next), so that W_next.T meets it."
                ),
            },
        ),
        Mistake(
            "inverse-not-transpose",
            "An inverse (or pseudo-inverse) of W stands where its transpose is due.",
            "The W of your hidden error: W.T, not inv(W) or pinv(W).",
            "Errors are not un-multiplied on the way back; each weight passes its own share back, and that is the transpose.",
            (
                Way(HIDDEN, {"carried": lambda delta_next, W_next: delta_next @ np.linalg.pinv(W_next)}),
                Way(("columns_to_rows",), {"W_rows": lambda W: np.linalg.pinv(W)}),
            ),
            {
                "columns_to_rows": Words(
                    look="Your W_rows: W.T, not inv(W) or pinv(W).",
                    why="The same numbers are laid out in another way; an inverse would undo what W does.",
                )
            },
        ),
        Mistake(
            "gradient-transposed",
            "A weight gradient is transposed: δᵀ a instead of aᵀ δ.",
            "The line of dW: it has W's shape, (n_in, n_out), so the layer's input comes first: a_in.T @ δ.",
            "dW[i, j] belongs to W[i, j], from unit i to unit j: the row is the input's, the column the error's.",
            (
                Way(("weight_gradient", *WITH_BIAS), {"dW": lambda a_in, delta: delta.T @ a_in}),
                Way(("fit_partial",), {"new": lambda Wb, a_in, delta, alpha: Wb - alpha * delta.T @ _with_1(a_in)}),
            ),
        ),
        Mistake(
            "gradient-for-weight",
            "The error was carried back through dW instead of W.",
            "The product in your hidden error: δ_next @ W_next.T, with the weights themselves.",
            "The error travels back along the connections, and their strength is W; dW only says how W will change.",
            (Way(NETS, {"carried": lambda delta_next, dW_next: delta_next @ dW_next.T}),),
        ),
        Mistake(
            "error-not-delta",
            "a − y was carried back instead of δ.",
            "What you multiply by W.T: it is the output's δ, with its slope and whatever factor the cost gives it.",
            "Between a − y and the weights lie the cost and the output's activation; their slopes belong to what goes back.",
            (
                Way(HALF, {"carried": lambda error_next, W_next: error_next @ W_next.T}),
                Way(("regression_gradients",), {"carried": lambda a_next, y, W_next: (a_next - y) @ W_next.T}),
            ),
        ),
        Mistake(
            "dot-for-hadamard",
            "A matrix product stands where the slope is to be multiplied element by element.",
            "The factor f′(z) in your δ: * and not @.",
            "Each unit's error is scaled by its own slope; a matrix product would mix the units.",
            (
                Way(("output_error", *HALF), {"delta": lambda error, slope: error @ slope}),
                Way(NEURON, {"delta": lambda error, slope: np.full_like(error, (error * slope).sum()), "db": lambda delta: delta[0]}),
                Way(HIDDEN, {"delta": lambda carried, slope: carried @ slope}),
            ),
        ),
        Mistake(
            "hadamard-for-dot",
            "An element-by-element product stands where a matrix product is due.",
            "Your products with W and with a: @ and not *.",
            "A unit collects from (or passes back to) all units of the next layer: that sum is a matrix product.",
            (
                Way(HIDDEN, {"carried": lambda delta_next, W_next: delta_next * W_next.T}),
                Way(HIDDEN, {"carried": lambda delta_next, W_next: delta_next * W_next}),
                Way(("weight_gradient", *WITH_BIAS), {"dW": lambda a_in, delta: a_in * delta}),
                Way(("weight_gradient", *WITH_BIAS), {"dW": lambda a_in, delta: a_in.T * delta}),
                Way(("layer_forward", *WITH_BIAS), {"z": lambda a_in, W, b: a_in * W + b}),
            ),
            {
                "layer_forward": Words(
                    look="Your product with W: @ and not *.",
                    why="A unit collects from all units of the layer below: that sum is a matrix product.",
                ),
                "hidden_error": Words(
                    look="Your product with W_next.T: @ and not *.",
                    why="Each unit of the next layer passes its share back: that sum is a matrix product.",
                ),
                "weight_gradient": Words(
                    look="Your product of a_in.T and delta: @ and not *.",
                    why="dW adds up what each example says: that sum is a matrix product.",
                ),
            },
        ),
        Mistake(
            "one-output-only",
            "The hidden error holds the term of one unit of the next layer only.",
            "The sum in your hidden error: it runs over all units m of the next layer (+= in a loop, not =).",
            "A hidden unit feeds every unit of the next layer, and each of these reports its share of the error.",
            tuple(Way((*HIDDEN, "hidden_error_by_node"), {"carried": _one(m)}) for m in (0, 1, 2, -1)),
        ),
        Mistake(
            "mean-over-outputs",
            "The errors that come back from the next layer were averaged instead of summed.",
            "The sum over the next layer's units in your hidden error: no mean, no division.",
            "The total effect of a unit is the sum of its effects; an average would make it smaller with every unit added.",
            (Way((*HIDDEN, "hidden_error_by_node"), {"carried": lambda carried, delta_next: carried / delta_next.shape[1]}),),
        ),
        Mistake(
            "updated-weight",
            "The hidden error was computed with weights that had already been updated.",
            "The order: every δ first, from the old W, and only then the updates.",
            "The gradient is taken at one point; a W that has moved belongs to another one. The difference is small and still trains.",
            (
                Way(("fit_partial",), {"carried": lambda delta_next, W_next, dW_next, alpha: delta_next @ (W_next - alpha * dW_next).T}),
                Way(WITH_BIAS, {"carried": lambda delta_next, W_next, dW_next, eta: delta_next @ (W_next - eta * dW_next).T}, fitted=True),
            ),
        ),
        Mistake(
            "missing-1-over-n",
            "The cost's 1/N is missing from a gradient: it is N times too large.",
            "The output's δ: it is 2 (a − y)/N, since the cost is a mean over the N examples.",
            "The cost owns its 1/N; once it is in the output's δ, every gradient below has it too.",
            (
                Way(("regression_gradients",), {"error": lambda error, N: error * N}),
                Way(("regression_gradients",), {"dW": lambda dW, N: dW * N, "db": lambda db, N: db * N}, ((1,), (2,))),
            ),
        ),
        Mistake(
            "extra-1-over-n",
            "A 1/N stands in your answer that this cost does not have, or that is in it already.",
            "Every mean and every division by the number of examples: 1/N enters once where the cost has it, never where it is a sum.",
            "Only the cost decides about 1/N. Where it is a sum, the gradient is a sum; where it is a mean, 1/N enters once, in δ.",
            (
                Way(OUTPUT_ERRORS, {"error": lambda error, N: error / N}),
                Way(NETS, {"dW": lambda dW, N: dW / N, "db": lambda db, N: db / N}, ((1,), (2,), (3,))),
                Way(("hidden_error",), {"delta": lambda delta, N: delta / N}),
                Way(("weight_gradient",), {"dW": lambda dW, N: dW / N}),
                Way(("bias_gradient", "shared_bias_gradient"), {"db": lambda db, N: db / N}),
                Way(("neuron_cost",), {"C": lambda C, N: C / N}),
                Way(("cross_entropy",), {"C": lambda C, N: C / N}),
            ),
            _in(
                COSTS,
                says="Your C is a mean over the examples: it is N times too small.",
                look="The sum at the end: np.sum, not np.mean, and no division by len(y).",
                why="This cost adds up its examples. With a mean every gradient would be N times smaller as well.",
            )
            | _in(
                ("bias_gradient", "weight_gradient", "hidden_error", "shared_bias_gradient"),
                says="A division by N, the number of examples, does not belong here.",
                look="Every mean and every division by len(...): none is due.",
                why="Only the cost decides about 1/N. Where it has one, δ holds it already.",
            )
            | _in(
                ("neuron_gradient", "output_error", "softmax_gradients", *HALF),
                says="A 1/N stands in your answer, and this cost has none.",
                look="Every mean and every division by the number of examples: none is due.",
                why="Only the cost decides about 1/N. This one is a sum over the examples, and so is each of its gradients.",
            )
            | _in(
                ("regression_gradients",),
                says="A 1/N stands in your answer that is in it already.",
                look="Every mean and every division by the number of examples: 1/N enters once, in the output's δ.",
                why="This cost has one 1/N, and so has its gradient; δ hands it on to everything below.",
            ),
        ),
        Mistake(
            "wrong-n",
            "The division is by the wrong number: the number of examples times the number of outputs, or that of columns.",
            "Your mean: np.mean over a whole (N, n_out) array divides by N · n_out, len(x.T) is not N.",
            "1/N in the cost counts examples; the squares of one example's outputs are added, not averaged.",
            (
                Way(("regression_gradients",), {"error": lambda error, y: error / y.shape[1]}),
                Way(("regression_gradients",), {"error": lambda error, N, a0: error * N / a0.shape[1]}),
                Way(
                    ("two_layer_gradients", "softmax_gradients", "fit_partial", "output_error"), {"error": lambda error, y: error / y.size}
                ),
                Way(("cross_entropy",), {"C": lambda C, y: C / y.size}),
                Way(("shared_bias_gradient",), {"db": lambda db, delta: db / delta.size}),
            ),
            _in(
                ("two_layer_gradients", "softmax_gradients", "fit_partial", "output_error", "cross_entropy"),
                says="There is a division by the number of examples times the number of outputs.",
                look="Your mean: np.mean over a whole (N, n_out) array divides by N · n_out. This cost is a sum, and nothing is divided.",
                why="The cost adds up examples and outputs alike, without any 1/N.",
            )
            | _in(
                ("shared_bias_gradient",),
                says="There is a division by the number of entries of δ.",
                look="Your mean: δ.mean() divides by N · n_out; a plain sum is due.",
                why="The bias moves every z by the same amount, and the effects add up.",
            ),
        ),
        Mistake(
            "factor-two",
            "A factor of 2 is off.",
            "The cost and its derivative: ½(a − y)² gives a − y, (a − y)² gives 2(a − y); and only a central difference is divided by 2h.",
            "The ½ is there to cancel the 2 that the square brings down: both stand, or neither.",
            (
                Way(("neuron_gradient", "output_error", *HALF), {"error": lambda error: 2 * error}),
                Way(OUTPUT_ERRORS, {"error": lambda error: error / 2}),
                Way(("neuron_cost",), {"C": lambda C: 2 * C}),
                Way(("complex_step_gradient",), {"grad": lambda grad: grad / 2}),
            ),
            {
                "neuron_cost": Words(
                    look="The ½ before the sum of squares.",
                    why="It is part of this cost; it is there to cancel the 2 that the square brings down in the slope.",
                ),
                **_in(
                    ("neuron_gradient", "output_error", *HALF),
                    look="The output's error: the ½ of the cost cancels the 2 of its square, so it is a − y with no factor.",
                ),
                "regression_gradients": Words(
                    look="The output's error: this cost has no ½, so the 2 of its square stays, 2 (a − y)/N.",
                    why="A ½ would be there to cancel the 2 that the square brings down. Here there is none.",
                ),
                "softmax_gradients": Words(
                    look="The output's error: p − y, with no factor.", why="There is no square in this cost that could bring a 2 or a ½."
                ),
                "complex_step_gradient": Words(
                    look="The division: by h, not by 2h.",
                    why="Only a central difference is divided by 2h, the distance of its two points; here there is one step, of h.",
                ),
            },
        ),
        Mistake(
            "bias-not-summed",
            "A bias gradient was not summed over the examples: it still has one entry an example.",
            "The line of db: δ.sum(axis=0) has b's shape.",
            "One bias serves all examples, so it collects the errors of all of them.",
            (
                Way(("neuron_gradient", "bias_gradient", *WITH_BIAS), {"db": lambda delta: delta}),
                Way(("shared_bias_gradient",), {"db": lambda delta: delta}),
                Way(("shared_bias_gradient",), {"db": lambda delta: delta.sum(axis=1)}),
            ),
            {
                "neuron_gradient": Words(look="The line of db: it is a single number, the sum over all examples."),
                "shared_bias_gradient": Words(
                    look="Your sum: δ.sum() without an axis runs over examples and units.",
                    why="One bias serves all examples and all units, so it collects every entry of δ.",
                ),
            },
        ),
        Mistake(
            "bias-over-summed",
            "A bias gradient was summed over the units as well: one number for all of them.",
            "The axis of your sum: axis=0 runs over the examples and leaves one number a unit.",
            "Each unit has a bias of its own, which only its own errors move. One number is right only for one shared bias.",
            (
                Way(("bias_gradient", *WITH_BIAS), {"db": lambda delta: delta.sum()}),
                Way(("bias_gradient", *WITH_BIAS), {"db": lambda delta: np.full(delta.shape[1], delta.sum())}),
                Way(("bias_gradient", *WITH_BIAS), {"db": lambda delta: np.full((1, 1), delta.sum())}),
            ),
        ),
        Mistake(
            "bias-mean",
            "Weights and bias are treated differently: one is averaged over the examples, the other summed.",
            "Mean and sum in your dW and db: both are plain sums of δ's rows.",
            "aᵀ δ sums over the examples by itself; the bias is the weight of an input that is always 1, so it sums too.",
            (
                Way(("neuron_gradient", "bias_gradient", *WITH_BIAS), {"db": lambda db, N: db / N}),
                Way(("neuron_gradient", *WITH_BIAS), {"dW": lambda dW, N: dW / N}),
                Way(("shared_bias_gradient",), {"db": lambda db, N: db / N}),
            ),
            _in(
                ("bias_gradient", "shared_bias_gradient"),
                says="The bias gradient is averaged over the examples.",
                look="The mean in your db: a plain sum is due.",
            ),
        ),
        Mistake(
            "bias-from-weights",
            "A bias gradient was made from the weight gradient, by summing it.",
            "The line of db: it comes from δ, not from dW.",
            "dW holds δ times the inputs; the bias meets no input (or one that is always 1).",
            (
                Way((*NEURON, *WITH_BIAS), {"db": lambda dW: dW.sum(axis=0)}),
                Way(WITH_BIAS, {"db": lambda dW: dW.sum(axis=1)}),
            ),
            _in(
                NEURON,
                says="Your db was made from dw.",
                look="The line of db: the sum of ∂C/∂z over the examples, without any x.",
                why="dw holds ∂C/∂z times x; the bias meets no x.",
            ),
        ),
        Mistake(
            "bias-missing",
            "A bias gradient is zero.",
            "The line of db: a bias has a gradient whatever its value is, δ summed over the examples.",
            "∂z/∂b = 1 for every b, so ∂C/∂b = ∂C/∂z: never zero just because b is.",
            (
                Way(("neuron_gradient", "bias_gradient", *NETS), {"db": lambda db: np.zeros_like(db)}),
                Way(("bias_gradient", *WITH_BIAS), {"db": lambda db: 0.0}),
                Way(("shared_bias_gradient",), {"db": lambda db: 0.0}),
            ),
        ),
        Mistake(
            "bias-times-derivative",
            "A bias gradient is multiplied by the activation's slope at b.",
            "The line of db: δ already holds the only slope that is due, f′(z).",
            "b stands inside z; the slope of the activation is taken at z, once.",
            (
                Way((*NEURON, "two_layer_gradients"), {"db": lambda db, b: db * _dσ(b)}),
                Way(("softmax_gradients",), {"db": lambda db, b: db * _dσ(b)}),
                Way(("regression_gradients",), {"db": lambda db, b: db * (1 - np.tanh(b) ** 2)}),
            ),
        ),
        Mistake(
            "bias-times-input",
            "A bias gradient is multiplied by the input.",
            "The line of db: no x and no a belongs in it.",
            "∂z/∂w is the input, but ∂z/∂b is 1: the bias meets no input.",
            (
                Way(NEURON, {"db": lambda dW: dW.sum(axis=0)}),
                Way(WITH_BIAS, {"db": lambda a_in, delta: (a_in * delta).sum(axis=0)}, ((1,),)),
            ),
            _in(NEURON, says="Your db is multiplied by the input x.", look="The line of db: no x belongs in it."),
        ),
        Mistake(
            "bias-row-first",
            "The bias stands in the first row; here it is the last one.",
            "The order of the stack: first W, under it b; and the 1 is appended behind a, not before it.",
            "Either order would do, but a and W must agree on it: [a, 1] meets W with b under it.",
            (
                Way(("absorb_bias",), {"Wb": lambda W, b: np.vstack([b, W])}),
                Way(
                    ("fit_partial",),
                    {
                        "W": lambda Wb: Wb[1:],
                        "b": lambda Wb: Wb[0],
                        "new": lambda W, b, dW, db, alpha: np.vstack([b - alpha * db, W - alpha * dW]),
                    },
                    "all",
                ),
            ),
        ),
        Mistake(
            "bias-row-kept",
            "The bias row was kept when the error was carried back: δ gets one column too many.",
            "The W of your hidden error: W[:-1], without its bias row.",
            "Nothing comes from the layer before through the bias row: the 1 it meets is no unit, and has no error.",
            (Way(("fit_partial",), {"carried": lambda delta_next, Wb_next: delta_next @ Wb_next.T}, "all"),),
        ),
        Mistake(
            "wrong-row-dropped",
            "The wrong row was dropped when the error was carried back: the first instead of the last.",
            "The W of your hidden error: W[:-1] leaves out the bias row, W[1:] leaves out the first unit.",
            "The bias is the last row. Dropping another keeps the shape and even trains, but every unit gets its neighbour's error.",
            (Way(("fit_partial",), {"carried": lambda delta_next, Wb_next: delta_next @ Wb_next[1:].T}),),
        ),
        Mistake(
            "last-example-only",
            "Only the last example counts: the others were overwritten.",
            "The loop over the batch: is there an = where += is meant?",
            "The cost adds up all examples, and so does its gradient.",
            (
                Way(("neuron_gradient", *NETS), {"dW": lambda a_in, delta: np.outer(a_in[-1], delta[-1]), "db": lambda delta: delta[-1]}),
                Way((*NEURON, "weight_gradient", *WITH_BIAS), {"dW": lambda a_in, delta: np.outer(a_in[-1], delta[-1])}),
                Way(("neuron_gradient", "bias_gradient", *WITH_BIAS), {"db": lambda delta: delta[-1]}),
                Way(("shared_bias_gradient",), {"db": lambda delta: delta[-1].sum()}),
                Way(("neuron_cost",), {"C": lambda a, y: ((a - y)[-1] ** 2).sum() / 2}),
                Way(("cross_entropy",), {"C": lambda log_p, y: -(y * log_p)[-1].sum()}),
            ),
        ),
        Mistake(
            "off-by-one-layer",
            "A quantity comes from the neighbouring layer: the layer's output where its input is due, or the next layer's z.",
            "The layer of every a and z: dW needs what goes into the layer, δ needs the layer's own z.",
            "W[i, j] sits between its layer's input i and its own unit j.",
            (
                Way(NETS, {"dW": lambda a, delta: a.T @ delta}),
                Way(NETS, {"slope": lambda z_next, act: act.df(z_next, act.f(z_next))}),
            ),
        ),
        Mistake(
            "diagonal-softmax",
            "Only the diagonal of softmax's derivative was used: δ became −y(1 − p).",
            "Your output error: every p depends on every z, and all together give p − y.",
            "∂p_i/∂z_j = p_i(δ_ij − p_j): the terms off the diagonal are what turns −y(1 − p) into p − y.",
            (Way(("softmax_gradients",), {"error": lambda p, y: -y * (1 - p)}),),
        ),
        Mistake(
            "softmax-axis",
            "Softmax was taken over the batch: its rows do not sum to 1.",
            "The axis of your maximum and your sum: axis=1 with keepdims=True, one sum an example.",
            "The classes of one example share its probability; other examples have nothing to do with it.",
            (
                Way(("softmax", "softmax_gradients"), {"p": _row_axis(_softmax_over, 0)}),
                Way(("softmax", "softmax_gradients"), {"p": _row_axis(_softmax_over, None)}),
                Way(("cross_entropy",), {"log_p": _row_axis(_log_softmax_over, 0)}),
                Way(("cross_entropy",), {"log_p": _row_axis(_log_softmax_over, None)}),
            ),
        ),
        Mistake(
            "softmax-twice",
            "Softmax was applied twice.",
            "What goes into softmax: logits z, not probabilities.",
            "Softmax of probabilities is much flatter: it takes numbers between 0 and 1 for logits.",
            (
                Way(("softmax", "softmax_gradients"), {"p": lambda z: softmax(softmax(z))}),
                Way(("cross_entropy",), {"log_p": lambda z: np.log(softmax(softmax(z)))}),
            ),
        ),
        Mistake(
            "softmax-overflow",
            "For large logits your answer is not finite: eᶻ overflows (or underflows everywhere).",
            "Subtract each row's own maximum before the exponential.",
            "A shift that all logits of a row share cancels in softmax; with the maximum at 0 nothing can overflow.",
            (
                Way(("softmax",), {"p": _naive_softmax}),
                Way(("cross_entropy",), {"log_p": lambda z: np.log(_naive_softmax(z))}),
                Way(("cross_entropy",), {"log_p": lambda z: z - np.log(np.exp(z).sum(axis=1, keepdims=True))}),
                Way(("softmax",), {"p": _one_maximum}),
                Way(("softmax",), {"p": lambda p, z: p + 0 * _naive_softmax(z)}),  # beside another mistake, such as the axis
                Way(("cross_entropy",), {"log_p": lambda log_p, z: log_p + 0 * np.log(_naive_softmax(z))}),
            ),
        ),
        Mistake(
            "log-of-zero",
            "The logarithm was taken of a probability that had become 0.",
            "Take the logarithm on the logits: log p = z − max − log Σ e^(z − max).",
            "A probability of e^(−1000) is 0 in float64 and its logarithm infinite, though log p = −1000 is an ordinary number.",
            (Way(("cross_entropy",), {"log_p": lambda z: np.log(softmax(z))}),),
        ),
        Mistake(
            "wrong-layer-count",
            "A layer was left out of the update: its weights came back as they were.",
            "The range of your loop: it runs from the first layer to the last, both included.",
            "Every layer has a gradient, and one step moves all of them.",
            (
                Way(("gradient_step",), {"new": lambda p: p}, ((1, 2), (3, 4))),
                Way(("fit_partial",), {"new": lambda Wb: Wb}, ((1,), (3,))),
            ),
        ),
        Mistake(
            "epsilon",
            "Your gradient is nearly right: the size of the step, or a difference of real values, limits it.",
            "Step into the imaginary direction: Im f(θ + ih)/h with h = 1e-20, and no difference at all.",
            "A difference of two nearly equal numbers loses digits, and a larger step bends the curve; the imaginary part has neither.",
            (Way(("complex_step_gradient",), {"grad": lambda f, theta: central_difference(f, theta, 1e-5)}, within=1e-4),),
        ),
        Mistake(
            "not-reset",
            "The answer changes when it is called again: something is added up from call to call.",
            "Any list or array outside your function (or a default argument) that is added to; start from zero inside.",
            "A gradient belongs to the arguments of this call alone.",
            (),
        ),
        Mistake(
            "in-place",
            "One of your arguments was changed, or two of your results share their memory.",
            "Every +=, -=, *=, out= or [...] = on an argument or on a name that shares its memory: write W = W - … instead.",
            "Whoever calls your function still needs the old values: the next line would silently compute with the new ones.",
            (),
        ),
    )
}

BY_BEHAVIOUR = ("not-reset", "in-place")  # seen in how an answer behaves, in every question, not in its values
