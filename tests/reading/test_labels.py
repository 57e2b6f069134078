"""Printed wordings are known for what they mean, and for what they do not mean."""

from __future__ import annotations

import tomllib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document_types import RESOURCES, document_types
from app.reading.labels import common_words, find_labels


def roles(text: str, least: float = 0.7) -> set[str]:
    return {hit.role for hit in find_labels(text.split()) if hit.strength >= least}


@pytest.mark.parametrize(
    ("role", "wordings"),
    [
        (
            "number",
            "Invoice #|Inv. No.|Invoice ID|Bill No|Tax Invoice No.|Document No|"
            "Receipt #|Bon-Nr.|Belegnr|"
            "Rechnungs-Nr.|Re.-Nr.|Beleg-Nr|Rechnungsnummer|N° de facture|Facture n°|Factura nº|"
            "Numero fattura|Fattura n.|Factuurnummer|Nr faktury|Faktura VAT nr|Fatura nº|發票號碼|"
            "Invoice Number|Gutschrift-Nr.|Numéro de facture|Nº de factura|Credit Note No.",
        ),
        (
            "issue_date",
            "Invoice Date|Rechnungsdatum|Date de facture|Date d'émission|"
            "Fecha de factura|Data fattura|"
            "Factuurdatum|Data wystawienia|Data de emissão|Date of issue|"
            "Belegdatum|Fecha de emisión",
        ),
        (
            "due_date",
            "Due Date|Payment due|Fällig am|Zahlbar bis|Fälligkeitsdatum|"
            "Date d'échéance|Vencimiento|"
            "Scadenza|Vervaldatum|Termin płatności|Data de vencimento|Pay by|Échéance",
        ),
        (
            "gross",
            "Grand Total|Total Amount|Nett Total|Total Incl. GST|Total (RM)|SUMME|"
            "SUMME EUR|Gesamtbetrag|"
            "Endbetrag|Rechnungsbetrag|Total TTC|Montant TTC|Totale documento|"
            "Totaal incl. btw|Razem|"
            "Total|Invoice Total|總計|Gesamtsumme|Bruttobetrag|Importe total|Suma PLN|Valor total",
        ),
        (
            "due",
            "Amount Due|Balance Due|zu zahlen|Zahlbetrag|Net à payer|Total a pagar|Do zapłaty|"
            "Te betalen|Netto a pagare|Amount Payable|Offener Betrag|Reste à payer|Restbetrag",
        ),
        (
            "net",
            "Total HT|Net Amount|Nettobetrag|Summe netto|Base imponible|Imponibile|"
            "Totaal excl. btw|"
            "Wartość netto|Total excl. VAT|Zwischensumme netto|Montant HT|Total líquido",
        ),
        (
            "tax",
            "VAT|GST|MwSt.|Umsatzsteuer|Total TVA|Montant TVA|IVA|Totale IVA|BTW|"
            "Kwota VAT|Sales Tax|"
            "zzgl. MwSt.|VAT amount|稅額|Steuerbetrag",
        ),
        (
            "order_number",
            "Order No|PO Number|Bestellnummer|Auftragsnr.|N° de commande|Nº pedido|"
            "Ordernummer|P.O. #",
        ),
        (
            "customer_number",
            "Customer No|Kundennummer|Kd.-Nr.|N° client|Código cliente|Klantnummer|Nr klienta",
        ),
        (
            "delivery_date",
            "Delivery Date|Lieferdatum|Leistungsdatum|Date de livraison|Data dostawy|Leverdatum",
        ),
        ("order_date", "Order Date|Bestelldatum|Date de commande|Fecha de pedido|Orderdatum"),
        ("cash_given", "Cash|Geg.|BAR|Gegeben|Espèces|Contanti|Contant|Gotówka|現金|Cash Tendered"),
        ("change", "Change|Rückgeld|Rendu|Cambio|Resto|Wisselgeld|Reszta|Troco|找零"),
        ("card_payment", "EC-Karte|Kartenzahlung|Visa|Carte bancaire|Tarjeta|Bancomat"),
        ("rounding", "Rounding Adj|Rounding Adjustment|Round Off|Arrondi"),
        ("subtotal", "Subtotal|Sub-total|Zwischensumme|Sous-total|Subtotale|Subtotaal"),
        (
            "seller_vat_id",
            "USt-IdNr.|USt-ID|VAT Reg No|N° TVA|P.IVA|NIF|BTW-nummer|NIP|GST Reg No|"
            "統一編號|UID-Nr.",
        ),
        ("buyer_vat_id", "Your VAT No|Ihre USt-IdNr.|NIP nabywcy|NIF cliente"),
        ("tax_number", "Steuernummer|Codice Fiscale|Tax ID"),
        ("iban", "IBAN|IBAN-Nr.|Código IBAN"),
        ("points", "PAYBACK Punkte|Points|Bonuspunkte"),
        ("quantity_total", "Total Qty|Total Items|Item Count|Nº artículos|Anzahl Artikel"),
        (
            "opening",
            "Opening balance|Alter Kontostand|Anfangssaldo|Solde précédent|"
            "Saldo inicial|Saldo początkowe",
        ),
        (
            "closing",
            "Closing balance|Neuer Kontostand|Endsaldo|Nouveau solde|Saldo final|Saldo końcowe",
        ),
        (
            "description",
            "Description|Bezeichnung|Désignation|Descripción|Descrizione|Omschrijving|Nazwa|品名",
        ),
        ("quantity", "Qty|Menge|Quantité|Cantidad|Quantità|Aantal|Ilość|Qtd|數量"),
        (
            "unit_price",
            "Unit Price|Einzelpreis|Prix unitaire|Precio unitario|Prezzo unitario|"
            "Stukprijs|單價|E-Preis",
        ),
        (
            "title_invoice",
            "INVOICE|Tax Invoice|Rechnung|Facture|Factura|Fattura|Factuur|Faktura|Fatura",
        ),
        (
            "title_credit_note",
            "Credit Note|Gutschrift|Avoir|Nota de crédito|Nota di credito|Creditnota",
        ),
        (
            "title_receipt",
            "Receipt|Quittung|Kassenbon|Ticket de caisse|Scontrino|Kassabon|Paragon fiskalny",
        ),
        (
            "title_bank_statement",
            "Bank Statement|Kontoauszug|Relevé de compte|Extracto bancario|Estratto conto",
        ),
        ("title_other", "Purchase Order|Angebot|Devis|Order Confirmation|Lieferschein|Mahnung"),
    ],
)
def test_wordings_have_their_role(role: str, wordings: str) -> None:
    missing = [wording for wording in wordings.split("|") if role not in roles(wording)]
    assert missing == []


