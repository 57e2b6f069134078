"""The quick reader: fields of a document's head from words with boxes."""

from __future__ import annotations

from collections import defaultdict

import pytest
from rapidfuzz import fuzz

from app.document import Box, Claim, Page, Word, WordSource
from app.document_types import DocumentType, FieldType, Kind, document_type
from app.reading.conventions import infer
from app.reading.layout import lines_of, segments_of
from app.reading.names import compact
from app.reading.quick import QuickReading, read_quick
from app.reading.readings import UNKNOWN
from tests.data.train_pages import Maker

WIDE = 595.0


def page_of(*rows: tuple[float, float, str], width: float = WIDE, height: float = 842.0) -> Page:
    """A page of 10 point type; each row is (x, y, text), 5 points a letter."""
    words: list[Word] = []
    for x0, y0, text in rows:
        at = x0
        for part in text.split(" "):
            box = Box(at / width, y0 / height, (at + 5 * len(part)) / width, (y0 + 10) / height)
            words.append(Word(part, box, size=10 / height))
            at += 5 * len(part) + 3
    return Page(1, width, height, tuple(words), WordSource.TEXT)


def first(reading: QuickReading) -> dict[str, str]:
    """The best claim's value of each field."""
    best: dict[str, str] = {}
    for claim in reading.claims:
        best.setdefault(claim.key, claim.value)
    return best


def read(page: Page, kind: str = "invoice") -> QuickReading:
    return read_quick((page,), document_type(kind), infer((page,)))


@pytest.fixture
def german() -> Page:
    return page_of(
        (50, 60, "Nordlicht Technik GmbH · Hafenweg 3 · 20457 Hamburg"),
        (50, 90, "Praxis am Markt"),
        (50, 103, "Marktplatz 7"),
        (50, 116, "21335 Lüneburg"),
        (50, 200, "Rechnung"),
        (330, 200, "Rechnungsnummer"),
        (460, 200, "RE-2024-118"),
        (330, 214, "Rechnungsdatum"),
        (460, 214, "03.05.2024"),
        (330, 228, "Kundennummer"),
        (460, 228, "40017"),
        (330, 242, "Lieferdatum"),
        (460, 242, "30.04.2024"),
        (330, 256, "Zahlbar bis"),
        (460, 256, "17.05.2024"),
        (50, 300, "Bezeichnung"),
        (300, 300, "Menge"),
        (380, 300, "Einzelpreis"),
        (480, 300, "Betrag"),
        (50, 316, "Wartung"),
        (300, 316, "2"),
        (380, 316, "450,00"),
        (480, 316, "900,00"),
        (50, 332, "Kabel"),
        (300, 332, "10"),
        (380, 332, "33,45"),
        (480, 332, "334,50"),
        (330, 380, "Nettobetrag"),
        (470, 380, "1.234,50 €"),
        (330, 394, "MwSt. 19%"),
        (470, 394, "234,56 €"),
        (330, 408, "Gesamtbetrag"),
        (470, 408, "1.469,06 €"),
        (50, 790, "USt-IdNr. DE136695976"),
        (250, 790, "IBAN DE89 3704 0044 0532 0130 00"),
    )


def test_a_german_invoice_is_read_whole(german: Page) -> None:
    assert first(read(german)) == {
        "invoice_number": "RE-2024-118",
        "issue_date": "2024-05-03",
        "due_date": "2024-05-17",
        "seller_name": "Nordlicht Technik GmbH",
        "seller_vat_id": "DE136695976",
        "buyer_name": "Praxis am Markt",
        "currency": "EUR",
        "total_net": "1234.50",
        "total_tax": "234.56",
        "total_gross": "1469.06",
        "iban": "DE89370400440532013000",
    }


def test_totals_that_add_up_support_each_other(german: Page) -> None:
    (support,) = read(german).supports
    assert support.keys == ("total_net", "total_tax", "total_gross")
    assert support.reason == "net + tax = gross"


def test_every_claim_stands_where_its_text_is_printed(german: Page) -> None:
    for claim in read(german).claims:
        assert claim.box is not None
        assert claim.page == 1
        inside = [w.text for w in german.words if claim.box.contains(*w.box.middle)]
        printed = "".join(inside)
        assert claim.raw.replace(" ", "") in printed
        assert 0 <= claim.confidence <= 1


