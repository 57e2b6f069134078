"""The order in which a page is read: line by line from the top, each from left to right."""

from __future__ import annotations

from collections.abc import Sequence

from app.document import Word


def in_reading_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """Words whose heights overlap by half stand on one line, however far apart they are."""
    lines: list[_Line] = []
    for word in sorted(words, key=lambda word: word.box.middle[1]):
        # Only the last few lines can still grow, as the words come from the top down.
        for line in reversed(lines[-4:]):
            if line.takes(word):
                line.add(word)
                break
        else:
            lines.append(_Line(word))
    return tuple(word for line in lines for word in sorted(line.words, key=lambda w: w.box.x0))


class _Line:
    def __init__(self, word: Word) -> None:
        self.words = [word]
        self._top, self._bottom = word.box.y0, word.box.y1

    def takes(self, word: Word) -> bool:
        shared = min(self._bottom, word.box.y1) - max(self._top, word.box.y0)
        return shared >= 0.5 * min(self._bottom - self._top, word.box.height)

    def add(self, word: Word) -> None:
        # The line's height follows its words slowly, so that a tall one does not join lines.
        share = 1 / (len(self.words) + 1)
        self._top += (word.box.y0 - self._top) * share
        self._bottom += (word.box.y1 - self._bottom) * share
        self.words.append(word)
