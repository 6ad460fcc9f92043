"""Each note's module against `core` through `notation`, and against the complex step of the cost that DESIGN gives it."""

import ast
import inspect
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_nets import distance, flat, own_cost, pairs_of

import backprop as bp
from backprop import notation
from backprop.notes import absorbed_bias, node_form, regression, slips, softmax_classifier, two_layer

CLOSE = 1e-12
seeds = st.integers(0, 2**32)


any_outputs, at_least_two = st.integers(1, 6), st.integers(2, 6)


@st.composite
def two_layers(draw, outputs=any_outputs):
    """x, y, W1, b1, W2, b2 as rows; sizes pairwise different, N from 1 to 8."""
    rng = np.random.default_rng(draw(seeds))
    n2 = draw(outputs)
    n0, n1 = rng.permutation([size for size in range(1, 7) if size != n2])[:2]
    n = draw(st.integers(1, 8))
    y = rng.uniform(0.05, 1, size=(n, n2))
    return rng.normal(size=(n, n0)), y, rng.normal(size=(n0, n1)), rng.normal(size=n1), rng.normal(size=(n1, n2)), rng.normal(size=n2)


def core_gradients(x, y, W1, b1, W2, b2, hidden, output, cost):
    """(dW1, db1, dW2, db2) by core."""
    _, (first, last) = bp.gradients([bp.Layer(W1, b1, hidden), bp.Layer(W2, b2, output)], x, y, cost)
    return first.dW, first.db, last.dW, last.db


def own_gradients(names, cost, x, y, W1, b1, W2, b2):
    """(dW1, db1, dW2, db2) by the complex step of the tests' own forward pass."""
    return stepped(lambda *params: own_cost(np, names, cost, [params[:2], params[2:]], x, y), W1, b1, W2, b2)


def stepped(f, *params):
    """The slope of f(*params) for every element of every one of params, one complex step each."""
    params = [np.array(p, complex) for p in params]
    slopes = [np.zeros(p.shape) for p in params]
    for p, slope in zip(params, slopes, strict=True):
        for index in np.ndindex(p.shape):
            p[index] += 1e-20j
            slope[index] = f(*params).imag / 1e-20
            p[index] = p[index].real
    return slopes


def agree(got, want):
    """Same shapes, and close norm-wise, each array against its own norm with a floor for rounding noise."""
    got, want = list(got), list(want)
    floor = 1e-3 * math.sqrt(sum(np.linalg.norm(w) ** 2 for w in want))
    for g, w in zip(got, want, strict=True):
        assert np.shape(g) == np.shape(w)
        assert np.linalg.norm(np.subtract(g, w)) <= CLOSE * max(np.linalg.norm(w), floor)


# two_layer


@given(args=two_layers())
def test_two_layer_is_core_and_the_complex_step_of_half_squares(args):
    got = two_layer.gradients(*args)
    agree(got, core_gradients(*args, bp.sigmoid, bp.sigmoid, bp.half_squared_error))
    agree(got, own_gradients(("sigmoid", "sigmoid"), "half_squared_error", *args))


