"""What was read, against what documents say: right, wrong and left out, field by field.

The truth is one JSON object a line: ``id``, ``file`` (in the same folder), ``kind``,
``truth`` and, where they are needed, ``match`` (``{"seller": "contains"}``) and
``sign_free``.  ``truth`` holds the labelled fields: texts as printed, dates as ISO 8601,
amounts as decimals with a point, ``line_items`` with ``description``, ``quantity``,
``unit_price`` and ``amount``.  A list means that any of its values is right, ``null`` that
the document does not hold the field; what is not labelled is not scored.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import msgspec
import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from app.document import Record, Status, date_of, decimal_of
from app.document_types import document_type

ROLES = {
    "invoice_number": "number",
    "issue_date": "issue_date",
    "due_date": "due_date",
    "seller": "seller",
    "buyer": "buyer",
    "total_gross": "gross",
    "total_net": "net",
    "total_tax": "tax",
    "currency": "currency",
    "iban": "iban",
    "vat_id": "seller_vat_id",
}
"""The truth's names and the roles that they are in this program."""

_DATES = ("issue_date", "due_date")
_AMOUNTS = ("total_gross", "total_net", "total_tax")
_NAMES = ("seller", "buyer")
_CELLS = ("quantity", "unit_price")
_SURE = (Status.VERIFIED, Status.CONFIRMED)

_A_CENT = Decimal("0.005")
_SAME_NAME = 90.0  # of 100
_SAME_DESCRIPTION = 60.0
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_COUNTRY = re.compile("^[a-z]{2}(?=[0-9a-z]{6,})")

Said = str | int | float | None


class Item(msgspec.Struct, frozen=True):
    """A line item; what is not labelled is ``None``."""

    description: str | None = None
    quantity: Said = None
    unit_price: Said = None
    amount: Said = None


class Paper(msgspec.Struct, frozen=True):
    """A document and what it says."""

    id: str
    file: str
    kind: str
    truth: dict[str, msgspec.Raw] = {}
    match: dict[str, Literal["contains"]] = {}
    sign_free: bool = False
    lang: str = ""

    def labelled(self, name: str) -> tuple[Said, ...] | None:
        """The values that are right, none for a field that is not there; ``None``: no label."""
        if name not in self.truth:
            return None
        value = msgspec.json.decode(self.truth[name], type=Said | list[Said])
        values = value if isinstance(value, list) else [value]
        return tuple(each for each in values if each not in (None, ""))

    @property
    def items(self) -> tuple[Item, ...] | None:
        """The line items, ``None`` where they are not labelled."""
        raw = self.truth.get("line_items")
        return None if raw is None else msgspec.json.decode(raw, type=tuple[Item, ...])


