"""The slips of the five notes: the line as it stands in our copy, and what is true.

Our copies are transcripts, so a slip may be the transcriber's. Marks: "∂" checked against a measured slope, "#" seen in shapes or in a run,
"¶" by reading, "" nothing to measure. `remark` is True where the line is no slip but worth a sentence.
"""

from __future__ import annotations

from typing import NamedTuple


class Slip(NamedTuple):
    """One slip: its number, its note (a module of this package), the line as it stands, what is true, and how that was seen.

    mark is one of "∂", "#", "¶" and "", as the module says; remark is True where the line is no slip. Raises nothing.
    Source: the five notes.
    """

    number: int
    note: str
    line: str
    truth: str
    mark: str
    remark: bool = False


# number, note, mark, remark; the line as it stands; what is true
_ROWS: tuple[tuple[int, str, str, bool, str, str], ...] = (
    (
        1, "two_layer", "¶", False,
        "∂C/∂w₁ = ∂C/∂a · ∂a/∂b · ∂b/∂x · ∂x/∂w₁",
        "A right chain of stages, product x, sum b, output a; but x and b already name the input and the bias, and ∂x/∂w₁ of an "
        "input is 0. Call the sum z.",
    ),
    (
        2, "two_layer", "¶", False,
        "C(w₁)",
        "The cost depends on the bias as well: C(w₁, b), with ∂C/∂b = Σ (a − y) σ′(z).",
    ),
    (
        3, "softmax_classifier", "∂", False,
        "b₁, b₂ ∈ ℝ, ∂L/∂b = sum of the components of ∂L/∂z",
        "True of one number shared by the whole layer; a bias a unit has ∂L/∂z itself. And a shared b₂ never learns: Σ (ŷ − y) "
        "= 0 for every input, because softmax ignores a shift that all logits share.",
    ),
    (
        4, "softmax_classifier", "¶", False,
        "∂L/∂A₁ = ∂L/∂z₁ · ∂z₁/∂A₁ = ∂L/∂z₁ · W₁",
        "The heading repeats the one above; what stands on the right belongs to the input: ∂L/∂X.",
    ),
    (
        5, "softmax_classifier", "¶", False,
        "no line for ∂L/∂W₁ and ∂L/∂W₂",
        "The two that training needs: ∂L/∂W₂ = (ŷ − y) A₁ᵀ and ∂L/∂W₁ = ∂L/∂z₁ Xᵀ, in columns.",
    ),
    (
        6, "softmax_classifier", "#", False,
        "∂L/∂z₁ = ∂L/∂A₁ · (matrix Z₁, σ′ on every element)",
        "Element by element, ⊙ (or a diagonal matrix); a matrix product does not fit.",
    ),
    (
        7, "softmax_classifier", "#", False,
        "σ′(x) = e⁻ˣ/(1 + e⁻ˣ)², Softmax = eˣ/Σ eˣ",
        "Right on paper. In float64 σ′ so written is 0 from x = −355 and nan from −710, and eˣ overflows at 710: write "
        "σ(x)σ(−x), and subtract the largest x first.",
    ),
    (
        8, "regression", "#", False,
        "z₁ = W₁X + b₁ with X [n × f]",
        "With examples as rows the product is XW₁; W₁X needs them as columns.",
    ),
    (
        9, "regression", "¶", False,
        "a₂ = g(z₂), g the sigmoid, then ŷ = a₂ with the identity",
        "The output's activation is the identity: a₂ = z₂.",
    ),
    (
        10, "regression", "∂", False,
        "L = (1/N) Σ (y − ŷ)², yet ∂L/∂w₂ = (a₂ − y) a₁",
        "(2/N) Σ (a₂ − y) a₁. As it stands it is half of the slope for one example, N/2 times it when summed; by the line of "
        "∂L/∂w₁ the note has changed to ½ (y − ŷ)².",
    ),
    (
        11, "regression", "∂", False,
        "∂L/∂b₁ = (a₂ − y) w₂ a₁(1 − a₁) x",
        "The bias meets no input: no x.",
    ),
    (
        12, "regression", "∂", False,
        "∂L/∂w₁ = (a₂ − y) w₂ (1 − y²) ×, y the output of tanh",
        "y already names the label. (a₂ − y) w₂ (1 − a₁²) x: the slope of tanh in its own output a₁, and the closing × is the "
        "input x.",
    ),
    (
        13, "regression", "¶", False,
        "W ← W − 2 ∂L/∂W",
        "A learning rate stands there: α further down in the same note, so the 2 is most likely a misread α.",
    ),
    (
        14, "absorbed_bias", "#", False,
        "[a₁ … a_k] · matrix whose row j is w_j1 … w_jk",
        "A row vector meets the transpose, Wᵀ. Where layers are square the wrong product even has the right shape.",
    ),
    (
        15, "absorbed_bias", "#", False,
        "that matrix with the row b₁ … b_j under it",
        "The columns match only under the transpose.",
    ),
    (
        16, "absorbed_bias", "¶", False,
        "δ_j^L = ((W^{L+1})ᵀδ^{L+1}) ⊙ σ′(z_j^L)",
        "l, not L: no layer follows the last. And the left side is one component, the right side a vector.",
    ),
    (
        17, "absorbed_bias", "", True,
        "learns slowly if the output neuron has low activation",
        "Both ends are slow, σ ≈ 0 and σ ≈ 1, as the line above it says.",
    ),
    (
        18, "absorbed_bias", "#", False,
        "δ² = δ³(W³)ᵀ ⊙ σ′(layer_output[−1] · W[−1])",
        "That is a³ · W³, whose shapes do not meet. z² = layer_output[1] · W[1].",
    ),
    (
        19, "absorbed_bias", "#", False,
        "layer = 2: σ′([a₀², a₁², a₂²] · W²)",
        "What enters W² is a¹.",
    ),
    (
        20, "absorbed_bias", "#", False,
        "W³ ← W³ − α layer_output[2]ᵀ · layer_gradient[2]",
        "The list was filled δ³, δ², δ¹, so its entry 2 is δ¹ until the list is reversed, which the note does not say.",
    ),
    (
        21, "absorbed_bias", "#", True,
        "fit_partial on 3×3, 3×2, 2×1: no bias row",
        "Right for that network, which has no bias. With a 1 appended in every layer its row must be dropped on the way back; "
        "dropping the wrong row keeps the shape and still trains.",
    ),
    (
        22, "node_form", "¶", False,
        "∂E/∂w_ij = ∂E/∂o_i · ∂o_i/∂a_i · ∂a_i/∂w_ij",
        "The weight w_ij ends in node j: o_j and a_j, with ∂a_j/∂w_ij = o_i.",
    ),
    (
        23, "node_form", "¶", False,
        "l runs to r_{k+1}",
        "To n_{k+1}, the number of nodes in the next layer.",
    ),
    (
        24, "node_form", "¶", False,
        "a_l^{k+1} = Σ w_jl g(a_j)",
        "The bias b_l is missing; its derivative by a_j is 0, so nothing after it changes.",
    ),
    (
        25, "node_form", "¶", False,
        "E = ½ (y − o_i)², and one y in δ_j",
        "A sum over the output nodes: ½ Σ (y_j − o_j)², with y_j in δ_j.",
    ),
    (
        26, "softmax_classifier", "#", False,
        "∂L/∂z₂ · W₂ and ∂L/∂z₁ · W₁ with ŷ − y a column",
        "W₂ᵀ(ŷ − y) and W₁ᵀ ∂L/∂z₁: a (3, 1) and a (3, 4) do not meet.",
    ),
    (
        27, "softmax_classifier", "#", False,
        "∂z₂/∂b₂ = (1 1)ᵀ",
        "As many ones as the layer has units.",
    ),
    (
        28, "regression", "¶", False,
        "[(y − ŷ) ∂/∂w₂ (y − ŷ)] / ∂w₂, and so for b₂",
        "The ∂w₂ (∂b₂) under the bar is one too many; it stands twice for each.",
    ),
    (
        29, "regression", "#", False,
        "∂L/∂w₁ = (a₂ − y) w₂ a₁(1 − a₁) x",
        "True of single numbers; with arrays the shapes do not meet: Xᵀ[((a₂ − y) W₂ᵀ) ⊙ a₁(1 − a₁)].",
    ),
    (
        30, "absorbed_bias", "¶", False,
        "z_j^L computed from xW + b",
        "From a^{L−1}W + b: x enters the first layer only.",
    ),
    (
        31, "absorbed_bias", "¶", False,
        "(2) with φ′ in its box, σ′ elsewhere",
        "One function, two letters.",
    ),
    (
        32, "absorbed_bias", "¶", False,
        "after differentiating, all terms not equal to 0 → 0",
        "All terms whose index is not j vanish; and the sum's own index should not be that same j.",
    ),
    (
        33, "absorbed_bias", "¶", False,
        "⊙ φ′(z^l): pass the error in l into the activation function",
        "Multiply it by the activation's slope at z; nothing passes through the activation again.",
    ),
    (
        34, "node_form", "¶", False,
        "§4.1: δ_j^k with a_j^l and o_i^{l−1}",
        "One layer under two letters; in §4.2 l is a node.",
    ),
    (
        35, "node_form", "¶", False,
        "no line for ∂E/∂b_j^k",
        "It is δ_j^k.",
    ),
    (
        36, "node_form", "¶", False,
        "o_i^k = g(a_i^k) for every node",
        "In the output layer g_o.",
    ),
    (
        37, "two_layer", "¶", False,
        "C = ½ Σ (σ(z) − y₁)² with x₁, y₁ that carry no example index",
        "The sum runs over the examples: x and y of each.",
    ),
)  # fmt: skip

SLIPS = {number: Slip(number, note, line, truth, mark, remark) for number, note, mark, remark, line, truth in _ROWS}
