"""The five notes, each in its own symbols and corrected: one file each. `slips` is the table of their slips."""

from backprop.notes import absorbed_bias, node_form, regression, slips, softmax_classifier, two_layer

__all__ = ["absorbed_bias", "node_form", "regression", "slips", "softmax_classifier", "two_layer"]
