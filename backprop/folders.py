"""Where lessons, exercises and solutions lie: beside the package in a clone, inside it in an installed wheel; and files that fail."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def course_root() -> Path:
    """The folder that holds lessons/, exercises/ and solutions/."""
    inside = PACKAGE / "_course"
    return inside if inside.is_dir() else PACKAGE.parent


def lessons() -> Path:
    """The folder of the ten lessons."""
    return course_root() / "lessons"


def exercises() -> Path:
    """The folder of the ten exercises."""
    return course_root() / "exercises"


def solutions() -> Path:
    """The folder of the ten solutions."""
    return course_root() / "solutions"


ROOM = " Make room, then run the same line again."
RIGHTS = " Look at its permissions, or name another place."
HELP = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: " No file may grow further here (see ulimit -f).",
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EROFS: RIGHTS,
    errno.ENAMETOOLONG: " Name a shorter one.",
}


def trouble(error: OSError) -> str:
    """What the system refused, as a sentence: which file, why, and what to do."""
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return f"{where}{error.strerror or error}.{HELP.get(error.errno or 0, '')}"


def write(path: Path, data: bytes) -> None:
    """A file that is there whole or as it was before."""
    try:
        _replace(path, data)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # the reader knows that name, not the one of a passing file
        raise


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o666 & ~_mask())  # as open() would have made it; a passing file is private
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
