"""The geometry of a page: printed lines, the segments they fall into, and text blocks.

Words come with boxes in fractions of the page, so a horizontal distance and a vertical
one are not comparable as they stand; everything here that compares the two goes through
:func:`em`, the height of the type expressed as a fraction of the page's *width*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from app.document import Box, Page, Word, union_of

# Between two words of a sentence stands about a third of an em, in typewriter type 0.6;
# what is wider than this many heights of the type separates columns.
COLUMN_GAP = 1.15
# Lines of a paragraph or an address stand closer than this many heights of the type.
BLOCK_GAP = 1.0
# Text drawn sideways has words that are much taller than wide.
SIDEWAYS = 2.2


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words on one line without a column-wide gap.

    ``start`` and ``end`` index into the line's words (``end`` is one past the last).
    """

    words: tuple[Word, ...]
    box: Box
    page: int
    start: int
    end: int

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Line:
    """Words that share a baseline, in x order."""

    words: tuple[Word, ...]
    box: Box
    page: int

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Block:
    """Segments that stand below each other without a gap: an address, a paragraph, a column."""

    segments: tuple[Segment, ...]
    box: Box
    page: int


def em(page: Page, box: Box) -> float:
    """The height of ``box`` as a fraction of the page's width, to compare x distances with."""
    return box.height * page.height / page.width if page.width else box.height


def is_sideways(page: Page, word: Word) -> bool:
    """Whether the word is printed along the page's edge, from bottom to top or top to bottom."""
    return len(word.text) > 2 and em(page, word.box) > SIDEWAYS * max(word.box.width, 1e-6)


def lines_of(page: Page) -> list[Line]:
    """The printed lines from top to bottom, each with its words from left to right.

    A slight slope of the whole page (a scan) is measured first and taken out, because
    over the width of a page one degree is more than the height of a line.  Every reader
    asks for them, so they are kept until :func:`forget_lines`.
    """
    return list(_lines_of(page))


def forget_lines() -> None:
    """Give the memory of the kept lines back, once a document is read."""
    _lines_of.cache_clear()


@lru_cache(maxsize=256)
def _lines_of(page: Page) -> tuple[Line, ...]:
    upright = [w for w in page.words if w.text.strip() and not is_sideways(page, w)]
    slope = _slope(page, upright)
    grouped: list[_Growing] = []
    for word in sorted(upright, key=lambda w: (_level(w, slope), w.box.x0)):
        level = _level(word, slope)
        best: _Growing | None = None
        for line in reversed(grouped):
            if level - line.level > max(line.height, word.box.height):
                # Levels only grow, and no line is taller than a few of its words.
                if level - line.level > 0.1:
                    break
                continue
            if line.takes(word, level) and (
                best is None or abs(best.level - level) > abs(line.level - level)
            ):
                best = line
        if best is None:
            grouped.append(_Growing(word, level))
        else:
            best.add(word, level)
    sideways = [w for w in page.words if w.text.strip() and is_sideways(page, w)]
    lines = [_line(page, g.words) for g in sorted(grouped, key=lambda g: g.level)]
    return (*lines, *(_line(page, [w]) for w in sideways))


def segments_of(line: Line, page: Page) -> list[Segment]:
    """The line's runs of words without a column-wide gap or a drawn vertical rule between."""
    height = median(em(page, word.box) for word in line.words)
    uprights = [
        rule.box.middle[0]
        for rule in page.rules
        if rule.box.height > rule.box.width and rule.box.y0 <= line.box.middle[1] <= rule.box.y1
    ]
    segments: list[Segment] = []
    start = 0
    for at in range(1, len(line.words) + 1):
        if at < len(line.words):
            left, right = line.words[at - 1].box, line.words[at].box
            ruled = any(left.x1 - 0.002 <= x <= right.x0 + 0.002 for x in uprights)
            # A name in large type may stand on a line with small print beside it.
            large = min(em(page, left), em(page, right))
            if not ruled and right.x0 - left.x1 <= COLUMN_GAP * max(height, large):
                continue
        words = line.words[start:at]
        segments.append(Segment(words, union_of([w.box for w in words]), line.page, start, at))
        start = at
    return segments


