"""Some pages without e-invoice data, as a record of a given type.

The quick reader claims, the tables are read, and what can be recalculated from what was
read (sums, checksums, another print of the same value) supports or contradicts it.  Where
a model has read the pages as well, its claims are weighed in the same way, beside those.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app import checks
from app.document import (
    Claim,
    Field,
    Flag,
    Page,
    Reader,
    Record,
    Row,
    Status,
    Table,
    WordSource,
    decimal_of,
)
from app.document_types import DocumentType, Kind
from app.reading.agreement import Print, agreed, as_printed, choose, rows_agreed
from app.reading.discounts import line_discounts
from app.reading.evidence import (
    DOUBT,
    field_of,
    missing,
    same,
    verify_entries,
    verify_rows,
    weigh,
)
from app.reading.line_items import read_lines, read_taxes
from app.reading.lookup import PrintedPages
from app.reading.model.answers import ModelReading
from app.reading.pairs import read_title
from app.reading.quick import QuickReading, Support, read_quick
from app.reading.readings import Convention
from app.reading.statement import entries_table
from app.reading.tables import find_tables
from app.reading.values import read

_TITLE_CONFIDENCE = 0.7
_CERTAIN = 0.99
_SEVERAL = 3
_FIRST_PAGES = 4
_LAST_PAGES = 3
_CASH_ROUNDING = tuple(Decimal(cents) / 100 for cents in range(1, 6))


def record_of(
    pages: Sequence[Page],
    definition: DocumentType,
    convention: Convention,
    today: dt.date,
    model: ModelReading | None = None,
) -> Record:
    """The record that ``pages`` (one invoice, one receipt, one letter …) hold."""
    reading = read_quick(outer(pages), definition, convention)
    lines = read_lines(pages, definition, convention)
    taxes = read_taxes(pages, definition, convention) if definition.taxes else ()
    printed = PrintedPages(pages)
    drafted = _draft(definition, reading, lines, taxes)
    supports = _supports(drafted, definition, reading, pages, printed, convention)
    fields = _weighed(drafted, definition, reading, supports, convention)
    noted: tuple[Flag, ...] = ()
    if model is not None:
        trust = Print(pages, model.pictures)
        lines, noted = rows_agreed(
            definition,
            lines,
            model.rows,
            model.complete,
            lambda rows: _leads_to_total(replace(drafted, lines=tuple(rows)), definition),
            trust,
        )
        drafted = _draft(definition, reading, lines, taxes)
        backed = _backed(drafted, definition, model.claims)
        chosen = choose(definition, reading.claims, fields, model.claims, backed, trust)
        reading = QuickReading(chosen.claims, _still_standing(reading, chosen.claims))
        drafted = _draft(definition, reading, lines, taxes)
        supports = _supports(drafted, definition, reading, pages, printed, convention)
        unsettled = frozenset(
            {
                *_other_readings(reading.claims, definition, convention),
                *_contradictions(drafted, definition, supports),
            }
        )
        fields = agreed(
            _weighed(drafted, definition, reading, supports, convention),
            chosen.second,
            unsettled,
            trust,
        )
        noted = (*noted, *_left_out(model, pages))
    pairs = _pairs(lines, definition)
    if definition.key_of("title"):
        fields = _titled(fields, definition, pages, printed)
    tables = _tables(pages, definition, lines)
    record = replace(
        drafted,
        fields=fields,
        lines=_verified_lines(drafted, definition, lines),
        tables=tuple(tables),
        pairs=pairs,
        first_page=pages[0].number if pages else 1,
        last_page=pages[-1].number if pages else 1,
    )
    found = checks.check(
        record,
        definition,
        today,
        line_adjustments=line_discounts(record.lines, definition, printed),
    )
    flags = (*_ambiguities(fields, definition), *noted, *found)
    return replace(record, flags=flags)


def _weighed(
    drafted: Record,
    definition: DocumentType,
    reading: QuickReading,
    supports: Mapping[str, Sequence[str]],
    convention: Convention,
) -> tuple[Field, ...]:
    return weigh(
        definition,
        _with_balances(reading.claims, drafted, definition),
        supports,
        _other_readings(reading.claims, definition, convention),
        _contradictions(drafted, definition, supports),
    )


def _still_standing(reading: QuickReading, claims: Sequence[Claim]) -> tuple[Support, ...]:
    """The quick reader's own supports, as far as its values are still the first ones."""
    before, now = _first(reading.claims), _first(claims)
    return tuple(
        support
        for support in reading.supports
        if all(key in now and now[key].value == before[key].value for key in support.keys)
    )


