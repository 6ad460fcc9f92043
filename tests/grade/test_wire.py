"""The pipe's format carries values and nothing else."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from backprop.grade.inside import wire


def frame(data: bytes) -> tuple[bytes, bytes]:
    text, blobs = wire.lengths(data[: wire.HEADER.size])
    rest = data[wire.HEADER.size :]
    assert len(rest) == text + blobs
    return rest[:text], rest[text:]


def through(value: Any) -> Any:
    return wire.unpack(*frame(wire.pack(value)))


@pytest.mark.parametrize("value", [None, True, 0, -(2**63), 1.5, "σ′", 2j, [1, [2.0, "a"]], (1, (2,)), {"a": 1, 2: (3,)}, [], (), {}])
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    got = through(value)
    assert got == value and type(got) is type(value)


def test_numbers_that_json_does_not_know() -> None:
    got = through([math.inf, -math.inf, math.nan, -0.0])
    assert got[:2] == [math.inf, -math.inf] and math.isnan(got[2]) and math.copysign(1, got[3]) == -1


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16", "float16", "float32", "float64", "complex128", ">f8", "longdouble"])
def test_arrays(dtype: str) -> None:
    for array in (np.arange(6).reshape(2, 3).astype(dtype), np.zeros((0, 4), dtype), np.array(1).astype(dtype), np.ones((3, 4), dtype).T):
        got = through(array)
        assert got.shape == array.shape and (got == array).all() and got.flags.writeable
    assert type(through(np.float32(1.5))) is np.float32


def test_subclasses_arrive_as_what_they_stand_for() -> None:
    class Sly(float):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = float.__hash__

    class SlyArray(np.ndarray):
        def __eq__(self, other: object) -> Any:
            return True

    got = through([Sly(2.0), np.ones(2).view(SlyArray), np.matrix([[1.0]])])
    assert type(got[0]) is float and got[0] != 3.0
    assert all(type(part) is np.ndarray for part in got[1:])


def test_what_cannot_be_carried_is_named() -> None:
    class Tensor:
        def __eq__(self, other: object) -> bool:
            return True

    got = through([Tensor(), np.array([Tensor()]), 10**30, {1, 2}, Tensor])
    assert [type(part).__name__ for part in got] == ["Tensor", "Foreign", "Foreign", "set", "type"]
    assert isinstance(got[0], wire.Foreign) and got[0] != 1


def test_one_piece_of_memory_stays_one() -> None:
    z = np.ones((2, 3))
    one, other, copy, turned, scalar = through((z, z, z.copy(), z.T, z[0, 0]))
    assert one is other and copy is not one and turned is not one and turned.shape == (3, 2) and scalar == 1.0
    many = [np.zeros(1) + k for k in range(500)]
    assert [float(part[0]) for part in through(many)] == list(range(500))


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize("value", [nested(50), [0] * 200_000, np.zeros(3_000_000), "a" * 5_000_000])
def test_what_is_too_large_is_refused_on_the_way_out(value: Any) -> None:
    with pytest.raises(wire.TooLarge):
        wire.pack(value)


def test_a_list_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(wire.TooLarge):
        wire.pack(value)


FORGED = [
    b"",
    b"{",
    b"[" * 100_000,
    b'{"a": 1}',
    b'["x", 1]',
    b'["a"]',
    b'["a", "<f8", 1000000000000]',
    b'["a", "<f8", -1]',
    b'["a", "<f8", 2]',
    b'["a", "O", 1]',
    b'["a", "<f8", 1.5]',
    b'["a", ["<f8"], 1]',
    b'["d", 1]',
    b'["d", [["l"], 1], [1]]',
    b'["c", "a", 1]',
    b'["r", 0]',
    b'["r", -1]',
    b'["r", true]',
    b'[["l"], 1]',
    b'["l", ' + b"1" * 10_000 + b"]",
    b"\xff\xfe",
]


@pytest.mark.parametrize("text", FORGED)
def test_forged_frames_are_malformed_and_nothing_else(text: bytes) -> None:
    with pytest.raises((wire.Malformed, wire.TooLarge)):
        wire.unpack(text, b"")


def test_forged_lengths_are_refused_before_anything_is_read() -> None:
    with pytest.raises(wire.TooLarge):
        wire.lengths(wire.HEADER.pack(2**32 - 1, 0))
    with pytest.raises(wire.Malformed):
        wire.unpack(b"1", b"left over")


def test_a_forged_function_never_becomes_one() -> None:
    assert isinstance(wire.unpack(json.dumps(["f", "import os"]).encode(), b""), wire.Foreign)