def blocks_of(page: Page, lines: Sequence[Line] | None = None) -> list[Block]:
    """Segments grouped into paragraphs, addresses and columns, in reading order."""
    growing: list[list[Segment]] = []
    for line in lines_of(page) if lines is None else lines:
        for segment in segments_of(line, page):
            home = _home(page, growing, segment)
            if home is None:
                growing.append([segment])
            else:
                home.append(segment)
    return [_block(group) for group in growing]


def overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    """How much of the shorter of two intervals lies in the other, 0 to 1."""
    shorter = min(a1 - a0, b1 - b0)
    return max(0.0, min(a1, b1) - max(a0, b0)) / shorter if shorter > 0 else 0.0


class _Growing:
    """A line that is being put together."""

    __slots__ = ("height", "level", "words")

    def __init__(self, word: Word, level: float) -> None:
        self.words = [word]
        self.level = level
        self.height = word.box.height

    def takes(self, word: Word, level: float) -> bool:
        small, large = sorted((self.height, word.box.height))
        if abs(level - self.level) > 0.5 * small + 0.05 * large:
            return False
        # The same place cannot be printed twice on one line: that is the line above or below.
        return not any(
            overlap(word.box.x0, word.box.x1, w.box.x0, w.box.x1) > 0.5
            and abs(level - self.level) > 0.25 * small
            for w in self.words
        )

    def add(self, word: Word, level: float) -> None:
        count = len(self.words)
        self.words.append(word)
        self.level = (self.level * count + level) / (count + 1)
        self.height = (self.height * count + word.box.height) / (count + 1)


def _level(word: Word, slope: float) -> float:
    x, y = word.box.middle
    return y - slope * x


def _slope(page: Page, words: Sequence[Word]) -> float:
    """How many page heights a printed line falls over one page width."""
    steps: list[float] = []
    ordered = sorted(words, key=lambda w: w.box.x0)
    for index, word in enumerate(ordered):
        height, wide = word.box.height, em(page, word.box)
        nearest: Word | None = None
        for other in ordered[index + 1 :]:
            if other.box.x0 > word.box.x1 + wide:
                break
            if (
                other.box.x0 >= word.box.x1 - 0.3 * wide
                and abs(other.box.middle[1] - word.box.middle[1]) < 0.5 * height
                and 0.6 < other.box.height / height < 1.7
                and (nearest is None or other.box.x0 < nearest.box.x0)
            ):
                nearest = other
        if nearest is not None:
            run = nearest.box.middle[0] - word.box.middle[0]
            if run > 0:
                steps.append((nearest.box.middle[1] - word.box.middle[1]) / run)
    if len(steps) < 8:
        return 0.0
    slope = median(steps)
    # Type of different heights makes single steps noisy; a level page must stay level.
    return slope if 0.002 < abs(slope) < 0.15 else 0.0


def _line(page: Page, words: Iterable[Word]) -> Line:
    ordered = tuple(sorted(words, key=lambda w: w.box.x0))
    return Line(ordered, union_of([w.box for w in ordered]), page.number)


def _home(page: Page, growing: Sequence[list[Segment]], segment: Segment) -> list[Segment] | None:
    """The block that ``segment`` continues: right above it, aligned, of like type size."""
    best: list[Segment] | None = None
    nearest = 0.0
    wide = em(page, segment.box)
    for group in reversed(growing):
        last = group[-1]
        gap = segment.box.y0 - last.box.y1
        height = min(segment.box.height, last.box.height)
        if gap > BLOCK_GAP * height or gap < -0.7 * height:
            continue
        if max(segment.box.height, last.box.height) > 1.7 * height:
            continue
        aligned = (
            abs(segment.box.x0 - last.box.x0) < wide
            or abs(segment.box.x1 - last.box.x1) < 0.5 * wide
            or abs(segment.box.middle[0] - last.box.middle[0]) < 0.7 * wide
        )
        if not aligned or overlap(segment.box.x0, segment.box.x1, last.box.x0, last.box.x1) < 0.5:
            continue
        if best is None or gap < nearest:
            best, nearest = group, gap
    return best


def _block(segments: list[Segment]) -> Block:
    return Block(tuple(segments), union_of([s.box for s in segments]), segments[0].page)
