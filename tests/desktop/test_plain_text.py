"""Text that is shown stays where it is and prints as itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.desktop.plain_text import harmless, one_line, tip


@given(st.text())
def test_no_place_in_a_text_moves(text: str) -> None:
    shown = harmless(text)
    assert len(shown) == len(text)
    assert harmless(shown) == shown
    for character in "\x00\x1b\r\u202e\u2028\ufdd0\ufffc":
        assert character not in shown


def test_what_prints_is_left_as_it_is() -> None:
    text = "Añb\tc\n\U0001f600 שלום می‌خواهم"
    assert harmless(text) == text


@given(st.text(), st.integers(2, 60))
def test_a_name_is_one_line_of_at_most_so_many_characters(text: str, most: int) -> None:
    line = one_line(text, most)
    assert "\n" not in line
    assert len(line) <= most


def test_a_tool_tip_shows_markup_as_text() -> None:
    assert "<img" not in tip('<img src="x">')
    assert "&lt;img" in tip('<img src="x">')
    assert tip("") == ""
