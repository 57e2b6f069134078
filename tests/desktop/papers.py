"""Documents in a library as if they had just been read, made through the library's own doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pymupdf

from app.document import (
    Box,
    Claim,
    Document,
    Field,
    Flag,
    Page,
    Reader,
    Record,
    Row,
    Status,
    Word,
    WordSource,
    union_of,
)
from app.errors import Code, Problem
from app.library import Library
from tests.paper import invoice_pdf

GOODS = (
    ("Paper, A4, white, 500 sheets", "20", "4.10", "82.00"),
    ("Ball pens, blue, box of 50", "2", "12.00", "24.00"),
    ("Desk lamp “Aurora” with clamp", "3", "13.30", "39.90"),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What to print: lines of text at places in points on an A4 page."""

    name: str
    prints: tuple[tuple[float, float, str, float], ...]


def print_pdf(path: Path, paper: Paper) -> Path:
    """Print ``paper`` to a PDF."""
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        for x, y, text, size in paper.prints:
            page.insert_text((x, y), text, fontsize=size)
        document.save(path)
    return path


def office_invoice(number: str, seller: str, date: str, goods: Sequence[tuple[str, ...]]) -> Paper:
    """An invoice with line items and totals."""
    prints: list[tuple[float, float, str, float]] = [
        (60, 80, seller, 17),
        (60, 98, "Example Road, Exampletown", 9),
        (60, 165, "Invoice to", 9),
        (60, 180, "Invented Customer Ltd", 10),
        (360, 165, f"Invoice number {number}", 10),
        (360, 180, f"Invoice date {date}", 10),
        (60, 260, "Description", 10),
        (330, 260, "Quantity", 10),
        (400, 260, "Unit price", 10),
        (490, 260, "Amount", 10),
    ]
    y = 282.0
    for description, quantity, price, amount in goods:
        prints += [
            (60, y, description.replace("“", "'").replace("”", "'"), 10),
            (340, y, quantity, 10),
            (405, y, price, 10),
            (490, y, amount, 10),
        ]
        y += 18
    net = sum(float(g[3]) for g in goods)
    tax = round(net * 0.2, 2)
    for label, value in (("Net total", net), ("VAT 20%", tax), ("Total", net + tax)):
        prints += [(380, y + 24, label, 10), (490, y + 24, f"{value:.2f}", 10)]
        y += 18
    return Paper(f"{number}.pdf", tuple(prints))


def words_of(path: Path) -> tuple[Word, ...]:
    """The words of a PDF's first page with their boxes."""
    with pymupdf.open(path) as document:
        page = document[0]
        wide, high = page.rect.width, page.rect.height
        return tuple(
            Word(w[4], Box(w[0] / wide, w[1] / high, w[2] / wide, w[3] / high))
            for w in page.get_text("words")
        )


def picture_of(path: Path, into: Path) -> Path:
    """The first page's picture as the reading child leaves it."""
    with pymupdf.open(path) as document:
        document[0].get_pixmap(dpi=130).save(into, jpg_quality=80)
    return into


def place_of(words: Sequence[Word], text: str, nth: int = 0) -> Box | None:
    """Where ``text`` (one or several words) is printed."""
    parts = text.split()
    found = 0
    for start in range(len(words) - len(parts) + 1):
        if [w.text for w in words[start : start + len(parts)]] == parts:
            if found == nth:
                return union_of([w.box for w in words[start : start + len(parts)]])
            found += 1
    return None


def read_into(
    library: Library,
    file: Path,
    records: Sequence[Record],
    work: Path,
    *,
    pages: int = 1,
    name: str | None = None,
) -> tuple[int, tuple[int, ...]]:
    """Add ``file`` and save ``records`` as its reading; the document's and the records' ids."""
    added = library.add_file(file, name=name)
    job = library.claim_job()
    assert job is not None
    assert job.document_id == added.document_id
    assert library.progress(job.id, pages, 0, "application/pdf")
    for number in range(1, pages + 1):
        picture = picture_of(file, work / f"page-{number:04}.jpg")
        words = words_of(file)
        page = Page(number, 595, 842, words, WordSource.TEXT, image=picture.name)
        assert library.save_page(job.id, page, picture)
    document = Document(file.name, job.sha256, "application/pdf", ())
    return added.document_id, library.finish(job.id, document, records)


def found(
    words: Sequence[Word],
    key: str,
    printed: str,
    value: str,
    status: Status = Status.FOUND,
    *,
    reason: str = "",
    alternatives: tuple[Claim, ...] = (),
    nth: int = 0,
) -> Field:
    """A field that stands on the page where ``printed`` is printed."""
    return Field(
        key,
        value,
        status,
        raw=printed,
        page=1,
        box=place_of(words, printed, nth),
        reader=Reader.QUICK,
        confidence=0.9,
        reason=reason,
        alternatives=alternatives,
    )


def missing(key: str) -> Field:
    """A field that was not found."""
    return Field(key, None, Status.MISSING)


def lines_of(words: Sequence[Word], goods: Sequence[tuple[str, ...]]) -> tuple[Row, ...]:
    """The line items as the reader gives them."""
    rows = []
    seen: dict[str, int] = {}
    for texts in goods:
        row = []
        for key, text in zip(
            ("description", "quantity", "unit_price", "amount"), texts, strict=True
        ):
            printed = text.replace("“", "'").replace("”", "'")
            nth = seen.get(printed, 0)
            seen[printed] = nth + 1
            row.append(found(words, key, printed, text, nth=nth))
        rows.append(tuple(row))
    return tuple(rows)


