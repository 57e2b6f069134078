"""Pages drawn by the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.document import WordSource
from app.intake.draw_child import draw_pages
from app.intake.drawing import Grid, Heading, Pair, Paragraph


def test_every_row_of_a_long_table_is_drawn_under_its_header(work: Path) -> None:
    rows = tuple((str(number), f"Artikel {number}", f"{number},00") for number in range(1, 301))
    pages = draw_pages([Grid((("Pos", "Bezeichnung", "Betrag"), *rows), (2,))], work, True)
    texts = [word.text for page in pages for word in page.words]
    assert [text for text in texts if text.endswith(",00")] == [row[2] for row in rows]
    for page in pages:
        assert [word.text for word in page.words[:3]] == ["Pos", "Bezeichnung", "Betrag"]
        assert page.source is WordSource.RENDERED
        edges = {round(word.box.x1, 2) for word in page.words if word.text.endswith(",00")}
        assert len(edges) == 1
        assert (work / page.image).is_file()


def test_labels_stand_beside_their_values_in_any_script(work: Path) -> None:
    pairs = [("Verkäufer", "Müller & Söhne <b>"), ("賣方", "台灣公司"), ("Сумма", "1 234,50 €")]
    blocks = [Heading("Rechnung"), *(Pair(label, value) for label, value in pairs)]
    (page,) = draw_pages(blocks, work, False)
    assert page.image == ""
    words = {word.text: word.box for word in page.words}
    assert {"Söhne", "<b>", "台灣公司", "€"} <= words.keys()
    assert words["Verkäufer"].middle[1] == pytest.approx(words["Müller"].middle[1], abs=0.002)
    assert words["Сумма"].x1 < words["234,50"].x0


def test_long_words_and_long_texts_stay_on_the_page(work: Path) -> None:
    pages = draw_pages([Paragraph("x" * 900), Pair("y" * 300, "z" * 300)], work, False)
    assert all(word.box.x1 < 0.95 for page in pages for word in page.words)


def test_too_much_text_ends_with_a_note(work: Path) -> None:
    pages = draw_pages([Paragraph("wort\n" * 4_000)] * 5, work, False)
    assert len(pages) <= 200
    assert pages[-1].notes


def test_nothing_to_draw_is_an_empty_page(work: Path) -> None:
    (page,) = draw_pages([], work, True)
    assert page.words == ()
    assert page.source is WordSource.NONE
