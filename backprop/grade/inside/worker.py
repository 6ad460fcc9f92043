"""Runs one student's cells and calls their functions: a script for the sandbox, with NumPy, the wire and the stand-ins, nothing else.

It trusts nobody and holds no secret: whatever student code does to this process, it can only change its own answers.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import gc
import io
import linecache
import os
import sys
import traceback
from types import CodeType, ModuleType
from typing import Any

if __name__ == "__main__":  # started by its path, without a sandbox
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np
import standins  # type: ignore[import-not-found]  # they lie beside this script in the sandbox
import wire  # type: ignore[import-not-found]  # the same

MAX_MESSAGE = 600
HEAVY = (ast.Expr, ast.For, ast.While, ast.With, ast.AugAssign, ast.Assert)
LIMITS = ("CPU", "AS", "FSIZE", "NPROC", "NOFILE", "CORE", "STACK")


class Sink(io.TextIOBase):
    """Swallows what is printed."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


class Link:
    """The two ends of the pipe, moved away from where student code expects input and output."""

    def __init__(self) -> None:
        self.source, self.target = os.fdopen(os.dup(0), "rb"), os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)

    def receive(self) -> Any:
        header = self.source.read(wire.HEADER.size)
        if len(header) < wire.HEADER.size:
            os._exit(0)
        text, blobs = wire.lengths(header, limit=False)
        return wire.unpack(self.source.read(text), self.source.read(blobs), _function)

    def send(self, value: Any) -> None:
        frame = memoryview(wire.pack(value))
        while frame:
            frame = frame[os.write(self.target, frame) :]


def _function(source: str) -> Any:
    """The function `f` that a piece of source defines."""
    names: dict[str, Any] = {"np": np}
    exec(compile(source, "<given>", "exec"), names)
    return names["f"]


class Notebook:
    """The student's names, as their own kernel would hold them."""

    def __init__(self, link: Link, given: dict[str, str], folder: str, asked: list[str]) -> None:
        self.link = link
        self.asked = asked
        self.answers: dict[str, Any] = {}
        self.flags = 0
        self.main = ModuleType("__main__")
        sys.modules["__main__"] = self.main
        sys.meta_path.insert(0, standins.StandIns(given, folder))
        builtins.input = _no_input
        shell = standins.Shell(lambda line: exec(line, vars(self.main)))
        vars(builtins).update(display=standins.Nothing(), get_ipython=lambda: shell)

    def run(self, id: str, cell: str, source: str, only: list[int] | None, skip: list[int], light: bool) -> dict[str, Any]:
        """Runs a cell's statements, or `only` some of them, passing over `skip` (and, if `light`, over what only works or shows).

        What raised comes back as (statement, error)."""
        linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
        try:
            statements = ast.parse(source, cell).body
        except BaseException as error:
            return {"errors": [[-1, _said(error, cell)]]}
        errors = []
        for number, statement in enumerate(statements):
            if number in skip or (light and isinstance(statement, HEAVY)):
                continue
            if only is not None and (number not in only or self.kept(statement)):
                continue
            self.link.send({"id": id, "at": number})
            try:
                self.one(statement, cell)
            except BaseException as error:
                errors.append([number, _said(error, cell)])
            self.remember()
        return {"errors": errors}

    def remember(self) -> None:
        """Keeps each answer's last callable, in case a later cell gives its name to a result."""
        for name in self.asked:
            value = vars(self.main).get(name)
            if value is not None and callable(value):
                self.answers[name] = value

    def kept(self, statement: ast.stmt) -> bool:
        """Whether a definition that failed before was made by a later cell."""
        return isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.name in vars(self.main)

    def one(self, statement: ast.stmt, cell: str) -> None:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                self.flags |= getattr(__future__, alias.name).compiler_flag
        code: CodeType = compile(ast.Module([statement], []), cell, "exec", self.flags, dont_inherit=True)
        exec(code, vars(self.main))

    def defined(self, names: list[str]) -> dict[str, Any]:
        return {"names": [name for name in names if name in self.answers]}

    def call(self, id: str, name: str, args: tuple[Any, ...]) -> dict[str, Any]:
        """Calls a function of the student's; `args` come back if it changed one."""
        before = wire.pack(args)
        try:
            value = self.answers[name](*args)
        except BaseException as error:
            return {"error": _said(error, "")}
        after = wire.pack(args)
        return {"value": value} | ({"args": args} if after != before else {})


def _no_input(*args: Any) -> str:
    raise EOFError("input() has nobody to ask while a notebook is graded.")


def _said(error: BaseException, cell: str) -> dict[str, Any]:
    """An exception as plain text: its type, its message, and the student's own line."""
    said: dict[str, Any] = {"type": type(error).__name__[:100], "message": "", "where": cell, "line": 0, "text": ""}
    try:
        said["message"] = str(error)[:MAX_MESSAGE]
        if isinstance(error, SyntaxError):
            return said | {
                "message": str(error.msg)[:MAX_MESSAGE],
                "line": int(error.lineno or 0),
                "text": str(error.text or "")[:200].strip(),
            }
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("cell ")]
        if frames:
            said |= {"where": frames[-1].filename, "line": frames[-1].lineno or 0, "text": (frames[-1].line or "")[:200]}
    except BaseException:
        pass
    return said


def limit(limits: dict[str, int]) -> None:
    """Sets what this process may use, for good."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    for name, most in limits.items():
        if name in LIMITS:
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with contextlib.suppress(OSError, ValueError, OverflowError):  # macOS does not know every one
                resource.setrlimit(kind, (most, most))


def answer(notebook: Notebook, order: dict[str, Any]) -> dict[str, Any]:
    """Does one order of the grader's."""
    work = {"run": notebook.run, "call": notebook.call, "defined": notebook.defined}[order.pop("do")]
    try:
        said: dict[str, Any] = work(**order)  # type: ignore[operator]  # three signatures; the order fits its own
        return said
    except wire.TooLarge as error:
        return {"large": str(error)}
    except BaseException as error:
        return {"error": _said(error, "")}


def reply(link: Link, id: str, said: dict[str, Any]) -> None:
    """Sends what a call said back under its id, or why it could not be sent."""
    try:
        link.send(said | {"id": id})
    except wire.TooLarge as error:
        link.send({"large": str(error), "id": id})
    except BaseException as error:
        link.send({"error": _said(error, ""), "id": id})


def main() -> None:
    """Receives the notebook, runs its cells, and then answers calls until the link closes."""
    gc.enable()  # it was off for the imports, which it slows down
    link = Link()
    start = link.receive()
    limit(start["limits"])
    sys.stdin, sys.stdout, sys.stderr, sys.argv = io.StringIO(), Sink(), Sink(), ["notebook"]
    notebook = Notebook(link, start["given"], start["folder"], start["asked"])
    link.send({"id": start["id"], "ready": True})
    while True:
        order = link.receive()
        id = order["id"]
        if order["do"] == "defined":
            del order["id"]
        reply(link, id, answer(notebook, order))


if __name__ == "__main__":
    main()
