"""Who handed in what: nbgrader's folders, a flat folder as learning platforms export it, a zip of either, and a roster."""

from __future__ import annotations

import contextlib
import csv
import errno
import lzma
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from backprop.grade.course import Refused

NO_SUCH_NAME = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ)
DAMAGED = (zipfile.BadZipFile, RuntimeError, EOFError, ValueError, OverflowError, struct.error, zlib.error, lzma.LZMAError)
MAX_ENTRIES, MAX_UNPACKED, MAX_DEPTH, MAX_FILES = 200_000, 8 * 10**9, 6, 100


class Found(NamedTuple):
    """One file (or link) of a student's. `assignment` is empty in a flat layout; `problem` says why it cannot be read."""

    student: str
    assignment: str
    path: str
    problem: str = ""


class Student(NamedTuple):
    """One line of the roster."""

    student: str
    id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""


def collect(root: Path, pattern: str = "") -> tuple[list[Found], list[str]]:
    """Every notebook under root with its student, and the names of students who have a folder there; sorted."""
    read = _by_pattern(pattern) if pattern else _by_layout
    found: list[Found] = []
    students: set[str] = set()
    for parts, problem in _walk(root):
        who = read(parts)
        if who and (problem or parts[-1].lower().endswith(".ipynb")):
            found.append(Found(_text(who[0]), _text(who[1]), os.path.join(*parts), problem))
    found = _not_too_many(sorted(set(found)))
    if not pattern:
        students = {_text(entry.name) for entry in _entries(root) if entry.is_dir(follow_symlinks=False)} if _has_folders(found) else set()
    return found, sorted(students | {one.student for one in found})


def _not_too_many(found: list[Found]) -> list[Found]:
    """The first notebooks of each student and assignment, up to a number that nobody honest reaches."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for one in found:
        seen[one.student, one.assignment] += 1
        kept += [one] if seen[one.student, one.assignment] <= MAX_FILES else []
    return kept


def _has_folders(found: list[Found]) -> bool:
    return any(one.assignment for one in found)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))), key=lambda entry: entry.name)


def _walk(root: Path, parts: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every file below root as (its path's parts, problem), without following a link; a folder that cannot be read is a problem."""
    try:
        entries = _entries(root)
    except OSError as error:
        if not parts:
            raise
        yield parts, f"This folder cannot be read: {error.strerror}."
        return
    for entry in entries:
        here = (*parts, entry.name)
        if entry.is_symlink():
            yield here, "It is a link; links are not followed."
        elif entry.is_dir(follow_symlinks=False):
            if len(here) < MAX_DEPTH:
                yield from _walk(Path(entry.path), here)
        else:
            yield here, ""


def _by_layout(parts: tuple[str, ...]) -> tuple[str, str] | None:
    """(student, assignment) of a path: student/assignment/file, student/file (Moodle's folders), or student_..._file."""
    if len(parts) == 1:
        return (parts[0][: -len(".ipynb")].split("_")[0] if _is_notebook(parts[0]) else parts[0]), ""
    folder = parts[0].split("_")[0] if "_assignsubmission" in parts[0] else parts[0]
    return (folder, "") if len(parts) == 2 and _is_notebook(parts[1]) else (folder, parts[1])


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


def _by_pattern(pattern: str) -> Callable[[tuple[str, ...]], tuple[str, str] | None]:
    if "{student}" not in pattern:
        raise Refused(f"--pattern {pattern!r} must contain {{student}}, as in '{{assignment}}/{{student}}_*.ipynb'.")
    pieces = {"{student}": r"(?P<student>[^/]+?)", "{assignment}": r"(?P<assignment>[^/]+?)", "*": r"[^/]*?"}
    split = re.split(r"(\{student\}|\{assignment\}|\*)", pattern)
    if split.count("{student}") > 1 or split.count("{assignment}") > 1:
        raise Refused(f"--pattern {pattern!r} may name {{student}} and {{assignment}} once each.")
    rule = re.compile("".join(pieces.get(piece, re.escape(piece)) for piece in split))

    def read(parts: tuple[str, ...]) -> tuple[str, str] | None:
        match = rule.fullmatch("/".join(parts))
        return (match["student"], match.groupdict().get("assignment") or "") if match else None

    return read


def _text(name: str) -> str:
    """A name from the file system as text that every file of ours can hold."""
    clean = os.fsencode(name).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "�" for letter in clean)