@dataclass(slots=True)
class Tally:
    """How many values are right, how many are wrong or made up, how many are left out."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, right: int, wrong: int, missed: int) -> None:
        self.right += right
        self.wrong += wrong
        self.missed += missed

    @property
    def precision(self) -> float | None:
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)


@dataclass(slots=True)
class Scores:
    """The tallies of all documents, by field.

    ``silent`` are the sure values that are wrong (document, field, value), of ``sure``.
    """

    fields: dict[str, Tally] = field(default_factory=dict)
    documents: int = 0
    unread: int = 0
    sure: int = 0
    silent: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, paper: Paper, record: Record | None) -> None:
        """Score one document by the first record that was read from it, ``None`` for none."""
        self.documents += 1
        self.unread += record is None
        for name in ROLES:
            wanted = paper.labelled(name)
            if wanted is not None:
                self._add_field(paper, name, wanted, record)
        if (items := paper.items) is not None:
            self._add_items(paper, items, items_of(record) if record is not None else ())

    def _add_field(
        self, paper: Paper, name: str, wanted: Sequence[Said], record: Record | None
    ) -> None:
        value, sure = value_of(record, ROLES[name]) if record is not None else ("", False)
        right = bool(value) and any(same(name, each, value, paper) for each in wanted)
        tally = self.fields.setdefault(name, Tally())
        tally.add(right, bool(value) and not right, bool(wanted) and not right)
        if sure:
            self.sure += 1
            if not right:
                self.silent.append((paper.id, name, value))

    def _add_items(self, paper: Paper, wanted: Sequence[Item], read: Sequence[Item]) -> None:
        pairs = matched(wanted, read, paper)
        tally = self.fields.setdefault("line_items", Tally())
        tally.add(len(pairs), len(read) - len(pairs), len(wanted) - len(pairs))
        for name in _CELLS:
            for truth, found in pairs:
                said, got = number(getattr(truth, name)), number(getattr(found, name))
                if said is None:
                    continue
                right = got is not None and abs(abs(said) - abs(got)) <= _A_CENT
                cells = self.fields.setdefault(f"  {name}", Tally())
                cells.add(right, got is not None and not right, not right)


def value_of(record: Record, role: str) -> tuple[str, bool]:
    """The value of a role in a record, "" for none, and whether it is shown as sure."""
    key = document_type(record.document_type).key_of(role)
    found = record.field(key) if key is not None else None
    if found is None or not found.value:
        return "", False
    return found.value, found.status in _SURE


def items_of(record: Record) -> tuple[Item, ...]:
    """The lines of a record."""
    definition = document_type(record.document_type)
    keys = {name: definition.column_of(name) for name in Item.__struct_fields__}
    found: list[Item] = []
    for row in record.lines:
        cells = {cell.key: cell.value for cell in row}
        found.append(Item(**{name: cells.get(key or "") for name, key in keys.items()}))
    return tuple(found)


def same(name: str, wanted: Said, value: str, paper: Paper) -> bool:
    """Whether a value says what the truth says."""
    if name in _DATES:
        day = date_of(str(wanted)[:10])
        return day is not None and day == date_of(value)
    if name in _AMOUNTS:
        return _same_amount(number(wanted), number(value), free=paper.sign_free)
    if name == "currency":
        return _currency(str(wanted)) == _currency(value)
    truth, read = plain(str(wanted)), plain(value)
    if name in _NAMES:
        part = truth in read or read in truth
        if paper.match.get(name) == "contains" and part and min(len(truth), len(read)) > 2:
            return True
        return fuzz.ratio(truth, read) >= _SAME_NAME
    if name == "vat_id":
        truth, read = _COUNTRY.sub("", truth), _COUNTRY.sub("", read)
    return truth == read


def matched(wanted: Sequence[Item], read: Sequence[Item], paper: Paper) -> list[tuple[Item, Item]]:
    """The pairs of line items that are the same: the assignment in which most agrees."""
    if not wanted or not read:
        return []
    alike = np.array([[_alike(a.description, b.description) for b in read] for a in wanted])
    equal = np.array(
        [
            [_same_amount(number(a.amount), number(b.amount), free=paper.sign_free) for b in read]
            for a in wanted
        ]
    )
    open_amount = np.array([number(each.amount) is None for each in wanted])
    good = (alike >= _SAME_DESCRIPTION) & (equal | open_amount[:, None])
    rows, columns = linear_sum_assignment(100.0 * good + 50.0 * equal + alike, maximize=True)
    return [(wanted[a], read[b]) for a, b in zip(rows, columns, strict=True) if good[a, b]]


def number(value: Said) -> Decimal | None:
    """The number that a value is."""
    return decimal_of(str(value).replace(" ", "")) if value is not None else None


def plain(text: str) -> str:
    """Letters and digits only, case folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def truth_of(lines: Iterable[str]) -> list[Paper]:
    """The documents of a file of truth; awkward files that have none are left out."""
    papers = [msgspec.json.decode(line, type=Paper) for line in lines if line.strip()]
    return [paper for paper in papers if paper.truth and paper.kind != "robustness"]


def kinds_of(papers: Iterable[Paper]) -> Mapping[str, int]:
    """How many documents there are of each kind."""
    return Counter(paper.kind for paper in papers)


def _same_amount(wanted: Decimal | None, read: Decimal | None, *, free: bool) -> bool:
    if wanted is None or read is None:
        return False
    if free:
        wanted, read = abs(wanted), abs(read)
    return abs(wanted - read) <= _A_CENT


def _alike(wanted: str | None, read: str | None) -> float:
    truth, found = plain(wanted or ""), plain(read or "")
    if min(len(truth), len(found)) > 3 and (truth in found or found in truth):
        return 100.0
    return fuzz.ratio(truth, found)


def _currency(text: str) -> str:
    return _SIGNS.get(text.strip(), text.strip().upper())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
