"""Hostile notebooks, in the real sandbox. None may gain a point, cost another's, leave a process, or reach what is not its own."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
from classroom import NEURON_COST, NEURON_GRADIENT, STUB, by_question, cell, grade, hand_in, neuron, notebook, points

from backprop.diagnosis import AnswerFailed
from backprop.grade import names, sandbox, submission
from backprop.grade.sandbox import Limits
from backprop.grade.session import Session, Stopped
from backprop.grade.submission import How, Job, call

pytestmark = pytest.mark.sandbox

QUICK = Limits(cell=1.5, call=1.0, submission=6.0, memory=512)
OPTIONS = ("--cell-seconds", 1.5, "--call-seconds", 1.5, "--submission-seconds", 10, "--memory-mb", 256, "--notebook-mb", 8)

# Each body of neuron_cost below wants the point without knowing the formula (or wants to do harm).
CHEATS = {
    "imports the package's reference": "from backprop.notes import two_layer\nreturn two_layer.neuron(w, x, b, y)[2]",
    "imports the reference by its file": """
        import glob, importlib.util
        for place in glob.glob('/**/two_layer.py', recursive=True):
            spec = importlib.util.spec_from_file_location('t', place)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module.neuron(w, x, b, y)[2]
        return 0.0""",
    "asks the diagnosis": "from backprop.diagnosis.questions import QUESTIONS\nreturn QUESTIONS['neuron_cost'].reference(w, b, x, y)",
    "asks the package for its cost": "return bp.half_squared_error.f(bp.sigmoid.f(w * x + b), y)",
    "asks for the solution": "return bp.solution('neuron_cost')",
    "returns what equals everything": """
        class Yes(float):
            __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
            __ne__ = lambda self, other: False
            __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
            __hash__ = float.__hash__
        return Yes(3.0)""",
    "returns an array that equals everything": """
        class Yes(np.ndarray):
            __eq__ = lambda self, other: np.bool_(True)
            __array_ufunc__ = lambda self, *a, **k: np.zeros(())
        return np.array(3.0).view(Yes)""",
    "pretends to be a float": """
        class Yes:
            __class__ = float
            __float__ = lambda self: 0.0
        return Yes()""",
    "patches NumPy": "np.allclose = np.isclose = np.array_equal = np.testing.assert_allclose = lambda *a, **k: True\nreturn 3.0",
    "patches builtins": "import builtins\nbuiltins.abs = builtins.max = lambda *a: 0\nbuiltins.isinstance = lambda *a: True\nreturn 3.0",
    "walks the stack": """
        import sys
        frame = sys._getframe()
        while frame:
            for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
                if 'expected' in str(name).lower() or 'reference' in str(name).lower() or 'right' in str(name).lower():
                    return value
            frame = frame.f_back
        return 3.0""",
    "looks through every object": """
        import gc
        for thing in gc.get_objects():
            if type(thing).__name__ in ('Question', 'Report', 'Evidence'):
                return thing.right[0]
        return 3.0""",
    "forges a result on the pipe": """
        import os, sys
        sys.path.append('/worker')
        import wire
        for number in range(3, 64):
            try: os.write(number, wire.pack({'id': '0' * 16, 'value': 3.0}) * 3)
            except OSError: pass
        return 3.0""",
    "forges results without end": """
        import os
        while True:
            for number in range(3, 64):
                try: os.write(number, b'\\0' * 4096)
                except OSError: pass""",
    "forges a frame without end": """
        import os, struct
        for number in range(3, 64):
            try: os.write(number, struct.pack('>II', 2**32 - 1, 2**32 - 1) + b'[' * 60000)
            except OSError: pass
        return 3.0""",
    "forges a deep frame": """
        import os, struct
        for number in range(3, 64):
            try: os.write(number, struct.pack('>II', 60000, 0) + b'[' * 60000)
            except OSError: pass
        return 3.0""",
    "forges an array of a petabyte": """
        import os, struct
        text = b'{"a": 1}', b'["a", "<f8", 1000000000000000]'
        for number in range(3, 64):
            try: os.write(number, struct.pack('>II', len(text[1]), 0) + text[1])
            except OSError: pass
        return 3.0""",
    **{
        f"forges a reply with the right id: {reply[:24]}": f"""
        import os, sys
        frame = sys._getframe()
        while 'order' not in frame.f_locals and 'id' not in frame.f_locals: frame = frame.f_back
        id = frame.f_locals['id'] if 'id' in frame.f_locals else frame.f_locals['order']['id']
        import wire
        for number in range(3, 64):
            try: os.write(number, wire.pack({reply}))
            except OSError: pass
        return 3.0"""
        for reply in (
            "{'id': id, 'value': 3.0}",
            "{'id': id, 'value': 3.0, 'args': 5}",
            "{'id': id, 'error': 5}",
            "{'id': id, 'error': {'type': [], 'line': {}}}",
            "{'id': id, 'large': {}}",
            "{'id': id, 'at': 'x'}",
            "{'id': id, 'at': True}",
            "{'id': id}",
            "[id]",
        )
    },
    "replaces the worker's own functions": """
        import sys
        worker = sys.modules['worker']
        worker.wire.pack = lambda value: b'\\0\\0\\0\\4\\0\\0\\0\\0true'
        worker.Notebook.call = lambda *a, **k: {'value': 3.0}
        return 3.0""",
    "returns a function": "return lambda *a: 0.0",
    "returns an enormous array": "return np.zeros(10**8, np.int8)",
    "returns a nest": "n = []\nfor _ in range(10**5): n = [n]\nreturn n",
    "returns a list that holds itself": "n = []\nn.append(n)\nreturn n",
    "returns a number of a million digits": "return 10**1000000",
    "returns a long text": "return 'a' * 10**8",
    "returns zero": "return 0.0",
    "returns nothing a number": "return float('nan')",
    "returns a dict of everything": "return {i: {j: 0 for j in range(1000)} for i in range(1000)}",
    "recognises fixed inputs": "return {-0.4: 0.5114}.get(b, 0.0)",
    "leaves by os._exit": "import os\nos._exit(0)",
    "leaves by sys.exit": "import sys\nsys.exit(0)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "loops for ever": "while True: pass",
    "loops for ever and will not be told": """
        import signal
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True:
            try:
                while True: pass
            except BaseException: pass""",
    "sleeps": "import time\ntime.sleep(1000)",
    "loops in the error's text": """
        class Endless(Exception):
            def __str__(self):
                while True: pass
        raise Endless""",
    "loops when it is destroyed": """
        class Endless:
            def __del__(self):
                while True: pass
        Endless()
        return 3.0""",
    "loops when it is shown": """
        class Endless:
            def __repr__(self):
                while True: pass
        return Endless()""",
    "hogs memory": "n = []\nwhile True: n.append(bytearray(10**7))",
    "hogs memory at once": "return np.ones(10**10)",
    "hogs the disk": """
        k = 0
        while True:
            with open(f'/scratch/{k}', 'wb') as file:
                for _ in range(100): file.write(b'x' * 10**6)
            k += 1""",
    "hogs files": """
        import os
        n = 0
        while True:
            n += 1
            os.mkdir(f'/scratch/{n}')""",
    "prints without end": "while True: print('x' * 10**6)",
    "writes to standard output without end": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "forks": "import os\nwhile True: os.fork()",
    "starts processes": "import subprocess\nsubprocess.run(['/bin/sh', '-c', ':(){ :|:& };:'])\nreturn 3.0",
    "starts a process that stays": """
        import os
        if os.fork() == 0:
            os.setsid()
            while True: pass
        return 3.0""",
    "starts threads": """
        import threading, time
        def spin():
            while True: pass
        for _ in range(1000):
            threading.Thread(target=spin, daemon=True).start()
        return 3.0""",
    "kills its parent": """
        import os, signal
        for pid in (os.getppid(), 1, -1, 0, *range(2, 400)):
            try: os.kill(pid, signal.SIGKILL)
            except OSError: pass
        return 3.0""",
    "unlimits itself": """
        import resource
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC):
            try: resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2)
            except (OSError, ValueError): pass
        n = []
        while True: n.append(bytearray(10**7))""",
    "hides memory": """
        import mmap, os
        n = []
        while True:
            n.append(os.memfd_create('x'))
            os.truncate(n[-1], 10**7)
            os.write(n[-1], b'x' * 10**7)""",
}


def hostile(body: str) -> str:
    return "def neuron_cost(w, b, x, y):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, need_bwrap: str) -> dict[tuple[str, str], dict[str, str]]:
    """One class in which everybody but one attacks; graded once."""
    root = tmp_path_factory.mktemp("attacked")
    for name, body in CHEATS.items():
        neuron(root / "in", name, cost=hostile(body))
    neuron(root / "in", "honest")
    grade(root / "in", root / "out", *OPTIONS)
    return by_question(root / "out")


@pytest.mark.parametrize("name", CHEATS)
def test_an_attack_earns_nothing_and_costs_only_itself(attacked: dict[tuple[str, str], dict[str, str]], name: str) -> None:
    row = attacked[name, "neuron_cost"]
    assert float(row["points"]) == 0 and row["status"] != "correct", row
    assert row["status"] != "crashed" or "check itself" not in row["mistakes"]
    assert attacked[name, "neuron_gradient"]["status"] == "correct", attacked[name, "neuron_gradient"]
    assert attacked["honest", "neuron_cost"]["points"] == "1"


def test_each_attack_is_called_by_its_name(attacked: dict[tuple[str, str], dict[str, str]]) -> None:
    status = {student: row["status"] for (student, question), row in attacked.items() if question == "neuron_cost"}
    for name in ("loops for ever", "loops for ever and will not be told", "sleeps", "prints without end", "loops in the error's text"):
        assert status[name] == "timeout", (name, status[name])
    for name in ("leaves by os._exit", "crashes"):
        assert status[name] == "crashed", (name, status[name])
    for name in ("hogs memory", "hogs memory at once", "unlimits itself"):
        assert status[name] == "memory", (name, status[name])
    for name in ("returns an enormous array", "returns a nest", "returns a list that holds itself", "returns a long text"):
        assert status[name] == "too large", (name, status[name])
    for name in ("forks", "starts processes", "starts a process that stays", "hogs the disk", "asks the package for its cost"):
        assert status[name] == "raised", (name, status[name])


def test_nothing_is_left_behind(attacked: dict[tuple[str, str], dict[str, str]]) -> None:
    assert left_over() == []


def left_over() -> list[str]:
    """The command lines of workers and grading processes that outlived their parent."""
    lines = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent in (0, 1) and ("worker.main()" in line or "forkserver.main()" in line or "backprop.grade.pool" in line):
            lines.append(line)
    return lines


# What runs at the top of a cell, beside two right answers: no cell may take the points of the others.
CELLS = {
    "an endless loop": "while True: pass",
    "a way out": "import os\nos._exit(0)",
    "a crash": "import ctypes\nctypes.string_at(0)",
    "all memory": "n = []\nwhile True: n.append(bytearray(10**7))",
    "a definition that loops": "def more(a=[x for x in iter(int, 1)]): pass",
    "a class that loops": "class More:\n    while True: pass",
    "an exception nobody expects": "class E(BaseException): pass\nraise E",
    "a question to nobody": "name = input('Your name? ')",
    "another folder": "import os\nos.chdir('/')",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')",
    "other error handling": "np.seterr(all='raise')",
    "no more recursion": "import sys\nsys.setrecursionlimit(60)",
    "a profile": "import sys\nsys.settrace(lambda *a: None)",
    "closed output": "import sys\nsys.stdout.close()\nsys.stderr = None",
    "a syntax error": "def broken(:\n    pass",
    "no Python": "SELECT * FROM grades;",
    "odd text": "x = '\ud800 \x00'",
    "a very deep expression": "x = " + "(" * 150 + "1" + ")" * 150,
    "a far too deep expression": "x = " + "-" * 100_000 + "1",
}


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory, need_bwrap: str) -> dict[str, float]:
    root = tmp_path_factory.mktemp("beside")
    for name, source in CELLS.items():
        content = notebook({"neuron_cost": NEURON_COST}, cell(source))
        later = notebook({"neuron_gradient": NEURON_GRADIENT})["cells"][2:]
        hand_in(root / "in", name, "01_one_neuron", content | {"cells": content["cells"] + later})
    grade(root / "in", root / "out", *OPTIONS)
    return points(root / "out")


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_takes_nothing_from_the_answers_around_it(beside: dict[str, float], name: str) -> None:
    assert beside[name] == 3.0


FORGER = """
import os, sys
frame = sys._getframe()
while 'id' not in frame.f_locals: frame = frame.f_back
import wire
for number in range(3, 64):
    try: os.write(number, wire.pack({'id': frame.f_locals['id'], **REPLY}))
    except OSError: pass
