"""The command `backprop`: lab, course, check, grade, feedback, summary. Each calls one function, imported only then."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A course in backpropagation: open it, check it, grade a class.")


@app.callback()
def _root() -> None:
    pass


@app.command()
def lab(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Where your copy lives; default ./backprop-course.")] = None,
    fresh: Annotated[list[str] | None, typer.Option(help="Renew one exercise, e.g. 01; the old one is kept beside it.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="In a clone: open the clone's own folders.")] = False,
) -> None:
    """Copy the course into DIR, never over a file you changed, and open JupyterLab at lesson 1.

    What stands after -- goes to JupyterLab: backprop lab -- --no-browser
    """
    from backprop.lab import main as open_lab

    raise typer.Exit(open_lab(folder, fresh or [], in_place, _JUPYTER))


# What stands after "--" is taken off before typer reads the line: it must never be mistaken for DIR.
_JUPYTER: list[str] = []


def main() -> None:
    """The console script."""
    words = sys.argv[1:]
    if words[:1] == ["lab"] and "--" in words:
        cut = words.index("--")
        words, _JUPYTER[:] = words[:cut], words[cut + 1 :]
    app(words)


if __name__ == "__main__":
    main()
