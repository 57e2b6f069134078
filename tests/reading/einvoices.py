"""Small e-invoices in every syntax and profile, built for the tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GUIDELINES = {
    "MINIMUM": "urn:factur-x.eu:1p0:minimum",
    "BASIC WL": "urn:factur-x.eu:1p0:basicwl",
    "BASIC": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "EN 16931": "urn:cen.eu:en16931:2017",
    "EXTENDED": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    "XRECHNUNG": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
WITH_LINES = ("BASIC", "EN 16931", "EXTENDED", "XRECHNUNG")


@dataclass(frozen=True)
class Item:
    name: str
    quantity: str
    price: str
    amount: str
    base: str = ""
    allowance: str = ""
    status: str = ""


ITEMS = (
    Item("Oak table", "2", "120.00", "240.00"),
    Item("Delivery by van", "1", "50.00", "50.00"),
)

_CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice
 xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>{guideline}</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
</rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>R-2026/17</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">{issued}</udt:DateTimeString>
</ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>{lines}
<ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Tischlerei Ahorn GmbH</ram:Name>
<ram:PostalTradeAddress><ram:PostcodeCode>10115</ram:PostcodeCode>
<ram:LineOne>Holzweg 3</ram:LineOne><ram:CityName>Berlin</ram:CityName>
<ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">27/123/45678</ram:ID>
</ram:SpecifiedTaxRegistration>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE 136 695 976</ram:ID>
</ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Café Zum Löwen</ram:Name></ram:BuyerTradeParty>
</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement>
<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>{settled}
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>{sums}
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""

_CII_LINE = """<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID>{status}
</ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
<ram:ChargeAmount>{price}</ram:ChargeAmount>{base}</ram:NetPriceProductTradePrice>
</ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="H87">{quantity}</ram:BilledQuantity>
</ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement>{allowance}
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{amount}
</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"""

_CII_SETTLED = """
<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>59</ram:TypeCode>
<ram:PayerPartyDebtorFinancialAccount><ram:IBANID>NL91ABNA0417164300</ram:IBANID>
</ram:PayerPartyDebtorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>DE89 3704 0044 0532 0130 00</ram:IBANID>
</ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
<ram:ApplicableTradeTax><ram:CalculatedAmount>53.20</ram:CalculatedAmount>
<ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>280.00</ram:BasisAmount>
<ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false</udt:Indicator>
</ram:ChargeIndicator><ram:ActualAmount>10.00</ram:ActualAmount><ram:Reason>Loyalty</ram:Reason>
</ram:SpecifiedTradeAllowanceCharge>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>
<udt:DateTimeString format="102">20261203</udt:DateTimeString></ram:DueDateDateTime>
</ram:SpecifiedTradePaymentTerms>"""

_CII_SUMS = """{all}<ram:TaxBasisTotalAmount>280.00</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="SEK">611.80</ram:TaxTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">53.20</ram:TaxTotalAmount>
<ram:GrandTotalAmount>333.20</ram:GrandTotalAmount>{paid}
<ram:DuePayableAmount>{due}</ram:DuePayableAmount>"""


def cii(
    profile: str = "EN 16931",
    code: str = "380",
    items: Iterable[Item] = ITEMS,
    issued: str = "20261103",
) -> str:
    """A Cross Industry Invoice: 290.00 less 10.00 discount, 19 % tax, 100.00 paid already."""
    full = profile not in {"MINIMUM"}
    lines = ""
    if profile in WITH_LINES:
        lines = "".join(_cii_line(number, item) for number, item in enumerate(items, 1))
    sums = _CII_SUMS.format(
        all="<ram:LineTotalAmount>290.00</ram:LineTotalAmount>"
        "<ram:AllowanceTotalAmount>10.00</ram:AllowanceTotalAmount>"
        if full
        else "",
        paid="<ram:TotalPrepaidAmount>100.00</ram:TotalPrepaidAmount>" if full else "",
        due="233.20" if full else "333.20",
    )
    return _CII.format(
        guideline=GUIDELINES[profile],
        code=code,
        issued=issued,
        lines=lines,
        settled=_CII_SETTLED if full else "",
        sums=sums,
    )


def _cii_line(number: int, item: Item) -> str:
    allowance = (
        "<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false"
        f"</udt:Indicator></ram:ChargeIndicator><ram:ActualAmount>{item.allowance}"
        "</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"
    )
    status = f"<ram:LineStatusReasonCode>{item.status}</ram:LineStatusReasonCode>"
    return _CII_LINE.format(
        number=number,
        name=item.name,
        quantity=item.quantity,
        price=item.price,
        amount=item.amount,
        base=f"<ram:BasisQuantity>{item.base}</ram:BasisQuantity>" if item.base else "",
        allowance=allowance if item.allowance else "",
        status=status if item.status else "",
    )


ZUGFERD_1 = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15">
<rsm:SpecifiedExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>urn:ferd:CrossIndustryDocument:invoice:1p0:comfort</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:SpecifiedExchangedDocumentContext>
<rsm:HeaderExchangedDocument><ram:ID>4711</ram:ID><ram:Name>RECHNUNG</ram:Name>
<ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>
<udt:DateTimeString format="102">20140305</udt:DateTimeString></ram:IssueDateTime>
</rsm:HeaderExchangedDocument>
<rsm:SpecifiedSupplyChainTradeTransaction><ram:ApplicableSupplyChainTradeAgreement>
<ram:SellerTradeParty><ram:Name>Lager und Söhne</ram:Name><ram:SpecifiedTaxRegistration>
<ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Kunde AG</ram:Name></ram:BuyerTradeParty>
</ram:ApplicableSupplyChainTradeAgreement><ram:ApplicableSupplyChainTradeDelivery/>
<ram:ApplicableSupplyChainTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:CalculatedAmount currencyID="EUR">37.62</ram:CalculatedAmount>
<ram:BasisAmount currencyID="EUR">198.00</ram:BasisAmount>
<ram:ApplicablePercent>19.00</ram:ApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradePaymentTerms><ram:Description>2% within 10 days</ram:Description>
<ram:DueDateDateTime><udt:DateTimeString format="102">20140315</udt:DateTimeString>
</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradePaymentTerms><ram:Description>net</ram:Description>
<ram:DueDateDateTime><udt:DateTimeString format="102">20140404</udt:DateTimeString>
</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementMonetarySummation>
<ram:LineTotalAmount currencyID="EUR">198.00</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount currencyID="EUR">198.00</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">37.62</ram:TaxTotalAmount>
<ram:GrandTotalAmount currencyID="EUR">235.62</ram:GrandTotalAmount>
</ram:SpecifiedTradeSettlementMonetarySummation></ram:ApplicableSupplyChainTradeSettlement>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>
<ram:IncludedNote><ram:Content>Thank you for ordering</ram:Content></ram:IncludedNote>
</ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>
<ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedSupplyChainTradeAgreement><ram:NetPriceProductTradePrice>
<ram:ChargeAmount currencyID="EUR">9.9000</ram:ChargeAmount></ram:NetPriceProductTradePrice>
</ram:SpecifiedSupplyChainTradeAgreement><ram:SpecifiedSupplyChainTradeDelivery>
<ram:BilledQuantity unitCode="C62">20.0000</ram:BilledQuantity>
</ram:SpecifiedSupplyChainTradeDelivery><ram:SpecifiedSupplyChainTradeSettlement>
<ram:SpecifiedTradeSettlementMonetarySummation>
<ram:LineTotalAmount currencyID="EUR">198.00</ram:LineTotalAmount>
</ram:SpecifiedTradeSettlementMonetarySummation></ram:SpecifiedSupplyChainTradeSettlement>
<ram:SpecifiedTradeProduct><ram:Name>Trennblätter A4</ram:Name></ram:SpecifiedTradeProduct>
</ram:IncludedSupplyChainTradeLineItem></rsm:SpecifiedSupplyChainTradeTransaction>
</rsm:CrossIndustryDocument>"""

