"""The package as a whole: what it imports, which way, how long its functions are, and that every public name says what it is and works."""

import ast
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import backprop as bp

PACKAGE = Path(bp.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_course" not in path.parts)

# Each stands on those before it; two of one line do not know each other.
LEVELS = (
    {"door", "folders"},
    {"functions"},
    {"core"},
    {"data", "notation", "notes", "train", "verify"},
    {"derivation", "diagnosis", "draw", "proof"},
    {"grade", "live"},
    {"lab"},
    {"cli"},
    {"__main__"},
)


def part(path: Path) -> str:
    """The first name below backprop/: core, notes, grade, ..."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# What importing costs


def test_importing_the_package_imports_numpy_and_nothing_heavier():
    code = "import json, sys, numpy; before = set(sys.modules); import backprop; print(json.dumps(sorted(set(sys.modules) - before)))"
    new = {name.partition(".")[0] for name in json.loads(python(code))}
    assert new - set(sys.stdlib_module_names) <= {"backprop", "numpy"}


@pytest.mark.parametrize("name", ["check", "explorer", "draw", "notation", "diagnosis"])
def test_the_rest_comes_on_first_use(name: str):
    assert python(f"import backprop, sys; print('matplotlib' in sys.modules); print(backprop.{name} is not None)").split() == [
        "False",
        "True",
    ]


def test_an_unknown_name_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'sigmoids'"):
        _ = bp.sigmoids
    assert set(bp.__all__) <= set(dir(bp))


# Which way the parts know each other


def without_type_imports(path: Path) -> ast.Module:
    """A file without its `if TYPE_CHECKING:` blocks, which run nowhere."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")]
    return tree


def uses(path: Path) -> set[str]:
    """The parts of backprop that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(without_type_imports(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("backprop.")}
        if isinstance(node, ast.ImportFrom) and node.module == "backprop":
            found |= {alias.name for alias in node.names if (PACKAGE / alias.name).exists() or (PACKAGE / f"{alias.name}.py").exists()}
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("backprop."):
            found.add(node.module.split(".")[1])
    return found - {part(path)}


def level(name: str) -> int:
    return next(i for i, names in enumerate(LEVELS) if name in names)


def test_every_part_has_its_level():
    parts = {part(path) for path in FILES} - {"__init__"}
    assert parts == set().union(*LEVELS)


@pytest.mark.parametrize("path", [path for path in FILES if path.parent != PACKAGE or path.name != "__init__.py"], ids=str)
def test_a_part_knows_only_what_it_stands_on(path: Path):
    upward = {name for name in uses(path) if level(name) >= level(part(path))}
    assert not upward, f"{path.name} imports {upward}"


# How long the functions are


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def functions(path: Path) -> list[ast.FunctionDef]:
    return [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_body_is_longer_than_a_reader_s_patience(path: Path):
    limit = 12 if part(path) in ("core", "notes") else 30
    long = {function.name: body_length(function) for function in functions(path) if body_length(function) > limit}
    assert not long, f"{path.relative_to(PACKAGE)}: {long}"


def test_most_bodies_are_about_five_lines():
    lengths = [body_length(function) for path in FILES for function in functions(path)]
    assert np.median(lengths) <= 5


def test_the_length_of_a_body_is_measured_rightly():
    (function,) = ast.parse('def f():\n    """Two\n    lines."""\n    a = 1\n\n    return a\n').body
    assert body_length(function) == 3


def test_every_argument_and_result_has_its_type():
    for path in FILES:
        for function in functions(path):
            names = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            bare = [arg.arg for arg in names if arg.annotation is None and arg.arg not in ("self", "cls")]
            assert not bare and function.returns is not None, f"{path.relative_to(PACKAGE)}: {function.name} {bare}"


# The public names

NET, X, Y = bp.data.small_network()
C = bp.half_squared_error

CALLS = {
    "Activation": lambda: bp.Activation("twice", lambda z: 2 * z, lambda z, a: 2 * np.ones_like(z)).f(3) == 6,
    "Cost": lambda: bp.Cost("sum", lambda a, y: (a - y).sum(), lambda a, y: np.ones_like(a)).f(np.ones(2), np.zeros(2)) == 2,
    "Layer": lambda: bp.Layer(np.eye(2), np.zeros(2), bp.tanh).act is bp.tanh,
    "Step": lambda: bp.Step(1, 2, 3).z == 2,
    "Grad": lambda: bp.Grad(1, 2, 3).dW == 2,
    "State": lambda: bp.State([], [], 0.0, [], 0).iteration == 0,
    "Fit": lambda: bp.Fit([], np.zeros(0), "").reason == "",
    "sigmoid": lambda: bp.sigmoid.f(0.0) == 0.5,
    "tanh": lambda: bp.tanh.f(0.0) == 0,
    "identity": lambda: bp.identity.f(2.0) == 2,
    "relu": lambda: bp.relu.f(-1.0) == 0,
    "softmax": lambda: bp.softmax([0.0, 0.0])[0] == 0.5,
    "half_squared_error": lambda: bp.half_squared_error.f([[1.0]], [[0.0]]) == 0.5,
    "quadratic_cost": lambda: bp.quadratic_cost.f([[1.0]], [[0.0]]) == 0.5,
    "mean_squared_error": lambda: bp.mean_squared_error.f([[1.0]], [[0.0]]) == 1,
    "softmax_cross_entropy": lambda: bp.softmax_cross_entropy.f([[0.0, 0.0]], [[1.0, 0.0]]) == np.log(2),
    "binary_cross_entropy": lambda: bp.binary_cross_entropy.f([[0.0]], [[1.0]]) == np.log(2),
    "network": lambda: len(bp.network((3, 4, 2))) == 2,
    "forward": lambda: bp.forward(NET, X)[-1].a_out.shape == Y.shape,
    "backward": lambda: len(list(bp.backward(NET, bp.forward(NET, X), Y))) == 2,
    "gradients": lambda: len(bp.gradients(NET, X, Y, C)) == 2,
    "predict": lambda: bp.predict(NET, X).shape == Y.shape,
    "descend": lambda: next(bp.descend(NET, X, Y, C, 0.1)).iteration == 0,
    "fit": lambda: len(bp.fit(NET, X, Y, C, 0.1, 3).history) == 3,
    "central_difference": lambda: abs(bp.central_difference(np.sin, 0.0) - 1) < 1e-9,
    "complex_step": lambda: bp.complex_step(np.sin, 0.0) == 1,
    "relative_error": lambda: bp.relative_error([2.0], [1.0]) == 1,
    "check_gradient": lambda: bp.check_gradient(NET, X, Y, C) < 1e-12,
    "check": lambda: bp.check("bias_gradient", lambda delta: delta.sum(axis=0)).correct,
    "hint": lambda: bp.hint("bias_gradient") is not None,
    "solution": lambda: bp.solution("bias_gradient") is not None,
    "progress": lambda: bp.progress() is not None,
    "explorer": lambda: bp.explorer(NET, X, Y, C) is not None,
    "data": lambda: bp.data.xor()[1].sum() == 2,
    "notes": lambda: len(bp.notes.slips.SLIPS) >= 37,
    "draw": lambda: inspect.ismodule(bp.draw),
}

FROM_DESIGN = """
    sigmoid tanh identity relu softmax half_squared_error quadratic_cost mean_squared_error softmax_cross_entropy binary_cross_entropy
    Layer Step Grad network forward backward gradients predict descend fit central_difference complex_step relative_error check_gradient
    check hint solution progress explorer data notes
