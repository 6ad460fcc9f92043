"""Wrong input fails at the door, with a sentence that says what was expected and what came."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import backprop as bp

NET = bp.network((3, 4, 2), rng=0)
LINEAR = bp.network((3, 4, 2), output=bp.identity, rng=0)
X, Y = np.linspace(-1, 1, 15).reshape(5, 3), np.full((5, 2), 0.5)
(W1, B1, _), (W2, B2, _) = NET
ROWS = (X, Y, W1, B1, W2, B2)
COLUMNS = (X.T, Y.T, W1.T, B1, W2.T, B2)
ABSORBED = [np.vstack([W1, B1]), np.vstack([W2, B2])]
NODES = (W1.tolist(), W2.tolist()), (B1.tolist(), B2.tolist())


def with_bad(array: np.ndarray, value: float) -> np.ndarray:
    """A copy whose last element is `value`."""
    array = np.array(array, float)
    array.flat[-1] = value
    return array


def layer_with(**fields) -> list[bp.Layer]:
    """NET with the first layer's fields changed."""
    return [NET[0]._replace(**fields), NET[1]]


def instead(values: tuple, **by_place) -> tuple:
    """`values` with the ones at places p0, p1, ... changed."""
    return tuple(by_place.get(f"p{i}", value) for i, value in enumerate(values))


CALLS = {
    "forward": lambda net=NET, x=X: bp.forward(net, x),
    "predict": lambda net=NET, x=X: bp.predict(net, x),
    "gradients": lambda net=NET, x=X, y=Y, cost=bp.half_squared_error: bp.gradients(net, x, y, cost),
    "check_gradient": lambda net=NET, x=X, y=Y, cost=bp.half_squared_error: bp.check_gradient(net, x, y, cost),
    "descend": lambda net=NET, x=X, y=Y, cost=bp.half_squared_error: next(bp.descend(net, x, y, cost, 0.1)),
    "fit": lambda net=NET, x=X, y=Y, cost=bp.half_squared_error: bp.fit(net, x, y, cost, 0.1, 1),
}
TRAINING = ("gradients", "check_gradient", "descend", "fit")


def sentence(caught: pytest.ExceptionInfo) -> str:
    """The message, once it is a sentence: it ends with a full stop and is neither NumPy's nor a bare word."""
    text = str(caught.value)
    assert text.endswith(".") and " " in text, text
    assert not re.search(r"operands|broadcast together|matmul|inhomogeneous|zip\(\)|NoneType", text), text
    return text