def test_claims_of_a_field_come_best_first(german: Page) -> None:
    by_key: dict[str, list[float]] = defaultdict(list)
    for claim in read(german).claims:
        by_key[claim.key].append(claim.confidence)
    assert all(found == sorted(found, reverse=True) for found in by_key.values())


def test_what_is_not_printed_is_not_claimed() -> None:
    letter = page_of((50, 100, "Dear Sir or Madam"), (50, 120, "thank you for your visit."))
    found = first(read(letter))
    assert not {"total_gross", "total_net", "due_date", "invoice_number", "iban"} & set(found)


def test_payment_terms_do_not_make_up_a_due_date() -> None:
    page = page_of(
        (50, 100, "Invoice No. 4711"),
        (50, 114, "Invoice Date 2024-05-03"),
        (50, 300, "Payment terms: 30 days net"),
        (330, 250, "Total"),
        (470, 250, "$120.00"),
    )
    assert "due_date" not in first(read(page))


def test_values_below_their_labels_are_found() -> None:
    page = page_of(
        (50, 60, "Contoso Ltd"),
        (50, 200, "Invoice Number"),
        (180, 200, "Invoice Date"),
        (310, 200, "Due Date"),
        (440, 200, "Amount Due"),
        (50, 214, "34278587"),
        (180, 214, "2017-06-18"),
        (310, 214, "2017-06-24"),
        (440, 214, "$56,651.49"),
    )
    found = first(read(page))
    assert found["invoice_number"] == "34278587"
    assert found["issue_date"] == "2017-06-18"
    assert found["due_date"] == "2017-06-24"
    assert found["total_gross"] == "56651.49"


RECEIPT = (
    (40, 20, "HAPPY CORNER SDN BHD"),
    (60, 34, "NO 12, JALAN BUNGA 3"),
    (60, 48, "81100 JOHOR BAHRU"),
    (60, 62, "TEL: 07-3551234"),
    (20, 90, "Doc No : CS00031663"),
    (20, 104, "Date : 25/12/2018 12:31"),
    (20, 130, "TEH TARIK"),
    (200, 130, "30.45"),
    (20, 144, "ROTI"),
    (200, 144, "29.86"),
    (20, 170, "TOTAL AMT. RM"),
    (200, 170, "60.31"),
    (20, 184, "ROUNDING ADJ."),
    (200, 184, "-0.01"),
    (20, 198, "ROUNDED TOTAL"),
    (200, 198, "60.30"),
    (20, 212, "CASH"),
    (200, 212, "70.30"),
    (20, 226, "CHANGE"),
    (200, 226, "10.00"),
)


def test_a_receipt_gives_the_total_paid_after_rounding_not_the_cash() -> None:
    found = first(read(page_of(*RECEIPT, width=260, height=300), "receipt"))
    assert found["total"] == "60.30"
    assert found["date"] == "2018-12-25"
    assert found["merchant_name"] == "HAPPY CORNER SDN BHD"
    assert found["receipt_number"] == "CS00031663"
    assert "JALAN BUNGA" in found["merchant_address"]
    assert found["currency"] == "MYR"


def test_total_plus_change_equals_cash_is_no_tax_sum() -> None:
    page = page_of(
        (20, 20, "CORNER SHOP LTD"),
        (20, 60, "Total"),
        (200, 60, "60.30"),
        (20, 74, "Cash"),
        (200, 74, "70.30"),
        (20, 88, "Change"),
        (200, 88, "10.00"),
        width=260,
        height=300,
    )
    reading = read(page, "receipt")
    assert first(reading)["total"] == "60.30"
    assert "tax" not in first(reading)
    assert reading.supports == ()


def test_a_label_glued_to_its_value_is_taken_apart() -> None:
    page = page_of(
        (20, 20, "CORNER SHOP LTD"),
        (20, 60, "Total:9.00"),
        (20, 74, "Date:25/12/2018"),
        width=260,
        height=300,
    )
    found = first(read(page, "receipt"))
    assert found["total"] == "9.00"
    assert found["date"] == "2018-12-25"


