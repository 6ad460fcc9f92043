"""The pictures: what stands in them, the words that go with them, and that no two labels meet."""

import base64
import io
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import backprop as bp
from backprop import draw

NET, X, Y = bp.data.small_network()
STEPS = bp.forward(NET, X)
GRADS = bp.gradients(NET, X, Y, bp.half_squared_error)[1]


def texts(ax):
    return [t.get_text() for t in ax.texts if t.get_text()]


@pytest.fixture
def shown(monkeypatch):
    """What `show` gave to the notebook: a list of (bundle, metadata)."""
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, metadata, raw: calls.append((bundle, metadata)))
    return calls


def test_show_gives_a_picture_and_its_words(shown):
    fig, ax = draw.figure(width=5, height=2)
    draw.curve(ax, [0, 1], [0, 1])
    draw.show(fig, 'A "line" from 0 to 1.')
    (bundle, metadata) = shown[0]
    assert bundle["text/plain"] == 'A "line" from 0 to 1.'
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.size == (960, 384) and metadata["image/png"] == {"width": 480}
    assert picture.text["Description"] == 'A "line" from 0 to 1.'
    assert bundle["text/html"].startswith('<img alt="A &quot;line&quot; from 0 to 1." src="data:image/png;base64,')


def test_where_no_picture_is_kept_its_words_stand(shown):
    draw.show(draw.figure()[0], "A line from 0 to 1.")
    config = (Path(__file__).parents[1] / "tools" / "nbval_sanitise.cfg").read_text(encoding="utf-8")
    html = shown[0][0]["text/html"]
    for pattern, words in re.findall("^regex: (.*)$\n^replace: (.*)$", config, flags=re.MULTILINE):
        html = re.sub(pattern, words, html)
    assert html == "<p>A line from 0 to 1.</p>"


def test_show_refuses_a_picture_without_words():
    fig, _ = draw.figure()
    with pytest.raises(ValueError, match="in words"):
        draw.show(fig, "  ")


def test_a_pyplot_figure_is_not_shown_twice(shown):
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    fig = plt.figure()
    draw.show(fig, "Nothing.")
    assert not plt.fignum_exists(fig.number)


def test_house_style():
    _, (left, right) = draw.figure(2)
    for ax in (left, right):
        assert not ax.spines["top"].get_visible() and not ax.spines["right"].get_visible()
        assert to_hex(ax.get_facecolor()) == draw.GROUND


def test_a_tangent_has_its_slope():
    _, ax = draw.figure()
    draw.tangent(ax, 2.0, 1.0, -0.5, 3.0, "slope -0.5")
    line = ax.lines[0]
    assert np.allclose(line.get_xdata(), [-1, 5]) and np.allclose(line.get_ydata(), [2.5, -0.5])
    assert to_hex(line.get_color()) == draw.VIOLET and "slope −0.5" in texts(ax)


def test_negative_wires_are_orange_and_dashed_and_positive_ones_blue_and_solid():
    _, ax = draw.figure()
    draw.network(ax, NET, STEPS)
    weights = [w for layer in NET for w in layer.W.ravel()]
    assert len(ax.lines) == len(weights) == 20
    for w, line in zip(weights, ax.lines, strict=True):
        assert (to_hex(line.get_color()) == draw.ORANGE) == (w < 0)
        assert line.is_dashed() == (w < 0)


def test_the_network_shows_its_numbers():
    _, ax = draw.figure()
    draw.network(ax, NET, STEPS, GRADS, example=2)
    want = [draw.number(v) for v in (*X[2], *STEPS[0].a_out[2], *STEPS[1].a_out[2])]
    want += [f"δ {draw.number(v, 3)}" for v in (*GRADS[0].delta[2], *GRADS[1].delta[2])]
    assert sorted(texts(ax)) == sorted(want)


