"""The command `backprop`: lab, course, check, grade, feedback, summary. Each calls one function, imported only then."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from backprop.folders import trouble

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A course in backpropagation: open it, check it, grade a class.")


def _version(wanted: bool) -> None:
    if wanted:
        from backprop import __version__

        typer.echo(f"backprop {__version__}")
        raise typer.Exit


def within(low: float, high: float) -> Callable[[float | None], float | None]:
    """Refuses what is not from low to high, nan included."""

    def checked(value: float | None) -> float | None:
        if value is None or low <= value <= high:
            return value
        raise typer.BadParameter(f"{value:.10g} is not from {low:.10g} to {high:.10g}.")

    return checked


SECONDS, MEGABYTES, SEEDS = within(0.1, 86_400), within(256, 1_000_000), within(0, 2**63 - 1)


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    pass


@app.command()
def lab(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where your copy lives; default ./backprop-course.")] = None,
    fresh: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER", help="Renew one exercise, e.g. 01; the old one is kept beside it.")
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="In a clone: open the clone's own folders.")] = False,
) -> None:
    """Copy the course into DIR, never over a file you changed, and open JupyterLab at lesson 1.

    What stands after -- goes to JupyterLab: backprop lab -- --no-browser
    """
    from backprop.lab import main as open_lab

    raise typer.Exit(open_lab(folder, fresh or [], in_place, _JUPYTER))


@app.command()
def check(
    notebooks: Annotated[list[Path], typer.Argument(metavar="NOTEBOOK", help="Exercises with your answers in them.")],
    timeout: Annotated[float, typer.Option(metavar="SECONDS", callback=SECONDS, help="Time for a question.")] = 10.0,
    memory_mb: Annotated[int, typer.Option(metavar="MB", callback=MEGABYTES, help="Memory for a question's process.")] = 2048,
    json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Check the answers in notebooks, each question in a fresh process; the exit status is 0 only when all are correct."""
    from backprop.diagnosis.shell import check_notebooks

    raise typer.Exit(check_notebooks(notebooks, timeout, memory_mb, json))


@app.command()
def course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet.")],
    no_solutions: Annotated[bool, typer.Option("--no-solutions", help="Hand out no solutions, and let bp.solution show none.")] = False,
    points: Annotated[Path | None, typer.Option(metavar="FILE", help="A csv of your own points: question, points.")] = None,
) -> None:
    """Write the folder that an instructor hands out: lessons, exercises, solutions, and backprop.toml with points and permissions."""
    from backprop.diagnosis.shell import course as hand_out

    raise typer.Exit(hand_out(folder, no_solutions, points))


@app.command()
def grade(
    submitted: Annotated[Path, typer.Argument(metavar="SUBMITTED", help="STUDENT/ASSIGNMENT/NOTEBOOK.ipynb, a flat folder, or a zip.")],
    out: Annotated[Path, typer.Option(metavar="RESULTS", help="The folder for the results; a run that was stopped goes on there.")],
    roster: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A csv of who should be there: student, id, first_name, last_name, email.")
    ] = None,
    course: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder `backprop course` made: points come from its backprop.toml.")
    ] = None,
    pattern: Annotated[
        str, typer.Option(metavar="TEXT", help="Where names stand in other layouts: '{assignment}/{student}_*.ipynb'.")
    ] = "",
    overrides: Annotated[Path | None, typer.Option(metavar="FILE", help="A csv of appeals: student, question, points, reason.")] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="NUMBER", callback=SEEDS, help="Inputs are fresh; a seed makes them those of another run.")
    ] = None,
    workers: Annotated[int, typer.Option(metavar="NUMBER", callback=within(0, 1024), help="Processes at work at once; 0: one a core.")] = 0,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Grade without a sandbox where none can run: code runs as you.")] = False,
    form: Annotated[str, typer.Option("--format", metavar="canvas|moodle", help="Also write that platform's import file.")] = "",
    dask: Annotated[str, typer.Option(metavar="ADDRESS", help="Send submissions to this Dask scheduler (extra: cluster).")] = "",
    cell_seconds: Annotated[float, typer.Option(metavar="SECONDS", callback=SECONDS, help="Time for a cell.")] = 10.0,
    call_seconds: Annotated[float, typer.Option(metavar="SECONDS", callback=SECONDS, help="Time for a call of an answer.")] = 5.0,
    submission_seconds: Annotated[float, typer.Option(metavar="SECONDS", callback=SECONDS, help="Time for a notebook in all.")] = 30.0,
    memory_mb: Annotated[int, typer.Option(metavar="MB", callback=MEGABYTES, help="Memory of a notebook's process.")] = 2048,
    notebook_mb: Annotated[int, typer.Option(metavar="MB", callback=within(1, 10_000), help="The largest notebook that is read.")] = 64,
) -> None:
    """Grade a class: RESULTS/grades.csv has a row for every student and question."""
    from backprop.grade.main import Options
    from backprop.grade.main import grade as run
    from backprop.grade.sandbox import Limits

    limits = Limits(cell_seconds, call_seconds, submission_seconds, memory_mb, notebook_mb)
    raise typer.Exit(run(submitted, out, Options(roster, course, pattern, overrides, seed, workers, unsafe, form, dask, limits)))


@app.command()
def feedback(results: Annotated[Path, typer.Argument(metavar="RESULTS", help="The folder that `backprop grade` filled.")]) -> None:
    """Write what each student gets back: a page and an annotated notebook an assignment, in RESULTS/feedback."""
    from backprop.grade.feedback import feedback as write

    raise typer.Exit(write(results))


@app.command()
def summary(results: Annotated[Path, typer.Argument(metavar="RESULTS", help="The folder that `backprop grade` filled.")]) -> None:
    """Show the class at a glance: points a question and mistakes by frequency; also as RESULTS/summary.html and summary.png."""
    from backprop.grade.summary import summary as show

    raise typer.Exit(show(results))


# What stands after "--" is taken off before typer reads the line: it must never be mistaken for DIR.
_JUPYTER: list[str] = []


def main() -> None:
    """The console script. What the machine refuses and no command foresaw (a full disk, say) is a sentence and status 2 as well."""
    words = sys.argv[1:]
    if words[:1] == ["lab"] and "--" in words:
        cut = words.index("--")
        words, _JUPYTER[:] = words[:cut], words[cut + 1 :]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a name or a message may hold what this terminal or pipe cannot show
    try:
        _run(words)
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.exit(1)
    except OSError as error:
        print(f"backprop: {trouble(error)}", file=sys.stderr)
        sys.exit(2)


def _run(words: list[str]) -> None:
    """Runs a command and sees its output out; what cannot be written is given up, so that Python does not try again as it ends."""
    try:
        app(words)
    finally:
        try:
            if sys.stdout:
                sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise


if __name__ == "__main__":
    main()
