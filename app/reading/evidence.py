"""From what the readers claim to fields with a status that can be believed.

A status says what a value rests on, and the promise behind *verified* is that at most
one such value in 200 is wrong.  The rules, from the first that applies:

E-invoice value (the XML is the invoice, so its value is always the one that is kept)
  verified   the page shows it too: the quick reader chose the same value, or it stands on
             the page in some printed form; on pages that this program drew from the XML,
             only what a sum or a checksum of the XML supports, because such a page proves
             nothing by itself
  doubtful   the page does not show it, and the quick reader is confident of another value
             there; the flag ``einvoice_differs`` names both
  found      only the XML has it

Value of the quick reader alone
  doubtful   another reading of the same print is as plausible (03/04/2026), the confidence
             is under :data:`DOUBT`, or a sum that it takes part in does not hold
  verified   a sum, a checksum or a second place supports it, its confidence is at least
             :data:`SURE`, and nothing contradicts it
  found      otherwise

A field without any claim is missing.  What the user typed never comes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.document import (
    Box,
    Claim,
    Field,
    Flag,
    Reader,
    Row,
    Status,
    decimal_of,
)
from app.document_types import DocumentType, FieldType, Kind
from app.reading.einvoice import EInvoice, Value
from app.reading.lookup import Place, PrintedPages, fold

DOUBT = 0.5
"""Under this (calibrated) confidence a value is shown as doubtful."""

SURE = 0.8
"""A single reader's value needs this confidence beside its support to be verified, and to
be held against an e-invoice."""

PLACED_ROWS = 400
"""Lines of an e-invoice that are looked up on its pages: each is searched for in all of them,
so that thousands of lines on hundreds of pages would take minutes."""

EXACT = 0.999
"""The confidence of a value that stands in the e-invoice's XML."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Fields in the definition's order, and what a person should look at."""

    fields: tuple[Field, ...]
    flags: tuple[Flag, ...] = ()


def weigh(
    definition: DocumentType,
    claims: Sequence[Claim],
    supports: Mapping[str, Sequence[str]],
    alternatives: Mapping[str, Claim],
    contradicted: Mapping[str, str],
) -> tuple[Field, ...]:
    """Fields from the quick reader's claims (best first for each key).

    ``supports`` gives for a key what backs its best claim, ``alternatives`` the other
    reading of an ambiguous print, ``contradicted`` the sum that does not hold.
    """
    return tuple(
        _settled(
            field.key,
            [claim for claim in claims if claim.key == field.key],
            tuple(supports.get(field.key, ())),
            alternatives.get(field.key),
            contradicted.get(field.key, ""),
        )
        for field in definition.fields
    )


def _settled(
    key: str,
    claims: Sequence[Claim],
    supports: tuple[str, ...],
    other: Claim | None,
    contradiction: str,
) -> Field:
    if not claims:
        return missing(key)
    best = claims[0]
    rivals = tuple(c for c in claims[1:] if c.value != best.value)
    if other is not None:
        return field_of(
            best,
            Status.DOUBTFUL,
            "the day and the month could be the other way round",
            (other, *rivals),
        )
    if contradiction:
        return field_of(best, Status.DOUBTFUL, contradiction, rivals)
    if best.confidence < DOUBT:
        return field_of(best, Status.DOUBTFUL, "an uncertain reading", rivals)
    if supports and best.confidence >= SURE:
        return field_of(best, Status.VERIFIED, "; ".join(supports), rivals)
    return field_of(best, Status.FOUND, "", rivals)


def weigh_einvoice(
    definition: DocumentType,
    invoice: EInvoice,
    printed: PrintedPages,
    drawn: bool,
    supports: Mapping[str, Sequence[str]],
    quick: Sequence[Claim],
) -> Weighed:
    """Fields from an e-invoice's XML, held against the pages and the quick reader's claims.

    ``drawn`` says that the pages were drawn from the XML; ``supports`` gives by role what
    the XML's own sums and checksums support.  What the XML leaves out (low profiles hold
    totals only) is taken from the page where the quick reader is sure of it.
    """
    fields: list[Field] = []
    flags: list[Flag] = []
    for kind in definition.fields:
        exact = next((v for v in invoice.values if v.role and v.role == kind.role), None)
        seen = [claim for claim in quick if claim.key == kind.key]
        if exact is None:
            fields.append(_only_printed(kind.key, seen, drawn))
            continue
        field, differs = _compared(kind, exact, seen, printed, drawn, supports.get(kind.role, ()))
        fields.append(field)
        if differs is not None:
            flags.append(differs)
    return Weighed(tuple(fields), tuple(flags))


def _only_printed(key: str, seen: Sequence[Claim], drawn: bool) -> Field:
    if drawn or not seen or seen[0].confidence < SURE:
        return missing(key)
    return field_of(seen[0], Status.FOUND, "printed on the page, not in the e-invoice data")


def _compared(
    kind: FieldType,
    exact: Value,
    seen: Sequence[Claim],
    printed: PrintedPages,
    drawn: bool,
    supports: Sequence[str],
) -> tuple[Field, Flag | None]:
    """One value of the XML, and a flag if the page says something else."""
    agreeing = next((c for c in seen if same(kind.kind, c.value, exact.value)), None)
    place = _place_of(agreeing) or best_place(kind, printed.places(kind.kind, exact.value))
    claim = Claim(
        kind.key,
        place.raw if place is not None else exact.raw,
        exact.value,
        place.page if place is not None else None,
        place.box if place is not None else None,
        Reader.EINVOICE,
        EXACT,
    )
    if drawn:
        if supports:
            return field_of(claim, Status.VERIFIED, "; ".join(supports)), None
        return field_of(claim, Status.FOUND, "in the e-invoice data"), None
    if place is not None:
        return field_of(claim, Status.VERIFIED, "the e-invoice and the page agree"), None
    best = seen[0] if seen else None
    if best is not None and best.confidence >= SURE:
        message = (
            f"{kind.label}: the e-invoice data says {exact.value}, "
            f"but the page shows {best.raw or best.value}."
        )
        field = field_of(claim, Status.DOUBTFUL, "the page shows something else", (best,))
        return field, Flag("einvoice_differs", message, (kind.key,))
    return field_of(claim, Status.FOUND, "in the e-invoice data, not on the page"), None


def einvoice_rows(
    columns: Sequence[FieldType],
    rows: Iterable[Sequence[Value]],
    printed: PrintedPages,
    drawn: bool,
) -> tuple[Row, ...]:
    """Lines (or the tax breakdown) of an e-invoice, each cell with its place on the page.

    A row is found by its description, its other cells near that on the same page; rows
    stand on the page in the order of the XML.  Beyond :data:`PLACED_ROWS` rows are exact
    all the same, but without their places.
    """
    found: list[Row] = []
    after: Place | None = None
    for number, row in enumerate(rows):
        by_role = {value.role: value for value in row}
        anchor = _anchor(by_role, columns, printed, after) if number < PLACED_ROWS else None
        after = anchor or after
        cells = tuple(
            _row_cell(column, by_role.get(column.role), printed, anchor, drawn)
            for column in columns
        )
        found.append(cells)
    return tuple(found)


def _anchor(
    row: Mapping[str, Value],
    columns: Sequence[FieldType],
    printed: PrintedPages,
    after: Place | None,
) -> Place | None:
    """Where a row stands: its description, or else its rarest number."""
    description = row.get("description")
    if description is not None:
        lines = sorted(description.raw.splitlines(), key=len, reverse=True)
        for text in (description.value, *lines):
            places = printed.places(Kind.TEXT, text)
            below = [p for p in places if after is None or _below(p, after)]
            if below:
                return below[0]
        return None
    found = [
        places
        for column in columns
        if column.role in row and (places := printed.places(column.kind, row[column.role].value))
    ]
    rarest = min(found, key=len, default=[])
    return rarest[-1] if rarest else None


def _row_cell(
    column: FieldType,
    exact: Value | None,
    printed: PrintedPages,
    anchor: Place | None,
    drawn: bool,
) -> Field:
    if exact is None:
        return missing(column.key)
    place: Place | None = None
    if column.role == "description":
        place = anchor
    elif anchor is not None:
        places = printed.places(column.kind, exact.value, page=anchor.page, loose=True)
        beside = [p for p in places if p == anchor or _beside(p, anchor)]
        place = min(beside, key=lambda p: _distance(p, anchor), default=None)
    on_page = place is not None and not drawn
    return Field(
        column.key,
        exact.value,
        Status.VERIFIED if on_page else Status.FOUND,
        place.raw if place is not None else exact.raw,
        place.page if place is not None else None,
        place.box if place is not None else None,
        Reader.EINVOICE,
        EXACT,
        "the e-invoice and the page agree" if on_page else "in the e-invoice data",
    )


# As fractions of a page: a row's cells stand a little above its text, or below it where
# the text takes several lines.
_ABOVE, _UNDER = 0.02, 0.06


def _below(place: Place, earlier: Place) -> bool:
    return (place.page, place.box.y0) > (earlier.page, earlier.box.y0)


def _beside(place: Place, anchor: Place) -> bool:
    rise = place.box.middle[1] - anchor.box.middle[1]
    return (
        place.page == anchor.page
        and -_ABOVE <= rise <= anchor.box.height + _UNDER
        and not _inside(place.box, anchor.box)
    )


def _inside(box: Box, outer: Box) -> bool:
    return outer.contains(*box.middle)


def _distance(place: Place, anchor: Place) -> float:
    return abs(place.box.middle[1] - anchor.box.middle[1])


def best_place(kind: FieldType, places: Sequence[Place]) -> Place | None:
    """The place to show for a value that stands in several: totals stand last, names first."""
    if not places:
        return None
    return places[-1] if kind.kind is Kind.AMOUNT else places[0]


def _place_of(claim: Claim | None) -> Place | None:
    if claim is None or claim.page is None or claim.box is None:
        return None
    return Place(claim.page, claim.box, claim.raw)


def same(kind: Kind, one: str, other: str) -> bool:
    """Whether two canonical values of a kind mean the same."""
    if one == other:
        return True
    if kind in {Kind.AMOUNT, Kind.NUMBER}:
        a, b = decimal_of(one), decimal_of(other)
        return a is not None and b is not None and a == b
    if kind in {Kind.TEXT, Kind.NAME, Kind.ADDRESS, Kind.IDENTIFIER, Kind.IBAN, Kind.VAT_ID}:
        return bool(fold(one)) and fold(one) == fold(other)
    return False


def field_of(
    claim: Claim, status: Status, reason: str, alternatives: tuple[Claim, ...] = ()
) -> Field:
    """The field that takes ``claim`` for its value."""
    return Field(
        claim.key,
        claim.value,
        status,
        claim.raw,
        claim.page,
        claim.box,
        claim.reader,
        claim.confidence,
        reason,
        alternatives[:3],
    )


def missing(key: str) -> Field:
    return Field(key, None, Status.MISSING)


def verify_rows(
    definition: DocumentType, rows: Sequence[Row], total: Decimal | None
) -> tuple[Row, ...]:
    """Cells of lines that a product or the total supports become verified.

    ``total`` is a total of the document that the amounts should add up to, if it has one.
    """
    amount_key = definition.column_of("amount")
    quantity_key = definition.column_of("quantity")
    price_key = definition.column_of("unit_price")
    amounts = [_number(row, amount_key) for row in rows]
    known = [amount for amount in amounts if amount is not None]
    adds_up = len(known) == len(amounts) > 1 and total is not None and sum(known) == total
    result: list[Row] = []
    for row, amount in zip(rows, amounts, strict=True):
        quantity, price = _number(row, quantity_key), _number(row, price_key)
        product = (
            quantity is not None
            and price is not None
            and amount is not None
            and quantity not in {Decimal(0), Decimal(1)}
            and quantity * price == amount != 0
        )
        supported: dict[str | None, str] = {}
        if product:
            supported |= dict.fromkeys(
                (quantity_key, price_key, amount_key), "quantity × price = amount"
            )
        if adds_up:
            supported[amount_key] = "the lines add up"
        result.append(
            tuple(
                replace(cell, status=Status.VERIFIED, reason=supported[cell.key])
                if cell.key in supported and cell.status is Status.FOUND
                else cell
                for cell in row
            )
        )
    return tuple(result)


def verify_entries(
    definition: DocumentType, rows: Sequence[Row], opening: Decimal | None
) -> tuple[Row, ...]:
    """Amounts and balances of a statement that lead from one printed balance to the next.

    Every entry between two balances is verified when together they make the difference;
    statements print the newest entry first or last, and the balance of each entry or of
    each day.
    """
    amount_key, balance_key = definition.column_of("amount"), definition.column_of("balance")
    amounts = [_number(row, amount_key) for row in rows]
    balances = [_number(row, balance_key) for row in rows]
    forward = _chained(amounts, balances, opening)
    last = len(rows) - 1
    backward = {last - at for at in _chained(amounts[::-1], balances[::-1], opening)}
    proven = max((forward, backward), key=len)
    keys = {amount_key, balance_key}
    return tuple(
        tuple(
            replace(cell, status=Status.VERIFIED, reason="the balance before and after agree")
            if cell.key in keys and cell.status is Status.FOUND
            else cell
            for cell in row
        )
        if at in proven
        else row
        for at, row in enumerate(rows)
    )


def _chained(
    amounts: Sequence[Decimal | None],
    balances: Sequence[Decimal | None],
    opening: Decimal | None,
) -> set[int]:
    """Indices of the entries between two balances that differ by just these entries."""
    proven: set[int] = set()
    before, since = opening, Decimal(0)
    first = 0
    complete = True
    for at, (amount, balance) in enumerate(zip(amounts, balances, strict=True)):
        complete = complete and amount is not None
        since += amount or Decimal(0)
        if balance is None:
            continue
        if complete and before is not None and before + since == balance:
            proven.update(range(first, at + 1))
        before, since, first, complete = balance, Decimal(0), at + 1, True
    return proven


def _number(row: Row, key: str | None) -> Decimal | None:
    return next((decimal_of(cell.value) for cell in row if cell.key == key), None)