def _first(claims: Sequence[Claim]) -> dict[str, Claim]:
    return {claim.key: claim for claim in reversed(claims)}


def _backed(drafted: Record, definition: DocumentType, claims: Sequence[Claim]) -> frozenset[str]:
    """The keys for which a sum or a checksum holds only with the model's value."""
    other = {
        claim.key: claim
        for claim in claims
        if claim.box is not None
        and (field := drafted.field(claim.key)) is not None
        and not (field.value and same(definition.field(claim.key).kind, field.value, claim.value))
    }
    found: set[str] = set()
    holding = _holding(drafted, definition)
    # All of the model's values together, or one of them among the quick reader's.
    for keys in (frozenset(other), *(frozenset({key}) for key in other)):
        fields = tuple(
            field_of(other[field.key], Status.FOUND, "") if field.key in keys else field
            for field in drafted.fields
        )
        for code, involved in _holding(replace(drafted, fields=fields), definition) - holding:
            del code
            found |= keys & involved
    for key, claim in other.items():
        own = drafted.field(key)
        valid = {Kind.IBAN: checks.iban_valid, Kind.VAT_ID: checks.vat_id_valid}.get(
            definition.field(key).kind
        )
        if valid is not None and valid(claim.value) and own is not None and own.value:
            found |= set() if valid(own.value) else {key}
    return frozenset(found)


def _holding(record: Record, definition: DocumentType) -> set[tuple[str, frozenset[str]]]:
    """The sums that hold to the cent, by their code and the keys that take part."""
    return {
        (total.code, frozenset(total.keys))
        for total in (
            *checks.statement_sum(record, definition),
            *checks.totals(record, definition),
            *checks.lines_sum(record, definition),
        )
        if total.telling and total.difference == 0
    }


def _leads_to_total(record: Record, definition: DocumentType) -> bool:
    """Whether the rows add up to a total, or lead from the first balance to the last."""
    sums = (*checks.lines_sum(record, definition), *checks.statement_sum(record, definition))
    return any(total.telling and total.difference == 0 for total in sums)


def _left_out(model: ModelReading, pages: Sequence[Page]) -> tuple[Flag, ...]:
    if not model.left_out:
        return ()
    message = (
        f"The model read {len(pages) - len(model.left_out)} of {len(pages)} pages, "
        "the first and the last ones; the rows on all pages were read without it."
    )
    return (Flag("model_pages", message),)


def outer(pages: Sequence[Page]) -> Sequence[Page]:
    """The pages that the fields of a document's head can stand on: the first and the last ones.

    Between them a long document has lines only, and a thousand pages of numbers would be as
    many candidates for its total.
    """
    if len(pages) <= _FIRST_PAGES + _LAST_PAGES:
        return pages
    return [*pages[:_FIRST_PAGES], *pages[-_LAST_PAGES:]]


def _tables(pages: Sequence[Page], definition: DocumentType, lines: Sequence[Row]) -> list[Table]:
    """The pages' tables; a statement's entries as they were read, in place of their print."""
    tables = [table for page in pages for table in find_tables(page)]
    entries = entries_table(lines, definition) if definition.key_of("closing") else None
    if entries is None:
        return tables
    places = [(f.page, f.box.middle) for row in lines for f in row if f.box is not None]
    others = [
        table
        for table in tables
        if not any(page == table.page and table.box.contains(*at) for page, at in places)
    ]
    return [entries, *others]


def _draft(
    definition: DocumentType,
    reading: QuickReading,
    lines: Sequence[Row],
    taxes: Sequence[Row],
) -> Record:
    """The best claim of each key, to be recalculated before it has a status.

    What stands on no page is left out, of the lines as well: nothing is proven by it.
    """
    fields = tuple(
        next(
            (field_of(c, Status.FOUND, "") for c in reading.claims if c.key == field.key),
            missing(field.key),
        )
        for field in definition.fields
    )
    printed_lines = tuple(as_printed(row) for row in lines)
    return Record(definition.name, as_printed(fields), printed_lines, tuple(taxes))


