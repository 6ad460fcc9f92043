"""What a learner reads: shapes in words, the own line of an exception, facts, points by parts, code to paste; as text, HTML and JSON."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from loop_answers import ANSWERS
from right_answers import RIGHT, sigmoid

import backprop as bp
from backprop.diagnosis import MISTAKES, QUESTIONS, AnswerFailed, check, reading
from backprop.diagnosis.mutants import answer_of
from backprop.diagnosis.questions import COMPUTED
from backprop.diagnosis.reading import one_of
from backprop.diagnosis.worlds import worlds


def stub(*args):
    raise NotImplementedError


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stub_is_not_attempted_and_nothing_is_worth_nothing(question):
    assert (check(question, stub).status, check(question, stub).points) == ("not attempted", 0)
    for answer, status in ((lambda *args: None, "shape"), ("no function", "shape"), (lambda *args: 1 / 0, "raised")):
        report = check(question, answer, 1)
        assert (report.status, report.points, report.mistakes, report.candidates) == (status, 0, (), ()), str(report)


@pytest.mark.parametrize("question", RIGHT)
@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_zeros_and_constants_earn_nothing(question, constant):
    def fill(value):
        return type(value)(fill(v) for v in value) if isinstance(value, tuple | list) else np.full(np.shape(value), constant)

    assert check(question, lambda *args: fill(RIGHT[question](*args)), 1).points == 0


def test_an_unknown_question_is_refused_with_the_near_ones():
    with pytest.raises(ValueError, match=r"no question 'hiden_eror'; did you mean hidden_error"):
        check("hiden_eror", stub)


@pytest.mark.parametrize("status", ["timeout", "memory", "crashed", "too large", "not attempted"])
def test_an_answer_elsewhere_that_failed_keeps_its_status(status):
    def proxy(*args):
        raise AnswerFailed(status, "it ended.")

    assert check("bias_gradient", proxy, 1).status == status


def test_an_answer_elsewhere_that_raised_is_still_tried_on_squares():
    def proxy(*args):
        try:
            return ANSWERS["hidden_error"]["not-transposed"](*args)
        except IndexError as error:
            raise AnswerFailed("raised", f"IndexError: {error}") from None

    assert check("hidden_error", proxy, 1).mistakes == ("not-transposed",)


# --- shapes ---


def test_right_values_in_a_wrong_shape_are_said_in_words():
    report = check("bias_gradient", lambda delta: delta.sum(axis=0, keepdims=True), 1)
    assert report.status == "shape" and report.points == 0
    assert re.search(r"db has the shape \(1, \d\); expected the shape \(\d,\)\. Its values are right", str(report))
    report = check("columns_to_rows", lambda X, W, b: (X.T, W.T, b), 1)
    assert (report.status, round(report.points, 4)) == ("shape", 0.6667) and "b_rows" in report.message


def test_the_wrong_order_is_said():
    def swapped(*args):
        dW1, db1, dW2, db2 = RIGHT["two_layer_gradients"](*args)
        return dW2, db2, dW1, db1

    report = check("two_layer_gradients", swapped, 1)
    assert report.status == "shape" and "received (dW2, db2, dW1, db1)" in report.message
    report = check("neuron_gradient", lambda *args: RIGHT["neuron_gradient"](*args)[::-1], 1)
    assert report.status == "shape" and "received (db, dw)" in report.message


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("0.5", "the text '0.5'"),
        ({"z": 1}, "a dict"),
        ((1, 2, 3), "a tuple of 3"),
        (([1, 2], None), "None"),
        (np.array(["a", "b"]), "text"),
    ],
)
def test_what_is_no_number_is_named(returned, words):
    report = check("neuron_gradient", lambda *args: returned, 1)
    assert (report.status, report.points) == ("shape", 0) and words in str(report), str(report)


# --- exceptions ---


def test_an_exception_shows_the_own_line_and_a_usual_cause_but_no_traceback():
    def weight_gradient(a_in, delta):
        return np.dot(a_in, deltas)  # noqa: F821

    text = str(check("weight_gradient", weight_gradient, 1))
    assert "NameError: name 'deltas' is not defined" in text and "return np.dot(a_in, deltas)" in text and "typing slip" in text
    assert "Traceback" not in text and "answers.py" not in text


def test_a_call_in_place_of_the_function_is_named():
    for question in ("bias_gradient", "find_the_slip"):
        message = check(question, np.zeros((2, 3)), 1).message
        assert "your answer is an array of shape (2, 3), not a function" in message


def test_sys_exit_inside_an_answer_does_not_end_the_session():
    assert check("bias_gradient", lambda delta: exit(3), 1).status == "raised"


def test_usual_causes_are_told_apart():
    rowless = str(check("softmax", lambda z: np.exp(z) / np.exp(z).sum(axis=1), 1))
    assert "keepdims=True" in rowless
    assert "np.vstack" in str(check("absorb_bias", lambda W, b: np.hstack([W, b]), 1))
    assert "transpose is missing" in str(check("weight_gradient", lambda a_in, delta: a_in @ delta.T @ a_in @ delta @ delta, 1))


def test_a_tuple_where_an_array_is_meant_is_looped_over():
    assert "loop over a tuple of arrays" in str(check("gradient_step", lambda params, grads, eta: params - eta * grads, 1))


def test_one_example_counts_where_the_question_allows_it():
    """fit_partial takes x (n_in,) as well: an answer for batches only loses a part, and learns how to mend it."""

    def batches_only(W, x, y, alpha):
        assert np.ndim(x) == 2, "x must be a batch"
        return RIGHT["fit_partial"](W, x, y, alpha)

    report = check("fit_partial", batches_only, 1)
    assert (report.status, report.mistakes) == ("unknown", ()) and report.points == pytest.approx(10 / 3)
    assert "one example x (n_in,)" in report.message and "x must be a batch" in str(report) and "np.atleast_2d" in str(report)


def test_the_maximum_of_the_whole_batch_is_not_each_rows_own():
    def one_maximum(z):
        e = np.exp(z - z.max())
        return e / e.sum(axis=1, keepdims=True)

    assert check("softmax", one_maximum, 1).mistakes == ("softmax-overflow",)


def test_a_sum_that_is_missing_is_said():
    def unsummed(w, b, x, y):
        a = sigmoid(w * x + b)
        delta = (a - y) * a * (1 - a)
        return delta * x, delta

    assert str(check("neuron_gradient", unsummed, 1)).count("Its sum is right: only that sum is missing.") == 2
    assert "sum is missing" not in str(check("neuron_gradient", lambda w, b, x, y: (x, y), 1))
    rows = check("weight_gradient", lambda a_in, delta: a_in[:, :, None] * delta[:, None], 1)
    assert "Its sum over axis 0 is right: only that sum is missing." in rows.message


def test_a_sum_too_many_and_a_sum_over_the_wrong_axis_are_said():
    report = check("output_error", lambda z, y: RIGHT["output_error"](z, y).sum(axis=0), 1)
    assert "It is the right one summed over axis 0; no sum is due." in report.message
    assert "one number an example" in check("bias_gradient", lambda delta: delta.sum(axis=1), 1).message
    assert "summed" not in str(check("absorb_bias", lambda W, b: W + b, 1))


@pytest.mark.parametrize("answer", [lambda f, theta: np.float64(1.0), lambda f, theta: RIGHT["complex_step_gradient"](f, theta) * 1j])
def test_what_came_and_what_is_expected_are_named_alike(answer):
    message = check("complex_step_gradient", answer, 1).message
    assert re.search(r"is a single number; expected the shape|is complex; expected real numbers in the shape", message), message


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda z, y: bp.sigmoid(z) - y, "bp.sigmoid.f(z)"),
        (lambda z, y: (a := bp.sigmoid.f(z))(1 - a) * (a - y), "a * (1 - a)"),
        (lambda z, y: z.tolist().T, "make an array of it"),
        (lambda z, y: (bp.sigmoid.f(z) - y) ^ 2, "a ** 2"),
        (lambda z, y: np.array([z, y[0]]), "make no common array"),
        (lambda z, y: bp.sigmoid.f, "a function, which was not called"),
        (lambda z, y: {"delta": z}, "a dict with 1 entry;"),
    ],
)
def test_what_is_no_function_and_no_array_is_told(answer, cause):
    assert cause in str(check("output_error", answer, 1))


def test_a_slope_without_its_a_is_the_usual_cause():
    report = check("output_error", lambda z, y: (bp.sigmoid.f(z) - y) * bp.sigmoid.df(z), 1)
    assert "bp.sigmoid.df(z, a)" in str(report)


@pytest.mark.parametrize("axis", [0, None])
def test_softmax_over_the_batch_without_the_maximum_is_two_mistakes(axis):
    report = check("softmax", lambda z: np.exp(z) / np.exp(z).sum(axis=axis), 1)
    assert report.mistakes == ("softmax-axis", "softmax-overflow")
    report = check("cross_entropy", lambda z, y: -(y * np.log(np.exp(z) / np.exp(z).sum(axis=axis))).sum(), 1)
    assert report.mistakes == ("softmax-axis", "softmax-overflow")


def test_several_readings_are_told_in_words():
    line = one_of([("softmax-axis",), ("sign", "softmax-overflow"), ("epsilon",), ("in-place",)])
    assert "the batch" in line and "; or " in line and line.endswith("; or one more.")
    assert not any(id in line for id in ("softmax-axis", "softmax-overflow", "epsilon"))


def test_a_bias_row_kept_on_the_way_down_to_the_input_is_the_usual_cause():
    """The loop goes one step too far as well, so that no sizes give values: nothing is named, but the cause is told."""

    def fit_partial(W, x, y, alpha):
        inputs, a = [], x
        for Wk in W:
            inputs.append(np.hstack([a, np.ones((len(a), 1))]))
            a = sigmoid(inputs[-1] @ Wk)
        delta, new = (a - y) * a * (1 - a), []
        for k in reversed(range(len(W))):
            new.insert(0, W[k] - alpha * inputs[k].T @ delta)
            a = inputs[k][:, :-1]
            delta = delta @ W[k].T * a * (1 - a)
        return new

    report = check("fit_partial", fit_partial, 1)
    assert (report.status, report.mistakes) == ("raised", ()) and "W[k][:-1]" in str(report)


def test_the_layer_is_named_where_it_is_certain():
    report = check("two_layer_gradients", ANSWERS["two_layer_gradients"]["missing-hidden-derivative"], 1)
    assert report.details == ("It is in layer 1.",)
    report = check("fit_partial", ANSWERS["fit_partial"]["wrong-row-dropped"], 1)
    assert report.details == ("It is in layers 1 and 2.",)


def test_a_factor_of_the_output_error_may_as_well_stand_in_all_gradients():
    """Both give the same numbers, so that no layer is blamed."""

    def in_every_step(W, x, y, alpha):
        return RIGHT["fit_partial"](W, x, y, -alpha)

    report = check("fit_partial", in_every_step, 1)
    assert report.mistakes == ("sign",) and report.details == ("It is in the output's δ, or in all gradients alike.",)


def test_two_mistakes_are_told_in_words_with_the_layer_of_each():
    def twice_wrong(x, y, W1, b1, W2, b2):
        a1 = sigmoid(x @ W1 + b1)
        a2 = sigmoid(a1 @ W2 + b2)
        delta2 = a2 - y
        delta1 = delta2 @ W2.T
        return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)

    report = check("two_layer_gradients", twice_wrong, 1)
    assert report.mistakes == ("missing-output-derivative", "missing-hidden-derivative") and report.details == ()
    first = "the slope σ′(z) of the output is missing; and the slope f′(z) is missing from a hidden error."
    assert report.message == f"two mistakes together: {first}"
    assert [r.says[-17:] for r in report.readings] == ["It is in layer 2.", "It is in layer 1."]
    assert not any(id in str(report) + report._repr_html_() for id in report.mistakes)


def test_a_mistake_that_raises_shows_its_own_line():
    def hidden_error(delta_next, W_next, z):
        return delta_next @ W_next * sigmoid(z) * (1 - sigmoid(z))

    report = check("hidden_error", hidden_error, 1)
    assert report.mistakes == ("not-transposed",) and report.details[0].endswith(
        ": return delta_next @ W_next * sigmoid(z) * (1 - sigmoid(z))"
    )


def test_where_to_look_speaks_of_what_the_question_has():
    looks = {q: check(q, ANSWERS[q]["sign"], 1).readings[0].look for q in ("output_error", "gradient_step", "cross_entropy")}
    assert "a − y" in looks["output_error"] and "eta" in looks["gradient_step"] and "log p" in looks["cross_entropy"]
    for record in MISTAKES.values():
        assert set(record.here) <= set(record.questions), record.id


# --- no known mistake ---


def test_an_unknown_mistake_is_called_so_with_the_first_quantity_that_is_off():
    def odd(x, y, W1, b1, W2, b2):
        a1 = sigmoid(x @ W1 + b1)
        a2 = sigmoid(a1 @ W2 + b2)
        delta2 = (a2 - y) ** 3
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)

    report = check("two_layer_gradients", odd, 1)
    assert (report.status, report.mistakes, report.candidates) == ("unknown", (), ())
    assert "first quantity that is off is delta2" in report.message
    assert report.points == 2 and dict(report.parts) == {"dW1": True, "db1": True, "dW2": False, "db2": False}


def test_a_constant_ratio_is_told():
    report = check("weight_gradient", lambda a_in, delta: 7 * a_in.T @ delta, 1)
    assert report.status == "unknown" and "It is the right one times 7." in str(report)
    report = check("weight_gradient", lambda a_in, delta: -a_in.T @ delta, 1)
    assert report.details == ("It is the right one with its sign turned round.",)
    assert check("weight_gradient", lambda a_in, delta: -3 * a_in.T @ delta, 1).details == ("It is the right one times -3.",)
    report = check("neuron_cost", lambda w, b, x, y: np.sum((w * x + b - y) ** 2) / 2, 1)
    assert report.status == "unknown" and report.details == ()  # one number is a multiple of any other
    report = check("columns_to_rows", lambda X, W, b: (X.reshape(X.shape[::-1]), W.T, b[:, 0]), 1)
    assert report.status == "unknown" and "stand in other places" in str(report)


def test_facts_about_a_step_are_told():
    def only_weights(params, grads, eta):
        new = RIGHT["gradient_step"](params, grads, eta)
        return new[0], params[1], new[2], params[3]

    def without_rate(params, grads, eta):
        return RIGHT["gradient_step"](params, grads, 1.0)

    for answer, fact in (
        (only_weights, "It came back as it was: no step was made."),
        (without_rate, "The learning rate is missing from the step."),
        (lambda params, grads, eta: RIGHT["gradient_step"](params, grads, 3 * eta), "Its step is the right one times 3."),
    ):
        report = check("gradient_step", answer, 1)
        assert (report.status, report.details) == ("unknown", (fact,)), str(report)


def test_the_row_that_shows_it_is_one_that_is_off():
    def right_in_the_first_row(z):
        p = RIGHT["softmax"](z)
        return np.vstack([p[:1], np.full_like(p[1:], 0.5)]) if np.abs(z).max() > 500 else p

    report = check("softmax", right_in_the_first_row, 1)
    assert report.status == "unknown" and report.details[0].startswith("A row that shows it is z = ")
    shown = report.details[0].split("[")[1].split("]")[0].split()
    seen = []
    check("softmax", lambda z: seen.append(z) or right_in_the_first_row(z), 1)
    extreme = next(z for z in seen if np.abs(z).max() > 500)
    np.testing.assert_allclose(np.array(shown, dtype=float), extreme[1], atol=1e-3)


def test_facts_about_the_complex_step_are_told():
    def into_floats(f, theta):
        return np.zeros(theta.shape)

    def never_afresh(f, theta):
        return np.cumsum(RIGHT["complex_step_gradient"](f, theta)).reshape(theta.shape)

    assert "make a complex copy" in str(check("complex_step_gradient", into_floats, 1))
    assert "started afresh" in str(check("complex_step_gradient", never_afresh, 1))


def test_the_numbers_show_where_they_differ():
    for answer in (bp.central_difference, lambda f, theta: np.zeros(theta.shape) - 0.0):
        compared = check("complex_step_gradient", answer, 1).compared
        assert compared.expected != compared.received and "-0. " not in compared.received, compared
    assert reading.decimals(np.array([0.5, -2.0]), np.array([0.5, -2.0001])) == 5
    assert [reading.decimals(np.array(v)) for v in (1234.5, 1.0, 0.02, 0.0007, 0.0, np.inf)] == [4, 4, 4, 6, 4, 4]


# --- points by parts ---

EARNED = {
    ("two_layer_gradients", "bias-mean.0@2"): "1110",
    ("two_layer_gradients", "bias-mean.0@1"): "1011",
    ("two_layer_gradients", "missing-output-derivative.0@2"): "1100",
    ("two_layer_gradients", "missing-hidden-derivative.0@1"): "0011",
    ("regression_gradients", "missing-1-over-n.0@2"): "1100",
    ("softmax_gradients", "diagonal-softmax.0@2"): "1100",
    ("fit_partial", "missing-output-derivative.0@3"): "110",
    ("fit_partial", "missing-hidden-derivative.0@1"): "011",
    ("fit_partial", "missing-hidden-derivative.0@2"): "101",
}


@pytest.mark.parametrize(("question", "label"), EARNED)
def test_one_slip_costs_its_part_only(question, label):
    expected = EARNED[question, label]
    outcome = next(o for o in worlds(COMPUTED[question]).singles if o.label == label)
    for seed in range(4):
        report = check(question, answer_of(COMPUTED[question], outcome), seed)
        assert "".join(str(int(ok)) for _, ok in report.parts) == expected, str(report)
        assert report.points == pytest.approx(report.max_points * expected.count("1") / len(expected))


# --- code to paste ---


@pytest.mark.parametrize("question", [q for q in RIGHT if worlds(COMPUTED[q]).singles])
def test_the_pasted_call_runs_and_shows_the_mistake(question):
    outcome = worlds(COMPUTED[question]).singles[0]
    answer = answer_of(COMPUTED[question], outcome)
    code = check(question, answer, 2).probe
    assert code
    called = [line for line in code.splitlines() if line.startswith(f"{question}(")]
    assert len(called) == 1
    results = []
    for function in (answer, RIGHT[question]):
        scope = {question: function, "np": np}
        try:
            exec(code.replace(called[0], f"result = {called[0]}"), scope)
        except ValueError:  # a shape error shows the mistake as well
            scope["result"] = "raised"
        results.append(scope["result"])
    assert not isinstance(results[1], str), code
    if isinstance(results[0], str):
        return
    flat = [np.concatenate([np.ravel(v) for v in (r if isinstance(r, tuple | list) else [r])]) for r in results]
    assert flat[0].shape != flat[1].shape or not np.allclose(*flat, rtol=1e-12 if question == "complex_step_gradient" else 1e-5)
    numbers = re.findall(r"\d+\.\d+", code.split("#")[0])
    assert all(len(n.split(".")[1]) == 1 for n in numbers), code


# --- the page ---


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def test_html_says_what_text_says_and_escapes_what_came():
    def boom(*args):
        raise ValueError("<script>alert(1)</script> & co")

    page = check("bias_gradient", boom, 1)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    report = check("two_layer_gradients", ANSWERS["two_layer_gradients"]["sign"], 1)
    page = Page()
    page.feed(report._repr_html_())
    assert page.open == []
    words = " ".join("".join(page.text).split())
    said = MISTAKES["sign"].words("two_layer_gradients")
    assert said.says.lower()[:-1] in words.lower() and said.look in words and said.why in words and "2 of 4 points" in words
    region = page.tags[0][1]
    assert region["role"] == "region" and "mistake" in region["aria-label"]
    assert all(attrs.get("tabindex") == "0" for tag, attrs in page.tags if tag == "pre")  # what scrolls can be reached by keyboard
    assert "prefers-color-scheme:dark" in report._repr_html_() and "data-jp-theme-light" in report._repr_html_()


def test_a_report_is_plain_data():
    for id in ("sign", "bias-mean", ""):
        report = check("two_layer_gradients", ANSWERS["two_layer_gradients"][id], 1)
        data = json.loads(json.dumps(report.to_dict()))
        assert (data["status"], data["points"], data["correct"]) == (report.status, report.points, report.correct)


def test_the_same_seed_gives_the_same_report():
    answer = ANSWERS["hidden_error"]["mean-over-outputs"]
    assert str(check("hidden_error", answer, 4)) == str(check("hidden_error", answer, 4))
    assert str(check("hidden_error", answer, 4)) != str(check("hidden_error", answer, 5))


def test_every_record_speaks_in_whole_sentences():
    for record in MISTAKES.values():
        for text in (t for question in ("", *record.here) for t in record.words(question)):
            assert text[0].isupper() or text[0] in 'δ∂σaf^z1bWMNxPp=+yYdA"', text
            assert text.endswith((".", "?")), text
            assert not re.search(r"\bstupid|obviously|simply|just forgot\b", text)
