"""A bill as an e-invoice: CII for Factur-X (profile EN 16931), UBL for XRechnung 3.0.

Elements stand in the order that the schemas (UN/CEFACT D16B, UBL 2.1) ask for.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pymupdf
from lxml import etree

from tests.data.paper.canvas import finish
from tests.data.paper.facts import Bill, Party

_CII = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_UBL = {
    None: "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_EN16931 = "urn:cen.eu:en16931:2017"
_XRECHNUNG = f"{_EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
_PEPPOL_BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

# UN/ECE Recommendation 20.
_UNITS = {"Std": "HUR", "hours": "HUR", "h": "HUR", "Mon": "MON", "Satz": "SET"}


class _Writer:
    """Nested elements of a namespace each, with text and attributes."""

    def __init__(self, root: str, names: dict[str | None, str]) -> None:
        self._names = names
        self.root = etree.Element(self._tag(root), nsmap=names)

    def add(
        self, parent: etree._Element, path: str, text: str = "", **attributes: str
    ) -> etree._Element:
        """Add ``a/b/c`` below ``parent``; the last one gets the text and the attributes."""
        for part in path.split("/"):
            parent = etree.SubElement(parent, self._tag(part))
        parent.text = text or None
        for name, value in attributes.items():
            parent.set(name, value)
        return parent

    def _tag(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self._names[prefix or None]}}}{local}"

    def bytes(self) -> bytes:
        data: bytes = etree.tostring(
            self.root, xml_declaration=True, encoding="UTF-8", pretty_print=True
        )
        return data


def cii(bill: Bill) -> bytes:
    """The XML that a Factur-X PDF carries."""
    x = _Writer("rsm:CrossIndustryInvoice", dict(_CII))
    context = x.add(x.root, "rsm:ExchangedDocumentContext")
    x.add(context, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", _EN16931)
    document = x.add(x.root, "rsm:ExchangedDocument")
    x.add(document, "ram:ID", bill.number)
    x.add(document, "ram:TypeCode", "381" if bill.credit else "380")
    x.add(document, "ram:IssueDateTime/udt:DateTimeString", _compact(bill.issue_date), format="102")
    deal = x.add(x.root, "rsm:SupplyChainTradeTransaction")
    for place, item in enumerate(bill.items, start=1):
        line = x.add(deal, "ram:IncludedSupplyChainTradeLineItem")
        x.add(line, "ram:AssociatedDocumentLineDocument/ram:LineID", str(place))
        product = x.add(line, "ram:SpecifiedTradeProduct")
        if item.number:
            x.add(product, "ram:SellerAssignedID", item.number)
        x.add(product, "ram:Name", item.description)
        if item.note:
            x.add(product, "ram:Description", item.note)
        price = x.add(line, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
        x.add(price, "ram:ChargeAmount", f"{item.unit_price:f}")
        unit = _UNITS.get(item.unit, "C62")
        x.add(
            line,
            "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
            f"{item.quantity:f}",
            unitCode=unit,
        )
        settled = x.add(line, "ram:SpecifiedLineTradeSettlement")
        tax = x.add(settled, "ram:ApplicableTradeTax")
        x.add(tax, "ram:TypeCode", "VAT")
        x.add(tax, "ram:CategoryCode", "S")
        x.add(tax, "ram:RateApplicablePercent", f"{item.rate:.2f}")
        x.add(
            settled,
            "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
            _money(item.amount),
        )
    agreed = x.add(deal, "ram:ApplicableHeaderTradeAgreement")
    _cii_party(x, agreed, "ram:SellerTradeParty", bill.seller)
    _cii_party(x, agreed, "ram:BuyerTradeParty", bill.buyer)
    delivered = x.add(deal, "ram:ApplicableHeaderTradeDelivery")
    day = bill.delivery_date or bill.issue_date
    x.add(
        delivered,
        "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString",
        _compact(day),
        format="102",
    )
    _cii_settlement(x, deal, bill)
    return x.bytes()


def _cii_party(x: _Writer, parent: etree._Element, tag: str, party: Party) -> None:
    node = x.add(parent, tag)
    x.add(node, "ram:Name", party.name)
    address = x.add(node, "ram:PostalTradeAddress")
    x.add(address, "ram:PostcodeCode", party.postcode)
    x.add(address, "ram:LineOne", party.street)
    x.add(address, "ram:CityName", party.city)
    x.add(address, "ram:CountryID", party.country)
    if party.vat_id:
        x.add(node, "ram:SpecifiedTaxRegistration/ram:ID", party.vat_id, schemeID="VA")


def _cii_settlement(x: _Writer, deal: etree._Element, bill: Bill) -> None:
    node = x.add(deal, "ram:ApplicableHeaderTradeSettlement")
    x.add(node, "ram:InvoiceCurrencyCode", bill.currency)
    means = x.add(node, "ram:SpecifiedTradeSettlementPaymentMeans")
    x.add(means, "ram:TypeCode", "58")
    x.add(means, "ram:PayeePartyCreditorFinancialAccount/ram:IBANID", bill.seller.iban)
    for tax in bill.taxes:
        part = x.add(node, "ram:ApplicableTradeTax")
        x.add(part, "ram:CalculatedAmount", _money(tax.tax))
        x.add(part, "ram:TypeCode", "VAT")
        x.add(part, "ram:BasisAmount", _money(tax.base))
        x.add(part, "ram:CategoryCode", "S")
        x.add(part, "ram:RateApplicablePercent", f"{tax.rate:.2f}")
    if bill.due_date:
        x.add(
            node,
            "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString",
            _compact(bill.due_date),
            format="102",
        )
    sums = x.add(node, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    x.add(sums, "ram:LineTotalAmount", _money(bill.net))
    x.add(sums, "ram:TaxBasisTotalAmount", _money(bill.net))
    x.add(sums, "ram:TaxTotalAmount", _money(bill.tax), currencyID=bill.currency)
    x.add(sums, "ram:GrandTotalAmount", _money(bill.gross))
    if bill.prepaid:
        x.add(sums, "ram:TotalPrepaidAmount", _money(bill.prepaid))
    x.add(sums, "ram:DuePayableAmount", _money(bill.due))


def ubl(bill: Bill, buyer_reference: str) -> bytes:
    """An XRechnung; ``buyer_reference`` is the Leitweg-ID of the public buyer."""
    x = _Writer("Invoice", dict(_UBL))
    root = x.root
    x.add(root, "cbc:CustomizationID", _XRECHNUNG)
    x.add(root, "cbc:ProfileID", _PEPPOL_BILLING)
    x.add(root, "cbc:ID", bill.number)
    x.add(root, "cbc:IssueDate", bill.issue_date.isoformat())
    if bill.due_date:
        x.add(root, "cbc:DueDate", bill.due_date.isoformat())
    x.add(root, "cbc:InvoiceTypeCode", "380")
    for note in bill.notes:
        x.add(root, "cbc:Note", note)
    x.add(root, "cbc:DocumentCurrencyCode", bill.currency)
    x.add(root, "cbc:BuyerReference", buyer_reference)
    _ubl_party(x, x.add(root, "cac:AccountingSupplierParty/cac:Party"), bill.seller, seller=True)
    _ubl_party(x, x.add(root, "cac:AccountingCustomerParty/cac:Party"), bill.buyer, seller=False)
    if bill.delivery_date:
        x.add(root, "cac:Delivery/cbc:ActualDeliveryDate", bill.delivery_date.isoformat())
    means = x.add(root, "cac:PaymentMeans")
    x.add(means, "cbc:PaymentMeansCode", "58")
    account = x.add(means, "cac:PayeeFinancialAccount")
    x.add(account, "cbc:ID", bill.seller.iban)
    x.add(account, "cbc:Name", bill.seller.name)
    money = {"currencyID": bill.currency}
    total = x.add(root, "cac:TaxTotal")
    x.add(total, "cbc:TaxAmount", _money(bill.tax), **money)
    for tax in bill.taxes:
        part = x.add(total, "cac:TaxSubtotal")
        x.add(part, "cbc:TaxableAmount", _money(tax.base), **money)
        x.add(part, "cbc:TaxAmount", _money(tax.tax), **money)
        _ubl_category(x, x.add(part, "cac:TaxCategory"), tax.rate)
    sums = x.add(root, "cac:LegalMonetaryTotal")
    x.add(sums, "cbc:LineExtensionAmount", _money(bill.net), **money)
    x.add(sums, "cbc:TaxExclusiveAmount", _money(bill.net), **money)
    x.add(sums, "cbc:TaxInclusiveAmount", _money(bill.gross), **money)
    if bill.prepaid:
        x.add(sums, "cbc:PrepaidAmount", _money(bill.prepaid), **money)
    x.add(sums, "cbc:PayableAmount", _money(bill.due), **money)
    for place, item in enumerate(bill.items, start=1):
        line = x.add(root, "cac:InvoiceLine")
        x.add(line, "cbc:ID", str(place))
        unit = _UNITS.get(item.unit, "C62")
        x.add(line, "cbc:InvoicedQuantity", f"{item.quantity:f}", unitCode=unit)
        x.add(line, "cbc:LineExtensionAmount", _money(item.amount), **money)
        product = x.add(line, "cac:Item")
        if item.note:
            x.add(product, "cbc:Description", item.note)
        x.add(product, "cbc:Name", item.description)
        _ubl_category(x, x.add(product, "cac:ClassifiedTaxCategory"), item.rate)
        x.add(line, "cac:Price/cbc:PriceAmount", f"{item.unit_price:f}", **money)
    return x.bytes()


def _ubl_party(x: _Writer, node: etree._Element, party: Party, *, seller: bool) -> None:
    x.add(node, "cbc:EndpointID", party.email, schemeID="EM")
    x.add(node, "cac:PartyName/cbc:Name", party.name)
    address = x.add(node, "cac:PostalAddress")
    x.add(address, "cbc:StreetName", party.street)
    x.add(address, "cbc:CityName", party.city)
    x.add(address, "cbc:PostalZone", party.postcode)
    x.add(address, "cac:Country/cbc:IdentificationCode", party.country)
    if party.vat_id:
        scheme = x.add(node, "cac:PartyTaxScheme")
        x.add(scheme, "cbc:CompanyID", party.vat_id)
        x.add(scheme, "cac:TaxScheme/cbc:ID", "VAT")
    x.add(node, "cac:PartyLegalEntity/cbc:RegistrationName", party.name)
    if seller:
        contact = x.add(node, "cac:Contact")
        x.add(contact, "cbc:Name", "Buchhaltung")
        x.add(contact, "cbc:Telephone", party.phone)
        x.add(contact, "cbc:ElectronicMail", party.email)


def _ubl_category(x: _Writer, node: etree._Element, rate: Decimal) -> None:
    x.add(node, "cbc:ID", "S")
    x.add(node, "cbc:Percent", f"{rate:f}")
    x.add(node, "cac:TaxScheme/cbc:ID", "VAT")


def factur_x(pdf: bytes, xml: bytes, title: str) -> bytes:
    """The PDF with the XML attached as Factur-X 1.0 asks (PDF/A-3's ``AF``, XMP)."""
    document = pymupdf.open(stream=pdf, filetype="pdf")
    name = "factur-x.xml"
    stream = document.embfile_add(name, xml, name, name, "Factur-X")
    document.xref_set_key(stream, "Subtype", "/text#2Fxml")
    for date in ("CreationDate", "ModDate"):
        document.xref_set_key(stream, f"Params/{date}", "(D:20260105090000Z)")
    # The file specification is named twice, so it must be an object of its own.
    spec = document.get_new_xref()
    document.update_object(
        spec,
        f"<</Type/Filespec/F({name})/UF({name})/Desc(Factur-X)/AFRelationship/Data"
        f"/EF<</F {stream} 0 R/UF {stream} 0 R>>>>",
    )
    catalog = document.pdf_catalog()
    document.xref_set_key(catalog, "Names/EmbeddedFiles/Names", f"[({name}) {spec} 0 R]")
    document.xref_set_key(catalog, "AF", f"[{spec} 0 R]")
    document.set_xml_metadata(_XMP)
    return finish(document, title, "")


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def _compact(day: dt.date) -> str:
    return day.strftime("%Y%m%d")


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
