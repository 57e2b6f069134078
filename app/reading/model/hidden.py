"""What a question leaves out of a page's text, since each of its tokens takes time.

*Echoes* only repeat what stood before: letterheads, senders' lines, running footers.
They are a tenth of an invoice's page, and more of the later pages of a long document.
What carries figures or dates is never an echo, nor is anything in a table: there the
same words again are another row.

*Proven rows*, where no rows are asked for, are those of the quick reader that lead to a
printed total.  No field of the head is among them, and nothing that it could have
overlooked: a line that it did not take for a row is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from app.document import Field, Record, Status
from app.document_types import DocumentType, Kind
from app.reading.candidates import Printed, Scene
from app.reading.layout import Segment

Place = tuple[int, int]
"""A segment: its line in the scene, and its first word."""

_LONG = 8  # characters of a word that says as much alone as a run of words
_PLACES = 8  # of a word that are tried; a page of one word would take for ever
_FIGURES = frozenset({Kind.AMOUNT, Kind.DATE})
_SEPARATORS = "·•|,;–-"


def proven_rows(scene: Scene, record: Record, definition: DocumentType) -> frozenset[Place]:
    """The segments of rows whose amount is verified; ``definition`` is the record's own."""
    key = definition.column_of("amount")
    return frozenset(
        place
        for row in record.lines
        if any(cell.key == key and cell.status is Status.VERIFIED for cell in row)
        for place in _segments_of(scene, [cell for cell in row if cell.box], key)
    )


def _segments_of(scene: Scene, cells: Sequence[Field], key: str | None) -> Iterator[Place]:
    """The segments between the outermost cells on the amount's line, and a number beside them."""
    for amount in cells:
        for line in scene.lines:
            if amount.key != key or not _stands_on(amount, line):
                continue
            if any(value.kind is Kind.DATE for value in line.values):
                continue  # of a delivery, say
            boxes = [cell.box for cell in cells if cell.box and _stands_on(cell, line)]
            left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
            for segment in line.segments:
                inside = left <= segment.box.middle[0] <= right
                if inside or not any(ch.isalpha() for word in segment.words for ch in word.text):
                    yield line.index, segment.start


def _stands_on(cell: Field, line: Printed) -> bool:
    box = cell.box
    return (
        box is not None
        and cell.page == line.page
        and box.y0 <= line.box.middle[1] <= box.y1
        and box.x0 < line.box.x1
        and line.box.x0 < box.x1
    )


def echoes_of(scene: Scene, rows: frozenset[int]) -> frozenset[Place]:
    """Line and first word of every segment that only repeats print; ``rows`` are its table's."""
    tables = frozenset(_spans(scene, rows))
    before = _Before()
    found: set[Place] = set()
    for line in scene.lines:
        may_go = line.index not in tables and not any(v.kind in _FIGURES for v in line.values)
        for segment in line.segments:
            words = [word.text.casefold() for word in segment.words]
            if may_go and before.holds(words, whole=_is_labelled(line, segment)):
                found.add((line.index, segment.start))
            else:
                before.add(words)
    return frozenset(found)


def _spans(scene: Scene, rows: frozenset[int]) -> Iterator[int]:
    """The lines from the first row of each page to its last."""
    for page in scene.pages:
        here = [line.index for line in scene.lines if line.page == page.number]
        table = [index for index in here if index in rows]
        if table:
            yield from range(table[0], table[-1] + 1)


def _is_labelled(line: Printed, segment: Segment) -> bool:
    """Whether a label stands in the segment, so that what follows it is new beside it."""
    return any(segment.start <= label.start < segment.end for label in line.labels)


class _Before:
    """What was printed so far, as runs of words."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, words: Sequence[str]) -> None:
        """One more segment."""
        self._append(words)
        for word in words:
            if "@" in word:  # a site's address is printed in that of a mailbox
                self._append([word.partition("@")[2]])

    def _append(self, words: Iterable[str]) -> None:
        for word in words:
            places = self._places[word]
            if len(places) < _PLACES:
                places.append(len(self._words))
            self._words.append(word)
        self._words.append("")

    def holds(self, words: Sequence[str], *, whole: bool) -> bool:
        """Whether all of the words stood before, in runs that say something, or in one."""
        at = 0
        while at < len(words):
            if not whole and not words[at].strip(_SEPARATORS):
                at += 1
                continue
            length = max((self._run(words, at, place) for place in self._places.get(words[at], ())),
                         default=0)  # fmt: skip
            if sum(map(len, words[at : at + length])) < _LONG or (whole and length < len(words)):
                return False
            at += length
        return True

    def _run(self, words: Sequence[str], at: int, place: int) -> int:
        """How many words from ``at`` on stand at that place too."""
        length = 0
        while (
            at + length < len(words)
            and place + length < len(self._words)
            and words[at + length] == self._words[place + length]
        ):
            length += 1
        return length
