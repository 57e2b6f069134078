"""Doubled and spaced print."""

from __future__ import annotations

from app.document import Box, Word
from app.intake.printed_words import as_seen

RATIO = 842 / 595


def word(text: str, x: float, width: float, y: float = 0.1, height: float = 0.014) -> Word:
    return Word(text, Box(x, y, x + width, y + height))


def test_a_word_printed_twice_to_make_it_bold_is_one_word() -> None:
    words = [
        word("Total", 0.1, 0.05),
        word("Total", 0.1005, 0.05),
        word("12,50", 0.3, 0.05),
        word("12,50", 0.3, 0.05, 0.1003),
    ]
    seen = as_seen(words, RATIO)
    assert [w.text for w in seen] == ["Total", "12,50"]
    assert all(w.bold for w in seen)


def test_the_same_word_elsewhere_stays() -> None:
    words = [word("0,00", 0.1, 0.04), word("0,00", 0.2, 0.04), word("0,00", 0.1, 0.04, 0.12)]
    assert len(as_seen(words, RATIO)) == 3


def test_letters_with_a_space_after_each_are_joined() -> None:
    x, words = 0.1, []
    for char in "RECHNUNG NR.":
        if char == " ":
            x += 0.011
            continue
        words.append(word(char, x, 0.01))
        x += 0.02
    words.append(word("4711", x + 0.02, 0.05))
    assert [w.text for w in as_seen(words, RATIO)] == ["RECHNUNG", "NR.", "4711"]


def test_single_letters_and_digits_in_columns_stay() -> None:
    letters = [word(char, 0.1 + 0.1 * index, 0.01) for index, char in enumerate("ABAB")]
    digits = [word(char, 0.1 + 0.02 * index, 0.01, 0.2) for index, char in enumerate("12345")]
    few = [word(char, 0.1 + 0.02 * index, 0.01, 0.3) for index, char in enumerate("kWh")]
    assert len(as_seen([*letters, *digits, *few], RATIO)) == 12