"""


def import_every_submodule() -> None:
    """In this process, so that a submodule that shadows a public name would be seen by the calls after it."""
    from importlib import import_module

    for path in FILES:
        names = ("backprop", *path.relative_to(PACKAGE).with_suffix("").parts)
        if "inside" not in names:  # runs in the sandbox only
            import_module(".".join(names).removesuffix(".__init__"))


def test_the_public_names_are_those_of_the_design_and_no_others_go_untested():
    assert set(FROM_DESIGN.split()) <= set(bp.__all__)
    assert set(CALLS) == set(bp.__all__) and len(bp.__all__) == len(set(bp.__all__))


def test_the_public_names_stand_in_teaching_order():
    order = [name for name in FROM_DESIGN.split() if name not in ("data", "notes")]
    assert [name for name in bp.__all__ if name in order] == order


@pytest.mark.parametrize("name", CALLS)
def test_every_public_name_works_after_every_submodule_was_imported(name: str):
    import_every_submodule()
    assert isinstance(getattr(bp, name), ModuleType) == (name in ("data", "draw", "notes"))
    assert CALLS[name]()


NOTES = [getattr(bp.notes, name) for name in bp.notes.__all__ if name != "slips"]
PUBLIC = {
    name: getattr(bp, name)
    for name in CALLS
    if callable(getattr(bp, name, None)) and not isinstance(getattr(bp, name), bp.Activation | bp.Cost)
}
PUBLIC |= {f"data.{name}": getattr(bp.data, name) for name in bp.data.__all__}
PUBLIC |= {
    f"{note.__name__.removeprefix('backprop.')}.{name}": getattr(note, name)
    for note in NOTES
    for name in ("neuron", "gradients", "fit_partial")
    if hasattr(note, name)
}
PUBLIC |= {
    f"notation.{name}": thing
    for name, thing in vars(bp.notation).items()
    if inspect.isfunction(thing) and name[0] != "_" and thing.__module__ == "backprop.notation"
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_docstring_says_what_shapes_errors_and_source(name: str):
    thing = PUBLIC[name]
    doc = inspect.getdoc(thing) or ""
    assert doc.splitlines()[0].endswith((".", ":")), "the first line is one sentence"
    assert re.search(r"[Rr]aises", doc), "which errors"
    assert re.search(r"[Ss]ource", doc), "which note and equation"
    assert re.search(r"\(\w+[^)]*,|\bnumber\b|shape|\blist\b|text|[Ss]hapes", doc), "which shapes"
    fields = getattr(thing, "_fields", None) or inspect.signature(thing).parameters
    missing = [field for field in fields if not re.search(rf"(?<!\w){re.escape(field)}(?!\w)", doc)]
    assert not missing, f"nothing said of {missing}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_and_every_public_function_says_what_it_is_for(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert ast.get_docstring(tree) and not silent, silent