"""


def test_cells_that_answer_for_the_worker_harm_only_themselves(tmp_path: Path, need_bwrap: str) -> None:
    for number, reply in enumerate(
        ("{'errors': 5}", "{'errors': [[1], 2, ['a', {}]]}", "{'names': {}}", "{'errors': [[0, {'type': []}]]}")
    ):
        neuron(tmp_path / "in", f"forger {number}", STUB.format("neuron_cost"), NEURON_GRADIENT, cell(FORGER.replace("REPLY", reply)))
    neuron(tmp_path / "in", "honest")
    grade(tmp_path / "in", tmp_path / "out", *OPTIONS)
    got = by_question(tmp_path / "out")
    assert got["honest", "neuron_gradient"]["status"] == "correct"
    assert {got[f"forger {number}", "neuron_cost"]["status"] for number in range(4)} <= {"crashed", "not attempted"}


def corrupt() -> dict[str, str | bytes]:
    good = json.dumps(notebook({"neuron_cost": NEURON_COST}))
    return {
        "cut off": good[:200],
        "empty": "",
        "blank": " \n",
        "not UTF-8": good.replace("An exercise", "Übung").encode("latin-1").replace(b"\\u00dcbung", b"\xdcbung"),
        "a list": "[]",
        "a number": "1",
        "no cells": "{}",
        "cells that are none": '{"cells": {"a": 1}}',
        "deep": "[" * 200_000,
        "a zip": b"PK\x03\x04" + b"\0" * 100,
        "an endless number": '{"cells": [' + "9" * 10_000 + "]}",
        "hollow": b"",
    }


def test_files_that_are_no_notebooks(tmp_path: Path, need_bwrap: str) -> None:
    for name, content in corrupt().items():
        hand_in(tmp_path / "in", name, "01_one_neuron", content)
    with hand_in(tmp_path / "in", "300 MB", "01_one_neuron", "").open("wb") as file:
        file.truncate(300_000_000)
    os.mkfifo(hand_in(tmp_path / "in", "a pipe", "01_one_neuron", "").with_name("01_one_neuron_.ipynb"))
    (tmp_path / "in" / "a pipe" / "01_one_neuron" / "01_one_neuron.ipynb").unlink()
    hand_in(tmp_path / "in", "a folder", "01_one_neuron", "").unlink()
    (tmp_path / "in" / "a folder" / "01_one_neuron" / "01_one_neuron.ipynb").mkdir()
    secret = neuron(tmp_path / "elsewhere", "x")
    (tmp_path / "in" / "a link" / "01_one_neuron").mkdir(parents=True)
    (tmp_path / "in" / "a link" / "01_one_neuron" / "01_one_neuron.ipynb").symlink_to(secret)
    (tmp_path / "in" / "a linked folder").symlink_to(tmp_path / "elsewhere" / "x")
    neuron(tmp_path / "in", "honest")
    grade(tmp_path / "in", tmp_path / "out", *OPTIONS)
    status = {student: row["status"] for (student, question), row in by_question(tmp_path / "out").items() if question == "neuron_cost"}
    assert status.pop("honest") == "correct"
    assert status.pop("300 MB") == "too large"
    assert status.pop("a folder") == "missing"
    assert set(status.values()) == {"unreadable"}, status


@pytest.fixture(params=["a fork", "a new start"])
def inside(request: pytest.FixtureRequest, need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs an expression in the sandbox and returns its value."""
    monkeypatch.setattr(sandbox.OWN, "failures", 0 if request.param == "a fork" else sandbox.MOST_FAILURES, raising=False)

    def value(source: str, last: str) -> Any:
        cells = [("cell 1", textwrap.dedent(source)), ("cell 2", f"def tell():\n    return {last}")]
        with Session(cells, ["tell"], names.given("01_one_neuron"), Limits(), True) as session:  # a walk through the sandbox takes a while
            return session.call("tell", ()).get("value")

    return value


