"""What an e-invoice states, before it becomes a record: one form for every syntax.

A value keeps the characters of the XML (``raw``) beside the canonical form that the
rest of the program uses (see :mod:`app.document`), and is named by its *role*, so that
any document type can be filled from it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """One statement of the XML: the role that it plays, as written, and canonical."""

    role: str
    raw: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice line.

    ``adjustment`` is what its own charges less its own allowances add to quantity × price;
    the texts are for the page that is drawn of it.
    """

    values: tuple[Value, ...]
    number: str = ""
    unit: str = ""
    detail: str = ""
    note: str = ""
    adjustment: str = "0"

    def get(self, role: str) -> str:
        """The canonical value of ``role``, "" if the line does not state it."""
        return next((v.value for v in self.values if v.role == role), "")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A document-level allowance or charge; ``amount`` is positive for both."""

    charge: bool
    reason: str
    amount: str


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer; ``address`` holds its printed lines."""

    name: str = ""
    address: tuple[str, ...] = ()
    vat_id: str = ""
    tax_number: str = ""
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EInvoice:
    """Everything that is read from one e-invoice.

    ``document_type`` is the name of the type whose definition it fills (``invoice``,
    ``credit_note``, or ``other`` for an order).  ``title`` is what the document calls
    itself in words.  ``profile`` names syntax and level ("Factur-X BASIC WL").  ``nested``
    is true when some lines only group or explain others, so that the lines' amounts are
    not meant to add up.  ``unreadable`` names the values that were there but were not what
    the standard allows (a date that is no date); those stay missing.
    """

    document_type: str
    title: str
    profile: str
    type_code: str
    values: tuple[Value, ...]
    lines: tuple[Line, ...]
    taxes: tuple[tuple[Value, ...], ...]
    adjustments: tuple[Adjustment, ...]
    seller: Party
    buyer: Party
    notes: tuple[str, ...]
    terms: tuple[str, ...]
    delivered: str = ""
    order: bool = False
    nested: bool = False
    unreadable: tuple[str, ...] = ()

    def get(self, role: str) -> str:
        """The canonical value of ``role``, "" if the XML does not state it."""
        return next((v.value for v in self.values if v.role == role), "")
