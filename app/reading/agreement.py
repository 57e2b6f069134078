"""Where two readers have read the same pages: which value stands, and what it rests on.

The quick reader and the model are independent in what they choose, so their agreement is
a support of its own.  The rules, for a field (or a cell of a row):

both say the same
  verified   where it stands on the page, and the print itself is beyond doubt: a file's
             own text, OCR that is sure of the words, or a page that the model saw as it looks
             (OCR that misread a digit misleads both readers alike)
  as before  where the print can be read in two ways, or a sum does not hold: both readers
             may be right about the print and the value still be wrong
they differ
  as before  where a sum or a checksum supports the quick reader's value; where the model's
             value stands nowhere on the page and it was not shown the page's picture; or
             where one says a part of the other's text ("Muster" of "Muster GmbH")
  verified   the model's value, where it stands on the page and only with it a sum or a
             checksum holds
  doubtful   otherwise: the likelier of the two is shown, the other beside it
the model alone
  found      it stands on the page (verified where a sum or a checksum supports it as well)
  doubtful   "not found on the page"
the model says that there is none
  as before  it takes nothing away

Whichever value loses is kept as an alternative.  Rows are the quick reader's, and what
agrees in them is verified cell by cell; they are the model's where the quick reader has
none, or where only the model's lead to the printed total.  A row of the model's of which
nothing stands on the page is not taken, and no sum rests on a value that stands nowhere
(:func:`as_printed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum

from app.document import Box, Claim, Field, Flag, Page, Reader, Row, Status, WordSource
from app.document_types import DocumentType, FieldType, Kind
from app.reading.evidence import DOUBT, SURE, field_of, missing, same
from app.reading.lookup import fold

AGREED = "read alike with and without the model"
DISAGREED = "read differently with and without the model"
NOT_ON_PAGE = "not found on the page"

_SHARP = 0.9  # of the OCR's own confidence, for each word of a value
_CERTAIN = 0.99  # no agreement makes a value more certain
_TEXTS = frozenset({Kind.TEXT, Kind.NAME, Kind.ADDRESS})
_SEVERAL = 3


class Second(Enum):
    """What the model says beside the quick reader."""

    AGREES = "agrees"
    PART = "part"  # one says a part of the other's text
    DIFFERS = "differs"
    ALONE = "alone"  # the quick reader says nothing


@dataclass(frozen=True, slots=True)
class Chosen:
    """Claims with the one to be taken first for each key, and what the model says beside it."""

    claims: tuple[Claim, ...]
    second: Mapping[str, Second]


class Print:
    """How far the print of a value can be trusted, whoever read it."""

    def __init__(self, pages: Sequence[Page], pictures: frozenset[int]) -> None:
        self._pages = {page.number: page for page in pages}
        self._pictures = pictures

    def shown(self, page: int | None) -> bool:
        """Whether the model saw the page as it looks (any page, for ``None``)."""
        return bool(self._pictures) if page is None else page in self._pictures

    def is_sharp(self, number: int | None, box: Box | None) -> bool:
        """Whether what is printed there can be taken as it was read."""
        page = self._pages.get(number) if number is not None else None
        if page is None or box is None:
            return False
        if page.source is not WordSource.OCR or page.number in self._pictures:
            return True
        words = [word for word in page.words if box.contains(*word.box.middle)]
        return bool(words) and all(word.confidence >= _SHARP for word in words)


def choose(
    definition: DocumentType,
    quick: Sequence[Claim],
    settled: Sequence[Field],
    model: Sequence[Claim],
    backed: frozenset[str],
    printed: Print,
) -> Chosen:
    """The claims of both readers, the value to be shown first.

    ``settled`` are the fields of the quick reader alone; ``backed`` the keys for which a
    sum or a checksum holds with the model's value and not with the quick reader's.
    """
    claims: list[Claim] = []
    second: dict[str, Second] = {}
    for field in definition.fields:
        own = [claim for claim in quick if claim.key == field.key]
        other = next((claim for claim in model if claim.key == field.key), None)
        before = next((f for f in settled if f.key == field.key), missing(field.key))
        if other is None:
            claims += own
            continue
        if not own:
            second[field.key] = Second.ALONE
            claims.append(other)
            continue
        relation = _relation(field, own[0], other)
        second[field.key] = relation
        if relation is Second.AGREES:
            sure = min(_CERTAIN, max(own[0].confidence, other.confidence, SURE))
            claims += [replace(own[0], confidence=sure), *own[1:]]
        elif relation is Second.DIFFERS and _takes_over(before, own[0], other, backed, printed):
            claims += [other, *own]
        else:
            claims += [own[0], other, *own[1:]]
    return Chosen(tuple(claims), second)


def _takes_over(
    before: Field, own: Claim, other: Claim, backed: frozenset[str], printed: Print
) -> bool:
    """Whether the model's value is shown in place of the quick reader's."""
    if before.status is Status.VERIFIED:
        return False
    if other.key in backed and other.box is not None:
        return True
    if other.box is None and not printed.shown(own.page):
        return False
    return other.box is not None and other.confidence > own.confidence


def _relation(field: FieldType, own: Claim, other: Claim) -> Second:
    if same(field.kind, own.value, other.value):
        return Second.AGREES
    if field.kind in _TEXTS and _is_part(own.value, other.value):
        return Second.PART
    return Second.DIFFERS


def _is_part(one: str, other: str) -> bool:
    short, long = sorted((fold(one), fold(other)), key=len)
    return len(short) > 2 and short in long


def agreed(
    fields: Sequence[Field],
    second: Mapping[str, Second],
    unsettled: frozenset[str],
    printed: Print,
) -> tuple[Field, ...]:
    """The fields of both readers' claims once what the model says counts.

    ``unsettled`` are the keys whose print is ambiguous or that break a sum.
    """
    return tuple(
        _agreed(field, second.get(field.key), field.key in unsettled, printed) for field in fields
    )


def _agreed(field: Field, second: Second | None, unsettled: bool, printed: Print) -> Field:
    if second is None or second is Second.PART or field.value is None:
        return field
    if second is Second.AGREES:
        if (
            unsettled
            or field.status is Status.VERIFIED
            or not printed.is_sharp(field.page, field.box)
        ):
            return field
        return replace(field, status=Status.VERIFIED, reason=AGREED)
    if second is Second.ALONE:
        if field.box is None:
            return replace(field, status=Status.DOUBTFUL, reason=NOT_ON_PAGE)
        return field
    rival = next((claim for claim in field.alternatives if claim.value != field.value), None)
    unseen = rival is not None and rival.box is None and not printed.shown(field.page)
    if field.status is Status.VERIFIED or unseen:
        return field
    reason = field.reason if unsettled and field.reason else DISAGREED
    return replace(field, status=Status.DOUBTFUL, reason=reason)


# rows -----------------------------------------------------------------------------


def rows_agreed(
    definition: DocumentType,
    quick: Sequence[Row],
    model: Sequence[Sequence[Claim]],
    complete: bool,
    adds_up: Callable[[Sequence[Row]], bool],
    printed: Print,
) -> tuple[tuple[Row, ...], tuple[Flag, ...]]:
    """The rows to be shown, and a flag where the readers do not see the same rows.

    ``complete`` says that the model came to the end of the rows.
    """
    seen = [row for row in model if any(claim.box is not None for claim in row)]
    theirs = tuple(_row_of(definition, row) for row in seen)
    if not theirs:
        return tuple(quick), ()
    if not quick:
        return theirs, ()
    proven = adds_up(quick)
    if complete and not proven and adds_up([as_printed(row) for row in theirs]):
        return theirs, ()
    rows = _paired(definition, quick, seen, printed)
    if proven or not complete or len(quick) == len(theirs):
        return rows, ()
    message = (
        f"{definition.lines_label or 'Lines'}: {len(quick)} were found without the model, "
        f"{len(theirs)} with it. Please compare them with the page."
    )
    return rows, (Flag("rows_differ", message),)


def as_printed(fields: Sequence[Field]) -> tuple[Field, ...]:
    """A record's fields, or the cells of a row, as far as a sum may rest on them.

    What a model wrote and no page holds may have been made up to fit, so it counts as missing.
    """
    return tuple(
        missing(field.key) if field.reader is Reader.MODEL and field.box is None else field
        for field in fields
    )


def _row_of(definition: DocumentType, claims: Sequence[Claim]) -> Row:
    by_key = {claim.key: claim for claim in claims}
    return tuple(
        _cell_of(by_key[column.key]) if column.key in by_key else missing(column.key)
        for column in definition.lines
    )


def _cell_of(claim: Claim) -> Field:
    if claim.box is None:
        return field_of(claim, Status.DOUBTFUL, NOT_ON_PAGE)
    if claim.confidence < DOUBT:
        return field_of(claim, Status.DOUBTFUL, "an uncertain reading")
    return field_of(claim, Status.FOUND, "")


def _paired(
    definition: DocumentType,
    rows: Sequence[Row],
    claims: Sequence[Sequence[Claim]],
    printed: Print,
) -> tuple[Row, ...]:
    """The quick reader's rows, each held against the model's of the same place in the order."""
    key = definition.column_of("amount") or next(
        (column.key for column in definition.lines if column.kind in _TEXTS), ""
    )
    own = [_sign(next((f.value for f in row if f.key == key), None)) for row in rows]
    theirs = [_sign(next((c.value for c in row if c.key == key), None)) for row in claims]
    if len(own) == len(theirs):
        partners = dict(enumerate(claims))
    else:
        matcher = SequenceMatcher(None, own, theirs, autojunk=False)
        partners = {
            block.a + step: claims[block.b + step]
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
        }
    columns = {column.key: column for column in definition.lines}
    return tuple(
        tuple(
            _cell(columns[cell.key], cell, _claimed(partners.get(at, ()), cell.key), printed)
            for cell in row
        )
        for at, row in enumerate(rows)
    )


def _sign(value: str | None) -> str:
    """What rows are recognised by."""
    return fold(value or "")


def _claimed(row: Sequence[Claim], key: str) -> Claim | None:
    return next((claim for claim in row if claim.key == key), None)


def _cell(column: FieldType, cell: Field, claim: Claim | None, printed: Print) -> Field:
    if claim is None:
        return cell
    if cell.value is None:
        return _cell_of(claim) if claim.box is not None else cell
    own = Claim(cell.key, cell.raw, cell.value, cell.page, cell.box, claim.reader, cell.confidence)
    relation = _relation(column, own, claim)
    if relation is Second.AGREES:
        if cell.status is Status.FOUND and printed.is_sharp(cell.page, cell.box):
            return replace(cell, status=Status.VERIFIED, reason=AGREED)
        return cell
    alternatives = (claim, *cell.alternatives)[:_SEVERAL]
    if relation is Second.PART or cell.status is Status.VERIFIED:
        return replace(cell, alternatives=alternatives)
    if claim.box is None and not printed.shown(cell.page):
        return replace(cell, alternatives=alternatives)
    return replace(cell, status=Status.DOUBTFUL, reason=DISAGREED, alternatives=alternatives)