def roster(path: Path) -> list[Student]:
    """The roster's students, in its order."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"The roster {path} cannot be read: {error}.") from None
    if not rows or "student" not in rows[0]:
        raise Refused(f"The roster {path} must be a csv with a column 'student' (and, where known, id, first_name, last_name, email).")
    people = [Student(*((row.get(name) or "").strip() for name in Student._fields)) for row in rows]
    named = [person for person in people if person.student]
    twice = (
        sorted({person.student for person in named if [other.student for other in named].count(person.student) > 1})
        if _twice(named)
        else []
    )
    if twice:
        raise Refused(f"The roster {path} names {', '.join(twice)} more than once.")
    return named


def _twice(people: list[Student]) -> bool:
    return len({person.student for person in people}) < len(people)


@contextlib.contextmanager
def opened(submitted: Path, beside: Path, notebook_mb: int) -> Iterator[tuple[Path, list[str]]]:
    """The folder of submissions, and what was refused; a zip is unpacked beside the results for as long as the run takes."""
    if submitted.is_dir():
        yield submitted, []
        return
    if not zipfile.is_zipfile(submitted):
        raise Refused(f"{submitted} is neither a folder nor a zip.")
    unpacked = beside / ".unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        refused = unzip(submitted, unpacked, notebook_mb)
        yield _top(unpacked), refused
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _top(folder: Path) -> Path:
    """The folder itself, or the single one that wraps everything in a zip."""
    entries = _entries(folder)
    only = Path(entries[0].path) if len(entries) == 1 and entries[0].is_dir() else None
    flat_inside = only is not None and any(_is_notebook(entry.name) and "_" in entry.name for entry in _entries(only))
    deep_inside = only is not None and any(len(parts) >= 3 for parts, _ in _walk(only))
    return only if only is not None and (flat_inside or deep_inside) else folder


def unzip(archive: Path, target: Path, notebook_mb: int) -> list[str]:
    """Unpacks the notebooks of a zip and returns the entries it refused: those that leave the folder, or that no file can be made of.

    A link or a damaged entry becomes an empty file, which is unreadable later."""
    target.mkdir(parents=True)
    refused, left = [], MAX_UNPACKED
    with _archive(archive) as content:
        entries = content.infolist()
        if len(entries) > MAX_ENTRIES:
            raise Refused(f"{archive} has more than {MAX_ENTRIES} entries.")
        for entry in entries:
            size = None if _leaves(entry) else _one_entry(content, entry, target, notebook_mb * 1_000_000) if _counts(entry) else 0
            refused += [entry.filename] if size is None else []
            left -= size or 0
            if left < 0:
                raise Refused(f"{archive} unpacks to more than {MAX_UNPACKED // 10**9} GB. Unpack it yourself and grade the folder.")
    return refused


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGED as error:
        raise Refused(
            f"{path} is a damaged zip ({str(error)[:200]}). Download it again, or unpack it yourself and grade the folder."
        ) from None


def _parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    return PurePosixPath(entry.filename.replace("\\", "/")).parts


def _leaves(entry: zipfile.ZipInfo) -> bool:
    parts = _parts(entry)
    return not parts or parts[0].startswith("/") or ".." in parts or parts[0][1:2] == ":"


def _counts(entry: zipfile.ZipInfo) -> bool:
    parts = _parts(entry)
    return len(parts) <= MAX_DEPTH and not any(part.startswith((".", "__MACOSX")) for part in parts)


def _one_entry(content: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int) -> int | None:
    """Unpacks one entry and returns its size, None where no such file can be; one above the limit becomes a hollow file of that size."""
    place = target.joinpath(*_parts(entry))
    link = stat.S_ISLNK(entry.external_attr >> 16)
    try:
        if entry.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif link or _is_notebook(entry.filename):
            place.parent.mkdir(parents=True, exist_ok=True)
            return _write(content, entry, place, 0 if link else most)
    except OSError as error:
        if error.errno not in NO_SUCH_NAME:  # a full disk must never look like an empty notebook
            raise
        return None
    return 0


def _read(source: IO[bytes], count: int) -> bytes:
    try:
        return source.read(count)
    except OSError as error:  # bz2 calls damaged data so
        raise zipfile.BadZipFile(str(error)) from None


def _write(content: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, most: int) -> int:
    size = 0
    with place.open("wb") as file, contextlib.suppress(*DAMAGED):
        if not most:
            return 0
        with content.open(entry) as source:
            while size <= most and (part := _read(source, min(1 << 20, most + 1 - size))):
                file.write(part)
                size += len(part)
    if size > most:
        with place.open("wb") as file:
            file.truncate(size)
    return size
