"""Pages as numbered lines: what a model is given, and where on the page it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.asking.lines import line_boxes, numbered, page_text, shown
from app.asking.sheets import Sheet, letters
from app.document import Box, Page, Word, WordSource
from tests.reading.printed import page_of

LEFT = "the tenant pays the rent on"
RIGHT = "the landlord keeps the house in"


def set_in_columns(left: list[str], right: list[str]) -> Page:
    """A page with two columns of lines, in the order in which intake gives words."""
    words: list[Word] = []
    for at, pair in enumerate(zip(left, right, strict=True)):
        top = 0.03 + 0.03 * at
        for x, text in zip((0.05, 0.55), pair, strict=True):
            for word in text.split():
                width = 0.009 * len(word)
                words.append(Word(word, Box(x, top, x + width, top + 0.014)))
                x += width + 0.006
    return Page(1, 595, 842, tuple(words), WordSource.TEXT)


def texts(page: Page) -> list[str]:
    return [line.text for line in numbered(page)]


def test_a_page_is_its_heading_and_its_numbered_lines() -> None:
    page = page_of(["Lease of a flat", "Rent" + " " * 12 + "EUR 850.00"], 3)
    assert page_text(3, numbered(page)) == "[p3]\n1 Lease of a flat\n2 Rent  EUR 850.00\n"


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    left = [f"{LEFT} {word}" for word in "abcdefghijklmn"]
    right = [f"{RIGHT} {word}" for word in "abcdefghijklmn"]
    page = set_in_columns(left, right)
    assert texts(page) == [*left, *right]
    boxes = line_boxes(page, 15, 15)
    assert [word.text for word in page.words if word.box in boxes] == right[0].split()


def test_a_table_keeps_its_rows_together() -> None:
    names = [f"Notice period of part {word}" for word in "abcdefghijklmn"]
    short = set_in_columns(names, ["three months"] * 14)
    assert texts(short)[0] == "Notice period of part a  three months"
    figures = set_in_columns(names, ["12.00 13.00 14.00 15.00"] * 14)
    assert texts(figures)[0].endswith("  12.00 13.00 14.00 15.00")
    few = set_in_columns([LEFT] * 5, [RIGHT] * 5)
    assert texts(few) == [f"{LEFT}  {RIGHT}"] * 5


@given(st.lists(st.text(min_size=1, max_size=12), max_size=30))
def test_no_word_is_lost_and_no_bracket_or_line_break_is_left(printed: list[str]) -> None:
    words = tuple(
        Word(text, Box(0.03 * at, 0.1, 0.03 * at + 0.02, 0.12)) for at, text in enumerate(printed)
    )
    page = Page(1, 595, 842, words, WordSource.TEXT)
    lines = numbered(page)
    there = [word for line in lines for run in line.columns for word in run]
    assert there == [word for word in words if word.text.strip()]
    body = page_text(1, lines).removeprefix("[p1]\n")
    assert not set(body) & set("[]\x1b\x00\r\u2028\x85")
    assert body.count("\n") == len(lines)


def test_what_is_shown_is_one_line() -> None:
    assert shown("a\u2028b\x85[1:2]\r\n\x1bc ") == "a b (1:2) c"


def test_letters_name_any_number_of_documents() -> None:
    assert letters(1) == [""]
    many = letters(80)
    assert many[:3] == ["A", "B", "C"]
    assert len(set(many)) == 80
    assert not any("P" in letter for letter in many)  # [p3] is the heading of a page


def test_a_blank_page_says_so() -> None:
    assert "Nothing is printed" in Sheet(page_of([])).text
