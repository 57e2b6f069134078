"""Names of people and companies in an answer, as far as they can be told from other words.

A name is known by its capitals: two or more capitalised words in a row, words that end in a
legal form, or, in languages that write other nouns small, a single capitalised word inside a
sentence.  Scripts without capitals have no names here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.asking.vocabulary import vocabulary
from app.reading.dates import fold, month_of, weekdays
from app.reading.labels import common_words
from app.reading.names import ends_in_legal_form
from app.reading.readings import UNKNOWN

_TOKEN = re.compile(r"[^\W\d_][\w'’&.\-]*")
_BEGINS = frozenset('.!?:;*#>|•–—-\n"“„«(')  # what a sentence or an item begins after
_COUNTS = re.compile(r"\d[ \u00a0\u202f%]$")
_SHORT = 3  # capitals of what is an abbreviation rather than a name: VAT, EUR
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Name:
    """A stretch of text that names somebody; ``words`` are its own ones, folded.

    ``single``: one word, which may be an ordinary one.  ``company``: it ends in a legal form.
    """

    start: int
    end: int
    words: tuple[str, ...]
    single: bool
    company: bool = False


def names(text: str) -> list[Name]:
    """The names in a text, in order."""
    nouns_too = _language(text) in vocabulary().capital_nouns
    return [name for name in _runs(text) if not (name.single and nouns_too)]


def folded_words(text: str) -> Iterator[str]:
    """The words of a text as they are compared: folded, letters and digits only."""
    for token in re.finditer(r"[^\W_]+", text):
        yield fold(token[0])


def _runs(text: str) -> Iterator[Name]:
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if run and text[run[-1].end() : token.start()] != " ":
            yield from _name(text, run)
            run = []
        word = token[0]
        if (word[0].isupper() or (run and word in vocabulary().links)) and len(run) < _MOST_WORDS:
            run.append(token)
        else:
            yield from _name(text, run)
            run = []
    yield from _name(text, run)


def _name(text: str, run: list[re.Match[str]]) -> Iterator[Name]:
    """The name that a run of words is, without what only begins a sentence."""
    while run and run[-1][0] in vocabulary().links:
        run = run[:-1]
    if len(run) > 1 and _COUNTS.search(text[: run[0].start()][-4:]):
        run = run[1:]  # "12 Stunden Beratung": the first one is counted
    begins = bool(run) and _begins(text, run[0].start())
    while run and _is_ordinary(run[0][0]):
        run, begins = run[1:], False
    if not run:
        return
    end = run[-1].start() + len(run[-1][0].rstrip(".-'’&"))
    whole = text[run[0].start() : end]
    own = tuple(
        word
        for token in run
        if token[0] not in vocabulary().links
        for word in folded_words(token[0])
    )
    single = len(run) == 1
    if not own or (single and (begins or _is_abbreviation(whole))):
        return
    if len(run) > 1 and begins and len(run) == 2 and not ends_in_legal_form(whole[:200]):
        # "Payment Terms", or a sentence whose first word is followed by a name.
        if _is_abbreviation(run[1][0]):
            return
        yield Name(run[1].start(), end, tuple(folded_words(run[1][0])), True)
        return
    yield Name(run[0].start(), end, own, single, not single and ends_in_legal_form(whole[:200]))


def _begins(text: str, start: int) -> bool:
    before = text[max(0, start - 8) : start].rstrip(" ")
    return not before or before[-1] in _BEGINS


def _is_ordinary(word: str) -> bool:
    """Whether a word is an article, a month or the like, which begins no name."""
    folded = fold(word[:40]).rstrip(".'")
    if len(folded) == 1 or "'" in folded or "’" in folded:
        return len(folded) == 1
    return folded in common_words() or month_of(folded, UNKNOWN) is not None or folded in weekdays()


def _is_abbreviation(word: str) -> bool:
    return word.isupper() and len(word.replace(".", "")) <= _SHORT


def _language(text: str) -> str:
    """The language that most of the frequent words are of, "" where there are none."""
    tally: Counter[str] = Counter()
    common = common_words()
    for token in re.finditer(r"[^\W\d_]{1,14}", text[:5_000]):
        for language in common.get(fold(token[0]), ()):
            tally[language] += 1
    return tally.most_common(1)[0][0] if tally else ""
