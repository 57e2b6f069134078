"""An answer as claims: each value read in the document's convention, with its place.

The place of a mark is known; a value that the model wrote is looked up on the pages.  One
that stands nowhere keeps neither page nor box, and the evidence treats it accordingly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.document import Box, Claim, Page, Reader
from app.document_types import DocumentType, FieldType, Kind
from app.reading.evidence import best_place
from app.reading.lookup import Place, PrintedPages
from app.reading.messages import Given
from app.reading.model.formats import FORMATS, Said
from app.reading.model.marks import Mark
from app.reading.model.question import asked_definition, marks_again
from app.reading.readings import Convention
from app.reading.values import read

_CELL_RISE = 0.02
"""As a fraction of the page's height: how far apart the cells of one row may stand."""


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What a model claims about one record, at most once for each key.

    ``rows`` hold only what it found; ``complete`` says that it was asked for all rows and
    came to their end.  ``pictures`` are the pages that it was shown as they look.
    ``left_out`` are pages that it was not given.
    """

    claims: tuple[Claim, ...] = ()
    rows: tuple[tuple[Claim, ...], ...] = ()
    complete: bool = False
    pictures: frozenset[int] = frozenset()
    left_out: tuple[int, ...] = ()


def reading_of(
    given: Given, pages: Sequence[Page], definition: DocumentType, convention: Convention
) -> ModelReading:
    """The claims of an answer about the record on ``pages``."""
    asked = given.asked
    definition = asked_definition(definition, asked)
    answered = FORMATS[asked.format].read(definition, given.answer.filled)
    marks = marks_again(pages, definition, asked)
    if len(marks) != asked.marks:  # not the pages that the question was about
        return ModelReading(left_out=asked.left_out)
    reader = _Placed(PrintedPages(pages), marks, convention)
    claims = [
        claim
        for field in definition.fields
        if (claim := reader.claim(field, answered.fields.get(field.key))) is not None
    ]
    rows = [reader.row(definition.lines, row) for row in answered.rows]
    return ModelReading(
        tuple(claims),
        tuple(row for row in rows if row),
        asked.rows and not given.answer.cut,
        frozenset(asked.pictures),
        asked.left_out,
    )


class _Placed:
    """Makes claims of what was said, one row after the other."""

    def __init__(
        self, printed: PrintedPages, marks: Sequence[Mark], convention: Convention
    ) -> None:
        self._printed = printed
        self._marks = marks
        self._convention = convention
        self._after: Place | None = None

    def claim(self, field: FieldType, said: Said | None) -> Claim | None:
        """The claim for a field; ``None`` where nothing was said, or nothing of its kind."""
        if said is None:
            return None
        if said.mark:
            return self._marked(field, said)
        value = self._value(field.kind, said.text)
        if value is None:
            return None
        return _claim(
            field, said, value, best_place(field, self._printed.places(field.kind, value))
        )

    def row(self, columns: Sequence[FieldType], row: Mapping[str, Said]) -> tuple[Claim, ...]:
        """The claims of a row; written cells are looked for where the row stands."""
        found: dict[str, Claim] = {}
        written: dict[str, tuple[Said, str, list[Place]]] = {}
        for column in columns:
            said = row.get(column.key)
            if said is None:
                continue
            if said.mark:
                claim = self._marked(column, said)
                if claim is not None:
                    found[column.key] = claim
            elif (value := self._value(column.kind, said.text)) is not None:
                places = self._printed.places(column.kind, value, loose=True)
                written[column.key] = (said, value, places)
        anchor = self._anchor(list(found.values()), [places for _, _, places in written.values()])
        for column in columns:
            if column.key in written:
                said, value, places = written[column.key]
                found[column.key] = _claim(column, said, value, _beside(places, anchor))
        self._after = anchor or self._after
        return tuple(found[column.key] for column in columns if column.key in found)

    def _anchor(self, marked: Sequence[Claim], written: Sequence[list[Place]]) -> Place | None:
        """Where the row stands: a mark, or the cell with the fewest places below the last row."""
        for claim in marked:
            if claim.page is not None and claim.box is not None:
                return Place(claim.page, claim.box, claim.raw)
        below = [
            [place for place in places if self._after is None or _is_below(place, self._after)]
            for places in written
        ]
        rarest = min((places for places in below if places), key=len, default=[])
        return rarest[0] if rarest else None

    def _marked(self, field: FieldType, said: Said) -> Claim | None:
        if said.mark > len(self._marks):
            return None
        span = self._marks[said.mark - 1].span(field.kind)
        value = self._value(field.kind, span.raw)
        if value is None:
            return None
        return _claim(field, said, value, Place(span.page, span.box, span.raw))

    def _value(self, kind: Kind, raw: str) -> str | None:
        reading = read(kind, raw, self._convention) if raw else None
        return reading.value if reading is not None else None


def _claim(field: FieldType, said: Said, value: str, place: Place | None) -> Claim:
    page: int | None = place.page if place is not None else None
    box: Box | None = place.box if place is not None else None
    # A currency is asked for by its code; what is printed may be a sign.
    raw = place.raw if place is not None and (said.mark or not said.text) else said.text
    certainty = min(max(said.certainty, 0.0), 1.0)
    return Claim(field.key, raw, value, page, box, Reader.MODEL, round(certainty, 4))


def _is_below(place: Place, earlier: Place) -> bool:
    return (place.page, place.box.middle[1]) > (earlier.page, earlier.box.middle[1] + 0.002)


def _beside(places: Sequence[Place], anchor: Place | None) -> Place | None:
    if anchor is None:
        return None
    near = [
        place
        for place in places
        if place.page == anchor.page and _rise(place, anchor) <= _CELL_RISE + anchor.box.height
    ]
    return min(near, key=lambda place: _rise(place, anchor), default=None)


def _rise(place: Place, anchor: Place) -> float:
    return abs(place.box.middle[1] - anchor.box.middle[1])
