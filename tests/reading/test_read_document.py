"""Documents to records: which reader is believed, what is flagged, what is left empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.document import Document, Field, Page, Reader, Record, Status, Word, WordSource
from app.errors import Code, ProblemError
from app.intake.draw_child import draw_pages
from app.reading import read_document
from app.reading.einvoice.rendering import blocks_of
from tests.reading.einvoices import ORDER_X, ZUGFERD_1, Item, cii, ubl
from tests.reading.printed import page_of
from tests.reading.test_evidence import PRINTED

INVOICE = (
    "Made-up Tools GmbH",
    "Hafenstr. 12, 20457 Hamburg",
    "",
    "Bill to:                         Invoice number: A-1001",
    "Invented Customer Ltd            Invoice date: 13 November 2026",
    "",
    "INVOICE",
    "",
    "Description          Quantity    Unit price     Amount",
    "Hammer, forged              2         30.00      60.00",
    "Nails, one box              1         40.00      40.00",
    "",
    "                            Net total        100.00 EUR",
    "                            VAT 19%           19.00 EUR",
    "                            Total            119.00 EUR",
)


def document(*pages: Page, xml: str = "") -> Document:
    return Document("file.pdf", "0" * 64, "application/pdf", pages, einvoice_xml=xml)


def only(found: Document, document_type: str = "") -> Record:
    records = read_document(found, document_type)
    assert len(records) == 1
    return records[0]


def value(record: Record, key: str) -> str | None:
    return field(record, key).value


def field(record: Record, key: str) -> Field:
    found = record.field(key)
    assert found is not None, key
    return found


def codes(record: Record) -> set[str]:
    return {flag.code for flag in record.flags}


@pytest.mark.parametrize("xml", [cii(), cii("EXTENDED"), ZUGFERD_1, ubl()])
def test_a_plain_e_invoice_is_drawn_and_every_value_has_its_place_there(
    xml: str, tmp_path: Path
) -> None:
    pages = draw_pages(blocks_of(xml), tmp_path, images=False)
    record = only(document(*pages, xml=xml))
    assert record.document_type == "invoice"
    for found in (*record.fields, *(cell for row in record.lines for cell in row)):
        if found.value is not None:
            assert found.page == 1, found.key
            assert found.box is not None, found.key
            assert found.reader is Reader.EINVOICE
    assert field(record, "total_gross").status is Status.VERIFIED
    assert field(record, "seller_name").status is Status.FOUND


def test_a_consistent_e_invoice_has_no_flags(tmp_path: Path) -> None:
    pages = draw_pages(blocks_of(cii()), tmp_path, images=False)
    assert only(document(*pages, xml=cii())).flags == ()


def test_the_lines_and_taxes_of_an_e_invoice_are_all_there() -> None:
    record = only(document(page_of(PRINTED), xml=cii()))
    assert [[cell.value for cell in row] for row in record.lines] == [
        ["Oak table", "2", "120.00", "240.00"],
        ["Delivery by van", "1", "50.00", "50.00"],
    ]
    assert [[cell.value for cell in row] for row in record.taxes] == [["19", "280.00", "53.20"]]


def test_a_lines_own_discount_in_the_xml_is_no_wrong_product() -> None:
    items = [Item("Oak table", "2", "150.00", "290.00", allowance="10.00")]
    record = only(document(page_of(PRINTED), xml=cii(items=items)))
    assert "line_amount" not in codes(record)
    items = [Item("Oak table", "2", "150.00", "290.00")]
    assert "line_amount" in codes(only(document(page_of(PRINTED), xml=cii(items=items))))


def test_a_credit_note_is_named_as_such() -> None:
    record = only(document(page_of(PRINTED), xml=cii(code="381")))
    assert record.document_type == "credit_note"
    assert value(record, "total_gross") == "333.20"


def test_an_order_is_no_invoice_and_says_so() -> None:
    record = only(document(page_of(["Order R-2026/17", "3.11.2026"]), xml=ORDER_X))
    assert record.document_type == "other"
    assert value(record, "title") == "Order R-2026/17"
    assert value(record, "date") == "2026-11-03"
    assert "order" in codes(record)
    assert ("Seller", "Tischlerei Ahorn GmbH") in record.pairs
    assert len(record.lines) == len(record.pairs)


def test_a_broken_e_invoice_is_flagged_and_the_page_is_read() -> None:
    record = only(document(page_of(INVOICE), xml=cii()[:700]))
    assert "einvoice_unreadable" in codes(record)
    assert value(record, "total_gross") == "119.00"
    assert field(record, "total_gross").reader is Reader.QUICK


def test_an_unreadable_value_in_the_xml_is_flagged_and_not_guessed() -> None:
    record = only(document(page_of(["nothing"]), xml=cii(issued="soon")))
    assert "einvoice_value" in codes(record)
    assert value(record, "issue_date") is None


def test_wrong_check_digits_are_flagged_and_the_value_kept() -> None:
    xml = cii().replace("DE89 3704", "DE12 3704")
    record = only(document(page_of(PRINTED), xml=xml))
    assert "iban_checksum" in codes(record)
    assert value(record, "iban") == "DE12370400440532013000"


def test_a_printed_invoice_is_read_and_its_sums_verify_it() -> None:
    record = only(document(page_of(INVOICE)))
    assert record.document_type == "invoice"
    for key, expected in (
        ("invoice_number", "A-1001"),
        ("issue_date", "2026-11-13"),
        ("currency", "EUR"),
        ("total_net", "100.00"),
        ("total_tax", "19.00"),
        ("total_gross", "119.00"),
    ):
        assert value(record, key) == expected
    assert all(
        field(record, key).status is Status.VERIFIED
        for key in ("total_net", "total_tax", "total_gross")
    )
    assert value(record, "due_date") is None
    assert field(record, "due_date").status is Status.MISSING
    assert all(found.box is not None for found in record.fields if found.value is not None)


def test_totals_that_do_not_add_up_are_flagged_and_shown_as_printed() -> None:
    wrong = tuple(line.replace("119.00", "191.00") for line in INVOICE)
    record = only(document(page_of(wrong)))
    assert value(record, "total_gross") == "191.00"
    assert field(record, "total_gross").status is Status.DOUBTFUL
    assert "net_plus_tax" in codes(record)


def test_a_day_that_could_be_a_month_is_doubtful_and_both_are_named() -> None:
    unsettled = tuple(
        line.replace("13 November 2026", "03/04/2026").replace(" EUR", "") for line in INVOICE
    )
    record = only(document(page_of(unsettled)))
    date = field(record, "issue_date")
    assert date.status is Status.DOUBTFUL
    assert {date.value, date.alternatives[0].value} == {"2026-04-03", "2026-03-04"}
    flag = next(flag for flag in record.flags if flag.code == "ambiguous_date")
    assert "2026-04-03" in flag.message
    assert "2026-03-04" in flag.message


def test_balances_that_the_entries_lead_to_are_verified() -> None:
    statement = page_of(
        [
            "ACCOUNT STATEMENT                 01.02.2026 - 28.02.2026",
            "IBAN: DE89 3704 0044 0532 0130 00",
            "",
            "Date          Description              Amount      Balance",
            "              Opening balance                       100.00",
            "02.02.2026    Rent for February        -50.00        50.00",
            "09.02.2026    Transfer from Ahorn       25.50        75.50",
            "20.02.2026    Card payment             -10.25        65.25",
            "              Closing balance                        65.25",
        ]
    )
    record = only(document(statement), "bank_statement")
    assert (value(record, "opening_balance"), value(record, "closing_balance")) == (
        "100.00",
        "65.25",
    )
    assert field(record, "opening_balance").status is Status.VERIFIED
    assert field(record, "closing_balance").status is Status.VERIFIED
    amounts = [cell for row in record.lines for cell in row if cell.key == "amount"]
    assert [cell.value for cell in amounts] == ["-50.00", "25.50", "-10.25"]
    assert all(cell.status is Status.VERIFIED for cell in amounts)


def test_the_type_that_the_user_chose_is_kept() -> None:
    record = only(document(page_of(INVOICE)), "receipt")
    assert record.document_type == "receipt"
    assert value(record, "total") == "119.00"
    assert only(document(page_of(PRINTED), xml=cii()), "receipt").document_type == "receipt"
    with pytest.raises(ProblemError) as raised:
        read_document(document(page_of(INVOICE)), "love letter")
    assert raised.value.problem.code is Code.UNKNOWN_TYPE


def test_a_letter_gives_title_and_pairs_as_rows() -> None:
    page = page_of(["Our opening hours", "", "Monday: 9 to 17", "Tuesday: 9 to 12", "Phone: 123"])
    record = only(document(page), "other")
    assert value(record, "title") == "Our opening hours"
    assert ("Monday", "9 to 17") in record.pairs
    assert [tuple(cell.value for cell in row) for row in record.lines] == list(record.pairs)


def test_pages_without_words_are_named() -> None:
    blank = Page(2, 595, 842, (), WordSource.NONE)
    records = read_document(document(page_of(INVOICE), blank))
    assert records[0].document_type == "invoice"
    flag = next(flag for flag in records[0].flags if flag.code == "no_words")
    assert flag.message == "Page 2: no readable words were found."
    assert read_document(document(blank))[0].fields


def test_required_fields_that_are_not_printed_are_flagged_not_filled() -> None:
    record = only(document(page_of(["INVOICE", "", "Thank you for your business"])), "invoice")
    missing = {key for flag in record.flags if flag.code == "missing" for key in flag.fields}
    assert {"invoice_number", "issue_date", "total_gross"} <= missing
    assert value(record, "total_gross") is None


def test_hostile_words_do_not_stop_the_reading() -> None:
    from app.document import Box

    box = Box(0.0, 0.0, 0.0, 0.0)
    texts = ["", " ", "\u202e", "9" * 5000, "1" + ".000" * 400, "−−−", "€€€", "\ufffd", "0/0/0000"]
    page = Page(1, 1, 1, tuple(Word(text, box) for text in texts), WordSource.TEXT)
    for kind in ("", "invoice", "receipt", "bank_statement", "credit_note", "other"):
        assert read_document(document(page), kind)
