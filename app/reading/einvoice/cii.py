"""UN/CEFACT Cross Industry Invoice: ZUGFeRD 1 and 2, Factur-X, XRechnung, EN 16931.

ZUGFeRD 1 (2014, D13B) calls some elements by other names than the later D16B; each path
names both.  Business terms in comments are those of EN 16931-1.
"""

from __future__ import annotations

from app.reading.einvoice.codes import (
    NESTED_LINES,
    document_type_of,
    is_order,
    profile_of,
    title_of,
)
from app.reading.einvoice.model import Adjustment, EInvoice, Line, Party, Value
from app.reading.einvoice.tree import Node, NotReadableError
from app.reading.einvoice.values import Collector, balance_of, number_of

ROOTS = frozenset(
    {
        "CrossIndustryInvoice",
        "CrossIndustryDocument",  # ZUGFeRD 1
        "SCRDMCCBDACIOMessageStructure",  # Order-X
        "CrossIndustryOrder",
    }
)

_HEADER = "ExchangedDocument|HeaderExchangedDocument"
_CONTEXT = "ExchangedDocumentContext|SpecifiedExchangedDocumentContext|CIExchangedDocumentContext"
_TRADE = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
_AGREEMENT = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_DELIVERY = "ApplicableHeaderTradeDelivery|ApplicableSupplyChainTradeDelivery"
_SETTLEMENT = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
_LINE_AGREEMENT = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
_LINE_DELIVERY = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
_LINE_SETTLEMENT = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
_LINE_SUMS = (
    "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
)
_DAY = "DateTimeString|DateTime|Date"
_RATE = "RateApplicablePercent|ApplicablePercent"


def read(root: Node) -> EInvoice:
    """What a CII document says; raises ``NotReadableError`` if it has no header or no trade."""
    header, trade = root.first(_HEADER), root.first(_TRADE)
    if header is None or trade is None:
        raise NotReadableError("has no document header")
    guideline = root.at(f"{_CONTEXT}/GuidelineSpecifiedDocumentContextParameter/ID")
    code = header.at("TypeCode")
    order = is_order(root.name, guideline)
    agreement = trade.first(_AGREEMENT)
    settlement = trade.first(_SETTLEMENT)
    collect = Collector()
    values: list[Value] = [
        *collect.text("number", header.at("ID")),  # BT-1
        *collect.day("issue_date", header.at(f"IssueDateTime/{_DAY}")),  # BT-2
    ]
    seller = buyer = Party()
    if agreement is not None:
        seller = _party(agreement.first("SellerTradeParty"))
        buyer = _party(agreement.first("BuyerTradeParty"))
        values += collect.text("seller", seller.name)  # BT-27
        values += collect.compact("seller_vat_id", seller.vat_id)  # BT-31
        values += collect.text("buyer", buyer.name)  # BT-44
        values += collect.compact("buyer_vat_id", buyer.vat_id)  # BT-48
    taxes: list[tuple[Value, ...]] = []
    adjustments: list[Adjustment] = []
    terms: list[str] = []
    if settlement is not None:
        values += _settled(settlement, collect)
        taxes = [row for tax in settlement.all("ApplicableTradeTax") if (row := _tax(tax, collect))]
        adjustments = _adjustments(settlement)
        terms = [
            t for n in settlement.all("SpecifiedTradePaymentTerms/Description") if (t := n.text)
        ]
    items = trade.all("IncludedSupplyChainTradeLineItem|IncludedCITradeLineItem")
    lines = [line for item in items if (line := _line(item, collect)) is not None]
    texts = [item.at("AssociatedDocumentLineDocument/IncludedNote/Content") for item in items]
    notes = [node.text for node in header.all("IncludedNote/Content")]
    if len(lines) < len(items):
        notes += texts
    return EInvoice(
        document_type="other" if order else document_type_of(code),
        title=header.at("Name") or title_of(code, order),
        profile=profile_of(root.name, guideline),
        type_code=code,
        values=tuple(values),
        lines=tuple(lines),
        taxes=tuple(taxes),
        adjustments=tuple(adjustments),
        seller=seller,
        buyer=buyer,
        notes=tuple(note for note in notes if note),
        terms=tuple(terms),
        delivered=trade.at(f"{_DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/{_DAY}"),
        order=order,
        nested=any(
            item.at("AssociatedDocumentLineDocument/LineStatusReasonCode") in NESTED_LINES
            for item in items
        ),
        unreadable=tuple(collect.unreadable),
    )


def _settled(settlement: Node, collect: Collector) -> list[Value]:
    """Currency, due date, account and document totals."""
    sums = settlement.first(_SUMS)
    currency = settlement.at("InvoiceCurrencyCode|OrderCurrencyCode")  # BT-5
    if not currency and sums is not None:
        stated = {node.attribute("currencyID") for node in sums.children()} - {""}
        currency = stated.pop() if len(stated) == 1 else ""
    values = collect.compact("currency", currency)
    # Instalments and discount terms are repeated terms; the last day is when all is due.
    due = [n.text for n in settlement.all(f"SpecifiedTradePaymentTerms/DueDateDateTime/{_DAY}")]
    values += collect.day("due_date", max(due, default=""))  # BT-9
    values += collect.compact("iban", _account(settlement))  # BT-84
    if sums is None:
        return values
    tax = _in_currency(sums.all("TaxTotalAmount"), currency)
    for role, raw in (
        ("lines_total", sums.at("LineTotalAmount")),  # BT-106
        ("allowances", sums.at("AllowanceTotalAmount")),  # BT-107
        ("charges", sums.at("ChargeTotalAmount")),  # BT-108
        ("net", _in_currency(sums.all("TaxBasisTotalAmount"), currency)),  # BT-109
        ("tax", tax),  # BT-110
        ("gross", _in_currency(sums.all("GrandTotalAmount"), currency)),  # BT-112
        ("prepaid", sums.at("TotalPrepaidAmount")),  # BT-113
        ("rounding", sums.at("RoundingAmount")),  # BT-114
        ("due", sums.at("DuePayableAmount")),  # BT-115
    ):
        values += collect.amount(role, raw)
    return values


