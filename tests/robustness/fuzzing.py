"""The fuzz targets: hostile data, and what each reader may do with it. tests/robustness runs them briefly, bench/fuzz.py for long."""

from __future__ import annotations

import io
import json
import stat
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from typer.testing import CliRunner

from backprop import cli
from backprop.diagnosis import QUESTIONS
from backprop.diagnosis.alone import is_answer, is_check, readable, source
from backprop.diagnosis.course import settings
from backprop.diagnosis.shell import read_points, report_of
from backprop.grade import collect, notebook
from backprop.grade.course import Refused, course
from backprop.grade.inside import wire
from backprop.grade.sandbox import Limits
from backprop.grade.session import _pairs
from backprop.grade.submission import How, Job, _sources, copy_back, failed, sentence
from backprop.grade.table import overrides

HOW = How(course().questions, Limits(), False)
ANY = st.characters(categories=("L", "N", "P", "Zs", "Cc", "Cs", "So"))  # half characters (Cs) and control characters included
TEXT = st.text(ANY, max_size=30) | st.sampled_from(
    ["%%time", "%%bash\nls", "!rm", "x?", "In [1]: x", "\0", "((((" * 60, "\ud800", "def softmax("]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
TREE = st.recursive(PLAIN, lambda deeper: st.lists(deeper, max_size=4) | st.dictionaries(TEXT, deeper, max_size=4), max_leaves=12)

# --- notebooks --------------------------------------------------------------------------------------------------------------------

IDS = st.sampled_from([*QUESTIONS, *(f"{id}-check" for id in QUESTIONS)])
MARK = st.fixed_dictionaries({}, optional={"grade_id": IDS | TREE, "grade": st.booleans() | TREE, "solution": st.booleans()})
METADATA = st.fixed_dictionaries({}, optional={"nbgrader": MARK | TREE, "tags": st.lists(st.just("demo") | TREE, max_size=2) | TREE})
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | TREE,
        "source": TEXT | st.lists(TEXT | TREE, max_size=3) | TREE,
        "input": TEXT,
        "metadata": METADATA | TREE,
    },
)
CELLS = st.lists(CELL | TREE, max_size=5) | TREE
NOTEBOOKS = st.fixed_dictionaries(
    {}, optional={"cells": CELLS, "worksheets": st.lists(st.fixed_dictionaries({"cells": CELLS}), max_size=1) | TREE}
)
FILES = st.binary(max_size=200) | (NOTEBOOKS | TREE).map(lambda value: json.dumps(value).encode())


def cut(draw: st.DrawFn, data: bytes) -> bytes:
    """The data with some bytes changed, lost or put in."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 6)) :]
    return data


@st.composite
def files(draw: st.DrawFn) -> bytes:
    return cut(draw, draw(FILES))


def read_notebook(data: bytes) -> None:
    """The grader's reading: a notebook of plain text, or Unreadable with a sentence."""
    try:
        read = notebook.parse(data)
    except notebook.Unreadable as error:
        assert error.message and error.status in ("unreadable", "too large")
        error.message.encode("utf-8", "replace")
        return
    for name, text in read.program(frozenset()):
        assert name.startswith("cell ") and text.encode("utf-8") is not None  # whole characters only
    asked = read.lesson(HOW.questions)
    assert asked in ("", *HOW.questions)
    assert read.answered(QUESTIONS) <= set(QUESTIONS) and isinstance(read.duplicates(), set)
    assert isinstance(_sources(read), str)


