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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from app.document_types import RESOURCES
from app.reading.dates import fold

LONGEST = 9  # words of the longest wording
_FUZZY_FROM = 6  # letters from which one wrong letter is forgiven
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


def _alternatives(wording: str) -> list[str]:
    """The wordings that one with ``(a|b)`` groups stands for."""
    group = re.search(r"\(([^()]*)\)", wording)
    if not group:
        return [wording]
    before, behind = wording[: group.start()], wording[group.end() :]
    return [
        full for choice in group[1].split("|") for full in _alternatives(before + choice + behind)
    ]


_LOOKALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "|": "l"})
_DROPPED = re.compile(r"[^\w#%]|_")


@lru_cache(maxsize=8192)
def key_of(text: str) -> str:
    """What is compared: folded letters, digits, "#" and "%", with nothing between them."""
    folded = fold(text.replace("№", "no").replace("°", "o").replace("º", "o").replace("ª", "a"))
    folded = folded.replace("ß", "ss").replace("æ", "ae").replace("œ", "oe")
    return _DROPPED.sub("", folded)


@dataclass(frozen=True, slots=True)
class _Index:
    exact: dict[str, tuple[_Meaning, ...]]
    alike: dict[str, str]  # wordings by their look, for letters that OCR confuses
    nearly: dict[str, tuple[str, ...]]  # wordings by their form with one letter left out
    starts: frozenset[str]  # every beginning of a wording, so that a search can stop early


@cache
def _index() -> _Index:
    exact: dict[str, list[_Meaning]] = {}
    for path in sorted((RESOURCES / "labels").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        language = str(data["language"])
        for table, strength, prefix in (
            ("roles", 1.0, ""),
            ("weak", _WEAK, ""),
            ("titles", 1.0, "title_"),
        ):
            for role, wordings in data.get(table, {}).items():
                for wording in wordings:
                    for full in _alternatives(wording):
                        key = key_of(full)
                        known = exact.setdefault(key, [])
                        name = prefix + role
                        if key and not any(
                            m.role == name and m.language == language for m in known
                        ):
                            known.append(_Meaning(name, language, strength))
    alike: dict[str, str] = {}
    nearly: dict[str, list[str]] = {}
    starts: set[str] = set()
    for key in exact:
        alike.setdefault(key.translate(_LOOKALIKE), key)
        starts.update(key[:length] for length in range(1, len(key) + 1))
        if len(key) >= _FUZZY_FROM:
            for short in _shortened(key):
                nearly.setdefault(short, []).append(key)
    starts |= {start.translate(_LOOKALIKE) for start in starts}
    return _Index(
        {key: tuple(found) for key, found in exact.items()},
        alike,
        {short: tuple(keys) for short, keys in nearly.items()},
        frozenset(starts),
    )


def _shortened(key: str) -> set[str]:
    return {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}


@lru_cache(maxsize=16384)
def _nearly(key: str) -> str | None:
    """The wording that ``key`` is but for one wrong, missing or added letter."""
    if len(key) < _FUZZY_FROM or not key.isalpha():
        return None
    nearly = _index().nearly
    for short in _shortened(key):
        for wording in nearly.get(short, ()):
            if abs(len(wording) - len(key)) <= 1 and wording[0] == key[0]:
                return wording
    return None


_HEAD = re.compile(r"^(?P<head>[^:：]*[^\W\d_][^:：]*)[:：](?P<rest>.*)$")
_RUN_ON = re.compile(r"^(?P<head>[^\W\d_][^\d]*?)(?P<rest>[-(]?(?:RM|EUR|USD|[€$£])?[-]?\d.*)$")


@lru_cache(maxsize=8192)
def _parts(text: str) -> tuple[str, str, str, bool]:
    """A word's key, its key before a colon or a run-on value, that rest, and if a colon ends it."""
    full = key_of(text)
    ends = text.rstrip().endswith((":", "："))
    match = _HEAD.match(text) or _RUN_ON.match(text)
    if match and match["rest"].strip(" .:"):
        return full, key_of(match["head"]), match["rest"].strip(), ends
    return full, "", "", ends


def find_labels(texts: Sequence[str]) -> list[LabelHit]:
    """The labels among the word texts of one printed line (or one segment of it).

    The longest wording wins, and hits with other spans do not overlap.  Case, accents,
    punctuation, spaces inside words and single wrong letters of long wordings do not
    matter.
    """
    index = _index()
    parts = [_parts(text) for text in texts]
    hits: list[LabelHit] = []
    at = 0
    while at < len(parts):
        best: tuple[int, str, float, str, bool] | None = None
        if not parts[at][0]:
            at += 1
            continue
        joined = ""
        for end in range(at + 1, min(at + LONGEST, len(parts)) + 1):
            full, head, rest, colon = parts[end - 1]
            if head:
                found = _lookup(joined + head)
                if found:
                    best = (end, found[0], found[1], rest, True)
            joined += full
            if full:
                found = _lookup(joined)
                if found:
                    best = (end, found[0], found[1], "", colon)
            if colon or (len(joined) > 3 and not _may_go_on(joined, index)):
                break
        if best is None:
            at += 1
            continue
        end, wording, factor, rest, colon = best
        while end < len(parts) and not parts[end][0] and texts[end].strip() in (":", "："):
            end, colon = end + 1, True
        hits.extend(
            LabelHit(m.role, m.language, at, end, m.strength * factor, rest, colon)
            for m in index.exact[wording]
        )
        at = end
    return hits


def _may_go_on(joined: str, index: _Index) -> bool:
    """Whether a longer wording may start like this, one wrong letter allowed."""
    return joined[:4] in index.starts or joined[:4].translate(_LOOKALIKE) in index.starts


@lru_cache(maxsize=32768)
def _lookup(key: str) -> tuple[str, float] | None:
    """The wording that ``key`` is, and how surely."""
    index = _index()
    if key in index.exact:
        return key, 1.0
    if len(key) >= 4:
        alike = index.alike.get(key.translate(_LOOKALIKE))
        if alike is not None:
            return alike, 0.95
    near = _nearly(key)
    return (near, 0.8) if near is not None else None
