"""Points by parts: each returned part is judged given the learner's own upstream value, so that one slip costs its part only."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop.diagnosis.compare import Evidence


def right_parts(e: Evidence) -> list[bool]:
    """For each part, whether it is right, or right given what the learner's own answer has upstream of it."""
    if not isinstance(e.got, list):
        return [False] * len(e.right)
    right = [e.is_right(part) for part in range(len(e.got))]
    if all(right):
        return right
    if e.question.id == "layer_forward":
        return [right[0], right[1] or _activates_own_z(e)]
    return _given_upstream(e, right) if e.question.backward else right


def _activates_own_z(e: Evidence) -> bool:
    assert isinstance(e.got, list)
    z, a = e.got
    if not isinstance(z, np.ndarray) or z.shape != e.right[0].shape or _is_constant(z):
        return False
    return e.agrees(a, e.values.given["act1"].f(z), 1, e.tolerance(e.question.tolerance))


def _is_constant(value: Any) -> bool:
    return bool(np.ptp(value) <= 1e-12 * np.abs(value).max()) or not np.isfinite(value).all()


def _given_upstream(e: Evidence, right: list[bool]) -> list[bool]:
    """From the output down: what dW and db should be if the learner's own delta above is taken as it is."""
    right = list(right)
    above = None  # the learner's delta of the layer above, where it differs from ours
    for k in range(_layers(e), 0, -1):
        expected = _stage(e, "delta", k) if above is None else above @ _stage(e, "W", k + 1).T * _stage(e, "slope", k)
        parts = _parts_of_layer(e, k)
        if above is not None:
            for part in parts:
                right[part] = right[part] or _agrees_given(e, part, k, expected)
        own = own_delta(e, k)
        own = _delta_of_weights(e, k) if own is None else own
        above = own if own is not None else (expected if above is not None else None)
    return right


def _layers(e: Evidence) -> int:
    return len(e.right) if _absorbed(e) else len(e.right) // 2


def _absorbed(e: Evidence) -> bool:
    return "absorbed" in e.question.tags


def _parts_of_layer(e: Evidence, k: int) -> list[int]:
    return [k - 1] if _absorbed(e) else [2 * k - 2, 2 * k - 1]


def _stage(e: Evidence, name: str, k: int) -> Any:
    """The right value of a stage on this probe."""
    graph = e.values.graph
    full = f"{name}{k}" if f"{name}{k}" in graph.known else name
    return e.values[graph.world((), (full,))[0]]


def _with_1(e: Evidence, k: int) -> Any:
    a_in = e.values.given["a0"] if k == 1 else _stage(e, "a", k - 1)
    return np.hstack([a_in, np.ones((len(a_in), 1))])


def _agrees_given(e: Evidence, part: int, k: int, delta: Any) -> bool:
    want = _with_1(e, k).T @ delta
    if _absorbed(e):
        want = e.centre[part] - e.values.given["alpha"] * want
    else:
        want = want[:-1] if part % 2 == 0 else want[-1]
    assert isinstance(e.got, list)
    return e.agrees(e.got[part], want, part, e.tolerance(e.question.tolerance))


def own_delta(e: Evidence, k: int) -> Any:
    """The learner's delta of layer k, from [a, 1].T @ delta = [dW; db]; None where dW and db do not belong together or say nothing."""
    both = _own_gradient(e, k)
    return None if both is None else _solved(_with_1(e, k), both, e.tolerance(1e-9))


def _delta_of_weights(e: Evidence, k: int) -> Any:
    """The same from a.T @ delta = dW alone, for when only the bias's gradient went wrong."""
    both = _own_gradient(e, k)
    return None if both is None else _solved(_with_1(e, k)[:, :-1], both[:-1], e.tolerance(1e-9))


def _solved(a: Any, gradient: Any, tolerance: float) -> Any:
    if not np.isfinite(gradient).all():
        return None
    delta = np.linalg.lstsq(a.T, gradient, rcond=None)[0]
    off = np.linalg.norm(a.T @ delta - gradient) > tolerance * np.linalg.norm(gradient)
    return None if off or not delta.any() or _is_constant(delta) else delta


def _own_gradient(e: Evidence, k: int) -> Any:
    assert isinstance(e.got, list)
    got = [e.got[part] for part in _parts_of_layer(e, k)]
    if any(not isinstance(g, np.ndarray) or g.shape != e.right[p].shape for g, p in zip(got, _parts_of_layer(e, k), strict=True)):
        return None
    if _absorbed(e):
        return (e.centre[k - 1] - got[0]) / e.values.given["alpha"]
    return np.vstack(got)