def invoice_record(
    file: Path, number: str, seller: str, date: tuple[str, str], goods: Sequence[tuple[str, ...]]
) -> Record:
    """A sound reading of :func:`office_invoice`: totals verified, the rest found."""
    words = words_of(file)
    net = sum(float(g[3]) for g in goods)
    tax = round(net * 0.2, 2)
    sums = "net + tax = total"
    return Record(
        "invoice",
        (
            found(words, "invoice_number", number, number),
            found(words, "issue_date", date[0], date[1]),
            missing("due_date"),
            found(words, "seller_name", seller, seller),
            missing("seller_vat_id"),
            found(words, "buyer_name", "Invented Customer Ltd", "Invented Customer Ltd"),
            Field("currency", "EUR", Status.FOUND, reader=Reader.QUICK, confidence=0.8),
            found(words, "total_net", f"{net:.2f}", f"{net:.2f}", Status.VERIFIED, reason=sums),
            found(words, "total_tax", f"{tax:.2f}", f"{tax:.2f}", Status.VERIFIED, reason=sums),
            found(
                words, "total_gross", f"{net + tax:.2f}", f"{net + tax:.2f}", Status.VERIFIED,
                reason=sums,
            ),
            missing("amount_due"),
            missing("iban"),
        ),
        lines=lines_of(words, goods),
    )  # fmt: skip


def with_field(record: Record, field: Field) -> Record:
    """``record`` with another field in place of the one with the same key."""
    fields = tuple(field if f.key == field.key else f for f in record.fields)
    return replace(record, fields=fields)


def doubtful(record: Record, key: str, other: str, reason: str) -> Record:
    """``record`` with a value in doubt, for which ``other`` was read too."""
    field = record.field(key)
    assert field is not None
    claim = Claim(key, other, other, None, None, Reader.QUICK, 0.4)
    return with_field(
        record, replace(field, status=Status.DOUBTFUL, reason=reason, alternatives=(claim,))
    )


def add_invoice(
    library: Library,
    work: Path,
    number: str = "A-1001",
    seller: str = "Made-up Office Supplies",
    date: tuple[str, str] = ("3 November 2026", "2026-11-03"),
    goods: Sequence[tuple[str, ...]] = GOODS,
) -> tuple[int, int]:
    """A sound invoice in the library: the document's and the record's id."""
    file = print_pdf(work / f"{number}.pdf", office_invoice(number, seller, date[0], goods))
    record = invoice_record(file, number, seller, date, goods)
    document_id, records = read_into(library, file, [record], work)
    return document_id, records[0]


def add_doubtful_invoice(
    library: Library,
    work: Path,
    number: str = "B-77",
    seller: str = "Invented Lighting Co",
) -> tuple[int, int]:
    """One whose total and date are doubtful and whose seller is missing."""
    date = ("03/04/2026", "2026-04-03")
    file = print_pdf(work / f"{number}.pdf", office_invoice(number, seller, date[0], GOODS))
    record = invoice_record(file, number, seller, date, GOODS)
    record = doubtful(
        record, "issue_date", "2026-03-04", "the day and the month may be the other way round"
    )
    record = doubtful(record, "total_gross", "157.90", "two totals are printed")
    record = with_field(record, missing("seller_name"))
    flag = Flag("sum", "Net and tax do not add up to the total: 145.90 + 29.18 is not 157.90.",
                ("total_net", "total_tax", "total_gross"))  # fmt: skip
    record = replace(record, flags=(flag,))
    document_id, records = read_into(library, file, [record], work)
    return document_id, records[0]


def add_receipt(library: Library, work: Path, shop: str, total: str) -> tuple[int, int]:
    """A receipt with two items."""
    prints = (
        (220.0, 90.0, shop, 15.0),
        (220.0, 140.0, "Coffee beans 1 kg", 10.0),
        (380.0, 140.0, "14.50", 10.0),
        (220.0, 180.0, "TOTAL EUR", 12.0),
        (380.0, 180.0, total, 12.0),
        (220.0, 210.0, "12.10.2026 10:31", 9.0),
    )
    file = print_pdf(work / f"{shop}.pdf", Paper(shop, prints))
    words = words_of(file)
    record = Record(
        "receipt",
        (
            found(words, "merchant_name", shop, shop),
            found(words, "date", "12.10.2026", "2026-10-12"),
            Field("currency", "EUR", Status.FOUND, reader=Reader.QUICK),
            found(words, "total", total, total),
        ),
        lines=(
            (
                found(words, "description", "Coffee beans 1 kg", "Coffee beans 1 kg"),
                found(words, "amount", "14.50", "14.50"),
            ),
        ),
    )
    document_id, records = read_into(library, file, [record], work, name=f"{shop}.jpg")
    return document_id, records[0]


def add_failed(library: Library, work: Path, code: Code, number: str) -> int:
    """A document that could not be read."""
    file = invoice_pdf(work / f"{number}.pdf", number)
    added = library.add_file(file)
    job = library.claim_job()
    assert job is not None
    library.fail(job.id, Problem(code, file.name))
    return added.document_id
