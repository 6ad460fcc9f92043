"""Honest notebooks keep their points, however odd they are."""

# ruff: noqa: E501 (a table of cells, one line each)
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from classroom import NEURON_COST, NEURON_GRADIENT, OUTPUT_ERROR, RIGHT, cell, grade, hand_in, notebook, points

import backprop as bp
from backprop.grade import names
from backprop.grade.notebook import parse, plain
from backprop.grade.sandbox import Limits
from backprop.grade.session import Session

pytestmark = pytest.mark.sandbox

BODY = NEURON_COST.split("\n", 1)[1]
SIGMOID = "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n"
WITH_HELPER = "def neuron_cost(w, b, x, y):\n    return ((sigmoid(w * x + b) - y) ** 2).sum() / 2\n"

# Each notebook is a right neuron_gradient and this way to write neuron_cost: the cells, in their order (one named answer is the answer cell).
ODD: dict[str, list[tuple[str, str]]] = {
    "as it is": [("answer", NEURON_COST)],
    "a helper in an earlier cell": [("", SIGMOID), ("answer", WITH_HELPER)],
    "a helper in a later cell": [("answer", WITH_HELPER), ("", SIGMOID)],
    "a helper that is needed at once, in a later cell": [("answer", WITH_HELPER), ("", "zero = sigmoid(0.0)\ntwice = 2 * zero"), ("", SIGMOID)],
    "a plot that fails": [("answer", "fig, ax = plt.subplots()\nax.plot(undefined)\n" + NEURON_COST + "plt.show(nothing)\n1 / 0")],
    "pictures": [
        ("", "import matplotlib.pyplot as plt, matplotlib as mpl\nfrom mpl_toolkits.mplot3d import Axes3D\nimport ipywidgets as widgets"),
        ("", "%matplotlib inline\nplt.style.use('ggplot')\nfig, (left, right) = plt.subplots(1, 2)\nleft.plot([1, 2])[0].set_data(1, 2)\nfig"),
        ("", "from IPython.display import display, HTML\ndisplay(HTML('x'))\nwith plt.ioff(): pass\nfor ax in fig.axes: ax.grid()"),
        ("answer", "@widgets.interact(a=(0, 1))\ndef show(a):\n    plt.plot(a)\n" + NEURON_COST),
    ],
    "magics": [
        ("answer", "%%time\n%matplotlib inline\n!ls\nfiles = !ls\n" + NEURON_COST + "neuron_cost?\n%timeit -n1 1\n%load_ext autoreload"),
        ("", "%%bash\necho no python"),
        ("", "%%html\n<b>no python</b>"),
        ("", "%pip install numpy"),
    ],
    "a helper under %%capture": [("", "%%capture out\n" + SIGMOID), ("answer", WITH_HELPER)],
    "%time before a statement": [("", SIGMOID + "%time half = sigmoid(0.0)"), ("answer", WITH_HELPER.replace(" / 2", " * half"))],
    "a cell pasted with its prompts": [("answer", "\n".join(f"{'...' if k else '>>>'} {line}" for k, line in enumerate(NEURON_COST.splitlines())))],
    "an indented cell": [("answer", "\n".join("    " + line for line in NEURON_COST.splitlines()))],
    "from __future__": [("", "from __future__ import annotations"), ("answer", NEURON_COST.replace("(w,", "(w: Unknown,"))],
    "a dataclass": [
        ("", "from dataclasses import dataclass, field\n@dataclass\nclass Half:\n    of: float = 2.0\n    seen: list = field(default_factory=list)"),
        ("answer", NEURON_COST.replace("/ 2", "/ Half().of")),
    ],
    "a main guard": [("answer", "if __name__ == '__main__':\n" + "\n".join("    " + line for line in NEURON_COST.splitlines()))],
    "checks below the answer": [
        ("answer", NEURON_COST + "report = bp.check('neuron_cost', neuron_cost)\nassert report.correct or True\nreport"),
        ("", "bp.hint('neuron_cost'); bp.progress(); bp.explorer([], 1, 2, None); bp.draw.neuron(1, 2)\nfrom backprop import draw, check\ncheck(1)"),
    ],
    "an assertion that fails": [("answer", NEURON_COST + "assert neuron_cost(1, 2, np.ones(2), np.ones(2)) == 0\nx = 1")],
    "a question to nobody": [("answer", "name = input('Name? ')\n" + NEURON_COST + "print(name)")],
    "another folder and warnings": [("answer", "import os, warnings\nos.chdir('/')\nwarnings.warn('odd')\nnp.log(0.0)\n" + NEURON_COST)],
    "a slow import": [("answer", "import time\ntime.sleep(0.5)\nimport sqlite3, asyncio, unittest, multiprocessing, json, re, random\n" + NEURON_COST)],
    "a library that is not there": [("", "import pandas as pd\nimport torch\nfrom scipy.special import expit"), ("answer", NEURON_COST)],
    "a progress bar": [("", "from tqdm.auto import tqdm\nhalf = sum(0.25 for _ in tqdm(range(2)))"), ("answer", NEURON_COST.replace("/ 2", "* half"))],
    "a lambda": [("answer", "neuron_cost = lambda w, b, x, y: ((1 / (1 + np.exp(-(w * x + b))) - y) ** 2).sum() / 2")],
    "an object": [("answer", "class Cost:\n    def __call__(self, w, b, x, y):\n    " + BODY.replace("\n    ", "\n        ") + "\nneuron_cost = Cost()")],
    "loops": [("answer", "import math\ndef neuron_cost(w, b, x, y):\n    return sum((1 / (1 + math.exp(-(w * a + b))) - c) ** 2 for a, c in zip(x, y)) / 2")],
    "single precision": [("answer", NEURON_COST.replace("return (", "return np.float32(1) * ("))],
    "a keyword for a default": [("answer", NEURON_COST.replace("y):", "y, half=0.5):").replace("/ 2", "* half"))],
    "two definitions, the last is right": [("answer", "def neuron_cost(w, b, x, y):\n    return 0"), ("", NEURON_COST)],
    "what the package leaves": [
        ("", "from backprop import Layer, network, forward, central_difference, data, relative_error, notes\nfrom backprop.notes import two_layer"),
        ("", "net = network((3, 4, 2), rng=0)\nsteps = forward(net, data.small_network()[1])\nx, y = bp.data.xor(); d, _ = bp.data.digits()"),
        ("answer", "ok = len(steps) == 2 and x.shape == (4, 2) and d.shape == (1797, 64) and net[0].act.name == 'sigmoid'\n" + NEURON_COST.replace("/ 2", "/ (2 if ok else 3)")),
        ("", "central_difference(lambda w: neuron_cost(w, 0.0, np.ones(2), np.ones(2)), 1.0)"),
    ],
    "sigmoid from the package": [("answer", "def neuron_cost(w, b, x, y):\n    return ((bp.sigmoid.f(w * x + b) - y) ** 2).sum() / 2")],
    "much printed": [("answer", "import sys\nprint('x' * 10**7)\nsys.stderr.write('y' * 10**6)\n" + NEURON_COST + "print(neuron_cost, flush=True)")],
    "threads": [("answer", "import threading\nthreading.Thread(target=print, args=('x',)).start()\n" + NEURON_COST)],
    "a file of one's own": [("", "np.savetxt('w.txt', np.ones(3))\nhalf = np.loadtxt('w.txt')[0] / 2"), ("answer", NEURON_COST.replace("/ 2", "* half"))],
    "a seed and an own generator": [("answer", "np.random.seed(0)\nrng = np.random.default_rng(1)\nrng.normal()\n" + NEURON_COST)],
    "the source of a function": [("answer", NEURON_COST + "import inspect\nassert 'return' in inspect.getsource(neuron_cost)\nhalf = 1"), ("", "half")],
}  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, need_bwrap: str) -> dict[str, float]:
    root = tmp_path_factory.mktemp("odd")
    for name, cells in ODD.items():
        content = notebook({"neuron_gradient": NEURON_GRADIENT})
        content["cells"] += [cell(source, "neuron_cost" if kind else "") for kind, source in cells]
        hand_in(root / "in", name.replace("/", " "), "01_one_neuron", content)
    grade(root / "in", root / "out")
    return points(root / "out")