@given(w=st.floats(-3, 3), b=st.floats(-3, 3), n=st.integers(1, 6), seed=seeds)
def test_a_neuron_is_core_and_the_complex_step(w, b, n, seed):
    x, y = np.random.default_rng(seed).normal(size=(2, n))
    z, a, C, dC_dw1, dC_db = two_layer.neuron(w, x, b, y)
    np.testing.assert_allclose(z, w * x + b, rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(a, [1 / (1 + math.exp(-v)) for v in z], rtol=1e-14)
    assert C == pytest.approx(sum((p - t) ** 2 for p, t in zip(a, y, strict=True)) / 2, rel=1e-13)
    net = [bp.Layer(np.array([[w]]), np.array([b]), bp.sigmoid)]
    agree([[[dC_dw1]], [dC_db]], pairs_of(bp.gradients(net, x[:, None], y[:, None], bp.half_squared_error)[1])[0])
    agree((dC_dw1, dC_db), stepped(lambda v, c: ((1 / (1 + np.exp(-(v * x + c))) - y) ** 2).sum() / 2, w, b))


def test_a_neuron_takes_plain_numbers():
    z, a, C, dC_dw1, dC_db = two_layer.neuron(2.0, 0.5, -1.0, 1.0)
    assert (z, a, C, dC_dw1, dC_db) == (0, 0.5, 1 / 8, -1 / 16, -1 / 8)
    assert all(np.ndim(value) == 0 for value in (z, a, C, dC_dw1, dC_db))
    assert two_layer.neuron(2, 1, -2, 1)[:3] == (0, 0.5, 1 / 8)


# softmax_classifier: columns


def as_columns(args):
    x, y, W1, b1, W2, b2 = args
    return x.T, (y / y.sum(axis=1, keepdims=True)).T, W1.T, b1, W2.T, b2


def classifier_cost(X, Y, *params):
    """The note's own forward pass in columns, with a scalar or a vector bias."""
    W1, b1, W2, b2 = (p[:, None] if p.ndim == 1 else p for p in params)
    Z2 = W2 @ (1 / (1 + np.exp(-(W1 @ X + b1)))) + b2
    return (np.log(np.exp(Z2).sum(axis=0)) - (Y * Z2).sum(axis=0)).sum()


@given(args=two_layers(outputs=at_least_two))
def test_softmax_classifier_is_core_transposed_and_the_complex_step(args):
    X, Y, W1, b1, W2, b2 = as_columns(args)
    got = softmax_classifier.gradients(X, Y, W1, b1, W2, b2)
    x, first, bias1 = notation.columns_to_rows(X, W1, b1[:, None])
    _, last, bias2 = notation.columns_to_rows(np.zeros(W1.shape), W2, b2[:, None])
    dW1, db1, dW2, db2 = core_gradients(x, Y.T, first, bias1, last, bias2, bp.sigmoid, bp.identity, bp.softmax_cross_entropy)
    agree(got, (dW1.T, db1, dW2.T, db2))
    agree(got, stepped(lambda *params: classifier_cost(X, Y, *params), W1, b1, W2, b2))


@given(args=two_layers(outputs=at_least_two), c1=st.floats(-2, 2), c2=st.floats(-2, 2))
def test_a_scalar_bias_is_one_bias_shared_by_its_layer(args, c1, c2):
    X, Y, W1, _b1, W2, _b2 = as_columns(args)
    got = softmax_classifier.gradients(X, Y, W1, c1, W2, c2)
    agree(got[:3], stepped(lambda *params: classifier_cost(X, Y, *params, np.array(c2)), W1, np.array(c1), W2))
    each = softmax_classifier.gradients(X, Y, W1, np.full(len(W1), c1), W2, np.full(len(W2), c2))
    agree((got[0], got[1], got[2]), (each[0], each[1].sum(), each[2]))
    assert abs(got[3]) < 1e-13 * len(X.T) * len(W2)  # slip 3: it can never learn


@given(args=two_layers(outputs=at_least_two))
def test_one_example_is_a_vector_and_a_batch_is_the_sum_over_its_columns(args):
    X, Y, *params = as_columns(args)
    alone = [softmax_classifier.gradients(X[:, n], Y[:, n], *params) for n in range(X.shape[1])]
    agree(softmax_classifier.gradients(X, Y, *params), [sum(parts) for parts in zip(*alone, strict=True)])


# regression


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh"])
@given(args=two_layers())
def test_regression_is_core_and_the_complex_step_of_mean_squares(hidden, args):
    got = regression.gradients(*args, getattr(bp, hidden))
    agree(got, core_gradients(*args, getattr(bp, hidden), bp.identity, bp.mean_squared_error))
    agree(got, own_gradients((hidden, "identity"), "mean_squared_error", *args))


# absorbed_bias


@st.composite
def deep(draw):
    """x, y and a list of (W, b): 1 to 4 layers, pairwise different sizes, N from 1 to 6."""
    rng = np.random.default_rng(draw(seeds))
    sizes = rng.permutation(np.arange(1, 8))[: draw(st.integers(2, 5))]
    params = [(rng.normal(size=(m, k)) / np.sqrt(m), rng.normal(size=k)) for m, k in itertools.pairwise(sizes)]
    n = draw(st.integers(1, 6))
    return rng.normal(size=(n, sizes[0])), rng.uniform(size=(n, sizes[-1])), params


@given(case=deep())
def test_absorbed_bias_is_core_with_the_bias_as_last_row(case):
    x, y, params = case
    W = [notation.absorb_bias(*pair) for pair in params]
    got = absorbed_bias.gradients(W, x, y)
    _, grads = bp.gradients([bp.Layer(*pair, bp.sigmoid) for pair in params], x, y, bp.half_squared_error)
    agree(got, [notation.absorb_bias(*pair) for pair in pairs_of(grads)])
    names = ("sigmoid",) * len(W)
    agree(got, stepped(lambda *Ws: own_cost(np, names, "half_squared_error", [(V[:-1], V[-1]) for V in Ws], x, y), *W))


@given(case=deep(), alpha=st.floats(1e-3, 3))
def test_fit_partial_steps_every_layer_from_the_old_weights(case, alpha):
    x, y, params = case
    W = [notation.absorb_bias(*pair) for pair in params]
    before = [V.copy() for V in W]
    for V in W:
        V.flags.writeable = False
    after = absorbed_bias.fit_partial(W, x, y, alpha)
    assert isinstance(after, list)
    agree(after, [V - alpha * dV for V, dV in zip(before, absorbed_bias.gradients(before, x, y), strict=True)])
    assert all((V == old).all() for V, old in zip(W, before, strict=True))


@given(case=deep())
def test_absorbed_bias_takes_one_example_without_a_batch(case):
    x, y, params = case
    W = [notation.absorb_bias(*pair) for pair in params]
    agree(absorbed_bias.gradients(W, x[0], y[0]), absorbed_bias.gradients(W, x[:1], y[:1]))
    agree(absorbed_bias.fit_partial(W, x[0], y[0], 0.1), absorbed_bias.fit_partial(W, x[:1], y[:1], 0.1))


def test_the_quadratic_cost_of_the_note_is_the_same_gradient_over_n():
    x, y, params = np.ones((4, 3)) * [[1], [2], [3], [4]], np.full((4, 2), 0.3), [(np.ones((3, 2)) / 9, np.zeros(2))]
    _, (grad,) = bp.gradients([bp.Layer(*params[0], bp.sigmoid)], x, y, bp.quadratic_cost)
    agree(absorbed_bias.gradients([notation.absorb_bias(*params[0])], x, y), [4 * notation.absorb_bias(grad.dW, grad.db)])


# node_form


@pytest.mark.parametrize(("g", "g_o"), [("sigmoid", "sigmoid"), ("tanh", "identity"), ("relu", "tanh"), ("identity", "sigmoid")])
@given(case=deep())
def test_node_form_is_core_one_node_at_a_time(g, g_o, case):
    x, y, params = case
    acts = [getattr(bp, g)] * (len(params) - 1) + [getattr(bp, g_o)]
    net = [bp.Layer(*pair, act) for pair, act in zip(params, acts, strict=True)]
    w, b = notation.to_nodes(net)
    for n in range(len(x)):
        dw, db = node_form.gradients(w, b, x[n].tolist(), y[n].tolist(), getattr(bp, g), getattr(bp, g_o))
        _, grads = bp.gradients(net, x[n : n + 1], y[n : n + 1], bp.half_squared_error)
        back = notation.from_nodes(dw, db)
        agree([a for pair in back for a in pair], [a for pair in pairs_of(grads) for a in pair])
    names = (g,) * (len(params) - 1) + (g_o,)
    want = stepped(
        lambda *ps: own_cost(np, names, "half_squared_error", list(zip(ps[::2], ps[1::2], strict=True)), x[-1:], y[-1:]), *sum(params, ())
    )
    agree([a for pair in back for a in pair], want)


def test_node_form_returns_nested_lists_of_numbers():
    dw, db = node_form.gradients([[[0.5, -0.5]], [[1.0], [2.0]]], [[0.0, 0.1], [0.2]], [1.0], [0.5], bp.sigmoid, bp.identity)
    assert isinstance(dw, list) and isinstance(dw[0], list) and isinstance(dw[0][0], list) and isinstance(dw[0][0][0], float)
    assert [len(row) for row in dw[0]] == [2] and [len(row) for row in dw[1]] == [1, 1] and [len(layer) for layer in db] == [2, 1]
    assert isinstance(db[1][0], float)


def test_node_form_takes_arrays_and_leaves_all_as_it_was():
    w, b = [np.arange(6.0).reshape(2, 3) / 9, np.ones((3, 1))], [np.zeros(3), np.ones(1)]
    for array in (*w, *b):
        array.flags.writeable = False
    dw, _ = node_form.gradients(w, b, np.array([1.0, 2.0]), np.array([0.5]), bp.tanh, bp.sigmoid)
    agree(dw, node_form.gradients([v.tolist() for v in w], [c.tolist() for c in b], [1.0, 2.0], [0.5], bp.tanh, bp.sigmoid)[0])


def test_node_form_has_no_matrix_product():
    """It really loops over nodes: no @, no NumPy."""
    tree = ast.parse(inspect.getsource(node_form))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.MatMult)]
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)] + [
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    ]
    assert "numpy" not in modules
    assert [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]