def fails(call, *facts: str, error: type[Exception] = ValueError) -> str:
    """`call` raises `error` with a sentence that holds every one of `facts`."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error) as caught:
            call()
    text = sentence(caught)
    missing = [fact for fact in facts if fact not in text]
    assert not missing, f"{missing} not in: {text}"
    return text


# Shapes that do not meet


@pytest.mark.parametrize("name", CALLS)
def test_x_with_the_wrong_number_of_columns(name: str):
    fails(lambda: CALLS[name](x=np.zeros((5, 4))), "3", "(5, 4)")


@pytest.mark.parametrize("name", CALLS)
def test_a_1d_x_is_told_about_none(name: str):
    fails(lambda: CALLS[name](x=np.zeros(3)), "2-d", "(3,)", "x[None]")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("x", [np.zeros(()), np.zeros((2, 5, 3)), np.zeros((0, 3))])
def test_x_of_other_dimensions_or_empty(name: str, x: np.ndarray):
    fails(lambda: CALLS[name](x=x), "2-d", str(x.shape))


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize("shape", [(5, 3), (4, 2), (5, 1), (1, 2), (2,), (5,), ()])
def test_a_y_of_another_shape_is_never_broadcast(name: str, shape: tuple[int, ...]):
    fails(lambda: CALLS[name](y=np.zeros(shape)), "(5, 2)", str(shape))


@pytest.mark.parametrize("name", TRAINING)
def test_a_1d_y_beside_one_output_is_told_about_none(name: str):
    net = bp.network((3, 4, 1), rng=0)
    fails(lambda: CALLS[name](net=net, y=np.zeros(5)), "(5, 1)", "(5,)", "y[:, None]")


@pytest.mark.parametrize("name", CALLS)
def test_layers_that_do_not_meet(name: str):
    net = [NET[0], bp.Layer(np.zeros((5, 2)), np.zeros(2), bp.sigmoid)]
    fails(lambda: CALLS[name](net=net), "(3, 4)", "(5, 2)", "layer 1", "layer 2")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("shape", [(3,), (1, 4), (4, 1), (), (1,)])
def test_a_bias_of_another_shape(name: str, shape: tuple[int, ...]):
    fails(lambda: CALLS[name](net=layer_with(b=np.zeros(shape))), "layer 1", "(4,)", str(shape))


@pytest.mark.parametrize("name", CALLS)
def test_a_1d_w(name: str):
    fails(lambda: CALLS[name](net=layer_with(W=np.zeros(3))), "W of layer 1", "2-d", "(3,)")


@pytest.mark.parametrize("name", CALLS)
def test_a_net_that_is_none(name: str):
    fails(lambda: CALLS[name](net=[]), "Layer", "empty")
    fails(lambda: CALLS[name](net=[(W1, B1)]), "layer 1", "Layer(W, b, act)", error=TypeError)
    fails(lambda: CALLS[name](net=layer_with(act=np.tanh)), "layer 1", "Activation", "backprop.sigmoid", error=TypeError)
    fails(lambda: CALLS[name](net=NET[0]), "list of Layer", error=TypeError)


# Not finite, not numbers


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", CALLS)
def test_nan_and_infinity_are_refused_wherever_they_stand(name: str, bad: float):
    fails(lambda: CALLS[name](x=with_bad(X, bad)), "x", "finite", "x[4, 2]", str(bad))
    fails(lambda: CALLS[name](net=layer_with(W=with_bad(W1, bad))), "W of layer 1", "finite", str(bad))
    fails(lambda: CALLS[name](net=layer_with(b=with_bad(B1, bad))), "b of layer 1", "finite", str(bad))
    if name in TRAINING:
        fails(lambda: CALLS[name](y=with_bad(Y, bad)), "y", "finite", "y[4, 1]", str(bad))


@given(x=hnp.arrays(np.float64, (5, 3), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_a_finite_x_passes_and_no_other(x: np.ndarray):
    """Also 1e300, whose square is not finite, passes: the quick look must not refuse it."""
    if np.isfinite(x).all():
        with np.errstate(all="ignore"):
            assert bp.predict([bp.Layer(np.eye(3), np.zeros(3), bp.identity)], x).shape == (5, 3)
    else:
        fails(lambda: bp.predict(NET, x), "finite")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("bad", ["abc", [["a", "b", "c"]], None, [[None, 1, 2]], [[1, 2, 3], [4, 5]], {"x": 1}])
def test_what_is_not_numbers(name: str, bad: object):
    fails(lambda: CALLS[name](x=bad), "x must be an array of numbers", error=TypeError)


@pytest.mark.parametrize("name", TRAINING)
def test_y_that_is_not_numbers(name: str):
    fails(lambda: CALLS[name](y=[["a", "b"]] * 5), "y must be an array of numbers", error=TypeError)


# A cost on logits over a squashed output


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize("cost", [bp.softmax_cross_entropy, bp.binary_cross_entropy])
@pytest.mark.parametrize("output", [bp.sigmoid, bp.tanh, bp.relu])
def test_a_cost_on_logits_wants_an_identity_output(name: str, cost: bp.Cost, output: bp.Activation):
    net = bp.network((3, 4, 2), output=output, rng=0)
    fails(lambda: CALLS[name](net=net, cost=cost), cost.name, "logits", "identity", output.name)


@pytest.mark.parametrize("name", TRAINING)
def test_a_cost_that_is_none(name: str):
    fails(lambda: CALLS[name](cost="half_squared_error"), "Cost", "backprop.half_squared_error", error=TypeError)


@pytest.mark.parametrize("cost", [bp.softmax_cross_entropy, bp.binary_cross_entropy])
def test_the_same_cost_over_an_identity_passes(cost: bp.Cost):
    assert bp.check_gradient(LINEAR, X, Y, cost) < 1e-12


# backward, the numbers of a descent, the ways to measure


def test_backward_wants_a_step_a_layer_and_the_slope_of_the_cost():
    steps = bp.forward(NET, X)
    fails(lambda: list(bp.backward(NET, steps[:1], Y)), "2", "1", "step")
    fails(lambda: list(bp.backward(NET, steps, np.zeros(2))), "dC_da", "(5, 2)", "(2,)")
    fails(lambda: list(bp.backward(NET, steps, np.zeros((5, 1)))), "dC_da", "(5, 2)", "(5, 1)")


@pytest.mark.parametrize("eta", [0, -1, np.nan, np.inf, "fast", None])
def test_eta_and_alpha_are_positive_numbers(eta: object):
    fails(lambda: next(bp.descend(NET, X, Y, bp.half_squared_error, eta)), "eta", "positive", repr(eta))
    fails(lambda: bp.fit(NET, X, Y, bp.half_squared_error, eta, 1), "eta", "positive", repr(eta))
    fails(lambda: bp.notes.absorbed_bias.fit_partial(ABSORBED, X, Y, eta), "alpha", "positive", repr(eta))


@pytest.mark.parametrize("eps", [0, -1e-5, np.nan])
def test_eps_is_positive(eps: float):
    fails(lambda: bp.central_difference(np.sin, 0.3, eps), "eps", "positive", repr(eps))


@pytest.mark.parametrize("measure", [bp.central_difference, bp.complex_step])
def test_the_measures_want_finite_real_theta_and_one_number(measure):
    fails(lambda: measure(np.sum, [1.0, np.nan]), "theta", "finite", "nan")
    fails(lambda: measure(np.sum, 1j), "theta", "real", "complex")
    fails(lambda: measure(np.sum, "abc"), "theta", "numbers", error=TypeError)
    fails(lambda: measure(lambda t: t * 2, np.ones(3)), "one", "(3,)")


def test_a_dropped_imaginary_part_is_told():
    fails(lambda: bp.complex_step(lambda t: abs(t) ** 2, 0.5), "imaginary part", "abs", "central_difference")
    fails(lambda: bp.complex_step(np.linalg.norm, np.ones(3)), "imaginary part")


def test_relative_error_wants_one_shape():
    fails(lambda: bp.relative_error(np.zeros(3), np.zeros((3, 1))), "(3,)", "(3, 1)")


def test_check_gradient_wants_a_pair_a_layer_in_its_shapes():
    right = [(g.dW, g.db) for g in bp.gradients(NET, X, Y, bp.half_squared_error)[1]]

    def check(grads):
        return bp.check_gradient(NET, X, Y, bp.half_squared_error, grads)

    fails(lambda: check(right[:1]), "2", "1", "layer")
    fails(lambda: check([(right[0][0].T, right[0][1]), right[1]]), "(3, 4)", "(4, 3)")
    fails(lambda: check([(right[0][0], right[0][1][None]), right[1]]), "(4,)", "(1, 4)")
    fails(lambda: check([(right[0][0],), right[1]]), "(dW, db)")
    fails(lambda: check([right[0], (with_bad(right[1][0], np.nan), right[1][1])]), "finite", "nan")


# The notes


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_notes_refuse_what_is_not_finite(bad: float):
    for place in range(6):
        rows = instead(ROWS, **{f"p{place}": with_bad(ROWS[place], bad)})
        columns = instead(COLUMNS, **{f"p{place}": with_bad(COLUMNS[place], bad)})
        fails(lambda rows=rows: bp.notes.two_layer.gradients(*rows), "finite", str(bad))
        fails(lambda rows=rows: bp.notes.regression.gradients(*rows, bp.tanh), "finite", str(bad))
        fails(lambda columns=columns: bp.notes.softmax_classifier.gradients(*columns), "finite", str(bad))
    for call in (bp.notes.absorbed_bias.gradients, lambda *args: bp.notes.absorbed_bias.fit_partial(*args, 0.1)):
        fails(lambda call=call: call([ABSORBED[0], with_bad(ABSORBED[1], bad)], X, Y), "finite", str(bad))
        fails(lambda call=call: call(ABSORBED, with_bad(X, bad), Y), "finite", str(bad))
        fails(lambda call=call: call(ABSORBED, X, with_bad(Y, bad)), "finite", str(bad))
    for place in range(4):
        neuron = instead((0.8, [0.5, 1.0], -0.4, [0.0, 1.0]), **{f"p{place}": [bad, 1.0] if place % 2 else bad})
        fails(lambda neuron=neuron: bp.notes.two_layer.neuron(*neuron), "finite", str(bad))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_node_form_refuses_what_is_not_finite(bad: float):
    (w, b), x, y = NODES, [0.1, 0.2, 0.3], [0.5, 0.5]
    call = bp.notes.node_form.gradients
    fails(lambda: call((w[0], with_bad(w[1], bad).tolist()), b, x, y, bp.tanh, bp.sigmoid), "finite", str(bad))
    fails(lambda: call(w, (b[0], [0.0, bad]), x, y, bp.tanh, bp.sigmoid), "finite", str(bad))
    fails(lambda: call(w, b, [0.1, 0.2, bad], y, bp.tanh, bp.sigmoid), "finite", str(bad))
    fails(lambda: call(w, b, x, [0.5, bad], bp.tanh, bp.sigmoid), "finite", str(bad))


@pytest.mark.parametrize("call", [bp.notes.two_layer.gradients, lambda *args: bp.notes.regression.gradients(*args, bp.sigmoid)])
def test_the_two_layer_notes_want_shapes_that_meet(call):
    fails(lambda: call(*instead(ROWS, p0=X.T)), "(3, 5)", "(3, 4)")
    fails(lambda: call(*instead(ROWS, p0=X[0])), "2-d", "(3,)")
    fails(lambda: call(*instead(ROWS, p1=Y[:, 0])), "(5, 2)", "(5,)")
    fails(lambda: call(*instead(ROWS, p1=Y[:, :1])), "(5, 2)", "(5, 1)")
    fails(lambda: call(*instead(ROWS, p2=W1.T)), "(4, 3)")
    fails(lambda: call(*instead(ROWS, p3=B1[None])), "(1, 4)", "(n1,)")
    fails(lambda: call(*instead(ROWS, p4=W2.T)), "(2, 4)")
    fails(lambda: call(*instead(ROWS, p5=0.0)), "()", "(n2,)")
    fails(lambda: call(*instead(ROWS, p0=[["a"]])), "numbers", error=TypeError)


def test_the_names_in_a_sentence_are_the_note_s_own():
    fails(lambda: bp.notes.two_layer.gradients(*instead(ROWS, p0=X[0])), "a0")
    fails(lambda: bp.notes.regression.gradients(*instead(ROWS, p0=X[0]), bp.tanh), "X")


def test_softmax_classifier_wants_columns():
    call = bp.notes.softmax_classifier.gradients
    fails(lambda: call(*instead(COLUMNS, p0=X)), "(5, 3)", "(D, N)")
    fails(lambda: call(*instead(COLUMNS, p1=Y)), "(5, 2)", "(O, N)")
    fails(lambda: call(*instead(COLUMNS, p1=Y[0])), "(2, 1)", "(O, N)")
    fails(lambda: call(*instead(COLUMNS, p2=W1)), "(3, 4)", "(h, D)")
    fails(lambda: call(*instead(COLUMNS, p3=B1[:, None])), "b1", "(4, 1)", "(4,)")
    fails(lambda: call(*instead(COLUMNS, p5=np.zeros(3))), "b2", "(3,)", "(2,)")
    fails(lambda: call(*instead(COLUMNS, p0=np.zeros((3, 5, 1)))), "(3, 5, 1)")
    fails(lambda: call(*instead(COLUMNS, p0=3.0)), "()")


def test_softmax_classifier_wants_targets_that_sum_to_1():
    """ŷ − y is the slope only then: with other targets it would be silently wrong."""
    fails(lambda: bp.notes.softmax_classifier.gradients(*instead(COLUMNS, p1=Y.T / 2)), "column", "sum to 1", "0.5")


def test_regression_knows_two_activations():
    fails(lambda: bp.notes.regression.gradients(*ROWS, bp.relu), "sigmoid", "tanh", "relu")
    fails(lambda: bp.notes.regression.gradients(*ROWS, "tanh"), "backprop.tanh", "'tanh'")


def test_absorbed_bias_wants_a_row_for_the_bias():
    call = bp.notes.absorbed_bias.gradients
    fails(lambda: call([W1, W2], X, Y), "bias", "(3, 4)", "4")
    fails(lambda: call([], X, Y), "W")
    fails(lambda: call(ABSORBED, np.zeros((5, 4)), Y), "(5, 4)")
    fails(lambda: call(ABSORBED, X, Y[:, :1]), "(5, 2)", "(5, 1)")
    fails(lambda: call(ABSORBED, X, Y[:, 0]), "(5, 2)", "(5,)")
    fails(lambda: call(ABSORBED, X[0], Y), "(1, 2)", "(5, 2)")


def test_node_form_wants_lists_that_meet():
    (w, b), x, y = NODES, [0.1, 0.2, 0.3], [0.5, 0.5]

    def call(w=w, b=b, x=x, y=y):
        return bp.notes.node_form.gradients(w, b, x, y, bp.tanh, bp.sigmoid)

    fails(lambda: call(w=w[:1]), "w", "b", "1", "2")
    fails(lambda: call(w=[], b=[]), "layer")
    fails(lambda: call(x=x[:2]), "w[0]", "2 rows of 4", "3 rows of 4")
    fails(lambda: call(w=(W1.T.tolist(), w[1])), "w[0]", "3 rows of 4", "4 rows of 3")
    fails(lambda: call(y=[0.5]), "y", "2", "1")
    fails(lambda: call(x=["a", "b", "c"]), "numbers", error=TypeError)


def test_a_neuron_s_x_and_y_go_together():
    call = bp.notes.two_layer.neuron
    fails(lambda: call(0.8, [1.0, 2.0], -0.4, [1.0]), "(2,)", "(1,)")
    fails(lambda: call(0.8, [[1.0]], -0.4, [[1.0]]), "(1, 1)")
    fails(lambda: call([0.8, 0.1], [1.0, 2.0], -0.4, [1.0, 0.0]), "w1", "number", "(2,)")
    fails(lambda: call(0.8, [1.0, 2.0], [-0.4, 0.0], [1.0, 0.0]), "b", "number", "(2,)")


# The test of the tests


def test_an_error_that_is_no_sentence_is_not_accepted():
    with pytest.raises(AssertionError):
        fails(lambda: np.zeros((2, 3)) @ np.zeros((2, 3)), "2")
    with pytest.raises(AssertionError):
        fails(lambda: CALLS["forward"](x=np.zeros(3)), "a fact that is not there")
