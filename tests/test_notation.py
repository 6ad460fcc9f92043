"""There and back, and the same numbers on both sides of every translation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import backprop as bp
from backprop import notation


@st.composite
def layers(draw):
    """x (N, n_in), W (n_in, n_out), b (n_out,) with pairwise different sizes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, n_in, n_out = rng.permutation(np.arange(1, 8))[:3]
    return rng.normal(size=(n, n_in)), rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)


@given(layer=layers())
def test_columns_and_rows_are_one_product(layer):
    x, W, b = layer
    X, WT, column = notation.rows_to_columns(x, W, b)
    assert X.shape == x.shape[::-1] and WT.shape == W.shape[::-1] and column.shape == (len(b), 1)
    np.testing.assert_allclose((WT @ X + column).T, x @ W + b, rtol=1e-13, atol=1e-13)
    for back, want in zip(notation.columns_to_rows(X, WT, column), layer, strict=True):
        np.testing.assert_array_equal(back, want)
    np.testing.assert_array_equal(notation.columns_to_rows(X, WT, b)[2], b)


@given(layer=layers())
def test_an_absorbed_bias_is_the_same_product(layer):
    x, W, b = layer
    Wb = notation.absorb_bias(W, b)
    assert Wb.shape == (W.shape[0] + 1, W.shape[1])
    np.testing.assert_array_equal(Wb[-1], b)
    np.testing.assert_allclose(notation.append_one(x) @ Wb, x @ W + b, rtol=1e-13, atol=1e-13)
    for back, want in zip(notation.split_bias(Wb), (W, b), strict=True):
        np.testing.assert_array_equal(back, want)


@given(layer=layers())
def test_the_constant_one_is_the_last_column(layer):
    x = layer[0]
    longer = notation.append_one(x)
    np.testing.assert_array_equal(longer[:, :-1], x)
    assert (longer[:, -1] == 1).all()
    assert notation.append_one(x.astype(np.float32)).dtype == np.float32


@given(sizes=st.lists(st.integers(1, 5), min_size=2, max_size=5))
def test_nodes_and_back(sizes):
    net = bp.network(sizes, rng=1)
    w, b = notation.to_nodes(net)
    assert isinstance(w, list) and isinstance(w[0][0][0], float) and isinstance(b[0][0], float)
    for k, (W, bias, _) in enumerate(net):
        assert [[w[k][i][j] for j in range(W.shape[1])] for i in range(W.shape[0])] == W.tolist()  # from i to j
        assert b[k] == bias.tolist()
    for (W, bias), layer in zip(notation.from_nodes(w, b), net, strict=True):
        np.testing.assert_array_equal(W, layer.W)
        np.testing.assert_array_equal(bias, layer.b)


def test_what_is_translated_is_not_modified():
    x, W, b = np.ones((5, 3)), np.ones((3, 2)), np.ones(2)
    for array in (x, W, b):
        array.flags.writeable = False
    notation.rows_to_columns(x, W, b)
    notation.append_one(x)
    Wb = notation.absorb_bias(W, b)
    Wb += 1
    assert (W == 1).all() and (b == 1).all()


@pytest.mark.parametrize(
    ("call", "facts"),
    [
        (lambda: notation.columns_to_rows(np.ones((3, 5)), np.ones((4, 3)), np.ones(3)), ("b", "(4, 1)", "(3,)")),
        (lambda: notation.columns_to_rows(np.ones((3, 5)), np.ones((4, 3)), np.ones((1, 4))), ("b", "(4, 1)", "(1, 4)")),
        (lambda: notation.columns_to_rows(np.ones((5, 3)), np.ones((4, 3)), np.ones(4)), ("X", "(5, 3)", "(4, 3)")),
        (lambda: notation.columns_to_rows(np.ones(3), np.ones((4, 3)), np.ones(4)), ("X", "2-d", "(3,)")),
        (lambda: notation.rows_to_columns(np.ones((5, 3)), np.ones((3, 4)), np.ones((4, 1))), ("b", "(4,)", "(4, 1)")),
        (lambda: notation.rows_to_columns(np.ones((5, 4)), np.ones((3, 4)), np.ones(4)), ("x", "(5, 4)", "(3, 4)")),
        (lambda: notation.absorb_bias(np.ones((3, 4)), np.ones(3)), ("b", "(4,)", "(3,)")),
        (lambda: notation.absorb_bias(np.ones((3, 4)), np.array([1, 2, 3, np.nan])), ("b", "finite", "nan")),
        (lambda: notation.split_bias(np.ones((1, 4))), ("Wb", "(1, 4)")),
        (lambda: notation.append_one(np.ones(3)), ("a", "2-d", "(3,)")),
        (lambda: notation.to_nodes([]), ("Layer", "empty")),
        (lambda: notation.from_nodes([[[1.0]]], []), ("w", "b", "1", "0")),
    ],
)
def test_shapes_that_do_not_meet_are_told(call, facts):
    with pytest.raises(ValueError) as caught:
        call()
    assert not [fact for fact in facts if fact not in str(caught.value)], str(caught.value)
    assert str(caught.value).endswith(".")
