"""What a question leaves out of a page's text, since each of its tokens takes time.

*Echoes* only repeat what stood before: senders' lines, running footers, the letterheads
of later pages.  They are a tenth of an invoice's page, and more of a long document.  What
stands in a table, or beside or below a label, is never an echo: there the same words
again say something else.  Nor is what has no words: a number may mean another thing.

*Proven rows*, where no rows are asked for, are those of the quick reader that lead to a
printed total.  No field of the head is among them, and nothing that it could have
overlooked: what stands beside a row is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from app.document import Claim, Field, Record, Status
from app.document_types import DocumentType, Kind
from app.reading.candidates import Printed, Scene
from app.reading.layout import Segment

Place = tuple[int, int]
"""A segment: its line in the scene, and its first word."""

_LONG = 8  # characters of a word that says as much alone as a run of words
_WORD = 3  # letters of what is a word rather than a part of a number
_PLACES = 8  # of a word that are tried; a page of one word would take for ever
_ABOVE = 40  # lines that are looked through for what stands over a segment
_COUNTER = 3  # digits of the number that counts rows
_SEPARATORS = "·•|,;–-"


def hidden_of(
    scene: Scene, record: Record, definition: DocumentType, rows: frozenset[int], *, proven: bool
) -> frozenset[Place]:
    """What is left out of the text about a record; ``rows`` are the lines of its table.

    ``definition`` is the record's own; ``proven``: its proven rows too.
    """
    hidden = proven_rows(scene, record, definition) if proven else frozenset()
    return hidden | echoes_of(scene, rows, hidden, frozenset(_found(scene, record.fields)))


def _found(scene: Scene, found: Sequence[Field | Claim]) -> Iterator[Place]:
    """The segments in which these fields or claims stand."""
    places = [(one.page, one.box.middle) for one in found if one.box is not None]
    for line in scene.lines:
        here = [middle for page, middle in places if page == line.page]
        for segment in line.segments:
            if any(segment.box.contains(*middle) for middle in here):
                yield line.index, segment.start


def proven_rows(scene: Scene, record: Record, definition: DocumentType) -> frozenset[Place]:
    """The segments of rows whose amount is verified.

    ``definition`` is the record's own.  A row is given where a field of the head was found
    in it, or weighed, and where a label of one stands in it or over it in the row before.
    """
    key = definition.column_of("amount")
    head: list[Field | Claim] = [*record.fields]
    head += [claim for field in record.fields for claim in field.alternatives]
    kept = frozenset(_found(scene, head))
    roles = {field.role for field in definition.fields}
    labelled = {
        (line.index, segment.start)
        for line in scene.lines
        for segment in line.segments
        if any(x.role in roles and segment.start <= x.start < segment.end for x in line.labels)
    }
    rows = [
        frozenset(_segments_of(scene, [cell for cell in row if cell.box], key))
        for row in record.lines
        if any(cell.key == key and cell.status is Status.VERIFIED for cell in row)
    ]
    places = frozenset().union(*rows)
    shown = kept | labelled
    for index in {index for index, _ in places}:
        line = scene.lines[index]
        for at, segment in enumerate(line.segments):
            over = _over(scene, line, at)
            if over is not None and (over[0].index, over[1].start) in labelled & places:
                shown |= {(index, segment.start)}
    return frozenset().union(*(row for row in rows if row.isdisjoint(shown)))


def _segments_of(scene: Scene, cells: Sequence[Field], key: str | None) -> Iterator[Place]:
    """The segments up to the amount on its line, with the row's number before the first.

    A description's box can reach into what stands beside the table; the amount's does not.
    """
    for amount in cells:
        for line in scene.lines:
            if amount.key != key or amount.box is None or not _stands_on(amount, line):
                continue
            if any(value.kind is Kind.DATE for value in line.values):
                continue  # of a delivery, say
            left = min(cell.box.x0 for cell in cells if cell.box and _stands_on(cell, line))
            for segment in line.segments:
                inside = left <= segment.box.middle[0] <= amount.box.x1
                if inside or (segment.box.x1 <= left and _is_counter(segment)):
                    yield line.index, segment.start


def _is_counter(segment: Segment) -> bool:
    text = "".join(word.text for word in segment.words).rstrip(".)")
    return text.isdecimal() and len(text) <= _COUNTER


def _stands_on(cell: Field, line: Printed) -> bool:
    box = cell.box
    return (
        box is not None
        and cell.page == line.page
        and box.y0 <= line.box.middle[1] <= box.y1
        and box.x0 < line.box.x1
        and line.box.x0 < box.x1
    )


def echoes_of(
    scene: Scene,
    rows: frozenset[int],
    hidden: frozenset[Place] = frozenset(),
    kept: frozenset[Place] = frozenset(),
) -> frozenset[Place]:
    """The segments that only repeat print and are not ``kept``; ``rows`` are a table's lines.

    What is ``hidden`` already is not given, and so does not count as said before.
    """
    tables = frozenset(_spans(scene, rows))
    feet = frozenset(_feet(scene))
    before = _Before()
    found: set[Place] = set()
    for line in scene.lines:
        for at, segment in enumerate(line.segments):
            if (line.index, segment.start) in hidden:
                continue
            words = [word.text.casefold() for word in segment.words]
            if (
                (line.index, segment.start) not in kept
                and line.index not in tables
                and _has_words(segment)
                and not _is_labelled(scene, line, at)
                and before.holds(
                    words,
                    line.page,
                    alone=line.index in feet,
                    whole=bool(_label_words(line, segment)),
                )
            ):
                found.add((line.index, segment.start))
            else:
                before.add(words, line.page)
    return frozenset(found)


def _spans(scene: Scene, rows: frozenset[int]) -> Iterator[int]:
    """The lines from the first row of each page to its last, by its amounts if it has some."""
    for page in scene.pages:
        here = [line for line in scene.lines if line.page == page.number and line.index in rows]
        amounts = [line for line in here if any(v.kind is Kind.AMOUNT for v in line.values)]
        table = [line.index for line in amounts or here]
        if table:
            yield from range(table[0], table[-1] + 1)


def _feet(scene: Scene) -> Iterator[int]:
    """The lines below the last amount of each page that has one."""
    for page in scene.pages:
        here = [line for line in scene.lines if line.page == page.number]
        last = [line.index for line in here if any(v.kind is Kind.AMOUNT for v in line.values)]
        yield from (line.index for line in here if last and line.index > last[-1])


def _has_words(segment: Segment) -> bool:
    """Whether it is more than numbers: a name, an address, a site."""
    return any(
        sum(ch.isalpha() for ch in word.text) >= _WORD and not any(ch.isdigit() for ch in word.text)
        for word in segment.words
    )


def _is_labelled(scene: Scene, line: Printed, at: int) -> bool:
    """Whether a segment of the line is a label, or one stands right before it or over it."""
    if any(_is_label(line, near) for near in line.segments[max(0, at - 1) : at + 1]):
        return True
    over = _over(scene, line, at)
    return over is not None and _is_label(*over)


def _over(scene: Scene, line: Printed, at: int) -> tuple[Printed, Segment] | None:
    """The segment that stands over a segment of the line, and its own line."""
    segment = line.segments[at]
    for above in reversed(scene.lines[max(0, line.index - _ABOVE) : line.index]):
        if above.page != line.page:
            return None
        for over in above.segments:
            if over.box.x0 < segment.box.x1 and segment.box.x0 < over.box.x1:
                return above, over
    return None


def _is_label(line: Printed, segment: Segment) -> bool:
    """Whether the segment is mostly a label, rather than a sentence with such a word in it."""
    return 2 * _label_words(line, segment) >= len(segment.words)


def _label_words(line: Printed, segment: Segment) -> int:
    words = {at for label in line.labels for at in range(label.start, label.end)}
    return len(words.intersection(range(segment.start, segment.end)))


class _Before:
    """What was printed so far, as runs of words."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._page = 0
        self._page_starts = 0

    def add(self, words: Sequence[str], page: int) -> None:
        """One more segment."""
        self._turn_to(page)
        self._append(words)
        for word in words:
            if "@" in word:  # a site's address is printed in that of a mailbox
                self._append([word.partition("@")[2]])

    def _turn_to(self, page: int) -> None:
        if page != self._page:
            self._page, self._page_starts = page, len(self._words)

    def _append(self, words: Iterable[str]) -> None:
        for word in words:
            places = self._places[word]
            if len(places) < _PLACES:
                places.append(len(self._words))
            self._words.append(word)
        self._words.append("")

    def holds(self, words: Sequence[str], page: int, *, alone: bool, whole: bool) -> bool:
        """Whether all of the words stood before, in runs that say something.

        One run on the same page counts only where it may stand ``alone``: elsewhere it can
        be the same name in another place, as of a buyer who is also delivered to.  With
        ``whole`` there must be one run: what stands after a label belongs to it.
        """
        self._turn_to(page)
        starts: list[int] = []
        at = 0
        while at < len(words):
            if not words[at].strip(_SEPARATORS):
                at += 1
                continue
            length, start = max(
                ((self._run(words, at, place), place) for place in self._places.get(words[at], ())),
                default=(0, 0),
            )
            if sum(map(len, words[at : at + length])) < _LONG or (whole and length < len(words)):
                return False
            starts.append(start)
            at += length
        return alone or len(starts) > 1 or any(start < self._page_starts for start in starts)

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
