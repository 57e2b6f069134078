"""Text as terms: what the search index holds, and what a person types, by the same rules.

A term is a run of letters, digits and marks, folded (:func:`app.library.text.fold`).  In
scripts that are written without spaces each character is a term of its own, so that a word
of two characters is found as a phrase of two terms, without a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
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
_SHORTEST_MIDDLE_OF_NUMBER = 4
_AMOUNT = re.compile(
    r"[^\w]*(?P<whole>[0-9]{1,3}(?:[.,'’][0-9]{3})+|[0-9]{1,15})(?:[.,](?P<decimals>[0-9]{1,2}))?[^\w]*"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that must follow each other.

    With ``begins`` the last one need only be the beginning of a term; with ``inside`` the
    only one may also stand in the middle of a term (:func:`holds`).  ``others`` are other
    ways to write the same amount, as whole terms: any of them will do.
    """

    terms: tuple[str, ...]
    begins: bool
    inside: bool
    others: tuple[tuple[str, ...], ...] = ()


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
    return f" {letter} " if _in_unspaced(letter) else letter


def _in_unspaced(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _UNSPACED)


_LETTERS = _Letters()
_LINES = _Letters({ord("\n"): "\n"})


def terms_of(text: str) -> list[str]:
    """The terms of ``text`` in order."""
    return text.translate(_LETTERS).split()


def is_unspaced(term: str) -> bool:
    """Whether a term is a character of a script that is written without spaces."""
    return _in_unspaced(term[0])


def terms_by_line(text: str) -> str:
    """The terms of each line of ``text``, with a space between two of them."""
    return "\n".join([" ".join(line.split()) for line in text.translate(_LINES).split("\n")])


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
    """Whether what stands in the middle of a term is looked for, wherever the term stands.

    Not in plain numbers: every page brings new ones, and nobody means 2119.00 by 119.
    """
    return len(term) > _SHORTEST_MIDDLE and not term.isdecimal()


def number_has_middle(term: str) -> bool:
    """Whether a number is so long that its middle is looked for, if it is a document's value."""
    return len(term) > _SHORTEST_MIDDLE_OF_NUMBER and term.isdecimal()


def asks_for_middle(part: str, *, of_number: bool) -> bool:
    """Whether ``part`` is long enough to be looked for in the middle of terms (or numbers)."""
    return len(part) >= (_SHORTEST_MIDDLE_OF_NUMBER if of_number else _SHORTEST_MIDDLE)


def holds(term: str, part: str) -> bool:
    """Whether ``part`` is found in ``term``, at its beginning or further on."""
    if term.startswith(part):
        return True
    number = number_has_middle(term)
    return (number or has_middle(term)) and asks_for_middle(part, of_number=number) and part in term


def phrases_of(text: str) -> list[Phrase]:
    """What a person asks for with ``text``: each word, and each phrase in quotes.

    A word is found at the beginning of a term, and from three letters on in its middle; what
    stands in quotes is found as it is (its last word may still be typed while the quote is
    open).  A word of several terms (``R-4711``) is a phrase.  An amount is found however its
    thousands are parted and its decimals filled up.
    """
    phrases: dict[Phrase, None] = {}
    for found in _ASKED.finditer(text.translate(_QUOTES)):
        terms = tuple(terms_of(found["word"] or found["quoted"] or ""))
        if not terms:
            continue
        last = terms[-1]
        begins = not found["end"] and len(last) >= _SHORTEST_BEGINNING
        inside = bool(found["word"]) and len(terms) == 1 and len(last) >= _SHORTEST_MIDDLE
        others = tuple(_amounts(found["word"] or "", terms))
        phrases[Phrase(terms, begins, inside, others)] = None
    return list(phrases)


def _amounts(word: str, terms: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The other ways to write ``word``, if it is an amount: 1,234.50 is 1.234,50 and 1234.5."""
    amount = _AMOUNT.fullmatch(word)
    if amount is None:
        return []
    whole = "".join(filter(str.isdigit, amount["whole"]))
    if len(whole) > 1 and whole[0] == "0":
        return []
    first = len(whole) % 3 or 3
    parted = (whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3)))
    decimals = amount["decimals"] or ""
    filled: list[tuple[str, ...]] = [(decimals,)] if decimals else [()]
    if len(decimals) == 1:
        filled.append((f"{decimals}0",))
    elif decimals == "00":
        filled.append(())
    elif decimals.endswith("0"):
        filled.append((decimals[0],))
    ways = [(*head, *tail) for head in ((whole,), parted) for tail in filled]
    return [way for way in dict.fromkeys(ways) if way != terms]