_UBL = """<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0\
</cbc:CustomizationID><cbc:ID>P 99</cbc:ID><cbc:IssueDate>2026-11-03</cbc:IssueDate>{due}
<cbc:{code_name}>{code}</cbc:{code_name}><cbc:Note>Thank you</cbc:Note>
<cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Fjord</cbc:Name></cac:PartyName>
<cac:PartyTaxScheme><cbc:CompanyID>Foretaksregisteret</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>TAX</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyTaxScheme><cbc:CompanyID>NO995525828MVA</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Fjord Møbler AS</cbc:RegistrationName>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Buyer Ltd</cbc:Name>
</cac:PartyName></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>
<cbc:PaymentDueDate>2026-12-03</cbc:PaymentDueDate>
<cac:PayeeFinancialAccount><cbc:ID>NO93 8601 1117 947</cbc:ID></cac:PayeeFinancialAccount>
</cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">5.00</cbc:TaxAmount></cac:TaxTotal>
<cac:TaxTotal><cbc:TaxAmount currencyID="NOK">52.50</cbc:TaxAmount>
<cac:TaxSubtotal><cbc:TaxableAmount currencyID="NOK">200.00</cbc:TaxableAmount>
<cbc:TaxAmount currencyID="NOK">50.00</cbc:TaxAmount><cac:TaxCategory><cbc:Percent>25</cbc:Percent>
</cac:TaxCategory></cac:TaxSubtotal>
<cac:TaxSubtotal><cbc:TaxableAmount currencyID="NOK">16.67</cbc:TaxableAmount>
<cbc:TaxAmount currencyID="NOK">2.50</cbc:TaxAmount><cac:TaxCategory><cbc:Percent>15</cbc:Percent>
</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="NOK">206.67</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="NOK">216.67</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="NOK">269.17</cbc:TaxInclusiveAmount>
<cbc:ChargeTotalAmount currencyID="NOK">10.00</cbc:ChargeTotalAmount>
<cbc:PayableRoundingAmount currencyID="NOK">-0.17</cbc:PayableRoundingAmount>
<cbc:PayableAmount currencyID="NOK">269.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
{lines}</{root}>"""