def _in_currency(amounts: list[Node], currency: str) -> str:
    """The amount in the invoice's currency: BT-110 rather than BT-111, the accounting one."""
    stated = [node for node in amounts if node.text]
    for node in stated:
        if node.attribute("currencyID") in {currency, ""}:
            return node.text
    return stated[0].text if stated and not currency else ""


def _account(settlement: Node) -> str:
    """The account to pay to; the payer's own account (direct debit) is never taken."""
    accounts = settlement.all(
        "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"
    )
    for account in accounts:
        if iban := account.at("IBANID"):
            return iban
    return next((number for a in accounts if (number := a.at("ProprietaryID"))), "")


def _tax(tax: Node, collect: Collector) -> tuple[Value, ...]:
    """One row of the tax breakdown (BG-23)."""
    return (
        *collect.number("rate", tax.at(_RATE)),  # BT-119
        *collect.amount("base", tax.at("BasisAmount")),  # BT-116
        *collect.amount("tax", tax.at("CalculatedAmount")),  # BT-117
    )


def _adjustments(settlement: Node) -> list[Adjustment]:
    """Allowances and charges of a document or a line, and ZUGFeRD's freight charges."""
    found = []
    for node in settlement.all("SpecifiedTradeAllowanceCharge"):
        charge = node.at("ChargeIndicator/Indicator").lower() in {"true", "1"}
        found.append(Adjustment(charge, node.at("Reason"), node.at("ActualAmount")))
    for node in settlement.all("SpecifiedLogisticsServiceCharge"):
        found.append(Adjustment(True, node.at("Description"), node.at("AppliedAmount")))
    return [adjustment for adjustment in found if adjustment.amount]


def _line(item: Node, collect: Collector) -> Line | None:
    """One line, or ``None`` for a line that only carries text."""
    product = item.first("SpecifiedTradeProduct")
    quantity = item.first(f"{_LINE_DELIVERY}/BilledQuantity|RequestedQuantity")
    settlement = item.first(_LINE_SETTLEMENT)
    amount = ""
    if settlement is not None:
        amount = settlement.at(f"{_LINE_SUMS}/LineTotalAmount")  # BT-131
    name = product.at("Name") if product is not None else ""  # BT-153
    described = product.at("Description") if product is not None else ""  # BT-154
    count = quantity.text if quantity is not None else ""
    # Nothing of it, for nothing: a heading or a remark between the lines.
    if number_of(amount or "0") == 0 and number_of(count or "0") == 0:
        return None
    price, base = _price(item.first(_LINE_AGREEMENT))
    note = item.at("AssociatedDocumentLineDocument/IncludedNote/Content")
    return Line(
        values=(
            *collect.text("description", name or described or note),
            *collect.number("quantity", count),  # BT-129
            *collect.price(price, base, count, amount),
            *collect.amount("amount", amount),
        ),
        number=item.at("AssociatedDocumentLineDocument/LineID"),
        unit=quantity.attribute("unitCode") if quantity is not None else "",
        detail=described if name else "",
        note=note if name or described else "",
        adjustment=balance_of([] if settlement is None else _adjustments(settlement)),
    )


def _price(agreement: Node | None) -> tuple[str, str]:
    """Net price (BT-146) and its base quantity (BT-149), from the gross price if need be."""
    if agreement is None:
        return "", ""
    net = agreement.first("NetPriceProductTradePrice")
    gross = agreement.first("GrossPriceProductTradePrice")
    if net is not None and net.at("ChargeAmount"):
        base = net.at("BasisQuantity")
        # BT-149 may stand with the gross price alone: both prices are for the same quantity.
        return net.at("ChargeAmount"), base or (gross.at("BasisQuantity") if gross else "")
    # A gross price with discounts is not the price that was charged; without any it is.
    if gross is not None and gross.first("AppliedTradeAllowanceCharge") is None:
        return gross.at("ChargeAmount"), gross.at("BasisQuantity")
    return "", ""


def _party(node: Node | None) -> Party:
    if node is None:
        return Party()
    address = node.first("PostalTradeAddress")
    registrations = node.all("SpecifiedTaxRegistration/ID")

    def registered(scheme: str) -> str:
        return next(
            (r.text for r in registrations if r.attribute("schemeID").upper() == scheme), ""
        )

    place: tuple[str, ...] = ()
    if address is not None:
        place = (
            *(address.at(line) for line in ("LineOne", "LineTwo", "LineThree")),
            f"{address.at('PostcodeCode')} {address.at('CityName')}".strip(),
            address.at("CountryID"),
        )
    contact = node.first("DefinedTradeContact")
    reached: tuple[str, ...] = ()
    if contact is not None:
        reached = (
            contact.at("PersonName"),
            contact.at("TelephoneUniversalCommunication/CompleteNumber"),
            contact.at("EmailURIUniversalCommunication/URIID"),
        )
    return Party(
        name=node.at("Name") or node.at("SpecifiedLegalOrganization/TradingBusinessName"),
        address=tuple(line for line in place if line),
        vat_id=registered("VA"),
        tax_number=registered("FC"),
        contact=tuple(line for line in reached if line),
    )
