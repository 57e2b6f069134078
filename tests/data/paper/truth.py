"""What a perfect reader would say of a made document.

Two forms: the program's own keys (``samples.jsonl``), and the form that scorers of
invoice readers share (``labels.jsonl``: id, file, kind, truth).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.data.paper.facts import Account, Bill, Sold, Tax, Till, cents

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Truth:
    """Keys and canonical values of one record; what is not printed is not there.

    ``lines`` is ``None`` where they are not part of the truth.
    """

    document_type: str
    language: str
    fields: Row
    lines: tuple[Row, ...] | None = ()
    taxes: tuple[Row, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    first_page: int = 1
    last_page: int = 1


def of_bill(bill: Bill, printed: frozenset[str], pages: tuple[int, int] = (1, 1)) -> Truth:
    """The truth of a bill of which the page shows the fields named in ``printed``."""
    fields = {
        "invoice_number": bill.number,
        "issue_date": bill.issue_date.isoformat(),
        "due_date": bill.due_date.isoformat() if bill.due_date else "",
        "currency": bill.currency,
        "seller_name": bill.seller.name,
        "seller_vat_id": bill.seller.vat_id,
        "buyer_name": bill.buyer.name,
        "total_net": _text(bill.net),
        "total_tax": _text(bill.tax),
        "total_gross": _text(bill.gross),
        "amount_due": _text(bill.due),
        "iban": bill.seller.iban,
    }
    if bill.prepaid:
        fields["total_prepaid"] = _text(bill.prepaid)
    always = {"invoice_number", "issue_date", "currency", "seller_name", "buyer_name"}
    shown = {key: text for key, text in fields.items() if text and key in always | printed}
    cells = ("quantity", "unit_price", "amount")
    columns = {"description", *(key for key in cells if f"lines.{key}" in printed)}
    lines = tuple(
        {
            key: text
            for key, text in (
                ("description", " ".join(filter(None, (item.description, item.note)))),
                ("quantity", _number(item.quantity)),
                ("unit_price", _text(item.unit_price)),
                ("amount", _text(item.amount)),
            )
            if key in columns
        }
        for item in bill.items
    )
    taxes = tuple(_tax(tax, "taxes.base" in printed) for tax in bill.taxes)
    kind = "credit_note" if bill.credit else "invoice"
    return Truth(kind, bill.language, shown, lines, taxes if "taxes" in printed else (), (), *pages)


def of_till(till: Till, printed: frozenset[str]) -> Truth:
    fields = {
        "merchant_name": till.shop.name,
        "merchant_address": ", ".join(till.shop.address),
        "merchant_vat_id": till.shop.vat_id,
        "receipt_number": till.number,
        "date": till.time.date().isoformat(),
        "currency": till.currency,
        "total": _text(till.total),
        "tax": _text(till.tax),
    }
    always = {"merchant_name", "merchant_address", "date", "total"}
    shown = {key: text for key, text in fields.items() if text and key in always | printed}
    lines = tuple(_sold(sold, printed) for sold in till.sold)
    taxes = tuple(_tax(tax, True) for tax in till.taxes)
    return Truth("receipt", till.language, shown, lines, taxes if "taxes" in printed else ())


def _tax(tax: Tax, with_base: bool) -> Row:
    row = {"rate": _number(tax.rate)}
    if with_base:
        row["base"] = _text(tax.base)
    return row | {"tax": _text(tax.tax)}


def _sold(sold: Sold, printed: frozenset[str]) -> Row:
    """A receipt's line; quantity and price of a single thing are mostly not printed."""
    in_columns = "lines.quantity" in printed
    row = {"description": sold.description}
    if in_columns or sold.quantity != 1:
        row["quantity"] = _number(sold.quantity)
    if "lines.unit_price" in printed or (not in_columns and sold.quantity != 1):
        row["unit_price"] = _text(sold.unit_price)
    return row | {"amount": _text(sold.amount)}


def of_account(account: Account, pages: int) -> Truth:
    fields = {
        "account_holder": account.holder.name,
        "iban": account.holder.iban,
        "period_start": account.start.isoformat(),
        "period_end": account.end.isoformat(),
        "currency": account.currency,
        "opening_balance": _text(account.opening),
        "closing_balance": _text(account.closing),
    }
    lines = tuple(
        {
            "date": posting.date.isoformat(),
            "description": " ".join((posting.description, *posting.details)),
            "amount": _text(posting.amount),
            "balance": _text(balance),
        }
        for posting, balance in zip(account.postings, account.balances, strict=True)
    )
    return Truth("bank_statement", account.language, fields, lines, (), (), 1, pages)


def sample(file: str, truth: Truth, **more: str) -> dict[str, object]:
    """A line of ``samples.jsonl``, in the keys of the program's own JSON."""
    found: dict[str, object] = {
        "file": file,
        "document_type": truth.document_type,
        "language": truth.language,
        "first_page": truth.first_page,
        "last_page": truth.last_page,
        "fields": truth.fields,
        "lines": truth.lines,
        "taxes": truth.taxes,
    }
    if truth.pairs:
        found["pairs"] = truth.pairs
    return found | more


_SHARED: Mapping[str, Sequence[str]] = {
    "invoice_number": ("invoice_number", "receipt_number"),
    "issue_date": ("issue_date", "date"),
    "due_date": ("due_date",),
    "seller": ("seller_name", "merchant_name"),
    "buyer": ("buyer_name",),
    "total_gross": ("total_gross", "total"),
    "total_net": ("total_net",),
    "total_tax": ("total_tax", "tax"),
    "currency": ("currency",),
    "iban": ("iban",),
    "vat_id": ("seller_vat_id", "merchant_vat_id"),
}


def label(name: str, file: str, truth: Truth) -> dict[str, object]:
    """A line of ``labels.jsonl``."""
    if truth.document_type == "bank_statement":
        heads = ["date", "description", "amount", "balance"]
        rows = [heads, *(list(line.values()) for line in truth.lines or ())]
        kind, shared = "table", {"rows": rows}
    else:
        kind = "receipt" if truth.document_type == "receipt" else "invoice"
        shared: dict[str, object] = {
            theirs: truth.fields[ours]
            for theirs, keys in _SHARED.items()
            for ours in keys
            if ours in truth.fields
        }
        if truth.lines is not None:
            shared["line_items"] = truth.lines
    return {
        "id": name,
        "file": file,
        "kind": kind,
        "source": "made",
        "lang": truth.language,
        "currency": truth.fields.get("currency"),
        "truth": shared,
    }


def _text(amount: Decimal) -> str:
    """With two decimals at least."""
    return f"{amount:.2f}" if amount == cents(amount) else f"{amount:f}"


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