# Every note


NOTES = [getattr(bp.notes, name) for name in bp.notes.__all__ if name != "slips"]


@pytest.mark.parametrize("name", [name for name in bp.notes.__all__ if name != "slips"])
def test_every_note_is_compared_with_core(name):
    assert any(test.startswith(f"test_{name}_is_core") for test in globals()), f"write test_{name}_is_core..., the comparison with core"


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.__name__.rsplit(".")[-1])
def test_a_note_stands_by_itself_and_is_short_enough_to_read(note):
    """It must not borrow core's backward pass: then it would be no witness. And it fits on one page."""
    source = inspect.getsource(note)
    imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name and name.startswith("backprop.core")}
    assert "core" not in {alias.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert len(source.splitlines()) <= 100


def test_no_note_writes_into_its_arguments():
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.1, 1, size=shape) for shape in ((5, 3), (5, 2), (3, 4), (4,), (4, 2), (2,))]
    for array in arrays:
        array.flags.writeable = False
    two_layer.gradients(*arrays)
    regression.gradients(*arrays, bp.tanh)
    softmax_classifier.gradients(arrays[0].T, np.eye(2)[:, [0, 1, 1, 0, 1]], *(array.T for array in arrays[2:]))
    two_layer.neuron(0.3, arrays[1][:, 0], 0.1, arrays[1][:, 1])
    absorbed_bias.fit_partial([np.vstack(arrays[2:4]), np.vstack(arrays[4:6])], arrays[0], arrays[1], 0.1)


