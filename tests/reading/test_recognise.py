"""Documents are told apart by what they call themselves, by their labels and their layout."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import Box, Page, Word, WordSource
from app.reading.recognise import recognise, split

LETTER = 0.0075  # width of a letter on A4, as a fraction of the page's width


def page(text: str, number: int = 1, width: float = 595, height: float = 842) -> Page:
    """A typewritten page with these lines, in 10-point type."""
    size = 10 / height
    letter = LETTER * 595 / width
    words = []
    for y, line in enumerate(text.splitlines()):
        at = 0
        for part in line.split(" "):
            if part:
                box = Box(
                    0.05 + at * letter,
                    0.03 + y * 1.3 * size,
                    0.05 + (at + len(part)) * letter,
                    0.03 + y * 1.3 * size + size,
                )
                words.append(Word(part, box, size=size))
            at += len(part) + 1
    return Page(number, width, height, tuple(words), WordSource.TEXT)


INVOICE = """Muster GmbH                                                         Musterweg 1
                                                               12345 Musterstadt

Rechnung

Rechnungsnummer: {number}                                Rechnungsdatum: 03.04.2026
Kundennummer: 77                                         Zahlbar bis: 17.04.2026

Pos   Bezeichnung                            Menge     Einzelpreis       Gesamt
1     Schrauben                              10        1,00 EUR          10,00 EUR

Nettobetrag                                                              10,00 EUR
zzgl. 19% MwSt.                                                           1,90 EUR
Gesamtbetrag                                                             11,90 EUR
IBAN DE89 3704 0044 0532 0130 00"""

CREDIT_NOTE = """Sample Ltd                                                          1 High Street
                                                                        London

CREDIT NOTE

Credit Note No: CN-5                                     Date: 3 April 2026
Bill To: Other Ltd                                       Original Invoice: 4711

Description                                  Qty       Unit Price        Amount
Returned screws                              10        1.00              10.00

Subtotal                                                                 10.00
VAT 20%                                                                   2.00
Total                                                                    12.00"""

RECEIPT = """SAMPLE SHOP
1 High Street
Date: 03/04/2026 14:33
Cashier: ANNA
Bread           1.20
Milk            0.99
Total           2.19
Cash            5.00
Change          2.81
Thank you"""

STATEMENT = """Sample Bank                                                 Account statement
Account holder: A. Sample
Opening balance 100.00
Date        Description                     Debit      Credit      Balance
01/03/2026  Rent                            50.00                  50.00
02/03/2026  Salary                                     900.00      950.00
03/03/2026  Groceries                       20.00                  930.00
04/03/2026  Books                           30.00                  900.00
05/03/2026  Coffee                          3.00                   897.00
06/03/2026  Tea                             2.00                   895.00
Closing balance 895.00"""

LETTER_TEXT = """Sample Ltd                                                          1 High Street

Dear Sir or Madam

thank you for your letter of 3 April. We would like to invite you to our summer fair
in the town hall, and we look forward to seeing you there with your family.

Yours faithfully                                                       A. Sample"""

ORDER = """Sample Ltd                                                          1 High Street

Purchase Order

Order No: 4711                                           Order Date: 3 April 2026
Deliver To: Other Ltd

Description                                  Qty       Unit Price        Amount
Screws                                       10        1.00              10.00
Total                                                                    10.00"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (INVOICE.format(number="4711"), "invoice"),
        (CREDIT_NOTE, "credit_note"),
        (STATEMENT, "bank_statement"),
        (LETTER_TEXT, "other"),
        (ORDER, "other"),
    ],
)
def test_a_document_is_told_by_what_stands_on_it(text: str, name: str) -> None:
    found, confidence = recognise([page(text)])
    assert found == name
    assert 0.5 <= confidence <= 1.0


def test_a_till_receipt_is_told_by_its_narrow_print_whatever_the_size_of_its_picture() -> None:
    assert recognise([page(RECEIPT, width=227, height=842)])[0] == "receipt"
    assert recognise([page(RECEIPT)])[0] == "receipt"


def test_a_blank_or_missing_page_is_other() -> None:
    assert recognise([])[0] == "other"
    assert recognise([page("")])[0] == "other"


def test_pages_of_one_invoice_stay_together() -> None:
    first = page(INVOICE.format(number="4711") + "\nSeite 1 von 2", 1)
    second = page("Rechnungsnummer: 4711\nÜbertrag 11,90\nSeite 2 von 2", 2)
    assert split([first, second]) == [(1, 2)]
    assert split([page(INVOICE.format(number="4711"), 1), page("Anhang", 2)]) == [(1, 2)]


def test_a_page_that_names_another_number_by_chance_does_not_split() -> None:
    first = page(INVOICE.format(number="4711"), 1)
    second = page("Anlage zu Rechnungsnummer: 4712, siehe Seite 2 von 3", 2)
    assert split([first, second]) == [(1, 2)]


def test_entries_of_a_statement_that_name_invoices_do_not_split_it() -> None:
    entry = "0{day}/03/2026  Invoice No {day}711 paid                20.00              930.00"
    pages = [
        page(STATEMENT + "\n" + entry.format(day=7), 1),
        page("Sample Bank    Account statement\n" + entry.format(day=8), 2),
    ]
    assert split(pages) == [(1, 2)]


def test_several_invoices_in_one_file_are_split() -> None:
    pages = [page(INVOICE.format(number=str(4711 + at)), at + 1) for at in range(3)]
    assert split(pages) == [(1, 1), (2, 2), (3, 3)]


def test_several_invoices_of_several_pages_are_split_where_the_pages_count_anew() -> None:
    pages = [
        page(INVOICE.format(number="4711") + "\nSeite 1 von 2", 1),
        page("Rechnungsnummer: 4711\nSeite 2 von 2", 2),
        page(INVOICE.format(number="4712") + "\nSeite 1 von 1", 3),
    ]
    assert split(pages) == [(1, 2), (3, 3)]


def test_a_file_without_pages_has_no_documents() -> None:
    assert split([]) == []


@given(st.lists(st.lists(st.text(max_size=12), max_size=20), max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_it_fail_and_the_parts_cover_all_pages(texts: list[list[str]]) -> None:
    pages = [
        Page(
            at + 1,
            595,
            842,
            tuple(
                Word(text, Box(0.1, 0.02 * y, 0.3, 0.02 * y + 0.01)) for y, text in enumerate(lines)
            ),
            WordSource.OCR,
        )
        for at, lines in enumerate(texts)
    ]
    name, confidence = recognise(pages)
    assert name
    assert 0 <= confidence <= 1
    covered = [n for first, last in split(pages) for n in range(first, last + 1)]
    assert covered == list(range(1, len(pages) + 1))