_UBL_LINE = """<cac:{root}Line><cbc:ID>{number}</cbc:ID>
<cbc:{quantity_name} unitCode="EA">{quantity}</cbc:{quantity_name}>
<cbc:LineExtensionAmount currencyID="NOK">{amount}</cbc:LineExtensionAmount>
<cac:Item><cbc:Description>{name}, in detail</cbc:Description><cbc:Name>{name}</cbc:Name></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="NOK">{price}</cbc:PriceAmount>{base}</cac:Price>
</cac:{root}Line>"""

UBL_ITEMS = (
    Item("Chair", "2", "95.00", "190.00"),
    Item("Screws", "100", "16.67", "16.67", base="100"),
    Item("--- From the garden ---", "0", "0", "0.00"),
)


def ubl(root: str = "Invoice", code: str = "380", items: Iterable[Item] = UBL_ITEMS) -> str:
    """A UBL Invoice or CreditNote in Peppol's profile: two rates, a charge, a rounding."""
    lines = "".join(
        _UBL_LINE.format(
            root=root,
            number=number,
            name=item.name,
            quantity=item.quantity,
            price=item.price,
            amount=item.amount,
            base=f"<cbc:BaseQuantity>{item.base}</cbc:BaseQuantity>" if item.base else "",
            quantity_name="InvoicedQuantity" if root == "Invoice" else "CreditedQuantity",
        )
        for number, item in enumerate(items, 1)
    )
    return _UBL.format(
        root=root,
        code=code,
        code_name=f"{root}TypeCode",
        due="<cbc:DueDate>2026-12-10</cbc:DueDate>" if root == "Invoice" else "",
        lines=lines,
    )


ORDER_X = (
    cii("BASIC", code="220")
    .replace("CrossIndustryInvoice", "SCRDMCCBDACIOMessageStructure")
    .replace(GUIDELINES["BASIC"], "urn:order-x.eu:1p0:basic")
    .replace("InvoiceCurrencyCode", "OrderCurrencyCode")
    .replace("BilledQuantity", "RequestedQuantity")
)
