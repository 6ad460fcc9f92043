"""Hostile data for every reader, briefly and always the same; bench/fuzz.py draws anew and for long."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import pytest
from hypothesis import HealthCheck, given, settings

from backprop import lab

CALM = settings(max_examples=120, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command line of chance opens JupyterLab, or writes outside a folder of the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab, "open_lab", lambda target, words: 0)


@pytest.mark.parametrize("name", sorted(set(fuzzing.TARGETS) - {"command-line"}))
def test_hostile_data_never_surprises_a_reader(name: str) -> None:
    data, reader = fuzzing.TARGETS[name]
    CALM(given(data())(reader))()


def test_no_command_line_of_chance_ends_in_a_traceback() -> None:
    data, run = fuzzing.TARGETS["command-line"]
    settings(CALM, max_examples=40)(given(data())(run))()


def test_a_reader_that_fails_is_found() -> None:
    def fails_at_cells(content: bytes) -> None:
        assert b"cells" not in content

    data, _ = fuzzing.TARGETS["notebook-grader"]
    with pytest.raises(AssertionError):
        CALM(given(data())(fails_at_cells))()
