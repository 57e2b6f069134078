"""A document's own evidence settles how it writes; what that leaves open stays open."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import Box, Page, Word, WordSource
from app.reading.conventions import Convention, infer


def page(text: str) -> Page:
    """A typewritten page with these lines."""
    words = [
        Word(part, Box(x * 0.01, y * 0.02, (x + len(part)) * 0.01, y * 0.02 + 0.012))
        for y, line in enumerate(text.splitlines())
        for x, part in _parts(line)
    ]
    return Page(1, 595, 842, tuple(words), WordSource.TEXT)


def _parts(line: str) -> list[tuple[int, str]]:
    parts = []
    at = 0
    for part in line.split(" "):
        if part:
            parts.append((at, part))
        at += len(part) + 1
    return parts


def of(text: str) -> Convention:
    return infer([page(text)])


GERMAN = (
    "Rechnung Nr. 12 vom 03.04.2026\nBitte überweisen Sie den Betrag\n"
    "Gesamt 1.234,56 EUR\nUSt-IdNr. DE136695976"
)
BRITISH = "Invoice 12\nDate 03/04/2026\nTotal £1,234.56\nVAT Reg No GB980780684\nLondon SW1A 1AA"
AMERICAN = "Invoice 12\nDate 03/04/2026\nTotal $1,234.56\nSeattle, WA 98101\nSales Tax"
MALAYSIAN = (
    "KEDAI BUKU SDN BHD\nJALAN SAGU 18, 81100 JOHOR BAHRU\n03/04/2018\n"
    "Total 9.00\nGST 6%\nThank you please come again"
)


@pytest.mark.parametrize(
    ("text", "decimal", "day_first", "currency", "country", "language"),
    [
        (GERMAN, ",", True, "EUR", "DE", "de"),
        (BRITISH, ".", True, "GBP", "GB", "en"),
        (AMERICAN, ".", False, "USD", "US", "en"),
        (MALAYSIAN, ".", True, "MYR", "MY", "en"),
        (
            "Facture n° 7 du 03/04/2026\nTotal TTC 1 234,56 €\nSIRET 123 456 789 00012 RCS Paris\n"
            "Merci de votre visite",
            ",",
            True,
            "EUR",
            "FR",
            "fr",
        ),
        (
            "Faktura VAT nr 5\nData wystawienia 03.04.2026\nDo zapłaty 1 234,56 zł\n"
            "NIP 856-734-62-15 Warszawa\nSprzedawca i nabywca",
            ",",
            True,
            "PLN",
            "PL",
            "pl",
        ),
        (
            "Tax Invoice 12\nABN 83 914 571 673\n"
            "Sydney NSW 2000\nTotal $1,234.56 incl. GST\n03/04/2026",
            ".",
            True,
            "AUD",
            "AU",
            "en",
        ),
        (
            "電子發票證明聯\n113年05月12日\n賣方統一編號 22555003\n總計 95",
            ".",
            True,
            "TWD",
            "TW",
            "zh",
        ),
    ],
)
def test_a_document_is_known_by_its_evidence(
    text: str, decimal: str, day_first: bool, currency: str, country: str, language: str
) -> None:
    found = of(text)
    assert found.decimal == decimal
    assert found.day_first is day_first
    assert found.currency == currency
    assert found.country == country
    assert found.language == language


def test_a_day_over_twelve_settles_all_dates() -> None:
    assert of("Invoice\n03/04/2026\n25/04/2026\nTotal 12.00").day_first is True
    assert of("Invoice\n03/04/2026\n04/25/2026\nTotal 12.00").day_first is False


def test_a_day_over_twelve_outweighs_the_country() -> None:
    assert of(AMERICAN + "\nDue 25/04/2026\nShipped 26/04/2026").day_first is True


def test_an_english_page_without_country_or_currency_leaves_dates_open() -> None:
    found = of("Invoice for your order\nDate 03/04/2026\nPlease pay within 30 days\nThank you")
    assert found.day_first is None
    assert found.currency == ""
    assert found.currency_certainty == 0.0


def test_nothing_is_claimed_of_an_empty_document() -> None:
    assert infer([]) == Convention()
    assert infer([page("")]) == Convention()


def test_a_dollar_without_a_country_is_less_certain_than_with_one() -> None:
    plain = of("Invoice for the service\nPlease pay the total\nTotal $12.00")
    assert plain.currency == "USD"
    assert plain.currency_certainty < 0.9 < of(AMERICAN).currency_certainty


def test_a_printed_code_says_which_dollar_it_is() -> None:
    found = of("Invoice for the service\nPlease pay\nTotal $12.00\nAll amounts in SGD 12.00")
    assert found.currency == "SGD"


def test_a_tax_name_alone_is_no_currency() -> None:
    assert of("Facture\nMontant de la TVA 12,00\nMerci de votre visite").currency == ""


def test_the_sign_used_by_most_amounts_is_the_decimal_sign() -> None:
    assert of("1.234,56\n12,50\n3,99\n7.50").decimal == ","
    assert of("1,234.56\n12.50\n3.99").decimal == "."


def test_dates_and_versions_are_no_decimal_signs() -> None:
    assert of("12.03.2024\n13.04.2024\n14.05.2024\n1.99.3\n12,50 und der Betrag").decimal == ","


def test_an_amount_in_lakhs_is_no_date() -> None:
    text = "Tax Invoice\nGSTIN 27AAPFU0939F1ZV\nDate 03/04/2024\nTotal Rs. 1,23,456.00\nCGST 9%"
    found = of(text)
    assert (found.decimal, found.day_first, found.currency) == (".", True, "INR")


def test_words_that_only_look_like_currencies_do_not_count() -> None:
    assert of("Total 12.00\nPlease try all of the items on top\nnew pen and cup").currency == ""


@given(st.lists(st.text(max_size=20), max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_the_inference_fail(texts: list[str]) -> None:
    words = tuple(Word(text, Box(0, 0, 0.1, 0.01)) for text in texts)
    found = infer([Page(1, 595, 842, words, WordSource.OCR)])
    assert found.decimal in ("", ".", ",")
    assert 0.0 <= found.currency_certainty <= 1.0
