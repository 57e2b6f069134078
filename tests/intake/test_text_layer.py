"""Whether a page's own text is believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.document import Box, Word
from app.intake.text_layer import Layer, judge, merge


def words(*texts: str) -> list[Word]:
    return [
        Word(text, Box(0.1, 0.02 + 0.04 * index, 0.1 + 0.02 * len(text), 0.04 + 0.04 * index))
        for index, text in enumerate(texts)
    ]


def picture(printed: list[Word], also: Box | None = None) -> NDArray[np.uint8]:
    pixels = np.full((800, 600, 3), 255, dtype=np.uint8)
    for box in [word.box for word in printed] + ([also] if also else []):
        pixels[
            int(box.y0 * 800) + 2 : int(box.y1 * 800), int(box.x0 * 600) : int(box.x1 * 600) : 3
        ] = 0
    return pixels


GOOD = words(
    "Rechnung", "Nummer", "Datum", "Betrag", "1.234,56", "EUR", "Lieferung", "Zahlung", "Konto",
    "Summe", "netto", "brutto", "Steuer", "Kunde", "Anschrift", "Firma", "GmbH", "Berlin", "vom",
    "bis", "und",
)  # fmt: skip


def test_ordinary_words_are_sound() -> None:
    assert judge(GOOD, picture(GOOD), 0.0) is Layer.SOUND


def test_other_scripts_are_sound() -> None:
    for texts in (
        ["電子發票證明聯", "總計", "113年05月12日"] * 7,
        ["Счёт", "фактура", "Итого"] * 7,
    ):
        layer = words(*texts)
        assert judge(layer, picture(layer), 0.0) is Layer.SOUND


def test_letters_shifted_by_a_broken_font_are_junk() -> None:
    shifted = words(*("".join(chr(max(33, ord(char) - 29)) for char in word.text) for word in GOOD))
    assert judge(shifted, picture(shifted), 0.0) is Layer.JUNK


def test_replacement_and_private_characters_are_junk() -> None:
    for bad in ("\ufffd", "\ue021", "\x07"):
        layer = words(*(bad * len(word.text) for word in GOOD))
        assert judge(layer, picture(layer), 0.0) is Layer.JUNK


def test_a_few_unknown_signs_do_no_harm() -> None:
    layer = [*GOOD, *words("\ufffd", "\uf0b7")]
    assert judge(layer, picture(layer), 0.0) is Layer.SOUND


def test_numbers_in_a_broken_font_are_asked_of_the_picture() -> None:
    layer = [*GOOD, *words("\ufffd\ufffd,\ufffd\ufffd", "\ufffd\ufffd\ufffd", "\ufffd\ufffd")]
    layer = [*layer[:20], *layer[21:]]
    assert judge(layer, picture(layer), 0.0) is Layer.PARTIAL


def test_words_where_nothing_is_printed_are_junk() -> None:
    assert judge(GOOD, picture([]), 1.0) is Layer.JUNK


def test_a_scan_with_text_for_a_small_part_is_partial() -> None:
    layer = GOOD[:2]
    assert judge(layer, picture(layer, Box(0.1, 0.3, 0.9, 0.9)), 1.0) is Layer.PARTIAL


def test_merging_keeps_the_own_words_and_adds_those_elsewhere() -> None:
    own = words("Rechnung", "\ufffd\ufffd")
    seen = [*words("Rechnumg", "12,50"), Word("Stempel", Box(0.5, 0.9, 0.7, 0.92), 0.8)]
    assert [word.text for word in merge(own, seen)] == ["Rechnung", "12,50", "Stempel"]
