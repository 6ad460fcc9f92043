"""python -m bench [name ...] [--write]: prints the tables, or puts each into its place in BENCHMARKS.md."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import bench

FIRST = ("steps", "train", "scaling", "gradcheck", "imports")
FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "BENCHMARKS.md"


def names() -> list[str]:
    found = [module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_")]
    return [*FIRST, *sorted(set(found) - set(FIRST))]


def put(name: str, text: str) -> None:
    """Replaces what stands between the two marks of this name in BENCHMARKS.md, and nothing else."""
    page = PAGE.read_text(encoding="utf-8")
    marks = re.compile(rf"(<!-- bench {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if not marks.search(page):
        raise SystemExit(f"BENCHMARKS.md has no place for {name}: add the lines '<!-- bench {name} -->' and '<!-- end {name} -->'.")
    PAGE.write_text(marks.sub(lambda m: f"{m[1]}\n{text.strip()}\n\n{m[2]}", page), encoding="utf-8")


def text_of(name: str) -> str:
    """The tables of a module, or what it prints."""
    if name == "machine":
        return bench.machine()
    if "\ndef tables(" in (FOLDER / f"{name}.py").read_text(encoding="utf-8"):
        tables: Callable[[], str] = importlib.import_module(f"bench.{name}").tables
        with bench.one_core() if name in FIRST else nullcontext():
            return tables()
    done = subprocess.run([sys.executable, "-m", f"bench.{name}"], capture_output=True, text=True, check=True)
    return f"## {name.capitalize()}\n\n```text\n{done.stdout.strip()}\n```"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Every speed claim, measured against its peers.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which tables, of: {', '.join(names())}; default: all")
    parser.add_argument("--write", action="store_true", help="write each table into its place in BENCHMARKS.md")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(names()):
        parser.error(f"there is no table {', '.join(sorted(unknown))}; there are {', '.join(names())}.")
    for name in ["machine", *(chosen.names or names())]:
        text = text_of(name)
        print(text, end="\n\n", flush=True)
        if chosen.write:
            put(name, text)


if __name__ == "__main__":
    main()
