"""A library of 2,000 made records, the same on every computer: what questions are asked of.

It has what real ones have: names in several spellings, four currencies and none, values
that are missing, doubtful or no numbers, bills that are in it twice, credit notes with
either sign, statements with entries of their own dates, papers in the trash and papers that
could not be read.  ``records()`` are the facts in plain Python, which the oracle counts;
``fill()`` puts the same into a real library.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from app.document import Document, Field, Reader, Record, Row, Status
from app.errors import Code, Problem
from app.library import Library

TODAY = dt.date(2026, 11, 20)  # a Friday
COUNT = 2_000
_A_DOCUMENT = 10  # records that one document holds
_CENT = Decimal("0.01")

_SELLERS = (
    ("Miller GmbH", "MILLER GMBH", "Miller GmbH "),
    ("Müller & Söhne KG", "Muller & Sohne KG"),
    ("Stadtwerke Berlin",),
    ("Deutsche Telekom AG", "DEUTSCHE TELEKOM AG"),
    ("Société Dupont SARL", "SOCIETE DUPONT SARL"),
    ("Papelería Gómez", "Papeleria Gomez"),
    ("Café Ruiz", "CAFE RUIZ"),
    ("O'Brien & Daughters Ltd",),
    ("Acme Office Supplies",),
    ("Hôtel Bellevue",),
    ("Robert'); DROP TABLE facts;--",),
    ('The "Quoted" Company',),
    ("東京文具株式会社",),
    ("Nordic Freight AS",),
    ("100% Bio_Markt",),
)
_BUYERS = ("Kontor Nord GmbH", "Kontor Süd GmbH", "Kontor Nord UK Ltd")
_THINGS = ("Paper A4", "Coffee beans", "Délivrance express", "Druckerpatrone", "Hosting", "Café")
_ENTRIES = ("Rent", "Salary", "Card payment Café Ruiz", "Transfer Miller GmbH", "Bank fee")
_KEYS = {
    "invoice": {
        "number": "invoice_number",
        "issue_date": "issue_date",
        "due_date": "due_date",
        "seller": "seller_name",
        "buyer": "buyer_name",
        "currency": "currency",
        "net": "total_net",
        "tax": "total_tax",
        "gross": "total_gross",
        "due": "amount_due",
    },
    "receipt": {
        "seller": "merchant_name",
        "number": "receipt_number",
        "issue_date": "date",
        "currency": "currency",
        "gross": "total",
        "tax": "tax",
    },
    "bank_statement": {
        "account_holder": "account_holder",
        "period_start": "period_start",
        "period_end": "period_end",
        "currency": "currency",
        "opening": "opening_balance",
        "closing": "closing_balance",
    },
    "other": {"title": "title", "issue_date": "date"},
}
_KEYS["credit_note"] = _KEYS["invoice"]
COLUMNS = {kind: tuple(keys) for kind, keys in _KEYS.items()}
"""By type of document, the roles of the fields that are made."""
ROWS = {
    "invoice": ("description", "quantity", "unit_price", "amount"),
    "credit_note": ("description", "quantity", "unit_price", "amount"),
    "receipt": ("description", "quantity", "unit_price", "amount"),
    "bank_statement": ("date", "description", "amount", "balance"),
    "other": (),
}
"""By type of document, the columns of its lines; their keys are their roles."""


@dataclass(frozen=True, slots=True)
class Made:
    """A value: canonical text, ``None`` where there is none."""

    value: str | None
    doubtful: bool = False
    confirmed: bool = False


Values = dict[str, Made]


@dataclass(frozen=True, slots=True)
class MadeRecord:
    """A record as it is shown at the end; ``id`` is what the library will call it."""

    id: int
    kind: str
    name: str
    fields: Values
    lines: tuple[Values, ...] = ()
    taxes: tuple[Values, ...] = ()
    trashed: bool = False
    edited: Values = field(default_factory=dict)  # what the user typed over the reading


@cache
def records() -> tuple[MadeRecord, ...]:
    """All records, in the order of their ids."""
    luck = random.Random(20261120)
    made: list[MadeRecord] = []
    for number in range(1, COUNT + 1):
        document = (number - 1) // _A_DOCUMENT
        name = f"Scan {document:03} {'Büro' if document % 3 else 'Lager'}.pdf"
        kind = luck.choices(
            ("invoice", "receipt", "credit_note", "bank_statement", "other"),
            (110, 60, 14, 6, 10),
        )[0]
        record = _record(luck, number, kind, name)
        if kind == "invoice" and number % 150 == 0:  # the same bill once more
            twin = next(r for r in reversed(made) if r.kind == "invoice" and not r.edited)
            record = replace(twin, id=number, name=name)
        made.append(replace(record, trashed=document % 50 == 49))
    return tuple(made)


def _record(luck: random.Random, number: int, kind: str, name: str) -> MadeRecord:
    day = dt.date(2025, 1, 1) + dt.timedelta(days=luck.randrange(688))
    if kind == "bank_statement":
        return _statement(luck, number, name, day.replace(day=1))
    if kind == "other":
        title = Made(luck.choice(("Lease", "Price list", "Lettre de résiliation")))
        date = Made(None) if luck.random() < 0.3 else Made(day.isoformat())
        return MadeRecord(number, kind, name, {"title": title, "issue_date": date})
    rate = luck.choice((7, 19))
    net = Decimal(luck.randrange(500, 250_000)) / 100
    tax = (net * rate / 100).quantize(_CENT)
    sign = -1 if kind == "credit_note" and luck.random() < 0.3 else 1
    gross = (net + tax) * sign
    currency = luck.choices(("EUR", "USD", "GBP", "JPY", None), (80, 10, 6, 2, 2))[0]
    fields = {
        "number": Made(f"R-{number:05}" if luck.random() < 0.95 else None),
        "issue_date": _date(luck, day, 0.02),
        "seller": _sometimes(luck, luck.choice(luck.choice(_SELLERS)), 0.02),
        "currency": Made(currency, doubtful=currency is not None and luck.random() < 0.02),
        "tax": Made(str(tax * sign)),
        "gross": _sometimes(luck, str(gross), 0.015),
    }
    if luck.random() < 0.01:
        fields["gross"] = Made(luck.choice(("12.5O", "1e99", "0.1234567")))
    if kind != "receipt":
        due = None if luck.random() < 0.06 else day + dt.timedelta(days=luck.choice((14, 30)))
        fields["due_date"] = Made(None) if due is None else _date(luck, due, 0.0)
        fields["buyer"] = Made(luck.choice(_BUYERS))
        fields["net"] = Made(str(net * sign))
        fields["due"] = Made("0.00" if luck.random() < 0.6 else str(gross))
    lines = tuple(_line(luck, sign) for _ in range(luck.choice((0, 0, 1, 2, 4))))
    taxes = ({"rate": Made(str(rate)), "base": Made(str(net)), "tax": Made(str(tax))},)
    record = MadeRecord(number, kind, name, fields, lines, taxes)
    if kind == "invoice" and number % 97 == 0:
        edited = {"gross": Made("1000.10", confirmed=True), "due_date": Made(None, confirmed=True)}
        record = replace(record, fields={**fields, **edited}, edited=edited)
    return record


def _line(luck: random.Random, sign: int) -> Values:
    quantity, price = luck.randrange(1, 9), Decimal(luck.randrange(50, 9_000)) / 100
    return {
        "description": _sometimes(luck, luck.choice(_THINGS), 0.02),
        "quantity": Made(str(quantity)),
        "unit_price": Made(str(price)),
        "amount": _sometimes(luck, str(quantity * price * sign), 0.02),
    }


def _statement(luck: random.Random, number: int, name: str, first: dt.date) -> MadeRecord:
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    balance = Decimal(luck.randrange(10_000, 900_000)) / 100
    opening, lines = balance, []
    for _ in range(luck.randrange(4, 12)):
        amount = Decimal(luck.randrange(-90_000, 90_000)) / 100
        balance += amount
        day = first + dt.timedelta(days=luck.randrange(28))
        date = Made(None) if luck.random() < 0.05 else _date(luck, day, 0.0)
        lines.append(
            {
                "date": date,
                "description": Made(luck.choice(_ENTRIES)),
                "amount": _sometimes(luck, str(amount), 0.01),
                "balance": Made(str(balance)),
            }
        )
    fields = {
        "account_holder": Made(luck.choice(_BUYERS)),
        "period_start": Made(first.isoformat()),
        "period_end": _date(luck, last, 0.05),
        "currency": Made(luck.choices(("EUR", "GBP"), (4, 1))[0]),
        "opening": Made(str(opening)),
        "closing": Made(str(balance)),
    }
    return MadeRecord(number, "bank_statement", name, fields, tuple(lines))


def _date(luck: random.Random, day: dt.date, missing: float) -> Made:
    if luck.random() < missing:
        return Made(None)
    if luck.random() < 0.005:
        return Made("31.02.2026")
    return Made(day.isoformat(), doubtful=luck.random() < 0.02)


def _sometimes(luck: random.Random, value: str, missing: float) -> Made:
    """The value, now and then doubtful, or missing."""
    return Made(None) if luck.random() < missing else Made(value, doubtful=luck.random() < 0.02)


def documents() -> Iterator[tuple[str, tuple[MadeRecord, ...]]]:
    """The names of the documents, each with its records."""
    everything = records()
    for start in range(0, COUNT, _A_DOCUMENT):
        yield everything[start].name, everything[start : start + _A_DOCUMENT]


UNREAD = ("cannot be read.pdf", "locked.pdf", "waits.pdf", "waits too.pdf")
"""The documents without records; the first two have failed."""


def fill(library: Library, desk: Path) -> None:
    """Put all of it into an empty library; ``desk`` is an empty folder for the files."""
    trashed = []
    for name, made in documents():
        document_id = _add(library, desk, name, str(made[0].id))
        job = library.claim_job()
        assert job is not None
        document = Document(name, job.sha256, "application/pdf", ())
        ids = library.finish(job.id, document, [_as_read(record) for record in made])
        assert list(ids) == [record.id for record in made]
        for record in made:
            for role, value in record.edited.items():
                library.edit(record.id, _KEYS[record.kind][role], value.value)
        if made[0].trashed:
            trashed.append(document_id)
    library.trash(trashed)
    for name in UNREAD:
        _add(library, desk, name, name)
    for code in (Code.DAMAGED, Code.PASSWORD_NEEDED):
        job = library.claim_job()
        assert job is not None
        library.fail(job.id, Problem(code, job.name))


def _add(library: Library, desk: Path, name: str, content: str) -> int:
    path = desk / "paper.pdf"
    path.write_bytes(b"%PDF " + content.encode())
    return library.add_file(path, name=name).document_id


def _as_read(record: MadeRecord) -> Record:
    """What a reader would have made of it: what the user typed over is not there yet."""
    keys = _KEYS[record.kind]
    read = {
        keys[role]: Made("1.00") if role in record.edited else made
        for role, made in record.fields.items()
    }
    return Record(
        record.kind,
        _row(read),
        tuple(_row(line) for line in record.lines),
        tuple(_row(tax) for tax in record.taxes),
    )


def _row(values: Values) -> Row:
    return tuple(_field(key, made) for key, made in values.items())


def _field(key: str, made: Made) -> Field:
    if made.value is None:
        return Field(key, None, Status.MISSING)
    status = Status.DOUBTFUL if made.doubtful else Status.FOUND
    return Field(key, made.value, status, made.value, 1, None, Reader.QUICK, 0.9)