def test_the_sandbox_sees_nothing_of_ours(inside: Any) -> None:
    library = str(sandbox._standard_library().parent)
    known = ("/usr/", "/lib", "/etc/", "/packages/numpy", "/worker/", "/package/backprop/data", "/dev/", library)
    bad = ("two_layer.py", "catalogue.py", "grades.csv", "results.sqlite", "test_attacks.py", "shadow", "passwd", ".bash_history", "id_rsa")
    count, rest, ours = inside(
        f"""
        import os
        names = []
        for folder, folders, files in os.walk('/'):
            names += [os.path.join(folder, name) for name in files]
        rest = [name for name in names if not name.startswith({known!r})]
        ours = [name for name in names if os.path.basename(name) in {bad!r}]
        """,
        "len(names), rest, ours",
    )
    assert count > 500 and ours == []
    assert set(rest) <= {sandbox._python(), "/package/backprop/door.py"}


def test_the_sandbox_has_no_environment_network_home_or_processes(inside: Any) -> None:
    assert set(inside("import os", "list(os.environ)")) <= {*sandbox.environment(), "PWD", "LC_CTYPE"}
    assert inside("import socket\ntry: socket.create_connection(('127.0.0.1', 22), 0.5); r = 1\nexcept OSError as e: r = str(e)", "r") != 1
    assert inside("import socket", "[name for _, name in socket.if_nameindex()]") in ([], ["lo"])
    assert inside("import os", "os.path.exists('/proc/1')") is False
    assert inside("import os", "os.path.exists('/root/.ssh') or os.path.exists('/home') or os.path.exists('/etc/passwd')") is False