def check_notebook(data: bytes) -> None:
    """`backprop check`'s reading: complete cells, or an error of those that mean unreadable."""
    try:
        cells = readable(json.loads(data.decode("utf-8"))["cells"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for cell in cells:
        assert isinstance(source(cell), str)
        assert is_check(cell) in (True, False) and all(is_answer(cell, id) in (True, False) for id in QUESTIONS)


# --- the pipe to the sandbox ------------------------------------------------------------------------------------------------------

TAGS = st.sampled_from([*"ltdascfo", "x", ""])
SHAPE = st.integers(-2, 5) | st.sampled_from([2**31, 2**40, 16_000_000, True, 1.0])
ARRAY = st.tuples(st.sampled_from(["a", "s"]), st.sampled_from([*sorted(wire.DTYPES), "O", "V8", "<U4"]), st.lists(SHAPE, max_size=4)).map(
    lambda parts: [parts[0], parts[1], *parts[2]]
)
TAGGED = st.recursive(
    PLAIN | ARRAY,
    lambda deeper: (
        st.tuples(TAGS, st.lists(deeper, max_size=4)).map(lambda both: [both[0], *both[1]]) | st.dictionaries(TEXT, deeper, max_size=2)
    ),
    max_leaves=12,
)
FRAMES = st.tuples(TAGGED.map(lambda value: json.dumps(value).encode()), st.binary(max_size=64))


@st.composite
def frames(draw: st.DrawFn) -> tuple[bytes, bytes]:
    text, blobs = draw(FRAMES)
    return cut(draw, text), blobs


def read_frame(frame: tuple[bytes, bytes]) -> None:
    """A forged frame is a value, Malformed or TooLarge; and a value can be sent on, told of, and copied over our own arguments."""
    try:
        value = wire.unpack(*frame)
    except (wire.Malformed, wire.TooLarge):
        return
    try:
        wire.lengths(wire.pack(value)[: wire.HEADER.size])
    except wire.TooLarge:
        pass
    for number, error in _pairs(value):
        assert isinstance(number, int) and isinstance(sentence(error, 2048), str)
    copy_back([1.0, [2.0, "x"]], value)
    failed(Job("k", "p", "", "", 0), HOW, "crashed", str(value))


# --- what a student hands in, zipped ----------------------------------------------------------------------------------------------

PART = st.sampled_from(
    ["ann", "bob", "01_one_neuron", "..", ".", "", "C:", "x" * 300, "ü ñ", "a\\b", "\x1b[2J", "con", ".git", "__MACOSX"]
) | st.text(ANY.filter(lambda c: not "\ud800" <= c <= "\udfff"), max_size=6)
NAMES = st.tuples(st.lists(PART, max_size=5), st.sampled_from(["", "/", "x.ipynb", "X.IPYNB", "y.txt"])).map(
    lambda both: "/".join([*both[0], both[1]])
)
METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
ENTRIES = st.lists(
    st.tuples(NAMES, st.binary(max_size=40), METHODS, st.sampled_from([0o644, 0o777 | stat.S_IFLNK, stat.S_IFDIR])), max_size=6
)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")  # two entries of one name are welcome
        for name, data, method, mode in draw(ENTRIES):
            info = zipfile.ZipInfo(name or "x")
            info.compress_type, info.external_attr = method, mode << 16
            archive.writestr(info, data)
    return cut(draw, file.getvalue())


def read_archive(data: bytes) -> None:
    """A zip is unpacked below its folder or refused; nothing is written anywhere else, and no link is made."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "c.zip").write_bytes(data)
        (folder / "out").mkdir()
        try:
            with collect.opened(folder / "c.zip", folder / "out", 1) as (root, refused):
                found, students = collect.collect(root)
                assert all(isinstance(name, str) for name in refused)
                assert all(one.student.isprintable() for one in found) and all(name.isprintable() for name in students)
                assert not any(path.is_symlink() for path in folder.rglob("*"))
        except Refused as refused:
            assert str(refused).endswith(".")
        assert sorted(path.name for path in folder.rglob("*")) == ["c.zip", "out"]


# --- the command line -------------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    "lab check course grade feedback summary --out --help --json --timeout --memory-mb --fresh --in-place --points --no-solutions "
    "--roster --course --pattern --overrides --seed --workers --unsafe --format canvas --cell-seconds nan inf -1 0 1e999 --version - -- "
    "~nobody-of-that-name/x file.ipynb folder missing {student} file.ipynb/x".split()
) | TEXT.filter(lambda text: "\0" not in text)
LINES = st.lists(WORDS, max_size=7)


def run_line(words: list[str]) -> None:
    """Any line ends with status 0, 1 or 2 and without an exception that nobody foresaw."""
    done = CliRunner().invoke(cli.app, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit | OSError):  # main() makes a sentence of an OSError
        raise done.exception
    assert done.exit_code in (0, 1, 2)
    assert "Traceback" not in done.output


LISTS = st.lists(
    st.lists(
        st.sampled_from(["student", "question", "points", "reason", "ann", "softmax", "1", "-1", "nan", '"', "[points]", "x = 1"]) | TEXT,
        max_size=5,
    ).map(",".join),
    max_size=4,
).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))


@st.composite
def lists(draw: st.DrawFn) -> bytes:
    return cut(draw, draw(LISTS | st.binary(max_size=60)))


def read_lists(data: bytes) -> None:
    """An instructor's files (roster, appeals, points, backprop.toml) are read or refused with a sentence that names the file."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "backprop.toml"
        file.write_bytes(data)
        for read in (collect.roster, overrides, read_points, course, settings):
            try:
                read(file.parent if read is settings else file)
            except (Refused, ValueError) as refused:
                assert type(refused) in (Refused, ValueError) and str(file) in str(refused)


def any_report(value: Any) -> None:
    """The file that an answer's process leaves may hold anything."""
    try:
        str(report_of(value))
    except (ValueError, KeyError, TypeError, AttributeError):
        pass


TARGETS: dict[str, tuple[Callable[[], st.SearchStrategy[Any]], Callable[[Any], None]]] = {
    "notebook-grader": (files, read_notebook),
    "notebook-check": (files, check_notebook),
    "zip": (archives, read_archive),
    "wire": (frames, read_frame),
    "lists": (lists, read_lists),
    "command-line": (lambda: LINES, run_line),
    "report": (lambda: TREE, any_report),
}