def test_float32_stays_float32_in_the_array_notes():
    rng = np.random.default_rng(0)
    x, y, W1, b1, W2, b2 = (rng.uniform(0.1, 1, s).astype(np.float32) for s in ((5, 3), (5, 2), (3, 4), (4,), (4, 2), (2,)))
    Y = np.eye(2, dtype=np.float32)[:, [0, 1, 1, 0, 1]]
    results = [
        *two_layer.gradients(x, y, W1, b1, W2, b2),
        *regression.gradients(x, y, W1, b1, W2, b2, bp.sigmoid),
        *softmax_classifier.gradients(x.T, Y, W1.T, b1, W2.T, b2),
        *absorbed_bias.fit_partial([np.vstack([W1, b1]), np.vstack([W2, b2])], x, y, 0.1),
    ]
    assert {np.asarray(result).dtype for result in results} == {np.dtype(np.float32)}


def test_a_planted_error_in_a_note_is_seen():
    """`agree` can fail: half a gradient, a transposed one, one percent in one small bias."""
    args = [np.random.default_rng(0).normal(size=shape) for shape in ((5, 3), (5, 2), (3, 4), (4,), (4, 2), (2,))]
    dW1, db1, dW2, db2 = got = two_layer.gradients(*args)
    agree(got, got)
    for planted in ((dW1 / 2, db1, dW2, db2), (dW1.T, db1, dW2, db2), (dW1, db1, dW2, db2 * [1, 1.01]), (dW1, db1, dW2)):
        with pytest.raises((AssertionError, ValueError)):
            agree(planted, got)


# The slips


def table():
    return {slip.number: slip for slip in slips.SLIPS.values()}


MARKS = {
    "∂": {3, 10, 11, 12},
    "#": {6, 7, 8, 14, 15, 18, 19, 20, 21, 26, 27, 29},
    "¶": {1, 2, 4, 5, 9, 13, 16, 22, 23, 24, 25, 28, 30, 31, 32, 33, 34, 35, 36, 37},
}
NUMBERS = {
    "two_layer": {1, 2, 37},
    "softmax_classifier": {3, 4, 5, 6, 7, 26, 27},
    "regression": {8, 9, 10, 11, 12, 13, 28, 29},
    "absorbed_bias": {14, 15, 16, 17, 18, 19, 20, 21, 30, 31, 32, 33},
    "node_form": {22, 23, 24, 25, 34, 35, 36},
}


