"""find_the_slip: points by lines, no answer given away."""

from __future__ import annotations

import pytest

from backprop.diagnosis import check, slips_quiz
from backprop.diagnosis.slips_quiz import _LINES, KINDS, LINES, show
from backprop.notes.slips import SLIPS

ANSWER = {line.id: line.slip for line in _LINES}


def test_all_right_and_points_by_lines():
    report = check("find_the_slip", lambda: ANSWER)
    assert (report.status, report.points, report.mistakes) == ("correct", 4, ())
    wrong = ANSWER | {"B": "sign-turned", "F": "term-missing"}
    report = check("find_the_slip", lambda: wrong)
    assert (report.status, report.points, report.mistakes) == ("unknown", 3, ())
    assert "lines B, F are not yet right" in report.message
    assert ANSWER["B"] not in str(report) and ANSWER["F"] not in str(report)


def test_missing_lines_are_open_and_guessing_one_for_all_earns_nothing():
    report = check("find_the_slip", lambda: {"A": ANSWER["A"], "B": ANSWER["B"]})
    assert report.points == 1 and "lines C, D, E, F, G, H are open" in report.message
    assert check("find_the_slip", lambda: dict.fromkeys(LINES, "extra-factor")).points == 0


def test_a_first_line_counts():
    report = check("find_the_slip", lambda: {"A": ANSWER["A"]})
    assert report.points == 0.5 and report.message == "lines B, C, D, E, F, G, H are open."
    assert check("find_the_slip", dict).points == 0


@pytest.mark.parametrize("given", [["A"], {"Z": "sign-turned"}, {"A": "sign"}, None])
def test_what_is_no_answer_is_shape(given):
    report = check("find_the_slip", lambda: given)
    assert (report.status, report.points) == ("shape", 0)


def test_what_is_printed_gives_nothing_away(capsys):
    show()
    text = capsys.readouterr().out
    lines, kinds = text.split("What may be wrong")
    assert all(f"  {id} " in lines for id in LINES) and all(id in kinds for id in KINDS)
    assert len(KINDS) > len(set(ANSWER.values())) and [*KINDS] == sorted(KINDS)
    assert [k for k in KINDS if k in ANSWER.values()] != [*ANSWER.values()]  # not in the order of the lines
    assert not any(kind in line for kind in KINDS for line in LINES.values())
    assert not any(SLIPS[line.number].truth in text for line in _LINES)


def test_every_kind_and_line_exists():
    assert {line.slip for line in _LINES} <= set(KINDS) and len(_LINES) == len(LINES) == len({line.id for line in slips_quiz._LINES})
