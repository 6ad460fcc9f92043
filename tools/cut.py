"""Cut an exercise out of its solution.

A region between `### BEGIN SOLUTION` and `### END SOLUTION` becomes a stub that raises NotImplementedError, at the region's own
indentation (the same stub that nbgrader writes). Cells that fail while a stub is not filled in are tagged `raises-exception`, so that
Run All goes to the end of an untouched exercise.
"""

import ast
import builtins
import copy
from collections.abc import Iterator
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TAG = "raises-exception"
KNOWN = {*dir(builtins), "display", "get_ipython"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class CutError(ValueError):
    """A solution whose regions cannot be cut."""


def cut(solution: NotebookNode) -> NotebookNode:
    """The exercise of a solution: regions cut, cells that then fail tagged."""
    exercise = copy.deepcopy(solution)
    for number, cell in enumerate(exercise.cells, start=1):
        try:
            cell.source = cut_source(cell.source)
        except CutError as error:
            raise CutError(f"cell {number}, {error}") from None
    tag_failing([cell for cell in exercise.cells if cell.cell_type == "code"])
    return exercise


def cut_source(source: str) -> str:
    """The source with every solution region replaced by a stub; a nested, unopened or unclosed region is an error."""
    return "\n".join(_cut_lines(source.splitlines()))


def _cut_lines(lines: list[str]) -> Iterator[str]:
    opened = 0
    for number, line in enumerate(lines, start=1):
        match _mark(number, line), opened:
            case "begin", 0:
                opened = number
                yield from _stub(line)
            case "begin", _:
                raise CutError(f"line {number}: {BEGIN} inside the region opened in line {opened}; close that one first.")
            case "end", 0:
                raise CutError(f"line {number}: {END} closes a region that was never opened.")
            case "end", _:
                opened = 0
            case "", 0:
                yield line
    if opened:
        raise CutError(f"line {opened}: {BEGIN} is never closed; write {END} after the region's last line.")


def _mark(number: int, line: str) -> str:
    text = line.strip()
    if text in (BEGIN, END):
        return "begin" if text == BEGIN else "end"
    if text.startswith("#") and text.lstrip("#").split() in (["BEGIN", "SOLUTION"], ["END", "SOLUTION"]):
        raise CutError(f"line {number}: {text!r} is not quite a mark; write {BEGIN!r} or {END!r}.")
    return ""


def _stub(begin: str) -> Iterator[str]:
    indent = begin[: len(begin) - len(begin.lstrip())]
    return (indent + line for line in STUB)


class Names(NamedTuple):
    """What a cell does with names."""

    bound: set[str]  # names the cell defines
    now: set[str]  # names it reads when it runs
    later: dict[str, set[str]]  # names its functions read, by function, when they are called
    stubs: set[str]  # its functions that are still stubs
    raises: bool  # whether it raises outside of any function


def tag_failing(cells: list[NotebookNode]) -> None:
    """Tag each cell that runs into an unfilled stub, directly or through what an earlier failed cell would have defined.

    A check cell is never tagged: `bp.check` does not call a stub's caller, it reports "not attempted".
    """
    names = [read_names(cell.source) for cell in cells]
    known = KNOWN.union(*(n.bound for n in names))
    missing: set[str] = set()
    for cell, n in zip(cells, names, strict=True):
        broken = {f for f, used in n.later.items() if used & missing or used - known} | n.stubs
        fails = n.raises or bool(n.now & (missing | broken) or n.now - known)
        if fails and not is_check(cell):
            cell.metadata.tags = sorted({*cell.metadata.get("tags", []), TAG})
        missing = missing | n.bound if fails and not is_check(cell) else (missing - n.bound) | broken


def is_check(cell: NotebookNode) -> bool:
    """Whether nbgrader takes points from this cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def read_names(source: str) -> Names:
    """The names of one cell; magics are turned into calls first."""
    nodes = list(_outside_functions(ast.parse(TransformerManager().transform_cell(source))))
    functions = {f.name: f for f in nodes if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)}
    bound = set().union(*(_stores(node) for node in nodes))
    return Names(
        bound=bound,
        now=_loads(nodes) - bound | _loads(nodes) & functions.keys(),
        later={name: _loads(ast.walk(f)) - set().union(*map(_stores, ast.walk(f))) for name, f in functions.items()},
        stubs={name for name, f in functions.items() if any(map(_is_not_implemented, ast.walk(f)))},
        raises=any(isinstance(node, ast.Raise) for node in nodes),
    )


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, FUNCTIONS):
            yield from _outside_functions(child)


def _loads(nodes: Iterator[ast.AST] | list[ast.AST]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _stores(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(a.asname or a.name).split(".")[0] for a in names}
        case ast.ExceptHandler(name=str(name)):
            return {name}
    return set()


def _is_not_implemented(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
