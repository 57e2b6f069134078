"""OASIS UBL 2: Invoice, CreditNote and (recognised only) Order; XRechnung, Peppol BIS, EN 16931."""

from __future__ import annotations

import re

from app.reading.einvoice.codes import document_type_of, is_order, profile_of, title_of
from app.reading.einvoice.model import Adjustment, EInvoice, Line, Party, Value
from app.reading.einvoice.tree import Node, NotReadableError
from app.reading.einvoice.values import Collector, balance_of, number_of

ROOTS = frozenset({"Invoice", "CreditNote", "Order", "OrderResponse", "OrderChange"})
NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"

_SELLER = "AccountingSupplierParty|SellerSupplierParty/Party"
_BUYER = "AccountingCustomerParty|BuyerCustomerParty/Party"
_TOTALS = "LegalMonetaryTotal|AnticipatedMonetaryTotal|RequestedMonetaryTotal"
_LINES = "InvoiceLine|CreditNoteLine"
_ORDER_LINES = "OrderLine/LineItem"
# Tax ids as VAT ids: Peppol's Australian, New Zealand and Singapore bills say GST.
_TAX_SCHEMES = frozenset({"VAT", "GST", "UST", "TVA", "IVA", "MVA", "MOMS", "BTW"})
_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*.]{2,13}")


def read(root: Node) -> EInvoice:
    """What a UBL document says; raises ``NotReadableError`` without number and totals."""
    if root.first("ID") is None and root.first(_TOTALS) is None:
        raise NotReadableError("has no document header")
    guideline = root.at("CustomizationID")
    order = is_order(root.name, guideline)
    code = root.at("InvoiceTypeCode|CreditNoteTypeCode|OrderTypeCode")
    if root.name == "CreditNote" and document_type_of(code) != "credit_note":
        code = "381"
    seller, buyer = _party(root.first(_SELLER)), _party(root.first(_BUYER))
    collect = Collector()
    due = root.at("DueDate") or max(
        (node.text for node in root.all("PaymentMeans/PaymentDueDate")), default=""
    )
    currency = root.at("DocumentCurrencyCode")
    totals = root.first(_TOTALS)
    if not currency and totals is not None:
        stated = {node.attribute("currencyID") for node in totals.children()} - {""}
        currency = stated.pop() if len(stated) == 1 else ""
    values: list[Value] = [
        *collect.text("number", root.at("ID")),  # BT-1
        *collect.day("issue_date", root.at("IssueDate")),  # BT-2
        *collect.day("due_date", due or root.at("PaymentTerms/PaymentDueDate")),  # BT-9
        *collect.text("seller", seller.name),  # BT-27
        *collect.compact("seller_vat_id", seller.vat_id),  # BT-31
        *collect.text("buyer", buyer.name),  # BT-44
        *collect.compact("buyer_vat_id", buyer.vat_id),  # BT-48
        *collect.compact("currency", currency),  # BT-5
        *collect.compact("iban", root.at("PaymentMeans/PayeeFinancialAccount/ID")),  # BT-84
    ]
    tax_total = _tax_total(root, currency)
    if totals is not None:
        tax = tax_total.at("TaxAmount") if tax_total is not None else ""
        for role, raw in (
            ("lines_total", totals.at("LineExtensionAmount")),  # BT-106
            ("allowances", totals.at("AllowanceTotalAmount")),  # BT-107
            ("charges", totals.at("ChargeTotalAmount")),  # BT-108
            ("net", totals.at("TaxExclusiveAmount")),  # BT-109
            ("tax", tax),  # BT-110
            ("gross", totals.at("TaxInclusiveAmount")),  # BT-112
            ("prepaid", totals.at("PrepaidAmount")),  # BT-113
            ("rounding", totals.at("PayableRoundingAmount")),  # BT-114
            ("due", totals.at("PayableAmount")),  # BT-115
        ):
            values += collect.amount(role, raw)
    items = root.all(_ORDER_LINES if order else _LINES)
    lines = [line for item in items if (line := _line(item, collect)) is not None]
    notes = [node.text for node in root.all("Note")]
    if len(lines) < len(items):
        notes += [item.at("Item/Name") for item in items if _line(item, Collector()) is None]
    taxes = [] if tax_total is None else tax_total.all("TaxSubtotal")
    return EInvoice(
        document_type="other" if order else document_type_of(code),
        title=title_of(code, order),
        profile=profile_of(root.name, guideline),
        type_code=code,
        values=tuple(values),
        lines=tuple(lines),
        taxes=tuple(row for tax in taxes if (row := _tax(tax, collect))),
        adjustments=tuple(_adjustments(root)),
        seller=seller,
        buyer=buyer,
        notes=tuple(note for note in notes if note),
        terms=tuple(node.text for node in root.all("PaymentTerms/Note") if node.text),
        delivered=root.at("Delivery/ActualDeliveryDate"),
        order=order,
        unreadable=tuple(collect.unreadable),
    )