@pytest.mark.parametrize("name", ODD)
def test_an_honest_oddity_keeps_its_points(graded: dict[str, float], name: str) -> None:
    assert graded[name.replace("/", " ")] == 3.0


def test_other_forms_of_notebook(tmp_path: Path, need_bwrap: str) -> None:
    content = notebook(RIGHT)
    lines = content | {"cells": [one | {"source": one["source"].splitlines(True)} for one in content["cells"]]}
    hand_in(tmp_path / "in", "lines", "01_one_neuron", lines)
    third = {"worksheets": [{"cells": [{**one, "input": one["source"]} for one in content["cells"]]}], "nbformat": 3, "metadata": {}}
    for one in third["worksheets"][0]["cells"]:
        del one["source"]
    hand_in(tmp_path / "in", "nbformat 3", "01_one_neuron", third)
    hand_in(tmp_path / "in", "UTF-16", "01_one_neuron", json.dumps(content).encode("utf-16"))
    hand_in(tmp_path / "in", "BOM", "01_one_neuron", b"\xef\xbb\xbf" + json.dumps(content).encode())
    hand_in(tmp_path / "in", "an R kernel", "01_one_neuron", content | {"metadata": {"kernelspec": {"name": "ir", "language": "R"}}})
    bare = content | {"cells": [{k: v for k, v in one.items() if k in ("cell_type", "source")} for one in content["cells"]]}
    hand_in(tmp_path / "in", "no metadata", "01_one_neuron", bare)
    pictures = content["cells"][-1] | {"outputs": [{"output_type": "display_data", "data": {"image/png": "A" * 6_000_000}, "metadata": {}}]}
    hand_in(tmp_path / "in", "6 MB of pictures", "01_one_neuron", content | {"cells": [*content["cells"], pictures]})
    grade(tmp_path / "in", tmp_path / "out")
    assert points(tmp_path / "out") == dict.fromkeys(
        ("lines", "nbformat 3", "UTF-16", "BOM", "an R kernel", "no metadata", "6 MB of pictures"), 3.0
    )


