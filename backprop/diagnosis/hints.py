"""The hints: for each question where to look, which rule, its shape, and the line with a gap."""

from __future__ import annotations

_NET = (
    "Start at the end of lesson {lesson}: one pass forward that keeps every z and a, one pass back that makes a δ a layer, and two "
    "gradients from each δ.",
    "The rules, in the order in which they are used: {first}; then dW2 = a1ᵀ δ2 and db2 = Σ δ2 over the examples; then "
    "δ1 = (δ2 W2ᵀ) ⊙ {slope}; then dW1 = xᵀ δ1 and db1 = Σ δ1.",
    "Shapes: δ2 is (N, n_out) and δ1 is (N, h), like their z; every gradient has the shape of its variable.",
    "With gaps: delta2 = {gap}; delta1 = (delta2 @ ____) * ____; "
    "return x.T @ delta1, delta1.sum(axis=____), ____ @ delta2, delta2.sum(axis=____)",
)


def _net(lesson: str, first: str, slope: str, gap: str) -> tuple[str, ...]:
    return tuple(step.format(lesson=lesson, first=first, slope=slope, gap=gap) for step in _NET)


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
    "two_layer_gradients": _net("06", "δ2 = (a2 − y) ⊙ σ′(z2)", "σ′(z1)", "(a2 - y) * ____ * (1 - ____)"),
    "gradient_step": (
        "Lesson 06, the update: every parameter walks against its own gradient.",
        "p ← p − η g.",
        "params and grads are tuples of equal length; so is the result, made of new arrays.",
        "return tuple(p - ____ * ____ for p, g in zip(params, grads))",
    ),
    "regression_gradients": _net("07", "δ2 = 2 (a2 − y)/N, since the output is the identity", "(1 − a1²)", "2 * (a2 - y) / ____"),
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
    "softmax_gradients": _net("08", "δ2 = p − y, because p(1 − p) cancels", "σ′(z1)", "p - ____"),
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
