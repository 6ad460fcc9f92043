"""Small data inside the package, each with its source and licence; see the README beside the files."""

from backprop.data.gates import and_, or_, xor
from backprop.data.images import digits
from backprop.data.small import small_network
from backprop.data.tables import noisy_curve, regression_table

__all__ = ["and_", "digits", "noisy_curve", "or_", "regression_table", "small_network", "xor"]
