"""Spans of print that may be the name of a company or a person, and what they look like.

The words that tell names from addresses and labels are data
(``resources/weights/names.toml``), folded to lower case without accents.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from app.document import Word
from app.document_types import RESOURCES
from app.reading.dates import fold


@dataclass(frozen=True, slots=True)
class _Lexicon:
    legal_forms: frozenset[str]
    name_words: frozenset[str]
    street_words: frozenset[str]
    street_endings: tuple[str, ...]
    countries: frozenset[str]
    name_labels: frozenset[str]
    not_names: frozenset[str]


@cache
def _lexicon() -> _Lexicon:
    data = tomllib.loads((RESOURCES / "weights" / "names.toml").read_text(encoding="utf-8"))

    def words(name: str) -> frozenset[str]:
        return frozenset(key(str(word)) for word in data[name])

    return _Lexicon(
        words("legal_forms"),
        words("name_words"),
        words("street_words"),
        tuple(fold(str(word)) for word in data["street_endings"]),
        words("countries"),
        words("name_labels"),
        words("not_names"),
    )


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """Letters and digits alone, folded, single spaces between words."""
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(text.replace(".", ""))).split())


@lru_cache(maxsize=4096)
def compact(text: str) -> str:
    """Letters and digits alone, folded: what two printings of one name have in common."""
    return key(text).replace(" ", "")


@lru_cache(maxsize=4096)
def has_legal_form(text: str) -> bool:
    """Whether a legal form ("GmbH", "Sdn Bhd", "S.A.R.L.") stands in the text after a word."""
    forms = _lexicon().legal_forms
    words = key(text).split()
    if any(form in text for form in ("公司", "株式会社", "商行", "企業社")):
        return True
    if compact(text).endswith(_GLUED_FORMS) and len(compact(text)) > 9:
        return True
    for start in range(len(words)):
        for length in (1, 2, 3, 4):
            phrase = " ".join(words[start : start + length])
            # Two-letter forms are words of other languages, too: only as the last word.
            if (
                phrase in forms
                and (start > 0 or len(words) > length)
                and (len(phrase) > 2 or (start + length == len(words) and _is_form(text)))
            ):
                return True
    return False


# Forms so long that no other word ends like them: what an OCR glued is still known by them.
_GLUED_FORMS = ("sdnbhd", "sdnbnd", "gmbh", "gmbhcokg", "enterprise", "spzoo")


def _is_form(text: str) -> bool:
    """Whether the last word is printed as short forms are: "AG", "S.A.", "Oy"."""
    last = text.split()[-1].strip(" ,;)")
    return last.isupper() or last == "Oy"


@lru_cache(maxsize=4096)
def ends_in_legal_form(text: str) -> bool:
    """Whether the last words of the text are a legal form."""
    words = key(text).split()
    return any(
        " ".join(words[-length:]) in _lexicon().legal_forms
        for length in (1, 2, 3)
        if len(words) > length
    )


@lru_cache(maxsize=4096)
def is_only_legal_form(text: str) -> bool:
    """Whether the text is a legal form alone, the rest of a name on the line above."""
    words = re.sub(r"\(.*?\)|\d", " ", key(text)).split()
    return bool(words) and " ".join(words) in _lexicon().legal_forms and len(words) <= 3


def is_only_trade(text: str) -> bool:
    """Whether a text is words of trades and a legal form ("HARDWARE SDN. BHD.") and no name."""
    lexicon, words = _lexicon(), key(text).split()
    trades = lexicon.name_words | lexicon.legal_forms  # "trading" counts as either
    return any(
        len(words) > size
        and " ".join(words[-size:]) in lexicon.legal_forms
        and all(word in trades for word in words[:-size])
        for size in (2, 3)
    )


@lru_cache(maxsize=4096)
def has_name_word(text: str) -> bool:
    """Whether a word of trades and shops stands in the text."""
    words = _lexicon().name_words
    return any(word in words for word in key(text).split()) or any(
        word in text for word in words if not word.isascii()
    )


def is_name_label(text: str) -> bool:
    return key(text) in _lexicon().name_labels


def is_no_name(text: str) -> bool:
    """Whether the text is known to be a title, a label or a greeting."""
    return key(text) in _lexicon().not_names


_HOUSE = re.compile(
    r"(?<!\d)\d{1,5}\s?[a-z]?$|^(?:no\.?\s?)?\d{1,5}[a-z]?[ ,/-]+\D|\b\d{1,4}[a-z]?\s*,",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<![\d.,])(?:[A-Z]{1,2}[- ])?\d{4,6}(?:[- ]\d{3,4})?,?\s+[^\W\d_]{2,}"
    r"|\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d[\dA-Z]?\s?\d[A-Z]{2}\b|\b\d{2}-\d{3}\b"
    r"|\b[A-Z]{2},?\s+\d{5}(?:-\d{4})?\b|\d{3}\s\d{2}\s+[^\W\d_]{3,}"
)
_CONTACT = re.compile(
    r"@|www\.|https?:|\btel\b|\btel[.:]|\bphone|\bfax\b|\bfax[.:]|\btlf|\bmobil|\+\d{2}|\.com\b|\.de\b|\bemail|e-mail"
    r"|\biban\b|\bbic\b|\bswift\b|電話|地址",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def address_likeness(text: str) -> float:
    """0 for what is no line of an address, up to 1 for what surely is one."""
    lexicon = _lexicon()
    words = key(text).split()
    if not words:
        return 0.0
    if key(text) in lexicon.countries:
        return 1.0
    score = 0.0
    if _POSTCODE.search(text):
        score += 0.7
    street = any(w in lexicon.street_words for w in words) or any(
        w.endswith(end) and len(w) > len(end)
        for w in fold(text).split()
        for end in lexicon.street_endings
    )
    house = bool(_HOUSE.search(text.strip(" ,.")))
    if street:
        score += 0.6 if house else 0.45
    elif house:
        score += 0.35
    if "," in text and any(w in lexicon.countries for w in words):
        score += 0.4
    return min(score, 1.0)


@lru_cache(maxsize=4096)
def is_contact(text: str) -> bool:
    """Whether the text is a telephone number, a mail or web address, or a bank account."""
    return _CONTACT.search(text) is not None


_SEPARATOR = re.compile(r"^(?:[●•·∙|–—*/■♦◦›>~-]|--|\|\|)$")


def parts_of(words: Sequence[Word]) -> list[tuple[int, int]]:
    """The stretches between separators of a one-line address ("Firm · Street 1 · Town")."""
    cuts = [at for at, word in enumerate(words) if _SEPARATOR.match(word.text)]
    closed = [at for at in range(len(words) - 1) if _closes_name(words, at)]
    commas = closed + [
        at for at, word in enumerate(words) if word.text.endswith((",", ";", "|", "•", "·"))
    ]
    parts: list[tuple[int, int]] = []
    start = 0
    for at in range(len(words)):
        if at in cuts:
            if at > start:
                parts.append((start, at))
            start = at + 1
        elif at in commas:
            parts.append((start, at + 1))
            start = at + 1
    if start < len(words):
        parts.append((start, len(words)))
    return parts


_REGISTRATION = re.compile(
    r"^\(?(?:[A-Z]{0,3}\d{4,}(?:-?[A-Z]{1,2})?|\d{6,}-[A-Z0-9]{1,2})\)?[.,]?$|^\([^)]*\d{4,}[^)]*\)?$"
)
_REGISTER_WORD = re.compile(
    r"^\(?(?:co|company|reg|reg\.?no|no|roc|gst|brn)[.:]*$|^[(:]$", re.IGNORECASE
)


def end_of_name(words: Sequence[Word], start: int, end: int) -> int:
    """Where the name ends that ``words[start:end]`` begin with: before a registration number."""
    last = end
    while last - start > 1 and _REGISTRATION.match(words[last - 1].text):
        last -= 1
        while last - start > 1 and _REGISTER_WORD.match(words[last - 1].text):
            last -= 1
    return last


def _closes_name(words: Sequence[Word], at: int) -> bool:
    """Whether a name with a legal form ends at a word, and an address or a number follows."""
    following = words[at + 1].text
    return (
        (following[:1].isdigit() or following[:1] == "(")
        and at > 0
        and is_only_legal_form(words[at].text)
    )


_WEB = re.compile(r"^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/?$")


@lru_cache(maxsize=4096)
def looks_like_name(text: str) -> bool:
    """Whether a text could be a name at all: letters, not too long, no known label."""
    letters = sum(ch.isalpha() for ch in text)
    cjk = any("\u3400" <= ch <= "\u9fff" for ch in text)
    if letters < (2 if cjk else 3) or len(text) > 80:
        return False
    digits = sum(ch.isdigit() for ch in text)
    if digits > letters or is_no_name(text) or is_only_legal_form(text):
        return False
    if len(text.split()) > 3 and text[:1].islower() and not has_legal_form(text):
        return False  # part of a sentence
    return len(text.split()) <= 10 and not is_contact(text) and not _WEB.match(text)
