"""E-invoices: every syntax and profile is read exactly, and nothing dangerous is parsed."""

from __future__ import annotations

import pytest

from app.reading.einvoice import EInvoice, NotReadableError, read_einvoice
from tests.reading.einvoices import (
    GUIDELINES,
    ITEMS,
    ORDER_X,
    WITH_LINES,
    ZUGFERD_1,
    Item,
    cii,
    ubl,
)


def values(invoice: EInvoice) -> dict[str, str]:
    return {value.role: value.value for value in invoice.values}


def rows(invoice: EInvoice) -> list[tuple[str, str, str, str]]:
    return [
        (
            line.get("description"),
            line.get("quantity"),
            line.get("unit_price"),
            line.get("amount"),
        )
        for line in invoice.lines
    ]


@pytest.mark.parametrize("profile", GUIDELINES)
def test_every_profile_gives_number_parties_and_totals(profile: str) -> None:
    found = values(read_einvoice(cii(profile)))
    assert found["number"] == "R-2026/17"
    assert found["issue_date"] == "2026-11-03"
    assert found["seller"] == "Tischlerei Ahorn GmbH"
    assert found["seller_vat_id"] == "DE136695976"
    assert found["buyer"] == "Café Zum Löwen"
    assert found["currency"] == "EUR"
    assert (found["net"], found["tax"], found["gross"]) == ("280.00", "53.20", "333.20")


@pytest.mark.parametrize("profile", [p for p in GUIDELINES if p != "MINIMUM"])
def test_profiles_above_minimum_give_due_date_account_and_what_was_paid(profile: str) -> None:
    found = values(read_einvoice(cii(profile)))
    assert found["due_date"] == "2026-12-03"
    assert found["iban"] == "DE89370400440532013000"
    assert (found["allowances"], found["prepaid"], found["due"]) == ("10.00", "100.00", "233.20")


@pytest.mark.parametrize("profile", WITH_LINES)
def test_profiles_with_lines_give_them_all(profile: str) -> None:
    assert rows(read_einvoice(cii(profile))) == [
        ("Oak table", "2", "120.00", "240.00"),
        ("Delivery by van", "1", "50.00", "50.00"),
    ]


def test_what_the_minimum_profile_leaves_out_stays_missing() -> None:
    invoice = read_einvoice(cii("MINIMUM"))
    assert invoice.lines == ()
    assert invoice.taxes == ()
    assert not {"due_date", "iban", "allowances", "prepaid"} & set(values(invoice))


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("MINIMUM", "Factur-X / ZUGFeRD 2 MINIMUM"),
        ("BASIC WL", "Factur-X / ZUGFeRD 2 BASIC WL"),
        ("EXTENDED", "Factur-X / ZUGFeRD 2 EXTENDED"),
        ("XRECHNUNG", "XRechnung"),
        ("EN 16931", "EN 16931"),
    ],
)
def test_the_profile_is_named(profile: str, name: str) -> None:
    assert read_einvoice(cii(profile)).profile == name


def test_zugferd_1_is_read_by_its_own_names_and_its_notes_are_not_lines() -> None:
    invoice = read_einvoice(ZUGFERD_1)
    found = values(invoice)
    assert invoice.profile == "ZUGFeRD 1 COMFORT"
    assert (found["number"], found["issue_date"]) == ("4711", "2014-03-05")
    assert found["due_date"] == "2014-04-04"
    assert (found["net"], found["tax"], found["gross"]) == ("198.00", "37.62", "235.62")
    assert rows(invoice) == [("Trennblätter A4", "20", "9.90", "198.00")]
    assert [v.value for v in invoice.taxes[0]] == ["19", "198.00", "37.62"]
    assert "Thank you for ordering" in invoice.notes


def test_ubl_gives_registered_name_vat_id_totals_and_taxes() -> None:
    invoice = read_einvoice(ubl())
    found = values(invoice)
    assert invoice.profile == "Peppol BIS Billing 3"
    assert found["number"] == "P 99"
    assert found["seller"] == "Fjord Møbler AS"
    assert found["buyer"] == "Buyer Ltd"
    assert found["seller_vat_id"] == "NO995525828MVA"
    assert found["due_date"] == "2026-12-10"
    assert found["iban"] == "NO9386011117947"
    assert (found["net"], found["tax"], found["gross"]) == ("216.67", "52.50", "269.17")
    assert (found["charges"], found["rounding"], found["due"]) == ("10.00", "-0.17", "269.00")
    assert [[v.value for v in row] for row in invoice.taxes] == [
        ["25", "200.00", "50.00"],
        ["15", "16.67", "2.50"],
    ]


def test_a_ubl_credit_note_takes_its_due_date_from_the_payment() -> None:
    invoice = read_einvoice(ubl("CreditNote", "381"))
    assert invoice.document_type == "credit_note"
    assert values(invoice)["due_date"] == "2026-12-03"
    assert rows(invoice)[0] == ("Chair", "2", "95.00", "190.00")


@pytest.mark.parametrize(
    ("code", "kind"),
    [(c, "invoice") for c in ("380", "384", "389", "751", "326", "386", "875", "")]
    + [(c, "credit_note") for c in ("381", "261", "396", "420", "532")],
)
def test_the_type_code_tells_invoices_from_credit_notes(code: str, kind: str) -> None:
    assert read_einvoice(cii(code=code)).document_type == kind


