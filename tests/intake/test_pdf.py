"""PDF files to pages."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image

from app.document import Word, WordSource
from app.errors import Code
from tests.intake.conftest import TakeIn

LINES = ("Rechnung Nr. 2026-117", "Gesamtbetrag 1.234,56 EUR", "Zahlbar bis 12.03.2026")


def pdf(rotation: int = 0, crop: pymupdf.Rect | None = None, pages: int = 1) -> bytes:
    with pymupdf.open() as document:
        for _ in range(pages):
            page = document.new_page(width=595, height=842)
            for index, line in enumerate(LINES):
                page.insert_text((90, 200 + 60 * index), line, fontsize=18)
            page.insert_text((90, 500), "fett", fontsize=12, fontname="hebo")
            page.draw_line((90, 600), (400, 600))
            if crop is not None:
                page.set_cropbox(crop)
            page.set_rotation(rotation)
        return document.tobytes()


def assert_printed(word: Word, picture: Image.Image) -> None:
    """The word's box holds print, and hardly any print touches its edge from outside."""
    grey = np.asarray(picture.convert("L"))
    height, width = grey.shape
    box = word.box
    inside = grey[
        int(box.y0 * height) : int(box.y1 * height) + 1,
        int(box.x0 * width) : int(box.x1 * width) + 1,
    ]
    assert (inside < 128).mean() > 0.02, word


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, pymupdf.Rect(60, 100, 560, 700)])
def test_boxes_sit_on_the_words_as_shown(
    take_in: TakeIn, work: Path, rotation: int, crop: pymupdf.Rect | None
) -> None:
    # Sideways text would be turned upright again, so the words are checked on the picture.
    page = take_in(pdf(rotation, crop), "a.pdf").pages[0]
    picture = Image.open(work / page.image)
    assert page.source is WordSource.TEXT
    assert [w.text for w in page.words[:3]] == ["Rechnung", "Nr.", "2026-117"]
    assert picture.width / picture.height == pytest.approx(page.width / page.height, rel=0.01)
    for word in page.words:
        assert_printed(word, picture)
    printed = np.asarray(picture.convert("L")) < 128
    for box in [word.box for word in page.words] + [rule.box for rule in page.rules]:
        height, width = printed.shape
        printed[
            max(0, int(box.y0 * height) - 2) : int(box.y1 * height) + 3,
            max(0, int(box.x0 * width) - 2) : int(box.x1 * width) + 3,
        ] = False
    assert not printed.any(), "print outside all boxes"


def test_a_page_whose_file_says_that_it_is_turned_stays_as_the_file_says(take_in: TakeIn) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=842, height=595)
        page.insert_text((100, 100), "quer gedruckt und lesbar", fontsize=14)
        data = document.tobytes()
    page_taken = take_in(data, "a.pdf").pages[0]
    assert (page_taken.width, page_taken.height) == (842, 595)


def test_text_that_runs_up_the_page_is_turned_upright(take_in: TakeIn) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_text((300, 600), "Rechnung 4711 vom 3. Mai", fontsize=14, rotate=90)
        data = document.tobytes()
    taken = take_in(data, "a.pdf").pages[0]
    assert (taken.width, taken.height) == (842, 595)
    assert [word.text for word in taken.words] == ["Rechnung", "4711", "vom", "3.", "Mai"]
    assert taken.words[0].box.x1 < taken.words[-1].box.x0


def test_size_weight_and_rulings_are_told(take_in: TakeIn) -> None:
    page = take_in(pdf(), "a.pdf").pages[0]
    words = {word.text: word for word in page.words}
    assert words["Rechnung"].size == pytest.approx(18 / 842, rel=0.01)
    assert words["fett"].bold
    assert not words["Rechnung"].bold
    (rule,) = page.rules
    assert rule.box.x0 == pytest.approx(90 / 595, abs=0.01)
    assert rule.box.y0 == pytest.approx(600 / 842, abs=0.01)


def test_the_document_is_told_last_with_its_digest_and_title(take_in: TakeIn) -> None:
    with pymupdf.open("pdf", pdf(pages=3)) as document:
        document.set_metadata({"title": "Rechnung März"})
        data = document.tobytes()
    taken = take_in(data, "a.pdf")
    assert taken.opened[0].pages == len(taken.pages) == 3
    assert taken.document is not None
    assert taken.document.sha256 == hashlib.sha256(data).hexdigest()
    assert taken.document.subject == "Rechnung März"


def encrypted(user: str, owner: str) -> bytes:
    with pymupdf.open("pdf", pdf()) as document:
        return document.tobytes(
            encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=user, owner_pw=owner
        )


def test_a_password_is_asked_for_and_opens_the_file(
    take_in: TakeIn, problem_of: Callable[..., Code]
) -> None:
    data = encrypted("geheim", "chef")
    assert problem_of(data, "a.pdf") is Code.PASSWORD_NEEDED
    assert problem_of(data, "a.pdf", "falsch") is Code.PASSWORD_WRONG
    assert "Gesamtbetrag" in take_in(data, "a.pdf", "geheim").text


