"""The format on the pipe between grader and sandbox: JSON and the raw bytes of arrays. Nothing in it can run.

A value is plain (None, bool, int, float, str) or a tagged list: ["l", ...] list, ["t", ...] tuple, ["d", [key, value], ...]
dict, ["a", dtype, shape] array, ["s", dtype] NumPy scalar, ["c", re, im] complex, ["f", source] function made from its source,
["r", k] the k-th array once more (the same memory), ["o", type name] anything else. The bytes of arrays follow the JSON in the order
in which the JSON names them.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

HEADER = struct.Struct(">II")
DTYPES = frozenset("|b1 |i1 |u1 <i2 <i4 <i8 <u2 <u4 <u8 <f2 <f4 <f8 <c8 <c16".split())
MAX_DEPTH, MAX_ITEMS, MAX_TEXT, MAX_BYTES = 12, 20_000, 4_000_000, 16_000_000


class TooLarge(ValueError):
    """The value is larger or deeper than the pipe takes."""


class Malformed(ValueError):
    """The bytes are not of this format."""


class Foreign:
    """Stands for a value of a type that the pipe does not carry; knows the type's name and nothing else."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<an object of type {self.name}>"


def pack(value: Any) -> bytes:
    """The frame for a value: a header with two lengths, the JSON, the bytes."""
    state = _Packing()
    text = json.dumps(state.tag(value, 0)).encode("ascii")
    if len(text) > MAX_TEXT:
        raise TooLarge(f"The value is {len(text)} bytes long in JSON; the limit is {MAX_TEXT}.")
    return b"".join([HEADER.pack(len(text), state.size), text, *state.blobs])


class _Packing:
    """One value on its way out: the bytes of its arrays so far, and how many items it has."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.arrays: dict[tuple[Any, ...], tuple[int, np.ndarray[Any, Any]]] = {}
        self.size = 0
        self.items = 0

    def tag(self, value: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise TooLarge(f"The value is nested deeper than {MAX_DEPTH} or has more than {MAX_ITEMS} items.")
        for kind, pack_one in PACKERS:
            if isinstance(value, kind):
                return pack_one(self, value, depth)
        source = getattr(value, "source", None) if callable(value) else None
        return ["f", source] if type(source) is str else ["o", type(value).__name__[:100]]

    def text(self, value: str, _: int) -> str:
        if str.__len__(value) > MAX_TEXT:
            raise TooLarge(f"A text is longer than {MAX_TEXT} characters.")
        return str.__str__(value)

    def whole(self, value: int, _: int) -> Any:
        plain = int.__pos__(value)
        return plain if -(2**63) <= plain < 2**64 else ["o", "int beyond 64 bits"]

    def number(self, value: float, _: int) -> float:
        return float.__pos__(value)

    def several(self, letter: str, items: Iterable[Any], depth: int) -> list[Any]:
        return [letter, *(self.tag(item, depth + 1) for item in items)]

    def mapping(self, value: dict[Any, Any], depth: int) -> list[Any]:
        return ["d", *([self.tag(k, depth + 1), self.tag(v, depth + 1)] for k, v in dict.items(value))]

    def array(self, value: Any, depth: int) -> Any:
        plain = np.array(value, copy=None, subok=False)
        if plain.dtype.kind == "U":
            return self.tag(plain.tolist(), depth)
        if plain.dtype.str not in DTYPES and plain.dtype.kind in "fciu":  # another byte order, or long double
            plain = plain.astype({"f": "<f8", "c": "<c16"}.get(plain.dtype.kind, plain.dtype.newbyteorder("<")))
        if plain.dtype.str not in DTYPES:
            return ["o", f"array of {plain.dtype.name}"[:100]]
        number, seen = len(self.arrays), _place(plain)
        if seen in self.arrays:
            return ["r", self.arrays[seen][0]]
        self.arrays[seen] = number, plain  # held, so that its memory is not used again
        self.size += plain.nbytes
        if self.size > MAX_BYTES:
            raise TooLarge(f"The arrays are larger than {MAX_BYTES} bytes.")
        self.blobs.append(plain.tobytes())
        return ["s", plain.dtype.str] if isinstance(value, np.generic) else ["a", plain.dtype.str, *plain.shape]


def _place(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """What tells one piece of memory from another."""
    where = array.__array_interface__["data"][0] if array.size else id(array)
    return where, array.shape, array.strides, array.dtype.str


PACKERS: tuple[tuple[Any, Callable[[_Packing, Any, int], Any]], ...] = (
    (np.ndarray, _Packing.array),
    (np.generic, _Packing.array),
    (type(None), lambda state, value, depth: None),
    (bool, lambda state, value, depth: value),
    (int, _Packing.whole),
    (float, _Packing.number),
    (complex, lambda state, value, depth: ["c", complex.__pos__(value).real, complex.__pos__(value).imag]),
    (str, _Packing.text),
    (list, lambda state, value, depth: state.several("l", list.__iter__(value), depth)),
    (tuple, lambda state, value, depth: state.several("t", tuple.__iter__(value), depth)),
    (dict, _Packing.mapping),
)


def lengths(header: bytes, limit: bool = True) -> tuple[int, int]:
    """The two lengths in a frame's header; refuses what is larger than the pipe takes."""
    text, blobs = HEADER.unpack(header)
    if limit and (text > MAX_TEXT or blobs > MAX_BYTES):
        raise TooLarge(f"A message of {text} + {blobs} bytes; the limits are {MAX_TEXT} and {MAX_BYTES}.")
    return text, blobs