def test_a_statement_gives_its_period_and_balances() -> None:
    page = page_of(
        (50, 60, "Harbour Bank"),
        (50, 140, "Bank Statement"),
        (50, 170, "Account holder:"),
        (170, 170, "Maisie Stellata"),
        (50, 184, "IBAN:"),
        (170, 184, "GB82 WEST 1234 5698 7654 32"),
        (50, 198, "Statement Period:"),
        (170, 198, "1 Jan 2025 to 31 Jan 2025"),
        (50, 212, "Opening balance:"),
        (170, 212, "£500.00"),
        (50, 226, "Closing balance:"),
        (170, 226, "£750.25"),
    )
    found = first(read(page, "bank_statement"))
    assert found["account_holder"] == "Maisie Stellata"
    assert found["iban"] == "GB82WEST12345698765432"
    assert (found["period_start"], found["period_end"]) == ("2025-01-01", "2025-01-31")
    assert (found["opening_balance"], found["closing_balance"]) == ("500.00", "750.25")


def test_a_field_that_the_user_made_is_read_by_its_label() -> None:
    definition = DocumentType(
        "meter", "Meter reading", "Meter readings",
        (
            FieldType("reading", "Meter reading", Kind.NUMBER),
            FieldType("taken", "Read on", Kind.DATE, labels=("Taken on",)),
            FieldType("absent", "Serial number", Kind.TEXT),
        ),
    )  # fmt: skip
    page = page_of(
        (50, 100, "Meter reading:"),
        (200, 100, "48213"),
        (50, 120, "Taken on"),
        (50, 133, "2024-02-29"),
    )
    found = first(read_quick((page,), definition, UNKNOWN))
    assert found == {"reading": "48213", "taken": "2024-02-29"}


def test_no_pages_and_blank_pages_give_no_claims() -> None:
    assert read_quick((), document_type("invoice"), UNKNOWN) == QuickReading(())
    blank = Page(1, 595, 842, (), WordSource.NONE)
    assert read_quick((blank,), document_type("receipt"), UNKNOWN).claims == ()


def _is_right(kind: Kind, claim: Claim, truth: str) -> bool:
    if kind is Kind.AMOUNT:
        return abs(float(claim.value) - float(truth)) < 0.005
    if kind is Kind.NAME:
        return fuzz.ratio(compact(claim.value), compact(truth)) >= 90
    return compact(claim.value) == compact(truth)


def test_on_documents_never_trained_on_confidence_means_what_it_says() -> None:
    """Of what is claimed with 0.9 and more, nearly all is right; a sum is never wrong."""
    sure = right = supported = wrong = 0
    for number in range(60):
        made = Maker(50_000_000 + number).document()
        definition = document_type("receipt" if made.receipt else "invoice")
        reading = read_quick(made.pages, definition, infer(made.pages))
        best: dict[str, Claim] = {}
        for claim in reading.claims:
            best.setdefault(claim.key, claim)
        verdicts = {
            field.key: _is_right(field.kind, best[field.key], made.truth[field.role])
            for field in definition.fields
            if field.key in best and field.role in made.truth and field.role != "currency"
        }
        for key, verdict in verdicts.items():
            if best[key].confidence >= 0.9:
                sure += 1
                right += verdict
        for support in reading.supports:
            supported += len(support.keys)
            wrong += sum(not verdicts.get(key, True) for key in support.keys)
    assert sure > 200
    assert right / sure > 0.97
    assert supported > 40
    assert wrong == 0


def dutch(title: str, *more: tuple[float, float, str]) -> Page:
    return page_of(
        (50, 40, "Molenaar Druk B.V."),
        (50, 54, "Kerkstraat 12"),
        (50, 68, "1017 GL Amsterdam"),
        (50, 100, title),
        (50, 134, "Datum: 13-10-2025"),
        (50, 148, "PO: 4500012345"),
        (50, 200, "Totaal"),
        (300, 200, "€ 120,00"),
        *more,
    )


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Verkoopfactuur 65.75743", "65.75743"),
        ("Factura de venta 92.96163", "92.96163"),
        ("Faktura nr: R/16/07/2025", "R/16/07/2025"),
        ("Faktura VAT nr 16/07/2025", "16/07/2025"),
        ("FAKTURA 12/2025", "12/2025"),
    ],
)
def test_the_number_right_behind_the_title_is_the_documents(title: str, number: str) -> None:
    assert first(read(dutch(title)))["invoice_number"] == number


def test_an_amount_behind_the_title_is_no_number() -> None:
    assert "invoice_number" not in first(read(dutch("Factuur € 120,00")))


def test_the_invoice_that_a_credit_note_corrects_is_not_its_number() -> None:
    page = dutch(
        "Credit Note", (50, 114, "Credit note number: 097361"), (50, 170, "For invoice 2026/144")
    )
    assert first(read(page, "credit_note"))["invoice_number"] == "097361"


