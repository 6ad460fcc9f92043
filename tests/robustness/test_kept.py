"""What once made a reader fail, as small as it could be made. A new find of bench/fuzz.py gets its line here."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import fuzzing
import pytest

from backprop import lab
from backprop.diagnosis import shell
from backprop.diagnosis.alone import looks, readable
from backprop.grade import collect


def zipped(old: bytes, new: bytes, method: int = zipfile.ZIP_STORED, name: str = "ann/x/x.ipynb") -> bytes:
    """A zip of one notebook with some of its bytes replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, b"an answer, an answer, an answer")
    data = file.getvalue()
    assert old in data
    return data.replace(old, new)


def stored(method: int) -> bytes:
    """The bytes of the compressed entry."""
    data = zipped(b"", b"", method)
    start = data.index(b"x.ipynb") + len(b"x.ipynb")
    return data[start : data.index(b"PK\1\2")]


METHODS = (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
DAMAGED = {f"method {method}": zipped(stored(method)[8:], b"\xff" * len(stored(method)[8:]), method) for method in METHODS}
DAMAGED["a name that is no UTF-8"] = zipped("ü".encode(), b"\xff\xff", name="ü/x/x.ipynb")
DAMAGED["a central directory that ends nowhere"] = b"PK\5\6" + b"\xff" * 18
DAMAGED["an unknown method"] = zipped(b"\0\0\0\0", b"\0\0\x61\0")


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_zips(name: str) -> None:
    fuzzing.read_archive(DAMAGED[name])


def test_an_entry_that_no_file_can_be_made_of_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.zip").write_bytes(zipped(b"", b"", name="x" * 300 + "/x/x.ipynb"))
    with collect.opened(tmp_path / "c.zip", tmp_path, 1) as (_, refused):
        assert refused == ["x" * 300 + "/x/x.ipynb"]


MARKED: dict[str, Any] = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "bias_gradient"}}}
ANSWER = MARKED | {"source": "def bias_gradient(delta):\n    return delta.sum(axis=0)"}
HALF = [
    [ANSWER, {}],
    [ANSWER, {"cell_type": "code"}],
    [ANSWER, {"cell_type": "code", "source": 3, "metadata": []}],
    [ANSWER, {"source": "x", "metadata": {"nbgrader": 1}}],
    [ANSWER, "no cell", None, MARKED],
    [{**ANSWER, "cell_type": "code"}, {"cell_type": "code", "source": "(" * 100_000, "metadata": {}}],
]


@pytest.mark.parametrize("cells", HALF, ids=range(len(HALF)))
def test_a_broken_cell_beside_an_answer_costs_nothing(cells: list[Any]) -> None:
    fuzzing.check_notebook(json.dumps({"cells": cells}).encode())
    assert [*looks(readable(cells), "bias_gradient")][-1].correct


@pytest.mark.parametrize("text", ['{"cells": 3}', '{"cells": {"a": 1}}', "[" * 100_000, "[]", '{"cells": "' + "x" * 9 + '"}'])
def test_what_is_no_notebook(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.ipynb").write_text(text)
    (report,) = shell.check_notebook(tmp_path / "x.ipynb", 1, 256)
    assert report.status in ("unreadable", "missing")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"correct": true}', "[" * 100_000])
def test_a_report_that_the_answer_itself_wrote(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(command: list[str], *_: object) -> int:
        Path(command[-1]).write_text(text)
        return 0

    monkeypatch.setattr(shell, "_wait", written)
    assert shell.check_alone(tmp_path / "x.ipynb", "softmax", 1, 256).status == "crashed"


LISTS = [
    b"question,points\nsoftmax,1\0\n",
    b"\xff",
    b"question,points\nsoftmax\n",
    b"points = 3",
    b"[points]\nx = [[[",
    b"a = " + b"[" * 20_000,
]


@pytest.mark.parametrize("data", LISTS, ids=range(len(LISTS)))
def test_an_instructor_s_files(data: bytes) -> None:
    fuzzing.read_lists(data)


LINES = [
    "lab ~nobody-of-that-name/x",
    "course ~nobody-of-that-name/x",
    "check x --timeout nan",
    "grade . --out x --seed 99999999999999999999",
]


@pytest.mark.parametrize("line", LINES)
def test_command_lines(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab, "open_lab", lambda target, words: 0)
    fuzzing.run_line(line.split())
    assert os.listdir() == []


@pytest.mark.parametrize("said", [None, 3, "ab", [1], [[1]], [[1, 2, 3]], [["a", {}]], {"a": 1}, [[1, {"type": ["x"]}]]])
def test_errors_of_any_shape_from_a_forged_worker(said: Any) -> None:
    pairs = fuzzing._pairs(said)
    assert pairs == ([(1, {"type": ["x"]})] if said == [[1, {"type": ["x"]}]] else [])
