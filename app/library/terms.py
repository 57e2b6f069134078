"""Text as terms: what the search index holds, and what a person types, by the same rules.

A term is a run of letters, digits and marks, folded (:func:`app.library.text.fold`).  In
scripts that are written without spaces each character is a term of its own, so that a word
of two characters is found as a phrase of two terms, without a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from app.library.text import fold

_ASKED = re.compile(r'"(?P<quoted>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+)')
_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals of Chinese characters
    (0x3005, 0x3007),
    (0x3040, 0x312F),  # kana, bopomofo
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_SHORTEST_BEGINNING = 2  # one letter begins nearly every page's words
_SHORTEST_MIDDLE = 3  # what an index of trigrams can find


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that must follow each other.

    With ``begins`` the last one need only be the beginning of a term; with ``inside`` the
    only one may also stand in the middle of a term (:func:`has_middle`).
    """

    terms: tuple[str, ...]
    begins: bool
    inside: bool

    def places(self, terms: Sequence[str]) -> list[int]:
        """Where in ``terms`` the phrase begins."""
        *head, last = self.terms
        if self.inside:
            ends = [
                place
                for place, term in enumerate(terms)
                if last in term and (term.startswith(last) or has_middle(term))
            ]
        elif self.begins:
            ends = [place for place, term in enumerate(terms) if term.startswith(last)]
        else:
            ends = [place for place, term in enumerate(terms) if term == last]
        length = len(head)
        return [
            end - length
            for end in ends
            if end >= length and list(terms[end - length : end]) == head
        ]


class _Letters(dict[int, str]):
    """What a letter becomes: folded; between spaces, if it is a term of its own."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        folded = fold(letter)
        if folded or not unicodedata.combining(letter):
            made = "".join(map(_part, folded)) or " "
        else:
            made = ""
        self[code] = made
        return made


def _part(letter: str) -> str:
    if not letter.isalnum() and unicodedata.category(letter)[0] != "M":
        return " "
    unspaced = any(first <= ord(letter) <= last for first, last in _UNSPACED)
    return f" {letter} " if unspaced else letter


_LETTERS = _Letters()


def terms_of(text: str) -> list[str]:
    """The terms of ``text`` in order."""
    return text.translate(_LETTERS).split()


def spans_of(text: str) -> list[tuple[int, int]]:
    """Where in ``text`` (start, end) each of its terms stands."""
    spans: list[tuple[int, int]] = []
    going_on = False
    for place, letter in enumerate(text):
        made = _LETTERS[ord(letter)]
        if not made and going_on:  # a mark above the letter before it
            spans[-1] = (spans[-1][0], place + 1)
        for part in made:
            if part == " ":
                going_on = False
            elif going_on:
                spans[-1] = (spans[-1][0], place + 1)
            else:
                spans.append((place, place + 1))
                going_on = True
    return spans


def has_middle(term: str) -> bool:
    """Whether what stands in the middle of a term is looked for: not in plain numbers.

    Every page brings new ones, and nobody means 2119.00 by 119.
    """
    return len(term) > _SHORTEST_MIDDLE and not term.isdecimal()


def phrases_of(text: str) -> list[Phrase]:
    """What a person asks for with ``text``: each word, and each phrase in quotes.

    A word is found at the beginning of a term, and from three letters on in its middle; what
    stands in quotes is found as it is (its last word may still be typed while the quote is
    open).  A word of several terms (``R-4711``) is a phrase.
    """
    phrases: dict[Phrase, None] = {}
    for found in _ASKED.finditer(text.translate(_QUOTES)):
        terms = tuple(terms_of(found["word"] or found["quoted"] or ""))
        if not terms:
            continue
        last = terms[-1]
        begins = not found["end"] and len(last) >= _SHORTEST_BEGINNING
        inside = bool(found["word"]) and len(terms) == 1 and len(last) >= _SHORTEST_MIDDLE
        phrases[Phrase(terms, begins, inside)] = None
    return list(phrases)