def test_what_was_paid_before_is_told_from_the_total() -> None:
    page = page_of(
        (50, 40, "Larkhill Joinery Ltd"),
        (50, 54, "55 Orchard Way"),
        (50, 90, "Invoice INV-93"),
        (50, 104, "Date: 3 February 2026"),
        (300, 200, "Subtotal"),
        (420, 200, "£1,661.20"),
        (300, 214, "VAT"),
        (420, 214, "£332.24"),
        (300, 228, "Total"),
        (420, 228, "£1,993.44"),
        (300, 242, "Amount paid"),
        (420, 242, "-£500.00"),
        (300, 256, "Amount due"),
        (420, 256, "£1,493.44"),
    )
    reading = read(page)
    found = first(reading)
    assert (found["total_gross"], found["total_prepaid"], found["amount_due"]) == (
        "1993.44",
        "500.00",
        "1493.44",
    )
    assert any("prepaid" in support.reason for support in reading.supports)


def test_a_total_is_not_taken_from_the_row_of_one_tax_rate() -> None:
    page = page_of(
        (60, 20, "Frischmarkt Nord GmbH"),
        (60, 34, "Hauptstr. 12"),
        (60, 48, "24103 Kiel"),
        (50, 110, "03.05.2025 12:31"),
        (50, 134, "Brot"),
        (200, 134, "10,70"),
        (50, 148, "Wein"),
        (200, 148, "11,90"),
        (50, 170, "SUMME EUR"),
        (200, 170, "22,60"),
        (50, 184, "MwSt"),
        (110, 184, "Netto"),
        (160, 184, "Steuer"),
        (220, 184, "Brutto"),
        *((50, 198, "A 19%"), (110, 198, "10,00"), (160, 198, "1,90"), (220, 198, "11,90")),
        *((50, 212, "B 7%"), (110, 212, "10,00"), (160, 212, "0,70"), (220, 212, "10,70")),
        width=300.0,
    )
    found = first(read(page, "receipt"))
    assert found["total"] == "22.60"
    assert "tax" not in found


def test_a_name_in_large_type_beside_small_print_is_whole() -> None:
    words = [
        *large_type("Silvana & Ashgrove S.r.l.", 50, 30, 24),
        *page_of((400, 36, "Telefono +39 125 156 21")).words,
    ]
    page = Page(1, WIDE, 842.0, tuple(words), WordSource.TEXT)
    (line,) = lines_of(page)
    assert [s.text for s in segments_of(line, page)] == [
        "Silvana & Ashgrove S.r.l.",
        "Telefono +39 125 156 21",
    ]


def large_type(text: str, x0: float, y0: float, size: float) -> list[Word]:
    words: list[Word] = []
    at = x0
    for part in text.split():
        end = at + 0.5 * size * len(part)
        words.append(Word(part, Box(at / WIDE, y0 / 842, end / WIDE, (y0 + size) / 842)))
        at = end + 0.6 * size
    return words


def test_a_vat_id_before_another_word_is_no_iban() -> None:
    page = dutch("Factuur 12", (50, 700, "BTW-nummer: NL892166976B01 Bank"))
    found = first(read(page))
    assert found["seller_vat_id"] == "NL892166976B01"
    assert "iban" not in found


@pytest.mark.parametrize(
    ("upper", "lower", "name"),
    [
        ("PERNIAGAAN KOTA", "TRADING SDN BHD", "PERNIAGAAN KOTA TRADING SDN BHD"),
        ("KOTA SEMERAH", "HARDWARE SDN. BHD.", "KOTA SEMERAH HARDWARE SDN. BHD."),
        ("STARWORLD", "BERJAYA STARWORLD SDN BHD", "BERJAYA STARWORLD SDN BHD"),
    ],
)
def test_a_seller_on_two_lines_is_whole(upper: str, lower: str, name: str) -> None:
    page = page_of(
        (150 - 2.5 * len(upper), 20, upper),
        (150 - 2.5 * len(lower), 34, lower),
        (80, 62, "No 12, Jalan Bukit 3"),
        (80, 76, "40000 Shah Alam, Selangor"),
        (50, 134, "Date: 18-12-2025"),
        (50, 148, "NAILS"),
        (200, 148, "12.00"),
        (50, 200, "TOTAL RM"),
        (200, 200, "12.00"),
        width=300.0,
    )
    assert first(read(page, "receipt"))["merchant_name"] == name