@pytest.mark.parametrize(
    "place", ["/x", "/worker/worker.py", "/packages/numpy/x.py", "/usr/lib/x", "/dev/x", "/package/x", "/tmp/x", "/dev/shm/x"]
)
def test_nothing_can_be_written_but_scratch(inside: Any, place: str) -> None:
    said = inside(f"try: open({place!r}, 'a').write('x'); r = 'written'\nexcept OSError: r = 'refused'", "r")
    assert said == "refused"
    assert inside("open('/scratch/x', 'w').write('x')", "open('/scratch/x').read()") == "x"


def test_system_calls_that_are_refused(inside: Any) -> None:
    values = inside(
        """
        import ctypes
        libc = ctypes.CDLL(None)
        got = [libc.unshare(0x10000000), libc.ptrace(0, 0, 0, 0), libc.mount(0, 0, 0, 0, 0), libc.shmget(1, 4096, 0o1600), libc.fork()]
        """,
        "got",
    )
    assert values == [-1] * 5


@pytest.mark.parametrize("line", ["os.nice(5)", "os.setpriority(0, 0, 5)", "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))"])
def test_nobody_stands_back_to_be_forgiven_the_time(inside: Any, line: str) -> None:
    """A process of low priority would wait for others most of the time, and what it waits is not counted."""
    assert inside(f"import os\ntry: {line}; r = 'done'\nexcept PermissionError: r = 'refused'", "r") == "refused"


