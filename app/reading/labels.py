"""Printed wordings and what they mean, in every language at once.

The wordings are data: ``resources/labels/<language>.toml``.  Each has a table ``roles``
(wordings that surely mean the role), ``weak`` (wordings that may mean it) and ``titles``
(what a document type calls itself).  In a wording, ``(a|b|)`` stands for one of its
alternatives.

Roles are those of the document types (``number``, ``issue_date``, ``gross`` …), those of
table columns (``quantity``, ``unit_price`` …), and others that exist so that a value is
*not* taken for one of the former (``order_number``, ``delivery_date``, ``phone`` …).
A wording may have several roles ("Date": ``issue_date`` and the column ``date``).
Titles have the roles ``title_invoice``, ``title_credit_note``, ``title_receipt``,
``title_bank_statement`` and ``title_other``.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from app.document_types import RESOURCES
from app.reading.dates import fold

LONGEST = 9  # words of the longest wording
_FUZZY_FROM = 6  # letters from which one wrong letter is forgiven
_ALONE_FROM = 7  # letters that a mended word needs to be a label by itself
_SHORT = 3  # letters up to which a word is a label only in its place
_WEAK = 0.5


@dataclass(frozen=True, slots=True)
class LabelHit:
    """A wording among the texts of a line: ``texts[start:end]``.

    ``strength`` (0 to 1) is how surely the wording means ``role``.  ``rest`` is what
    stands glued behind the label inside its last word ("25/12/2018" in
    "DATE:25/12/2018"), "" if nothing does.  ``colon`` says that a colon follows.
    Several hits share a span when a wording has several meanings.
    """

    role: str
    language: str
    start: int
    end: int
    strength: float
    rest: str = ""
    colon: bool = False


@dataclass(frozen=True, slots=True)
class _Meaning:
    role: str
    language: str
    strength: float


_LOOKALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "|": "l"})
_GROUPING = re.compile(r"([()|])")
_DROPPED = re.compile(r"[^\w#%]|_")


@lru_cache(maxsize=8192)
def key_of(text: str) -> str:
    """What is compared: folded letters, digits, "#" and "%", with nothing between them."""
    folded = fold(text.replace("№", "no").replace("°", "o").replace("º", "o").replace("ª", "a"))
    folded = folded.replace("ß", "ss").replace("æ", "ae").replace("œ", "oe")
    return _DROPPED.sub("", folded)


def _expanded(wording: str) -> list[str]:
    """The keys of the wordings that one with ``(a|b)`` groups (nested or not) stands for."""
    pieces = _GROUPING.split(wording)

    def alternatives(at: int) -> tuple[list[str], int]:
        finished: list[str] = []
        current = [""]
        while at < len(pieces):
            piece = pieces[at]
            at += 1
            if piece == ")":
                break
            if piece == "|":
                finished += current
                current = [""]
            elif piece == "(":
                inner, at = alternatives(at)
                current = [before + behind for before in current for behind in inner]
            elif piece:
                key = key_of(piece)
                current = [before + key for before in current]
        return finished + current, at

    return alternatives(0)[0]


@dataclass(frozen=True, slots=True)
class _Index:
    """``exact`` holds every wording by its key, ``ordered`` the keys for search by beginning.

    Single wrong letters are mended word by word: ``alike`` has the words of all wordings
    by their look, ``nearly`` by their form with one letter left out.
    """

    exact: dict[str, tuple[_Meaning, ...]]
    ordered: list[str]
    words: frozenset[str]
    alike: dict[str, str]
    nearly: dict[str, tuple[str, ...]]


@cache
def _index() -> _Index:
    exact: dict[str, tuple[_Meaning, ...]] = {}
    words: set[str] = set()
    for path in sorted((RESOURCES / "labels").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        language = str(data["language"])
        for table, strength, prefix in (
            ("roles", 1.0, ""),
            ("weak", _WEAK, ""),
            ("titles", 1.0, "title_"),
        ):
            for role, wordings in data.get(table, {}).items():
                meaning = _Meaning(prefix + role, language, strength)
                alone = (meaning,)
                for wording in wordings:
                    words.update(_words(wording))
                    for key in _expanded(wording):
                        known = exact.setdefault(key, alone)
                        if known is not alone and not any(
                            m.role == meaning.role and m.language == language for m in known
                        ):
                            exact[key] = (*known, meaning)
    exact.pop("", None)
    alike: dict[str, str] = {}
    nearly: dict[str, list[str]] = {}
    for word in sorted(words):
        alike.setdefault(word.translate(_LOOKALIKE), word)
        if len(word) >= _FUZZY_FROM:
            for short in _shortened(word):
                nearly.setdefault(short, []).append(word)
    return _Index(
        exact,
        sorted(exact),
        frozenset(words),
        alike,
        {short: tuple(found) for short, found in nearly.items()},
    )


def _words(wording: str) -> set[str]:
    """The keys of a wording's words of four letters or more."""
    keys = {key_of(word) for word in re.split(r"[\s()|/.\-]+", wording)}
    return {key for key in keys if len(key) >= 4}