@pytest.mark.parametrize(
    ("wording", "role"),
    [
        ("Bestellnummer", "number"),
        ("Order No", "number"),
        ("Kundennummer", "number"),
        ("PO Number", "number"),
        ("Customer No.", "number"),
        ("Lieferdatum", "issue_date"),
        ("Order Date", "issue_date"),
        ("Due Date", "issue_date"),
        ("Subtotal", "gross"),
        ("Total HT", "gross"),
        ("Total Qty", "gross"),
        ("Total Discount", "gross"),
        ("Total VAT", "gross"),
        ("Netto", "gross"),
        ("Total Savings", "gross"),
        ("Your VAT No", "seller_vat_id"),
        ("Steuernummer", "seller_vat_id"),
        ("Cash", "gross"),
        ("Change", "gross"),
        ("Total TTC", "net"),
        ("Grand Total", "net"),
        ("Amount Paid", "gross"),
        ("Opening balance", "closing"),
    ],
)
def test_wordings_that_look_alike_are_kept_apart(wording: str, role: str) -> None:
    found = roles(wording)
    assert found
    assert role not in found


def test_a_wording_with_two_meanings_has_both() -> None:
    found = {hit.role for hit in find_labels(["Date"])}
    assert {"issue_date", "date"} <= found


def test_the_longest_wording_wins_and_words_behind_it_stay_free() -> None:
    hits = [
        h for h in find_labels(["Invoice", "Date", ":", "12/05/2024"]) if h.role == "issue_date"
    ]
    assert [(h.start, h.end, h.colon) for h in hits] == [(0, 3, True)]


def test_a_value_glued_behind_a_label_is_given_apart() -> None:
    assert {h.rest for h in find_labels(["DATE:25/12/2018"])} == {"25/12/2018"}
    assert {h.rest for h in find_labels(["INVOICE#123"]) if h.role == "number"} == {"123"}
    assert {h.rest for h in find_labels(["TOTAL:RM9.00"]) if h.role == "gross"} == {"RM9.00"}


@pytest.mark.parametrize(
    "text", ["TOTALAMOUNT", "T0TAL AMOUNT", "Tota1 Amount", "TOTAL AMOUNT:", "total  amouní"]
)
def test_case_glue_accents_and_letters_that_ocr_confuses_do_not_matter(text: str) -> None:
    assert "gross" in roles(text)


@pytest.mark.parametrize(
    "text",
    ["Rechnungsnumner", "lnvoice Number", "Invoice Nunber", "Gesamtbetrog", "Rechnungsdalum"],
)
def test_one_wrong_letter_of_a_long_word_is_forgiven(text: str) -> None:
    assert roles(text) & {"number", "gross", "issue_date"}


@pytest.mark.parametrize(
    "text",
    ["hello world", "12.50", "Apfelsaft", "Beeswax XL", ""],
)
def test_ordinary_words_are_no_labels(text: str) -> None:
    assert roles(text) == set()


def test_hits_are_in_order_and_spans_do_not_overlap() -> None:
    texts = [
        "Invoice",
        "No:",
        "4711",
        "Date:",
        "12.05.2024",
        "Order",
        "No:",
        "88",
        "Total",
        "incl.",
    ]
    spans = sorted({(hit.start, hit.end) for hit in find_labels(texts)})
    assert len(spans) >= 4
    for left, right in pairwise(spans):
        assert left[1] <= right[0]


def test_every_role_of_the_document_types_has_wordings() -> None:
    known: set[str] = set()
    for path in (RESOURCES / "labels").glob("*.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        known |= data["roles"].keys() | data["weak"].keys()
    wanted = {
        field.role
        for kind in document_types().values()
        for field in (*kind.fields, *kind.lines)
        if field.role not in ("", "title", "pair_name", "pair_value")
    }
    assert wanted - known == set()


def test_the_eight_languages_have_their_frequent_words() -> None:
    languages = {language for found in common_words().values() for language in found}
    assert {"en", "de", "fr", "es", "it", "nl", "pt", "pl"} <= languages


@given(st.lists(st.text(max_size=30), max_size=12))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_the_search_fail(texts: list[str]) -> None:
    for hit in find_labels(texts):
        assert 0 <= hit.start < hit.end <= len(texts)
        assert 0 < hit.strength <= 1