def test_an_order_is_named_and_is_no_invoice() -> None:
    invoice = read_einvoice(ORDER_X)
    assert (invoice.order, invoice.document_type) == (True, "other")
    assert (invoice.title, invoice.profile) == ("Order", "Order-X BASIC")
    assert rows(invoice)[0][1] == "2"


def test_a_tax_number_is_not_taken_for_a_vat_id() -> None:
    without = cii().replace('schemeID="VA"', 'schemeID="XX"')
    invoice = read_einvoice(without)
    assert "seller_vat_id" not in values(invoice)
    assert invoice.seller.tax_number == "27/123/45678"


@pytest.mark.parametrize(
    ("price", "base", "quantity", "amount", "each"),
    [
        ("16.67", "100", "100", "16.67", "0.1667"),
        ("25.00", "1", "4", "100.00", "25.00"),
        ("25.00", "0", "4", "100.00", "25.00"),
        ("10.00", "3", "6", "20.00", "3.3333333333"),
        ("0.5000", "1000", "2500", "1.25", "0.0005"),
        # The line's own quantity repeated as the base quantity, although the price is for one.
        ("10.00", "15", "15", "150.00", "10.00"),
    ],
)
def test_the_price_is_given_for_one_unit(
    price: str, base: str, quantity: str, amount: str, each: str
) -> None:
    for xml in (
        cii(items=[Item("Nails", quantity, price, amount, base=base)]),
        ubl(items=[Item("Nails", quantity, price, amount, base=base)]),
    ):
        assert rows(read_einvoice(xml))[0][2] == each


def test_headings_between_lines_are_notes_and_free_lines_stay() -> None:
    items = [*ITEMS, Item("Gift", "1", "0.00", "0.00"), Item("Chapter 2", "0", "0", "0")]
    invoice = read_einvoice(ubl(items=items))
    assert [row[0] for row in rows(invoice)] == ["Oak table", "Delivery by van", "Gift"]
    assert "Chapter 2" in invoice.notes


def test_a_lines_own_discount_and_grouping_are_known() -> None:
    items = [
        Item("Group", "1", "10.00", "10.00", status="GROUP"),
        Item("Part", "1", "12.00", "10.00", allowance="2.00", status="DETAIL"),
    ]
    invoice = read_einvoice(cii("EXTENDED", items=items))
    assert invoice.nested
    assert [line.adjustment for line in invoice.lines] == ["0", "-2.00"]
    assert not read_einvoice(cii("EXTENDED")).nested


@pytest.mark.parametrize("written", ["20261103", "202611031430", "2026-11-03", "2026-11-03T08:00Z"])
def test_dates_are_read_in_every_permitted_form(written: str) -> None:
    assert values(read_einvoice(cii(issued=written)))["issue_date"] == "2026-11-03"


@pytest.mark.parametrize("written", ["20261303", "03.11.2026", "soon"])
def test_a_date_that_is_none_is_reported_and_not_guessed(written: str) -> None:
    invoice = read_einvoice(cii(issued=written))
    assert "issue_date" not in values(invoice)
    assert any(written in text for text in invoice.unreadable)


def test_an_amount_that_is_none_is_reported_and_not_guessed() -> None:
    invoice = read_einvoice(cii().replace(">333.20<", ">333,20<"))
    assert "gross" not in values(invoice)
    assert invoice.unreadable == ("gross “333,20”",)


def test_the_xml_may_be_declared_in_any_encoding_and_start_with_a_mark() -> None:
    declared = cii().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert values(read_einvoice("\ufeff" + declared))["buyer"] == "Café Zum Löwen"


def test_large_attachments_inside_the_xml_do_not_stop_it() -> None:
    attached = (
        "<cac:AdditionalDocumentReference><cac:Attachment>"
        '<cbc:EmbeddedDocumentBinaryObject mimeCode="a">'
        + "QUJD" * 3_000_000
        + "</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
    )
    xml = ubl().replace("<cac:AccountingSupplierParty>", attached + "<cac:AccountingSupplierParty>")
    assert values(read_einvoice(xml))["number"] == "P 99"


_BOMB = "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "ha">' for n in range(10)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml at all",
        cii()[:900],
        "<html><body>Invoice</body></html>",
        "<Invoice xmlns='urn:example:other'><ID>1</ID></Invoice>",
        "<Invoice/>",
        "<CrossIndustryInvoice/>",
        f"<!DOCTYPE Invoice [{_BOMB}]><Invoice><ID>&a9;</ID></Invoice>",
        '<!-- x --><!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x.dtd"><Invoice><ID>1</ID></Invoice>',
        '<!DOCTYPE i [<!ENTITY f SYSTEM "file:///etc/passwd">]><Invoice><ID>&f;</ID></Invoice>',
        "<Invoice>" + "<a>" * 5000 + "</a>" * 5000 + "</Invoice>",
        "<Invoice>\ud800</Invoice",
        "x" * 41_000_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_safe_e_invoice_is_refused(text: str) -> None:
    with pytest.raises(NotReadableError):
        read_einvoice(text)