def test_a_file_that_only_restricts_printing_just_opens(take_in: TakeIn) -> None:
    assert "Gesamtbetrag" in take_in(encrypted("", "chef"), "a.pdf").text


def test_a_file_without_its_table_of_objects_is_repaired(take_in: TakeIn) -> None:
    data = pdf()
    assert "Gesamtbetrag" in take_in(data[: data.rindex(b"xref")], "a.pdf").text


def test_junk_before_the_header_does_not_matter(take_in: TakeIn) -> None:
    assert "Gesamtbetrag" in take_in(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + pdf(), "a").text


def test_form_fields_are_read(take_in: TakeIn) -> None:
    with pymupdf.open("pdf", pdf()) as document:
        field = pymupdf.Widget()
        field.field_name = "number"
        field.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT
        field.rect = pymupdf.Rect(300, 700, 500, 730)
        field.field_value = "F-4711"
        document[0].add_widget(field)
        data = document.tobytes()
    assert "F-4711" in take_in(data, "a.pdf").text


def test_a_huge_page_is_drawn_within_bounds(take_in: TakeIn, work: Path) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=14_000, height=10_000)
        page.insert_text((2_000, 5_000), "Banner 12.50", fontsize=900)
        data = document.tobytes()
    page_taken = take_in(data, "a.pdf").pages[0]
    picture = Image.open(work / page_taken.image)
    assert picture.width * picture.height < 2_000_000
    assert page_taken.words[0].text == "Banner"


def test_an_empty_page_is_a_page_without_words(take_in: TakeIn) -> None:
    with pymupdf.open() as document:
        document.new_page()
        page = take_in(document.tobytes(), "a.pdf").pages[0]
    assert page.source is WordSource.NONE
    assert page.words == ()
    assert page.image


def test_a_damaged_page_does_not_spoil_the_others(take_in: TakeIn) -> None:
    with pymupdf.open("pdf", pdf(pages=3)) as document:
        document.xref_set_key(document.page_xref(1), "MediaBox", "[0 0 0 0]")
        document.xref_set_key(document.page_xref(1), "Contents", "99999 0 R")
        data = document.tobytes()
    pages = take_in(data, "a.pdf").pages
    assert len(pages) == 3
    assert pages[0].words
    assert pages[2].words


def test_too_many_pages_are_refused_before_reading(problem_of: Callable[..., Code]) -> None:
    with pymupdf.open() as document:
        for _ in range(2_001):
            document.new_page()
        data = document.tobytes()
    assert problem_of(data, "a.pdf") is Code.TOO_MANY_PAGES


def test_looks_tell_the_same_page_from_another(take_in: TakeIn, tmp_path: Path) -> None:
    page = take_in(pdf(), "a.pdf").pages[0]
    with pymupdf.open("pdf", pdf()) as document:
        picture = document[0].get_pixmap(dpi=60).tobytes("png")
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "PDF")
    with pymupdf.open() as document:
        other = document.new_page()
        for index in range(40):
            other.insert_text((50 + 5 * index, 60 + 18 * index), "etwas anderes", fontsize=11)
        different = take_in(document.tobytes(), "b.pdf").pages[0]
    again = take_in(buffer.getvalue(), "c.pdf").pages[0]
    assert _distance(page.look, again.look) <= 10
    assert _distance(page.look, different.look) > 14


def _distance(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


def test_text_that_is_not_on_the_picture_is_not_believed(take_in: TakeIn) -> None:
    """A scan with an invisible text layer that says something else is read by OCR."""
    with pymupdf.open("pdf", pdf()) as document:
        scan = document[0].get_pixmap(dpi=150).tobytes("png")
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_image(page.rect, stream=scan)
        for index in range(3):
            page.insert_text(
                (90, 200 + 60 * index), "Mxqqwurx Zztopf Kwrrbl", fontsize=18, render_mode=3
            )
        data = document.tobytes()
    taken = take_in(data, "a.pdf")
    assert taken.pages[0].source is WordSource.OCR
    assert "1.234,56" in taken.text
    assert "Zztopf" not in taken.text


def test_a_sound_hidden_text_layer_is_used(take_in: TakeIn) -> None:
    with pymupdf.open("pdf", pdf()) as document:
        scan = document[0].get_pixmap(dpi=150).tobytes("png")
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_image(page.rect, stream=scan)
        for index, line in enumerate(LINES):
            page.insert_text((90, 200 + 60 * index), line, fontsize=18, render_mode=3)
        data = document.tobytes()
    assert take_in(data, "a.pdf").pages[0].source is WordSource.TEXT


def test_a_stamp_on_a_scan_does_not_hide_the_rest(take_in: TakeIn) -> None:
    with pymupdf.open("pdf", pdf()) as document:
        scan = document[0].get_pixmap(dpi=150).tobytes("png")
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_image(page.rect, stream=scan)
        page.insert_text((90, 800), "Eingang 14.03.2026 K-99", fontsize=9)
        data = document.tobytes()
    taken = take_in(data, "a.pdf")
    assert taken.pages[0].source is WordSource.OCR
    assert "1.234,56" in taken.text
    assert "K-99" in taken.text
