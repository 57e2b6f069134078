"""Printed lines, segments and blocks from words with boxes."""

from __future__ import annotations

import math

from app.document import Box, Page, Rule, Word, WordSource
from app.reading.layout import blocks_of, lines_of, segments_of


def page_of(
    rows: list[tuple[float, float, str]],
    angle: float = 0.0,
    height: float = 10.0,
    rules: tuple[Rule, ...] = (),
) -> Page:
    """A page of 600 by 800 points; each row is (x, y, text), words 5 points a letter."""
    words: list[Word] = []
    for x0, y0, text in rows:
        at = x0
        for part in text.split(" "):
            wide = 5.0 * len(part)
            lift = math.tan(math.radians(angle)) * (at + wide / 2)
            box = Box(at / 600, (y0 + lift) / 800, (at + wide) / 600, (y0 + lift + height) / 800)
            if part:
                words.append(Word(part, box, size=height / 800))
            at += wide + 3.0
    return Page(1, 600.0, 800.0, tuple(words), WordSource.TEXT, rules=rules)


def test_words_of_one_baseline_make_one_line_in_x_order() -> None:
    page = page_of([(400, 101, "119.00 EUR"), (50, 100, "Total amount"), (50, 120, "Next line")])
    assert [line.text for line in lines_of(page)] == ["Total amount 119.00 EUR", "Next line"]


def test_a_column_wide_gap_separates_segments_of_a_line() -> None:
    page = page_of([(50, 100, "Invoice number"), (300, 100, "INV 1234")])
    (line,) = lines_of(page)
    assert [s.text for s in segments_of(line, page)] == ["Invoice number", "INV 1234"]


def test_a_drawn_rule_separates_words_that_stand_close() -> None:
    ruler = Rule(Box(76.5 / 600, 0.1, 76.6 / 600, 0.3))
    page = page_of([(50, 100, "Total 9.00")], rules=(ruler,))
    (line,) = lines_of(page)
    assert [s.text for s in segments_of(line, page)] == ["Total", "9.00"]


def test_lines_of_a_skewed_scan_stay_whole() -> None:
    rows = [
        (
            40.0,
            100.0 + 14 * n,
            f"row {n} with words that go on and on 123.45 and more text to the end",
        )
        for n in range(12)
    ]
    lines = lines_of(page_of(rows, angle=1.5))
    assert [line.text for line in lines] == [text for _, _, text in rows]


def test_an_address_is_one_block_and_the_column_beside_it_another() -> None:
    page = page_of(
        [
            (50, 100, "Some Firm Ltd"),
            (50, 113, "1 Some Street"),
            (50, 126, "12345 Town"),
            (350, 101, "Invoice 77"),
            (350, 114, "Date 2026-01-02"),
            (50, 200, "Far below"),
        ]
    )
    blocks = [[s.text for s in block.segments] for block in blocks_of(page)]
    assert ["Some Firm Ltd", "1 Some Street", "12345 Town"] in blocks
    assert ["Invoice 77", "Date 2026-01-02"] in blocks
    assert ["Far below"] in blocks


def test_sideways_print_at_the_edge_does_not_join_the_lines_beside_it() -> None:
    page = page_of([(50, 100, "Total 9.00")])
    sideways = Word("Copyright", Box(0.01, 0.05, 0.02, 0.3))
    page = Page(1, 600.0, 800.0, (*page.words, sideways), WordSource.TEXT)
    assert [line.text for line in lines_of(page)] == ["Total 9.00", "Copyright"]


def test_a_blank_page_has_no_lines() -> None:
    page = Page(1, 600.0, 800.0, (), WordSource.NONE)
    assert lines_of(page) == []
    assert blocks_of(page) == []
