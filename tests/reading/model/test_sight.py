"""A page goes to the model as text where its words are sound, else as a picture or as both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import Box, Page, Word, WordSource
from app.intake.model_picture import Ink
from app.reading.model.sight import Show, read_rule, sight_of, usual_rule

READ = Ink(0.12, 0.1)
SCRIBBLED = Ink(0.12, 0.7)


def page(
    source: WordSource, *confidences: float, width: float = 595, image: str = "0001.jpg"
) -> Page:
    words = tuple(
        Word("Summe", Box(0.1, 0.01 * at, 0.2, 0.01 * at + 0.008), confidence)
        for at, confidence in enumerate(confidences)
    )
    return Page(1, width, 842, words, source, image)


def test_a_sound_text_layer_goes_as_text() -> None:
    sound = page(WordSource.TEXT, *[1.0] * 80)
    for ink in (None, READ, SCRIBBLED):
        assert sight_of(sound, ink).show is Show.TEXT


def test_certain_ocr_goes_as_text() -> None:
    sure = page(WordSource.OCR, *[0.99] * 60, *[0.7] * 2)
    assert sight_of(sure).show is Show.TEXT
    assert sight_of(sure, READ).show is Show.TEXT


@pytest.mark.parametrize(
    ("confidences", "show"),
    [
        ([0.99] * 40 + [0.6] * 8, Show.BOTH),  # a block of it is doubtful
        ([0.9] * 60, Show.BOTH),  # all of it is a little doubtful
        ([0.99] * 40 + [0.9] * 30, Show.BOTH),
        ([0.7] * 60, Show.PICTURE),
        ([0.99] * 30 + [0.55] * 30, Show.PICTURE),
    ],
)
def test_doubtful_ocr_goes_with_its_picture_or_gives_way_to_it(
    confidences: list[float], show: Show
) -> None:
    assert sight_of(page(WordSource.OCR, *confidences)).show is show


def test_long_words_weigh_more_than_short_ones() -> None:
    short = Word("a", Box(0.1, 0.1, 0.2, 0.2), 0.5)
    long = Word("Rechnungsbetrag", Box(0.1, 0.1, 0.2, 0.2), 0.99)
    words = (*[short] * 5, *[long] * 20)
    assert sight_of(replace(page(WordSource.OCR), words=words)).show is Show.TEXT
    words = (*[replace(short, confidence=0.99)] * 20, *[replace(long, confidence=0.5)] * 5)
    assert sight_of(replace(page(WordSource.OCR), words=words)).show is Show.PICTURE


def test_handwriting_and_stamps_bring_the_picture() -> None:
    assert sight_of(page(WordSource.OCR, *[0.99] * 60), SCRIBBLED).show is Show.BOTH
    assert sight_of(page(WordSource.TEXT, *[1.0] * 6), SCRIBBLED).show is Show.BOTH
    assert sight_of(page(WordSource.TEXT, *[1.0] * 6), READ).show is Show.TEXT
    # Few words on a page that is nearly empty are all that it says.
    assert sight_of(page(WordSource.TEXT, *[1.0] * 6), Ink(0.005, 0.9)).show is Show.TEXT


def test_a_page_without_words_is_a_picture_unless_it_is_blank() -> None:
    empty = page(WordSource.NONE)
    assert sight_of(empty).show is Show.PICTURE
    assert sight_of(empty, Ink(0.2, 1.0)).show is Show.PICTURE
    assert sight_of(empty, Ink(0.0, 0.0)).show is Show.TEXT


def test_a_screenshot_brings_its_picture() -> None:
    assert sight_of(page(WordSource.OCR, *[0.99] * 60, width=1100)).show is Show.BOTH
    assert sight_of(page(WordSource.TEXT, *[1.0] * 60, width=1100)).show is Show.TEXT


def test_a_page_drawn_from_text_goes_as_text() -> None:
    assert sight_of(page(WordSource.RENDERED, *[1.0] * 4), SCRIBBLED).show is Show.TEXT


def test_a_second_look_always_has_the_picture() -> None:
    assert sight_of(page(WordSource.TEXT, *[1.0] * 80), second_look=True).show is Show.BOTH
    assert sight_of(page(WordSource.OCR, *[0.5] * 80), second_look=True).show is Show.PICTURE


@given(
    st.sampled_from(list(WordSource)),
    st.lists(st.floats(0, 1), max_size=40),
    st.one_of(st.none(), st.builds(Ink, st.floats(0, 1), st.floats(0, 1))),
    st.booleans(),
)
def test_whatever_the_page_there_is_something_to_show(
    source: WordSource, confidences: list[float], ink: Ink | None, second_look: bool
) -> None:
    seen = sight_of(page(source, *confidences), ink, second_look=second_look)
    assert seen.reason
    assert seen.text or seen.picture
    assert seen.picture or not second_look or not confidences
    blind = sight_of(page(source, *confidences, image=""), ink, second_look=second_look)
    assert blind.show is Show.TEXT


def test_the_rule_is_data(tmp_path: Path) -> None:
    sure = page(WordSource.OCR, *[0.95] * 60)
    assert sight_of(sure).show is Show.BOTH
    rule = usual_rule()
    milder = replace(rule, sure=replace(rule.sure, middle=0.9, lower_quarter=0.9))
    assert sight_of(sure, rule=milder).show is Show.TEXT
    (tmp_path / "sight.toml").write_text("few_words = 'many'")
    with pytest.raises(ValueError, match=r"sight\.toml"):
        read_rule(tmp_path / "sight.toml")