def test_the_table_holds_all_slips_with_their_note_and_mark():
    rows = table()
    assert list(rows) == list(slips.SLIPS) == list(range(1, len(rows) + 1)) and len(rows) >= 37
    assert {note: {n for n, slip in rows.items() if slip.note == note} for note in NUMBERS} == NUMBERS
    for mark, numbers in MARKS.items():
        assert {n for n, slip in rows.items() if slip.mark == mark} == numbers, mark


def test_every_slip_says_how_it_stands_and_what_is_true():
    for number, slip in table().items():
        assert slip.line.strip() and slip.truth.strip() and slip.line != slip.truth, number
        assert slip.remark == (number in (17, 21))  # SOURCES calls these two remarks


def test_slip_3_the_shared_output_bias_has_no_slope_whatever_the_input():
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(3, 7)), np.eye(4)[:, rng.integers(4, size=7)]
    W1, W2 = rng.normal(size=(5, 3)), rng.normal(size=(4, 5))
    _, shared1, _, shared2 = softmax_classifier.gradients(X, Y, W1, 0.3, W2, -0.2)
    assert abs(shared2) < 1e-13 < abs(shared1)
    _, _, _, each = softmax_classifier.gradients(X, Y, W1, 0.3, W2, np.full(4, -0.2))
    assert np.linalg.norm(each) > 0.1


def test_slips_10_11_and_12_as_they_stand_are_wrong_and_the_module_is_right():
    """One example, one unit a layer: the lines can be taken literally."""
    x, y, w1, b1, w2, b2 = 0.7, 0.2, 0.9, -0.3, 1.4, 0.1
    args = [np.array(v) for v in ([[x]], [[y]], [[w1]], [b1], [[w2]], [b2])]
    for hidden, a1, slope in ((bp.sigmoid, 1 / (1 + math.exp(-(w1 * x + b1))), "a"), (bp.tanh, math.tanh(w1 * x + b1), "t")):
        a2 = a1 * w2 + b2
        dW1, db1, dW2, db2 = (float(g.item()) for g in regression.gradients(*args, hidden))
        assert dW2 == pytest.approx(2 * (a2 - y) * a1, rel=1e-13)  # slip 10: the line has half of it
        assert db2 == pytest.approx(2 * (a2 - y), rel=1e-13)
        right = a1 * (1 - a1) if slope == "a" else 1 - a1**2
        assert db1 == pytest.approx(2 * (a2 - y) * w2 * right, rel=1e-13)  # slip 11: the line has one x more
        assert dW1 == pytest.approx(db1 * x, rel=1e-13)
        if slope == "t":
            assert abs(1 - y**2 - right) > 0.01  # slip 12: with the label in y the line is another number


def test_slip_7_as_it_stands_fails_and_the_module_does_not():
    with np.errstate(all="ignore"):
        literal = np.exp(-np.array([-355.0, -710.0])) / (1 + np.exp(-np.array([-355.0, -710.0]))) ** 2
    assert literal[0] == 0 and np.isnan(literal[1])
    x = np.array([-1e4, -355.0, -40.0, 40.0, 355.0, 1e4])
    good = softmax_classifier.dσ(x)
    assert np.isfinite(good).all() and (good[1:-1] > 0).all()
    np.testing.assert_allclose(good[1:-1], np.exp(-abs(x[1:-1])), rtol=1e-14)


def test_slip_21_dropping_the_wrong_row_keeps_the_shape_and_changes_the_gradient():
    rng = np.random.default_rng(21)
    W = [rng.normal(size=(4, 5)), rng.normal(size=(6, 2))]
    x, y = rng.normal(size=(3, 3)), rng.uniform(size=(3, 2))
    right = absorbed_bias.gradients(W, x, y)
    a1 = 1 / (1 + np.exp(-(np.hstack([x, np.ones((3, 1))]) @ W[0])))
    a2 = 1 / (1 + np.exp(-(np.hstack([a1, np.ones((3, 1))]) @ W[1])))
    d2 = (a2 - y) * a2 * (1 - a2)
    last, first = (np.hstack([x, np.ones((3, 1))]).T @ (d2 @ V.T * a1 * (1 - a1)) for V in (W[1][:-1], W[1][1:]))
    assert distance(right[0], last) < 1e-12
    assert first.shape == last.shape and distance(first, last) > 0.1
    assert flat([right]).size == sum(V.size for V in W)