def test_the_system_s_own_device_nodes_stay_as_they_are(inside: Any) -> None:
    """They are the machine's, not copies; who grades as root would lose /dev/null to a chmod."""
    before = os.stat("/dev/null")
    assert inside("import os\nos.chmod('/dev/null', 0)\nos.utime('/dev/null', (1, 1))\nos.chown('/dev/null', 1000, 1000)", "1") == 1
    after = os.stat("/dev/null")
    assert (after.st_mode, after.st_uid, after.st_mtime) == (before.st_mode, before.st_uid, before.st_mtime)


@pytest.mark.parametrize(("kind", "said"), [("AF_UNIX", "open"), ("AF_INET6", "open"), ("AF_PACKET", "refused"), ("AF_VSOCK", "refused")])
def test_sockets_that_lead_nowhere(inside: Any, kind: str, said: str) -> None:
    """A virtual machine's host is not behind a network namespace."""
    source = (
        f"import socket\ntry: socket.socket(socket.{kind}, socket.SOCK_STREAM).close(); r = 'open'\nexcept PermissionError: r = 'refused'"
    )
    assert inside(source, "r") == said


def test_the_filter_itself() -> None:
    program = sandbox.system_call_filter("x86_64")
    assert len(program) % 8 == 0 and 60 < len(program) // 8 < 256
    assert sandbox.system_call_filter("no such machine") == b""
    assert sandbox.system_call_filter("aarch64") != program


