"""Words as a reader sees them: doubled print taken once, s p a c e d letters joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from app.document import Word, union_of

_SAME_PLACE = 0.2  # of the word's height
_LETTERS = 4  # fewer single letters in a row may be anything
_WIDEST = 1.1  # of the line's height: letters further apart are columns
_BREAK = 1.6  # times the usual gap: a word ends there


def as_seen(words: Sequence[Word], ratio: float) -> tuple[Word, ...]:
    """``words`` are in reading order; ``ratio`` is the page's height divided by its width.

    Some programs print a word twice, a little apart, to make it bold; and some headings
    are set with a space after each letter.
    """
    return tuple(_joined(_once(words, ratio), ratio))


def _once(words: Sequence[Word], ratio: float) -> list[Word]:
    kept: list[Word] = []
    places: dict[str, list[int]] = {}
    for word in words:
        same = places.setdefault(word.text, [])
        for index in same:
            if _is_same_place(kept[index], word, ratio):
                kept[index] = replace(kept[index], bold=True)
                break
        else:
            same.append(len(kept))
            kept.append(word)
    return kept


def _is_same_place(first: Word, second: Word, ratio: float) -> bool:
    near = _SAME_PLACE * min(first.box.height, second.box.height)
    return (
        abs(first.box.y0 - second.box.y0) <= near
        and abs(first.box.x0 - second.box.x0) <= near * ratio
        and abs(first.box.x1 - second.box.x1) <= near * ratio
    )


def _joined(words: Sequence[Word], ratio: float) -> list[Word]:
    joined: list[Word] = []
    run: list[Word] = []
    for word in words:
        if run and not _continues(run[-1], word, ratio):
            joined.extend(_words_of(run))
            run = []
        if len(word.text) == 1 and (word.text.isalpha() or (run and word.text in ".:")):
            run.append(word)
        else:
            joined.extend(_words_of(run))
            run = []
            joined.append(word)
    joined.extend(_words_of(run))
    return joined


def _continues(before: Word, word: Word, ratio: float) -> bool:
    gap = word.box.x0 - before.box.x1
    level = abs(word.box.middle[1] - before.box.middle[1]) <= 0.3 * before.box.height
    return level and 0 <= gap <= _WIDEST * before.box.height * ratio


def _words_of(run: Sequence[Word]) -> list[Word]:
    """Single letters at even distances as words; left alone if they are too few."""
    if len(run) < _LETTERS:
        return list(run)
    gaps = [after.box.x0 - before.box.x1 for before, after in pairwise(run)]
    limit = _BREAK * median(gaps)
    groups: list[list[Word]] = [[run[0]]]
    for word, gap in zip(run[1:], gaps, strict=True):
        if gap > limit:
            groups.append([word])
        else:
            groups[-1].append(word)
    return [
        replace(
            group[0],
            text="".join(word.text for word in group),
            box=union_of([word.box for word in group]),
            confidence=min(word.confidence for word in group),
        )
        for group in groups
    ]