def unpack(text: bytes, blobs: bytes, function: Callable[[str], Any] | None = None) -> Any:
    """The value in a frame; `function` makes a function from its source (the grader never gives one)."""
    try:
        tagged = json.loads(text)
        state = _Unpacking(blobs, function)
        value = state.value(tagged, 0)
    except TooLarge:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError, MemoryError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from None
    if state.at != len(blobs):
        raise Malformed("bytes left over")
    return value


class _Unpacking:
    """One value on its way in: its bytes, and how far they were read."""

    def __init__(self, blobs: bytes, function: Callable[[str], Any] | None) -> None:
        self.blobs = blobs
        self.at = 0
        self.items = 0
        self.arrays: list[np.ndarray[Any, Any]] = []
        self.function = function

    def value(self, tagged: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH + 1 or self.items > MAX_ITEMS + 1:
            raise TooLarge("The value is too deep or has too many items.")
        if not isinstance(tagged, list):
            return self.plain(tagged)
        return UNPACKERS[tagged[0]](self, tagged[1:], depth + 1)

    def plain(self, value: Any) -> Any:
        if isinstance(value, dict):
            raise ValueError("an untagged dict")
        return value

    def mapping(self, rest: list[Any], depth: int) -> dict[Any, Any]:
        pairs = ((self.value(key, depth), self.value(value, depth)) for key, value in rest)
        return {key if _hashable(key) else repr(key): value for key, value in pairs}

    def array(self, rest: list[Any], depth: int) -> np.ndarray[Any, Any]:
        name, *shape = rest
        if name not in DTYPES or len(shape) > 8 or not all(type(n) is int and 0 <= n <= MAX_BYTES for n in shape):
            raise ValueError("not an array")
        count = math.prod(shape)
        start, self.at = self.at, self.at + count * np.dtype(name).itemsize
        if self.at > len(self.blobs):
            raise ValueError("an array beyond its bytes")
        self.arrays.append(np.frombuffer(self.blobs[start : self.at] or b"\0" * 16, name, count).reshape(shape).copy())
        return self.arrays[-1]

    def again(self, rest: list[Any], depth: int) -> np.ndarray[Any, Any]:
        (number,) = rest
        if type(number) is not int or number < 0:
            raise ValueError("not an array")
        return self.arrays[number]

    def made(self, rest: list[Any], depth: int) -> Any:
        (source,) = rest
        return self.function(source) if self.function else Foreign("function")


def _hashable(key: Any) -> bool:
    return isinstance(key, str | int | float | bool | None | complex)


def _foreign(state: _Unpacking, rest: list[Any], depth: int) -> Foreign:
    (name,) = rest
    own_name = isinstance(name, str) and name.isidentifier()
    kind: type[Foreign] = type(name, (Foreign,), {}) if own_name else Foreign  # so that messages say its name
    return kind(str(name)[:100])


UNPACKERS: dict[str, Callable[[_Unpacking, list[Any], int], Any]] = {
    "l": lambda state, rest, depth: [state.value(item, depth) for item in rest],
    "t": lambda state, rest, depth: tuple(state.value(item, depth) for item in rest),
    "d": _Unpacking.mapping,
    "a": _Unpacking.array,
    "s": lambda state, rest, depth: state.array(rest, depth)[()],
    "c": lambda state, rest, depth: complex(float(rest[0]), float(rest[1])),
    "f": _Unpacking.made,
    "r": _Unpacking.again,
    "o": _foreign,
}
