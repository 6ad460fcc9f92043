"""The table of symbols: text and HTML say the same, for every note."""

import re
from html import unescape

import pytest

from backprop.notes import rosetta


@pytest.mark.parametrize("note", rosetta.TITLES)
def test_every_note_has_a_symbol_for_every_quantity(note):
    rows = rosetta.symbols(note).rows
    assert len(rows) == len(rosetta.TABLE)
    assert all(part.strip() for row in rows for part in row)


@pytest.mark.parametrize("note", rosetta.TITLES)
def test_html_says_what_the_text_says(note):
    text, html = str(rosetta.symbols(note)), rosetta.symbols(note)._repr_html_()
    cells = [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", html)]
    assert all(cell in cells and cell in text for row in rosetta.symbols(note).rows for cell in row)


def test_picker_shows_every_note_with_one_open():
    html = rosetta.picker()._repr_html_()
    assert html.count("<details") == len(rosetta.TITLES) >= 5 and html.count(" open>") == 1
    assert all(str(rosetta.symbols(note)) in str(rosetta.picker()) for note in rosetta.TITLES)


def test_node_form_calls_our_z_a():
    assert ("weighted sum", "z = a_in W + b", "a_iᵏ (its a is our z)") in rosetta.symbols("node_form").rows


def test_an_unknown_note_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="did you mean 'node_form'"):
        rosetta.symbols("nodeform")
