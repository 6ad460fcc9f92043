"""Handwritten digits, 8 × 8 grey pixels."""

from __future__ import annotations

import numpy as np

from backprop.door import Array


def digits() -> tuple[Array, Array]:
    """1,797 handwritten digits as rows of 64 pixels, and which digit each is; the last 360 rows are kept for testing.

    Returns x (1797, 64), ink from 0 to 1, row by row of the 8 × 8 image, and y (1797, 10), 1 in the digit's column. Raises nothing.
    Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits (1998), UCI Machine Learning Repository, doi 10.24432/C50P49,
    CC BY 4.0.
    """
    from importlib.resources import files  # here, since it is an eighth of NumPy's import and few need it

    with files("backprop.data").joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    return images / 16.0, np.eye(10)[labels]