def _supports(
    record: Record,
    definition: DocumentType,
    reading: QuickReading,
    pages: Sequence[Page],
    printed: PrintedPages,
    convention: Convention,
) -> Mapping[str, Sequence[str]]:
    """By key, the independent facts that its best claim rests on."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for support in reading.supports:
        for key in support.keys:
            found[key].append(support.reason)
    for total in checks.statement_sum(record, definition):
        if total.difference == 0:
            for key in total.keys:
                found[key].append(total.rule)
    for total in checks.totals(record, definition):
        # Two rates or more: the sum that the reader, who sees no breakdown, cannot know of.
        if total.telling and total.difference == 0 and len(record.taxes) > 1:
            for key in total.keys:
                found[key].append(total.rule)
    for total in checks.lines_sum(record, definition):
        if total.telling and total.difference == 0:
            for key in total.keys:
                if not _rounded_nearby(record.field(key), printed):
                    found[key].append(total.rule)
    # The OCR may misread a digit of a single print; a file's own text is what it is.
    typed = all(page.source is not WordSource.OCR for page in pages)
    boxes = Counter(field.box for field in record.fields)
    for field in definition.fields:
        claims = [c for c in reading.claims if c.key == field.key]
        if not claims:
            continue
        # What a model made up, and no page holds, speaks against nothing.
        rivals = [c for c in claims[1:] if c.box is not None or c.reader is not Reader.MODEL]
        alone = all(c.value == claims[0].value for c in rivals)
        if field.kind is Kind.IBAN and alone and checks.iban_valid(claims[0].value):
            found[field.key].append("the check digits are right")
        if field.kind is Kind.VAT_ID and alone and checks.vat_id_valid(claims[0].value):
            found[field.key].append("the check digits are right")
        places = printed.places(field.kind, claims[0].value)
        if (
            field.role == "issue_date"
            and alone
            and boxes[claims[0].box] == 1
            and (typed or len(places) > 1)
            and _one_way(field.kind, claims[0].raw, convention)
        ):
            found[field.key].append("no other date is printed")
        if (
            field.kind is Kind.CURRENCY
            and alone
            and convention.currency == claims[0].value
            and convention.currency_certainty >= _CERTAIN
            and len(places) > 1
        ):
            found[field.key].append("it stands there more than once, and no other does")
    return found


def _with_balances(
    claims: Sequence[Claim], record: Record, definition: DocumentType
) -> list[Claim]:
    """The claims, with the balances believed that several entries lead to, to the cent."""
    proven = {
        key
        for total in checks.statement_sum(record, definition)
        if total.difference == 0 and len(record.lines) >= _SEVERAL
        for key in total.keys
    }
    best = {claim.key: claim for claim in reversed(claims)}
    return [
        replace(claim, confidence=max(claim.confidence, _CERTAIN))
        if claim.key in proven and claim is best[claim.key]
        else claim
        for claim in claims
    ]


def _one_way(kind: Kind, raw: str, convention: Convention) -> bool:
    """Whether a print means the same in every convention (a month's name, a 31st, ISO)."""
    readings = [read(kind, raw, other) for other in _conventions(kind, convention)]
    return len({reading.value for reading in readings if reading is not None}) == 1


def _rounded_nearby(field: Field | None, printed: PrintedPages) -> bool:
    """Whether an amount a few cents away is printed too: the total after cash rounding."""
    amount = decimal_of(field.value) if field is not None else None
    if amount is None:
        return False
    return any(
        printed.places(Kind.AMOUNT, str(amount + cents * sign))
        for cents in _CASH_ROUNDING
        for sign in (1, -1)
    )


def _contradictions(
    record: Record, definition: DocumentType, supports: Mapping[str, Sequence[str]]
) -> Mapping[str, str]:
    """By key, the sum in the head of the document that its best claim breaks."""
    found: dict[str, str] = {}
    tax = record.field(definition.key_of("tax") or "")
    for total in (
        *checks.totals(record, definition),
        *checks.statement_sum(record, definition),
    ):
        # A breakdown that was read in part only is no reason to doubt the totals.
        if total.code == "net_plus_tax" and (tax is None or tax.value is None):
            continue
        if not total.holds:
            for key in total.keys:
                if not supports.get(key):
                    found.setdefault(key, total.message)
    return found


def _verified_lines(
    drafted: Record, definition: DocumentType, lines: Sequence[Row]
) -> tuple[Row, ...]:
    """The lines, of which ``drafted`` has what stands on the page, with what that verifies."""
    if definition.key_of("closing") is None:
        verified = verify_rows(definition, drafted.lines, _target(drafted, definition))
    else:
        opening = drafted.field(definition.key_of("opening") or "")
        verified = verify_entries(
            definition, drafted.lines, decimal_of(opening.value) if opening is not None else None
        )
    return tuple(
        tuple(
            cell if proven.value is None else proven
            for cell, proven in zip(row, proven_row, strict=True)
        )
        for row, proven_row in zip(lines, verified, strict=True)
    )


def _target(record: Record, definition: DocumentType) -> Decimal | None:
    """The total that the lines add up to, if they add up to one."""
    for total in checks.lines_sum(record, definition):
        if total.telling and total.difference == 0:
            key = definition.column_of("amount")
            amounts = [decimal_of(f.value) for row in record.lines for f in row if f.key == key]
            return sum((a for a in amounts if a is not None), Decimal(0))
    return None


def _other_readings(
    claims: Sequence[Claim], definition: DocumentType, convention: Convention
) -> Mapping[str, Claim]:
    """By key, the other reading of a print that can be read in two ways."""
    found: dict[str, Claim] = {}
    for field in definition.fields:
        best = next((c for c in claims if c.key == field.key), None)
        if best is None or field.kind not in {Kind.DATE, Kind.AMOUNT}:
            continue
        reading = read(field.kind, best.raw, convention)
        if reading is None or not reading.ambiguous:
            continue
        for other in _conventions(field.kind, convention):
            again = read(field.kind, best.raw, other)
            if again is not None and again.value != best.value:
                found[field.key] = replace(best, value=again.value, confidence=DOUBT)
    return found


def _conventions(kind: Kind, convention: Convention) -> tuple[Convention, ...]:
    if kind is Kind.DATE:
        return tuple(replace(convention, day_first=first) for first in (True, False))
    return tuple(replace(convention, decimal=sign) for sign in (".", ","))


def _ambiguities(fields: Sequence[Field], definition: DocumentType) -> tuple[Flag, ...]:
    """A flag for each value whose print can be read in two ways."""
    flags: list[Flag] = []
    for field in fields:
        kind = definition.field(field.key)
        other = next((a for a in field.alternatives if a.raw == field.raw), None)
        if field.status is not Status.DOUBTFUL or other is None or other.box != field.box:
            continue
        if kind.kind not in {Kind.DATE, Kind.AMOUNT}:
            continue
        message = f"{kind.label}: “{field.raw}” could be {field.value} or {other.value}."
        code = "ambiguous_date" if kind.kind is Kind.DATE else "ambiguous_amount"
        flags.append(Flag(code, message, (field.key,)))
    return tuple(flags)


def _pairs(rows: Sequence[Row], definition: DocumentType) -> tuple[tuple[str, str], ...]:
    """Rows of a name and a value as key–value pairs, each once; none for other types."""
    keys = (definition.column_of("pair_name"), definition.column_of("pair_value"))
    if None in keys:
        return ()
    texts = ({cell.key: cell.value or "" for cell in row} for row in rows)
    return tuple(dict.fromkeys((t.get(keys[0] or "", ""), t.get(keys[1] or "", "")) for t in texts))


def _titled(
    fields: Sequence[Field],
    definition: DocumentType,
    pages: Sequence[Page],
    printed: PrintedPages,
) -> tuple[Field, ...]:
    key = definition.key_of("title")
    title = read_title(pages)
    return tuple(
        _text_field(field.key, title, printed, _TITLE_CONFIDENCE)
        if field.key == key and title and field.status is Status.MISSING
        else field
        for field in fields
    )


def _text_field(key: str, text: str, printed: PrintedPages, confidence: float) -> Field:
    place = next(iter(printed.places(Kind.TEXT, text)), None)
    return Field(
        key,
        text or None,
        Status.FOUND if text else Status.MISSING,
        text,
        place.page if place is not None else None,
        place.box if place is not None else None,
        Reader.QUICK if text else None,
        confidence if text else 0.0,
    )
