"""The sample documents: they open, say what their truth says, and their truth adds up."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path

import facturx
import pillow_heif
import pymupdf
import pytest
from lxml import etree
from PIL import Image
from stdnum import iban
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from app.document_types import document_types
from tests.data import build_samples
from tests.data.build_samples import FOLDER, PASSWORD, SAMPLES, TRUTH

Line = dict[str, object]


@cache
def truth() -> tuple[Line, ...]:
    return tuple(map(json.loads, (FOLDER / TRUTH).read_text(encoding="utf-8").splitlines()))


def named(line: Line) -> str:
    fields = line["fields"]
    assert isinstance(fields, dict)
    return f"{line['file']}:{fields.get('invoice_number', '')}"


def amount(line: Line, key: str) -> Decimal | None:
    fields = line["fields"]
    assert isinstance(fields, dict)
    return Decimal(fields[key]) if key in fields else None


def column(line: Line, table: str, key: str) -> list[Decimal]:
    rows = line[table]
    assert isinstance(rows, list)
    return [Decimal(row[key]) for row in rows if key in row]


def text_of(data: bytes) -> str:
    document = pymupdf.open(stream=data, filetype="pdf")
    if document.needs_pass:
        assert document.authenticate(PASSWORD)
    return " ".join(" ".join(page.get_text().split()) for page in document)


@pytest.mark.parametrize("line", truth(), ids=named)
class TestEveryRecord:
    def test_its_keys_are_those_of_its_type(self, line: Line) -> None:
        definition = document_types()[str(line["document_type"])]
        fields = line["fields"]
        assert isinstance(fields, dict)
        assert set(fields) <= {field.key for field in definition.fields}
        for table, columns in (("lines", definition.lines), ("taxes", definition.taxes)):
            rows = line[table]
            assert isinstance(rows, list)
            assert all(set(row) <= {field.key for field in columns} for row in rows)

    def test_its_sums_add_up(self, line: Line) -> None:
        lines, net = column(line, "lines", "amount"), amount(line, "total_net")
        tax, gross, due = (amount(line, key) for key in ("total_tax", "total_gross", "amount_due"))
        if net is not None:
            assert sum(lines) == net
        if net is not None and tax is not None:
            assert net + tax == gross
        if due is not None and gross is not None:
            assert due == gross - (amount(line, "total_prepaid") or 0)
        total = amount(line, "total")
        if total is not None:
            assert sum(lines) == total
        if taxes := column(line, "taxes", "tax"):
            assert tax in (None, sum(taxes))
            whole = gross if gross is not None else total
            bases = column(line, "taxes", "base")
            assert not bases or sum(bases) + sum(taxes) == whole

    def test_its_check_digits_are_right(self, line: Line) -> None:
        fields = line["fields"]
        assert isinstance(fields, dict)
        if "iban" in fields:
            assert iban.is_valid(fields["iban"])
        vat_id = fields.get("seller_vat_id", fields.get("merchant_vat_id"))
        if vat_id:
            assert eu_vat.is_valid(vat_id) or gb_vat.is_valid(vat_id)


def test_the_balance_of_the_statement_runs_through() -> None:
    (line,) = (line for line in truth() if line["document_type"] == "bank_statement")
    balance = amount(line, "opening_balance")
    assert balance is not None
    for moved, after in zip(
        column(line, "lines", "amount"), column(line, "lines", "balance"), strict=True
    ):
        balance += moved
        assert balance == after
    assert balance == amount(line, "closing_balance")


def test_there_is_a_file_for_every_record_and_a_record_for_every_file() -> None:
    files = {path.name for path in FOLDER.iterdir()} - {TRUTH, "README.md"}
    assert files == {str(line["file"]) for line in truth()} == {sample.name for sample in SAMPLES}


def test_the_readme_names_every_file() -> None:
    named_there = set(re.findall(r"^\| `([^`]+)`", (FOLDER / "README.md").read_text("utf-8"), re.M))
    assert named_there == {sample.name for sample in SAMPLES}


def test_together_they_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


TEXTS = [s.name for s in SAMPLES if s.name.endswith(".pdf") and s.name != "invoice-scan.pdf"]


@pytest.mark.parametrize("name", TEXTS)
def test_a_pdf_prints_the_text_of_its_truth(name: str) -> None:
    printed = text_of((FOLDER / name).read_bytes())
    for line in (line for line in truth() if line["file"] == name):
        fields = line["fields"]
        assert isinstance(fields, dict)
        for key in ("invoice_number", "seller_name", "buyer_name", "account_holder"):
            assert fields.get(key, "") in printed
        assert fields.get("iban", "") in printed.replace(" ", "")


def test_the_protected_one_needs_its_password() -> None:
    document = pymupdf.open(FOLDER / "invoice-protected.pdf")
    assert document.needs_pass
    assert not document.authenticate("")
    assert document.authenticate(PASSWORD)


def test_the_scan_has_no_text_layer() -> None:
    assert text_of((FOLDER / "invoice-scan.pdf").read_bytes()) == ""


def test_the_factur_x_file_carries_valid_xml() -> None:
    data = (FOLDER / "rechnung-factur-x.pdf").read_bytes()
    name, xml = facturx.get_xml_from_pdf(data, check_xsd=True)
    assert name == "factur-x.xml"
    assert b"2026-00511" in xml


def test_the_xrechnung_is_ubl_with_the_totals_of_its_truth() -> None:
    root = etree.parse(FOLDER / "xrechnung.xml").getroot()
    assert etree.QName(root).namespace == "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    (line,) = (line for line in truth() if line["file"] == "xrechnung.xml")
    payable = root.findtext(".//{*}PayableAmount")
    assert Decimal(str(payable)) == amount(line, "amount_due")


@pytest.mark.parametrize(
    "name", ["kassenbon-foto.jpg", "receipt-photo.jpg", "ticket-photo.heic", "order-screenshot.png"]
)
def test_a_picture_opens_and_is_large_enough_to_read(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    if name.endswith(".heic"):
        size = pillow_heif.open_heif(data).size
    else:
        with Image.open(io.BytesIO(data)) as picture:
            size = picture.size
    assert min(size) > 600


def test_the_mail_holds_the_invoice() -> None:
    mail = message_from_bytes((FOLDER / "mail-met-factuur.eml").read_bytes(), policy=policy.default)
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert "20260341" in text_of(attached.get_content())


@pytest.mark.slow  # builds every sample anew
def test_building_again_gives_the_same_truth_and_the_same_text(tmp_path: Path) -> None:
    build_samples.build(tmp_path)
    assert (tmp_path / TRUTH).read_bytes() == (FOLDER / TRUTH).read_bytes()
    for name in TEXTS:
        assert text_of((tmp_path / name).read_bytes()) == text_of((FOLDER / name).read_bytes())