def _tax_total(root: Node, currency: str) -> Node | None:
    """The tax total in the invoice's own currency; a second one is in the accounting currency."""
    totals = root.all("TaxTotal")
    for total in totals:
        amount = total.first("TaxAmount")
        if amount is not None and amount.attribute("currencyID") in {currency, ""}:
            return total
    return totals[0] if len(totals) == 1 and not currency else None


def _tax(subtotal: Node, collect: Collector) -> tuple[Value, ...]:
    """One row of the tax breakdown (BG-23)."""
    rate = subtotal.at("TaxCategory/Percent") or subtotal.at("Percent")
    return (
        *collect.number("rate", rate),  # BT-119
        *collect.amount("base", subtotal.at("TaxableAmount")),  # BT-116
        *collect.amount("tax", subtotal.at("TaxAmount")),  # BT-117
    )


def _adjustments(owner: Node) -> list[Adjustment]:
    """Allowances and charges of a document or a line (BG-20, BG-21, BG-27, BG-28)."""
    return [
        Adjustment(
            charge=node.at("ChargeIndicator").lower() in {"true", "1"},
            reason=node.at("AllowanceChargeReason"),
            amount=amount,
        )
        for node in owner.all("AllowanceCharge")
        if (amount := node.at("Amount"))
    ]


def _line(item: Node, collect: Collector) -> Line | None:
    """One line, or ``None`` for a line that only carries text (nothing of it, for nothing)."""
    quantity = item.first("InvoicedQuantity|CreditedQuantity|Quantity")
    count = quantity.text if quantity is not None else ""
    amount = item.at("LineExtensionAmount")  # BT-131
    if number_of(count or "0") == 0 and number_of(amount or "0") == 0:
        return None
    name, described = item.at("Item/Name"), item.at("Item/Description")  # BT-153, BT-154
    price, base = item.at("Price/PriceAmount"), item.at("Price/BaseQuantity")
    return Line(
        values=(
            *collect.text("description", name or described or item.at("Note")),
            *collect.number("quantity", count),  # BT-129
            *collect.price(price, base, count, amount),
            *collect.amount("amount", amount),
        ),
        number=item.at("ID"),
        unit=quantity.attribute("unitCode") if quantity is not None else "",
        detail=described if name and described != name else "",
        note=item.at("Note"),
        adjustment=balance_of(_adjustments(item)),
    )


def _party(node: Node | None) -> Party:
    if node is None:
        return Party()
    address = node.first("PostalAddress")
    place: tuple[str, ...] = ()
    if address is not None:
        place = (
            address.at("StreetName"),
            address.at("AdditionalStreetName"),
            *(line.text for line in address.all("AddressLine/Line")),
            f"{address.at('PostalZone')} {address.at('CityName')}".strip(),
            address.at("Country/IdentificationCode"),
        )
    vat_id = tax_number = ""
    for registration in node.all("PartyTaxScheme"):
        scheme = registration.at("TaxScheme/ID").upper()
        number = registration.at("CompanyID")
        compact = "".join(number.split()).upper()
        if not vat_id and (scheme in _TAX_SCHEMES or (not scheme and _VAT_ID.fullmatch(compact))):
            vat_id = number
        elif not tax_number:
            tax_number = number
    contact = tuple(node.at(f"Contact/{part}") for part in ("Name", "Telephone", "ElectronicMail"))
    # BT-27 is the registered name; a trading name (BT-28) stands in where it is missing.
    name = node.at("PartyLegalEntity/RegistrationName") or node.at("PartyName/Name")
    if not name:
        person = (node.at("Person/FirstName"), node.at("Person/FamilyName"))
        name = " ".join(part for part in person if part)
    return Party(
        name=name,
        address=tuple(line for line in place if line),
        vat_id=vat_id,
        tax_number=tax_number,
        contact=tuple(line for line in contact if line),
    )
