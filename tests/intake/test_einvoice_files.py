"""Finding the XML invoice that a file is or carries."""

from __future__ import annotations

from collections.abc import Callable

import pymupdf
import pytest

from app.errors import Code
from tests.intake.conftest import TakeIn

CII = (
    '<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:'
    'CrossIndustryInvoice:100"><rsm:ID>RE-ÄÖ-€</rsm:ID></rsm:CrossIndustryInvoice>'
)
UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>'
NOTE = (
    '<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"><ID>1</ID>'
    "</CreditNote>"
)
OLD = '<a:CrossIndustryDocument xmlns:a="urn:ferd:CrossIndustryDocument:invoice:1p0"/>'
ORDER = (
    '<rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm="urn:un:unece:uncefact:data:'
    'SCRDMCCBDACIOMessageStructure:100"/>'
)


@pytest.mark.parametrize("xml", [CII, UBL, NOTE, OLD, ORDER])
@pytest.mark.parametrize(
    ("prolog", "encoding"),
    [
        ("", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand -->\n', "utf-8"),
        ('\ufeff<?xml version="1.0"?>', "utf-8"),
        ('\ufeff<?xml version="1.0" encoding="UTF-16"?>', "utf-16-le"),
        ('\ufeff<?xml version="1.0" encoding="UTF-16"?>', "utf-16-be"),
    ],
)
def test_plain_xml_is_an_invoice_in_any_encoding(
    take_in: TakeIn, xml: str, prolog: str, encoding: str
) -> None:
    taken = take_in((prolog + xml).encode(encoding), "rechnung.dat")
    assert taken.opened[0].media_type == "application/xml"
    assert taken.pages == []
    assert taken.document is not None
    assert taken.document.einvoice_xml.startswith(xml.split(">")[0].rstrip("/"))
    assert ("RE-ÄÖ-€" in taken.document.einvoice_xml) == ("RE-ÄÖ-€" in xml)


def test_latin_1_is_decoded(take_in: TakeIn) -> None:
    data = f'<?xml version="1.0" encoding="ISO-8859-1"?>{CII.replace("€", "ß")}'
    document = take_in(data.encode("latin-1"), "a.xml").document
    assert document is not None
    assert "RE-ÄÖ-ß" in document.einvoice_xml


def test_entities_and_outside_files_are_refused(problem_of: Callable[..., Code]) -> None:
    for doctype in (
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE a SYSTEM "http://example.com/a.dtd">',
    ):
        data = f'<?xml version="1.0"?>{doctype}{CII.replace("RE", "&x;")}'
        assert problem_of(data.encode(), "a.xml") is Code.DAMAGED


def test_broken_and_other_xml_say_so(problem_of: Callable[..., Code]) -> None:
    assert problem_of(f'<?xml version="1.0"?>{CII[:-9]}'.encode(), "a.xml") is Code.DAMAGED
    assert problem_of(b'<?xml version="1.0"?><html/>', "a.xml") is Code.UNSUPPORTED


def pdf_with(files: dict[str, bytes]) -> bytes:
    with pymupdf.open() as document:
        document.new_page().insert_text((90, 90), "Rechnung")
        for name, data in files.items():
            document.embfile_add(name, data, filename=name, ufilename=name)
        return document.tobytes()


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "order-x.xml", "daten.xml"]
)
def test_a_pdf_gives_the_invoice_that_it_carries(take_in: TakeIn, name: str) -> None:
    taken = take_in(pdf_with({"agb.txt": b"hello", "other.xml": b"<a/>", name: CII.encode()}), "a")
    assert taken.document is not None
    assert "RE-ÄÖ-€" in taken.document.einvoice_xml
    assert taken.pages[0].notes == ()


def test_an_invoice_that_stands_in_no_list_is_found(take_in: TakeIn) -> None:
    with pymupdf.open("pdf", pdf_with({"factur-x.xml": CII.encode()})) as document:
        root = document.pdf_catalog()
        document.xref_set_key(root, "Names", "null")
        data = document.tobytes(garbage=0)
    taken = take_in(data, "a.pdf")
    assert taken.document is not None
    assert "RE-ÄÖ-€" in taken.document.einvoice_xml


def test_a_broken_invoice_is_left_out_with_a_note(take_in: TakeIn) -> None:
    taken = take_in(pdf_with({"factur-x.xml": CII[:-10].encode()}), "a.pdf")
    assert taken.document is not None
    assert taken.document.einvoice_xml == ""
    assert "damaged" in taken.pages[0].notes[0]
