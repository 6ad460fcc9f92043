"""The front end as one ESM text and one CSS text: each module of this folder becomes a closed scope of the one text, in order."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

MODULES = ("network", "steps", "format", "words", "dom", "picture", "plots", "tables", "actions", "panels", "player", "keys", "view")
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function) (\w+))", re.MULTILINE)


def folder() -> Traversable:
    """Where the modules lie, in a clone or in a wheel."""
    return files("backprop.live")


def read(name: str) -> str:
    """The text of one file of this folder."""
    return folder().joinpath(name).read_text(encoding="utf-8")


def _scope(name: str) -> str:
    """A module as an expression: what it exports, as an object; its imports come from the objects before it."""
    source = read(f"{name}.js")
    body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = $\2;", source))
    return f"const ${name} = (() => {{\n{body}\nreturn {{ {', '.join(_EXPORT.findall(source))} }};\n}})();\n"


@cache
def scopes() -> str:
    """All modules, one after another; `$view.render` draws an explorer."""
    return "\n".join(map(_scope, MODULES))


@cache
def esm() -> str:
    """One module text that exports `default { render({ model, el }) }` and imports nothing (anywidget cannot follow relative imports)."""
    return f"{scopes()}\nexport default {{ render: $view.render }};\n"


@cache
def css() -> str:
    """The style sheet, all of it below `.bp-explorer`."""
    return read("explorer.css")
