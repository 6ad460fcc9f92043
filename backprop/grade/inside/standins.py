"""Stand-ins for what a notebook imports: pictures and widgets that do nothing, and a `backprop` without the answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from opcode import opmap
from types import ModuleType
from typing import Any

PICTURES = frozenset("matplotlib mpl_toolkits seaborn plotly bokeh ipywidgets anywidget IPython ipympl tqdm nbgrader".split())
SILENT = frozenset("check hint progress explorer draw live diagnosis grade lab cli".split())
SENTENCE = "backprop.{} is not there while a notebook is graded: here it is yours to write."


class Nothing:
    """Takes every call, item and operation and does nothing. A lone function given to it comes back, so that decorators keep it."""

    def __init__(self, *args: Any, **named: Any) -> None:
        pass

    def __call__(self, *args: Any, **named: Any) -> Any:
        return args[0] if len(args) == 1 and not named and callable(args[0]) and hasattr(args[0], "__code__") else Nothing()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __iter__(self) -> Iterator[Any]:
        return iter([Nothing() for _ in range(_names_to_fill(sys._getframe(1)))])

    def _same(self, *args: Any) -> Any:
        return Nothing()

    def _false(self, *args: Any) -> Any:
        return False

    __getitem__ = __enter__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = __or__ = _same
    __exit__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = _false

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __len__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __repr__(self) -> str:
        return "<nothing>"


class Shell(Nothing):
    """What get_ipython() returns: its magics do nothing, but `%time statement` runs the statement."""

    def __init__(self, run: Callable[[str], Any]) -> None:
        self.run = run

    def run_line_magic(self, name: str, line: str, *args: Any, **named: Any) -> Any:
        return self.run(line) if name in ("time", "prun") else Nothing()


def _names_to_fill(frame: Any) -> int:
    """How many names `fig, ax = nothing` is about to fill; 0 in a loop."""
    code = frame.f_code.co_code
    filling = frame.f_lasti >= 0 and code[frame.f_lasti] == opmap["UNPACK_SEQUENCE"]
    return code[frame.f_lasti + 1] if filling else 0


class Asked:
    """A name of the package that the notebook asks the learner to write: it can be imported, and calling it says so."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **named: Any) -> Any:
        raise RuntimeError(SENTENCE.format(self._name))

    __iter__ = __getitem__ = __len__ = __float__ = __add__ = __mul__ = __sub__ = __matmul__ = __array__ = __call__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Asked(f"{self._name}.{name}")

    def __repr__(self) -> str:
        return f"<backprop.{self._name}: yours to write>"


class Empty(ModuleType):
    """A module in which every name is a stand-in."""

    def __init__(self, name: str, make: Callable[[str], Any]) -> None:
        super().__init__(name)
        self.__dict__.update(__path__=[], __all__=[], _make=make)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__["_make"](name)


def _nothing(name: str) -> Any:
    return _progress_bar if name in ("tqdm", "trange", "tnrange", "tqdm_notebook") else Nothing()


def _progress_bar(items: Any = (), *args: Any, **named: Any) -> Any:
    return range(items) if isinstance(items, int) else items


def _asked_in(module: str) -> Callable[[str], Any]:
    def named(name: str) -> Asked:
        if name.startswith("__"):
            raise AttributeError(name)
        return Asked(f"{module}.{name}".removeprefix("backprop."))

    return named


class Backprop(ModuleType):
    """The package's name, with what this notebook does not ask for; the rest are `Asked`."""

    def __init__(self, given: dict[str, str], folder: str) -> None:
        super().__init__("backprop")
        self.__dict__.update(__path__=[folder], __version__="graded", _given=given)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in SILENT:
            return Nothing()
        if name == "data":
            return import_module("backprop.data")
        return self._from_given(name)

    def _from_given(self, name: str) -> Any:
        for module in self.__dict__["_given"]:
            found = vars(import_module(f"backprop.{module}")).get(name)
            if found is not None:
                return found
        return Asked(name)


class StandIns(MetaPathFinder, Loader):
    """Finds the modules that are stood in for; everything else is found as usual."""

    def __init__(self, given: dict[str, str], folder: str) -> None:
        self.given = given
        self.folder = folder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        top, _, rest = name.partition(".")
        stood_in = top in PICTURES or (top == "backprop" and rest.split(".")[0] not in ("data", "door"))
        return ModuleSpec(name, self, is_package=True) if stood_in else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        top, _, rest = spec.name.partition(".")
        if spec.name == "backprop":
            return Backprop(self.given, self.folder)
        if top == "backprop" and rest in self.given:
            return ModuleType(spec.name)
        silent = top in PICTURES or rest.split(".")[0] in SILENT
        return Empty(spec.name, _nothing if silent else _asked_in(spec.name))

    def exec_module(self, module: ModuleType) -> None:
        source = self.given.get(module.__name__.removeprefix("backprop."))
        if source is not None and type(module) is ModuleType:
            exec(compile(source, f"<{module.__name__}>", "exec"), module.__dict__)
            module.__dict__["__getattr__"] = _asked_in(module.__name__)