def test_demo_cells_run_only_if_they_were_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = notebook({"output_error": OUTPUT_ERROR}, cell("train()", "", "demo"), cell("train(2)", "", "demo"), cell("train()"))
    program = parse(json.dumps(cells).encode()).program(frozenset({"train()"}))
    assert [source for _, source in program if "train" in source] == ["train(2)", "train()"]
    assert not any("bp.check" in source for _, source in program)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = 1", "x = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%timeit -n 3\n%%capture\nx = 1", "\n\n\nx = 1"),
        ("%%writefile a.py\nx = 1", ""),
        ("x = 5 % 3\ny = x != 2", "x = 5 % 3\ny = x != 2"),
        ("s = '''\n% no magic\n'''", "s = '''\n% no magic\n'''"),
    ],
)
def test_magics(source: str, wanted: str) -> None:
    assert plain(source).rstrip("\n") == wanted.rstrip("\n")


def test_a_cell_of_many_magics_takes_no_time() -> None:
    assert plain("%x\n" * 50_000).strip() == ""


@pytest.mark.parametrize("lesson", list(names.ASKED))
def test_what_a_lesson_asks_for_is_not_there_and_the_rest_is_the_package_itself(lesson: str, need_bwrap: str) -> None:
    public = [name for name in bp.__all__ if name not in ("data", "notes", "draw")]
    source = "import backprop as bp\ndef tell(name):\n    try: return getattr(bp, name)(1)\n    except Exception as e: return str(e)\n"
    values = "def f(z): return bp.sigmoid.f(z), bp.tanh.df(z, bp.tanh.f(z)), bp.relu.f(z), bp.quadratic_cost.f(z, 2 * z), bp.mean_squared_error.df(z, 2 * z)"
    with Session([("cell 1", source), ("cell 2", values)], ["tell", "f"], names.given(lesson), Limits(), True) as session:
        told = {name: str(session.call("tell", (name,)).get("value")) for name in public}
        z = np.array([[-1.0, 0.5], [2.0, -40.0]])
        got = session.call("f", (z,))["value"]
    gone = {name for name, text in told.items() if "yours to write" in text}
    assert gone == {*names.blocked(lesson), "Fit", "State"}
    want = (bp.sigmoid.f(z), bp.tanh.df(z, bp.tanh.f(z)), bp.relu.f(z), bp.quadratic_cost.f(z, 2 * z), bp.mean_squared_error.df(z, 2 * z))
    assert all(np.array_equal(one, other) for one, other in zip(got, want, strict=True))


def test_no_source_that_is_given_holds_what_is_asked() -> None:
    for lesson in names.ASKED:
        text = "\n".join(names.given(lesson).values())
        assert not any(f"def {name}(" in text or f"\n{name} = " in text for name in names.blocked(lesson)), lesson
    assert "softmax" not in "".join(names.given("08_softmax").values()).replace("'softmax", "")


def test_a_slow_notebook_still_has_its_answers_heard(tmp_path: Path, need_bwrap: str) -> None:
    slow = [cell(f"import time\ntime.sleep(50)\nafter_{k} = 1") for k in range(3)]
    content = notebook({"neuron_gradient": NEURON_GRADIENT})
    content["cells"] += [*slow, cell("for k in range(10**9): pass"), cell(NEURON_COST, "neuron_cost"), *slow]
    hand_in(tmp_path / "in", "slow", "01_one_neuron", content)
    grade(tmp_path / "in", tmp_path / "out", "--cell-seconds", 2, "--submission-seconds", 9)
    assert points(tmp_path / "out") == {"slow": 3.0}


def test_a_result_that_takes_the_answers_name(tmp_path: Path, need_bwrap: str) -> None:
    shadow = cell("neuron_cost = neuron_cost(0.5, 0.1, np.ones(2), np.zeros(2))")
    hand_in(tmp_path / "in", "ann", "01_one_neuron", notebook(RIGHT, shadow))
    grade(tmp_path / "in", tmp_path / "out")
    assert points(tmp_path / "out") == {"ann": 3.0}
