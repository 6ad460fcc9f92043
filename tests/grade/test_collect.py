"""Who handed in what: layouts, zips, links, rosters."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from backprop.grade import collect
from backprop.grade.course import Refused


def made(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")
    return root


def who(root: Path, pattern: str = "") -> list[tuple[str, str, str]]:
    return [(one.student, one.assignment, one.path) for one in collect.collect(root, pattern)[0]]


def test_folders_of_nbgrader(tmp_path: Path) -> None:
    made(tmp_path, "ann/hw/03.ipynb", "bob_b/hw/03.ipynb", "bob_b/hw/notes.txt", "ann/hw/.ipynb_checkpoints/03.ipynb", ".git/x/y.ipynb")
    (tmp_path / "cid").mkdir()
    found, students = collect.collect(tmp_path)
    assert [(one.student, one.assignment) for one in found] == [("ann", "hw"), ("bob_b", "hw")]
    assert students == ["ann", "bob_b", "cid"]


def test_a_flat_folder_and_folders_of_moodle(tmp_path: Path) -> None:
    made(tmp_path / "flat", "ann_12_345_03_output_error.ipynb", "bob_03_output_error-1.ipynb", "read me.txt")
    assert [one[:2] for one in who(tmp_path / "flat")] == [("ann", ""), ("bob", "")]
    made(tmp_path / "moodle", "Ann Lee_77_assignsubmission_file/03_output_error.ipynb")
    assert [one[:2] for one in who(tmp_path / "moodle")] == [("Ann Lee", "")]


def test_a_pattern_of_ones_own(tmp_path: Path) -> None:
    made(tmp_path, "hw1/late-ann-03.ipynb", "hw1/other.ipynb")
    assert who(tmp_path, "{assignment}/*-{student}-*.ipynb") == [("ann", "hw1", "hw1/late-ann-03.ipynb")]
    with pytest.raises(Refused, match=r"must contain \{student\}"):
        collect.collect(tmp_path, "*.ipynb")


def test_links_are_named_and_never_followed(tmp_path: Path) -> None:
    made(tmp_path / "secret", "hw/03.ipynb")
    root = made(tmp_path / "in", "ann/hw/03.ipynb")
    (root / "bob").symlink_to(tmp_path / "secret")
    (root / "cid" / "hw").mkdir(parents=True)
    (root / "cid" / "hw" / "03.ipynb").symlink_to(root / "ann" / "hw" / "03.ipynb")
    (root / "dan").mkdir()
    (root / "dan" / "hw").symlink_to(root / "ann" / "hw")
    (root / "loop").mkdir()
    (root / "loop" / "hw").symlink_to(root)
    problems = {one.student: one.problem for one in collect.collect(root)[0]}
    assert problems["ann"] == ""
    assert all("link" in problems[name] for name in ("bob", "cid", "dan", "loop"))


def test_nobody_hands_in_a_thousand_notebooks(tmp_path: Path) -> None:
    made(tmp_path, *(f"ann/hw/{k:04d}.ipynb" for k in range(300)), "bob/hw/03.ipynb")
    assert [one[0] for one in who(tmp_path)] == ["ann"] * 100 + ["bob"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    os.makedirs(os.fsencode(tmp_path) + b"/\xff\x1b[2J/hw")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J/hw/03.ipynb")).write_text("{}")
    (student, _, _) = who(tmp_path)[0]
    assert student.isprintable() and student.encode("utf-8")


def zipped(path: Path, entries: dict[str, bytes], links: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFLNK | 0o777) << 16 if name in links else 0o644 << 16
            archive.writestr(info, data)
    return path


def test_a_zip_cannot_leave_its_folder(tmp_path: Path) -> None:
    names = ["../out.ipynb", "/abs.ipynb", "a/../../up.ipynb", "C:/x/y.ipynb", "..\\w.ipynb"]
    archive = zipped(tmp_path / "c.zip", {name: b"{}" for name in names} | {"ann/hw/03.ipynb": b"{}", "ann/hw/x.py": b""})
    with collect.opened(archive, tmp_path / "out", 1) as (root, refused):
        assert sorted(refused) == sorted(name.replace("\\", "/") if os.sep == "\\" else name for name in names)
        assert [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()] == ["ann/hw/03.ipynb"]
    assert sorted(path.name for path in tmp_path.rglob("*.ipynb")) == []


def test_links_and_bombs_in_a_zip(tmp_path: Path) -> None:
    content = {"ann/hw/03.ipynb": b"/etc/passwd", "bob/hw/03.ipynb": b"\0" * 5_000_000, "cid/hw/03.ipynb": b"{}"}
    archive = zipped(tmp_path / "c.zip", content, links=("ann/hw/03.ipynb",))
    with collect.opened(archive, tmp_path / "out", 1) as (root, _):
        assert (root / "ann/hw/03.ipynb").read_bytes() == b"" and not (root / "ann/hw/03.ipynb").is_symlink()
        bob = (root / "bob/hw/03.ipynb").stat()
        assert bob.st_size == 1_000_001 and bob.st_blocks < 10
        assert [one.student for one in collect.collect(root)[0]] == ["ann", "bob", "cid"]
    assert not (tmp_path / "out" / ".unpacked").exists()


@pytest.mark.parametrize("wrap", ["", "submitted/"])
def test_a_zip_with_or_without_a_folder_around(tmp_path: Path, wrap: str) -> None:
    flat = zipped(tmp_path / "f.zip", {f"{wrap}ann_03_output_error.ipynb": b"{}"})
    deep = zipped(tmp_path / "d.zip", {f"{wrap}ann/hw/03.ipynb": b"{}"})
    for archive in (flat, deep):
        with collect.opened(archive, tmp_path, 1) as (root, _):
            assert [one[0] for one in who(root)] == ["ann"]


def test_what_is_neither_folder_nor_zip(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no")
    with pytest.raises(Refused, match="neither a folder nor a zip"), collect.opened(tmp_path / "x", tmp_path, 1):
        pass


def test_roster(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("student,first_name,email\nann,Ann,a@x\n\nbob,,\n", encoding="utf-8-sig")
    assert collect.roster(tmp_path / "r.csv") == [collect.Student("ann", "", "Ann", "", "a@x"), collect.Student("bob")]
    for text, message in (("name\nann\n", "column 'student'"), ("student\nann\nann\n", "more than once"), ("", "column 'student'")):
        (tmp_path / "r.csv").write_text(text)
        with pytest.raises(Refused, match=message):
            collect.roster(tmp_path / "r.csv")