def test_a_loud_unit_shows_the_weights_of_its_wires_and_no_others():
    _, ax = draw.figure()
    draw.network(ax, NET, unit=(1, 1))
    assert sorted(texts(ax)) == sorted(draw.number(w) for w in (*NET[0].W[:, 1], *NET[1].W[1]))
    violet = [line for line in ax.lines if to_hex(line.get_color()) == draw.VIOLET]
    assert len(violet) == 5


def test_errors_that_are_not_known_yet_are_left_out():
    _, ax = draw.figure()
    draw.network(ax, NET, None, [GRADS[0]._replace(delta=None), GRADS[1]])
    assert len(texts(ax)) == 2


@pytest.mark.parametrize("unit", [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1)])
def test_no_label_meets_another(unit):
    fig, ax = draw.figure(height=3.9)
    draw.network(ax, NET, STEPS, GRADS, unit=unit)
    fig.draw_without_rendering()
    boxes = {t.get_text() + str(t.get_position()): t.get_window_extent() for t in ax.texts}
    crossing = [(p, q) for (p, a), (q, b) in combinations(boxes.items(), 2) if a.overlaps(b)]
    assert crossing == []


def test_bars_write_their_values():
    _, ax = draw.figure()
    draw.bars(ax, ["w", "b"], [0.25, -0.5])
    assert [t.strip() for t in texts(ax)] == ["0.250", "−0.500"]
    assert [p.get_width() for p in ax.patches] == [0.25, -0.5]
    assert ax.yaxis_inverted()


def test_a_matrix_shows_every_element():
    _, ax = draw.figure()
    draw.matrix(ax, np.array([[1.0, -0.25], [0.0, 2.0]]), "W", rows=["from 1", "from 2"], columns=["to 1", "to 2"])
    assert texts(ax) == ["1.00", "−0.25", "0.00", "2.00"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["from 1", "from 2"]


def test_the_outer_product_is_a_multiplication_table():
    _, ax = draw.figure()
    draw.outer(ax, [0.5, 2.0], [-0.1, 0.3, 0.0], ["p", "q"], ["r", "s", "t"])
    assert texts(ax) == ["−0.050", "0.150", "0.000", "−0.200", "0.600", "0.000"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["p   0.50", "q   2.00"]


def test_history_starts_at_zero_and_shows_all_of_every_curve():
    _, ax = draw.figure()
    draw.history(ax, [0.4, 0.2])
    draw.history(ax, [3.0, 2.0, 1.0])
    assert ax.get_ylim() == (0, pytest.approx(3.15))


def test_the_landscape_is_the_cost_and_its_path_ends_in_a_point():
    _, ax = draw.figure()
    draw.landscape(ax, lambda w, b: w + 10 * b, np.array([0.0, 1.0]), np.array([0.0, 1.0, 2.0]), [(0, 0), (1, 2)])
    assert ax.lines[-1].get_xydata().tolist() == [[1.0, 2.0]]


def test_the_neuron_shows_its_numbers():
    _, ax = draw.figure()
    draw.neuron(ax, 2.0, 0.8, -0.4, 1.2, 0.77, 0.0)
    assert {"2.00", "w 0.80", "b −0.40", "1.20", "0.77", "0.00"} <= set(texts(ax))


@pytest.mark.parametrize(("value", "digits", "text"), [(-0.333, 2, "−0.33"), (-0.0001, 2, "0.00"), (0.1156, 3, "0.116")])
def test_numbers_have_a_true_minus_and_no_minus_zero(value, digits, text):
    assert draw.number(value, digits) == text


def test_a_hyphen_between_letters_is_no_minus():
    assert draw.minus("cross-entropy: a − 1, -x, z-1, 1e-3") == "cross-entropy: a − 1, −x, z−1, 1e−3"


def test_numbers_in_words():
    assert draw.numbers([0.281, -0.5, 1]) == "0.28, -0.50 and 1.00" and draw.numbers([2.0]) == "2.00"