LATE = {
    "while True: pass": ("timeout", "did not end within 0.7 s. Is there an endless loop?"),
    "return np.ones(10**10)": ("memory", "more memory than its 512 MB (cell 1, line 3: return np.ones(10**10)). Does a list grow"),
    "import os\nos._exit(0)": ("crashed", "ended by itself. Does the code call os._exit"),
}


@pytest.mark.parametrize("body", LATE)
def test_what_a_student_is_told_names_the_limit_and_the_usual_cause(body: str, need_bwrap: str) -> None:
    cells = [("cell 1", "import numpy as np\n" + hostile(body))]
    with Session(cells, ["neuron_cost"], names.given("01_one_neuron"), QUICK._replace(call=0.7), True) as session:
        with pytest.raises(AnswerFailed) as failed:
            call(session, "neuron_cost", 1.0, 1.0, 1.0, 1.0)
    status, words = LATE[body]
    assert failed.value.status == status and words in failed.value.message


def test_an_answer_cell_that_takes_too_much_is_told_how_much(need_bwrap: str, tmp_path: Path) -> None:
    told = {}
    for name, first in {"loop": "neuron_cost = any(iter(int, 1))", "memory": "neuron_cost = np.ones(10**10)"}.items():
        place = neuron(tmp_path, name, cost=first)
        how = How({"01_one_neuron": {"neuron_cost": 1.0}}, QUICK._replace(cell=0.6, memory=2048), True)
        (row,) = submission.grade(Job(name, str(place), "01_one_neuron", "", 3), how)["rows"]
        told[name] = row["status"], row["message"]
    assert told["loop"][0] == "timeout" and "did not end within 0.6 s" in told["loop"][1] and "an endless loop?" in told["loop"][1]
    assert told["memory"][0] == "memory" and "more memory than its 2048 MB (cell 3, line 1:" in told["memory"][1]


def test_a_submission_has_one_end(need_bwrap: str) -> None:
    cells = [(f"cell {k}", "x = [k for k in iter(int, 1)]") for k in range(30)]
    limits = QUICK._replace(cell=0.5, submission=2.0, memory=2048)
    with Session(cells, [], names.given("01_one_neuron"), limits, True) as session, pytest.raises(Stopped) as stop:
        session.ready()
    assert stop.value.status == "timeout" and stop.value.message.startswith("The notebook used up its 2 s")
    with Session([("cell 1", STUB.format("f"))], ["f"], names.given("01_one_neuron"), QUICK, True) as session:
        assert session.call("f", ())["error"]["type"] == "NotImplementedError"
