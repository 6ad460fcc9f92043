"""What a notebook may take from `backprop` while it is graded: all but what it asks the learner to write."""

from __future__ import annotations

import ast
from functools import cache

from backprop.folders import PACKAGE

ALWAYS = (
    "gradients",
    "backward",
    "descend",
    "check_gradient",
    "fit",
    "solution",
    "_measured",
)  # and every function under notes and notation
ASKED = {
    "01_one_neuron": ("half_squared_error",),
    "02_forward_pass": ("forward", "predict"),
    "03_output_error": (),
    "04_hidden_error": (),
    "05_gradient_rules": (),
    "06_batch": (),
    "07_regression": (),
    "08_softmax": ("softmax", "softmax_cross_entropy"),
    "09_any_depth": (),
    "10_is_it_right": ("complex_step",),
}
MODULES = ("functions", "core", "verify")


def blocked(lesson: str) -> tuple[str, ...]:
    """The public names that raise in this lesson's exercise while it is graded."""
    return (*(name for name in ALWAYS if not name.startswith("_")), *ASKED.get(lesson, ()))


@cache
def given(lesson: str) -> dict[str, str]:
    """The source of each module with everything cut out that the lesson asks for, and what stands on it."""
    gone = (*ALWAYS, *ASKED.get(lesson, ()))
    return {module: _cut((PACKAGE / f"{module}.py").read_text(encoding="utf-8"), gone) for module in MODULES}


def _cut(source: str, gone: tuple[str, ...]) -> str:
    tree = ast.parse(source)
    names = set(gone)
    while True:
        kept = [node for node in tree.body if not _falls(node, names)]
        if len(kept) == len(tree.body):
            return ast.unparse(_without_docs(tree))
        names |= {name for node in tree.body if node not in kept for name in _defined(node)}
        tree.body = kept


def _falls(node: ast.stmt, names: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        node.names = [alias for alias in node.names if alias.name not in names]
        return not node.names
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | set(_defined(node))
    private = {name for name in used if any(name.startswith(f"_{gone}") for gone in names if not gone.startswith("_"))}
    return bool(used & names or private)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]


def _without_docs(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None and len(node.body) > 1:
            node.body = node.body[1:]
    return tree