def _shortened(key: str) -> set[str]:
    return {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}


@lru_cache(maxsize=16384)
def _mended(key: str) -> tuple[str, float]:
    """A word as the wordings spell it, and how surely it is that word."""
    index = _index()
    if len(key) < 4 or key in index.words or key.isdigit():
        return key, 1.0
    alike = index.alike.get(key.translate(_LOOKALIKE))
    if alike is not None:
        return alike, 0.95
    if len(key) >= _FUZZY_FROM and key.isalpha() and not _begins(key):
        for short in _shortened(key):
            for word in index.nearly.get(short, ()):
                if abs(len(word) - len(key)) <= 1 and word[0] == key[0]:
                    return word, 0.8
    return key, 1.0


def _begins(key: str) -> bool:
    """Whether any wording begins with ``key``."""
    ordered = _index().ordered
    at = bisect_left(ordered, key)
    return at < len(ordered) and ordered[at].startswith(key)


_HEAD = re.compile(r"^(?P<head>[^:：]*[^\W\d_][^:：]*)[:：](?P<rest>.*)$")
_RUN_ON = re.compile(r"^(?P<head>[^\W\d_][^\d]*?)(?P<rest>[-(]?(?:RM|EUR|USD|[€$£])?[-]?\d.*)$")


def _is_code(match: re.Match[str]) -> bool:
    """Whether letters before digits are a part of a code ("M026588") rather than a label."""
    head = match["head"]
    return match.re is _RUN_ON and len(key_of(head)) < 3 and not head.endswith((".", "#", "°", "º"))


@lru_cache(maxsize=8192)
def _parts(text: str) -> tuple[str, str, str, bool]:
    """A word's key, its key before a colon or a run-on value, that rest, and if a colon ends it."""
    full = key_of(text)
    if full[:1] == "#" and full[1:].isalpha():
        full = full[1:]
    ends = text.rstrip().endswith((":", "："))
    match = _HEAD.match(text) or _RUN_ON.match(text)
    if match and match["rest"].strip(" .:") and not _is_code(match):
        return full, key_of(match["head"]), match["rest"].strip(), ends
    return full, "", "", ends


_Best = tuple[int, str, float, str, bool]  # end, wording, how surely, rest, colon


def _either(text: str, at: int) -> _Best | None:
    """The first known wording of a word like "Datum/Date:"."""
    exact = _index().exact
    for piece in text.split("/"):
        key, surely = _mended(key_of(piece))
        if len(key) >= 4 and key in exact:
            return at + 1, key, surely, "", text.rstrip().endswith((":", "："))
    return None


def _counts(texts: Sequence[str], at: int, best: _Best) -> bool:
    """Whether a match is good enough: short words and mended ones need more than themselves."""
    end, wording, surely, rest, colon = best
    if colon or rest:
        return True
    if end == at + 1 and surely < 0.9 and len(wording) < _ALONE_FROM:
        return False
    if len(wording) > _SHORT or not wording.isascii() or not wording.isalpha():
        return True
    if len(wording) == 1:
        return False
    # "No", "du", "to" and the like: a label at the beginning or before figures only
    return (
        at == 0 or len(texts) <= _SHORT or any(c.isdigit() for c in "".join(texts[end : end + 1]))
    )


def find_labels(texts: Sequence[str]) -> list[LabelHit]:
    """The labels among the word texts of one printed line (or one segment of it).

    The longest wording wins, and hits with other spans do not overlap.  Case, accents,
    punctuation, spaces inside words and single wrong letters of long wordings do not
    matter.
    """
    exact = _index().exact
    parts = [_parts(text) for text in texts]
    hits: list[LabelHit] = []
    at = 0
    while at < len(parts):
        best: _Best | None = None
        joined, surely = "", 1.0
        for end in range(at + 1, min(at + LONGEST, len(parts)) + 1):
            full, head, rest, colon = parts[end - 1]
            if not full and end == at + 1:
                break
            if head:
                word, factor = _mended(head)
                if joined + word in exact:
                    best = (end, joined + word, surely * factor, rest, True)
            word, factor = _mended(full)
            joined += word
            surely *= factor
            if word and joined in exact:
                best = (end, joined, surely, "", colon)
            if colon or not _begins(joined):
                break
        if best is None and "/" in texts[at]:
            best = _either(texts[at], at)
        if best is None or not _counts(texts, at, best):
            at += 1
            continue
        end, wording, surely, rest, colon = best
        while not rest and end < len(parts) and texts[end].strip() in (":", "："):
            end, colon = end + 1, True
        hits.extend(
            LabelHit(m.role, m.language, at, end, m.strength * surely, rest, colon)
            for m in exact[wording]
        )
        at = end
    return hits


@cache
def common_words() -> dict[str, tuple[str, ...]]:
    """The frequent words of each language, folded, with the languages that have them."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((RESOURCES / "labels").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for word in data.get("common", []):
            folded = fold(word)
            found[folded] = (*found.get(folded, ()), str(data["language"]))
    return found
