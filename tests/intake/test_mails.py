"""Mails to pages and attachments."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image

from app.document import WordSource
from app.errors import Code, ProblemError
from tests.intake.conftest import TakeIn
from tests.intake.outlook_files import outlook_mail

NOTE = "Guten Tag,\n\nanbei unsere Rechnung.\n\nMit freundlichen Grüßen\nAnna Muster\n"
BILL = (
    "Vielen Dank für Ihre Bestellung.\n\nBestellnummer 4711-22\n"
    "Lampe Modell Süd 2 Stück 24,90 EUR\nVersand 4,95 EUR\n"
    "Gesamtsumme 29,85 EUR inkl. 19 % MwSt.\nZahlung per Kreditkarte\n"
)


def mail(text: str = NOTE, html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Anna Muster <anna@example.com>"
    message["To"] = "buchhaltung@example.org"
    message["Subject"] = "Rechnung für März – Ünïcode"
    message["Date"] = "Thu, 12 Mar 2026 09:30:00 +0100"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def pdf() -> bytes:
    with pymupdf.open() as document:
        document.new_page().insert_text((90, 90), "Rechnung 12")
        return document.tobytes(no_new_id=True)


def with_pdf(message: EmailMessage, name: str = "Rechnung 12.pdf") -> EmailMessage:
    message.add_attachment(pdf(), maintype="application", subtype="octet-stream", filename=name)
    return message


def test_a_note_gives_only_the_files_that_came_with_it(take_in: TakeIn) -> None:
    taken = take_in(with_pdf(mail()).as_bytes(), "post.eml")
    assert taken.opened[0].media_type == "message/rfc822"
    assert taken.opened[0].pages == 0
    assert taken.pages == []
    assert [(a.name, a.media_type) for a in taken.attached] == [
        ("Rechnung 12.pdf", "application/pdf")
    ]
    assert Path(taken.attached[0].path).read_bytes() == pdf()
    assert taken.document is not None
    assert taken.document.subject == "Rechnung für März – Ünïcode"


def test_a_bill_in_the_text_becomes_a_page(take_in: TakeIn, work: Path) -> None:
    taken = take_in(mail(BILL).as_bytes(), "post.eml")
    (page,) = taken.pages
    assert page.source is WordSource.RENDERED
    assert "Rechnung für März – Ünïcode" in taken.text
    assert "anna@example.com" in taken.text
    assert "Gesamtsumme 29,85 EUR" in taken.text
    picture = np.asarray(Image.open(work / page.image).convert("L"))
    for word in page.words:
        box = word.box
        rows = slice(int(box.y0 * picture.shape[0]), int(box.y1 * picture.shape[0]) + 1)
        columns = slice(int(box.x0 * picture.shape[1]), int(box.x1 * picture.shape[1]) + 1)
        assert picture[rows, columns].min() < 160, word.text


def test_a_bill_with_a_file_gives_both(take_in: TakeIn) -> None:
    taken = take_in(with_pdf(mail(BILL)).as_bytes(), "post.eml")
    assert len(taken.pages) == 1
    assert len(taken.attached) == 1


def test_a_text_without_files_is_kept_even_if_it_is_no_bill(take_in: TakeIn) -> None:
    assert "Anna Muster" in take_in(mail().as_bytes(), "post.eml").text


def test_html_becomes_text_and_its_tables_tables(take_in: TakeIn) -> None:
    html = """<html><head><style>p { color: red }</style><title>no</title></head><body>
      <script>alert("no")</script><h1>Ihre Bestellung</h1><p>Danke &amp; bis&nbsp;bald!</p>
      <table><tr><td><table><tr><th>Artikel</th><th>Preis</th></tr>
      <tr><td>Lampe</td><td>24,90 €</td></tr><tr><td>Versand</td><td>4,95 €</td></tr></table>
      </td></tr></table></body></html>"""
    taken = take_in(mail("", html).as_bytes(), "post.eml")
    words = {word.text: word.box for page in taken.pages for word in page.words}
    assert "Danke & bis bald!" in taken.text
    assert not {"red", "alert", "no"} & words.keys()
    assert words["Preis"].x0 == pytest.approx(words["24,90"].x0, abs=0.01)
    assert words["Lampe"].middle[1] == pytest.approx(words["24,90"].middle[1], abs=0.003)


def test_small_pictures_in_the_text_are_left_out(take_in: TakeIn) -> None:
    message = mail("", "<p>Quittung anbei</p><img src='cid:a'><img src='cid:b'>")
    for name, size in (("logo.png", 2_000), ("bon.png", 90_000)):
        data = b"\x89PNG\r\n\x1a\n" + bytes(size)
        message.add_related(data, "image", "png", cid=f"<{name}>", filename=name)
    assert [a.name for a in take_in(message.as_bytes(), "post.eml").attached] == ["bon.png"]


def test_a_mail_in_a_mail_comes_out_as_a_mail(take_in: TakeIn, tmp_path: Path) -> None:
    outer = mail()
    outer.add_attachment(with_pdf(mail(BILL)))
    (attached,) = take_in(outer.as_bytes(), "post.eml").attached
    assert attached.media_type == "message/rfc822"
    inner = take_in(Path(attached.path), attached.name)
    assert "29,85" in inner.text
    assert len(inner.attached) == 1


def test_an_empty_mail_says_so(problem_of: Callable[..., Code]) -> None:
    message = mail()
    message.set_content("\n\n")
    assert problem_of(message.as_bytes(), "post.eml") is Code.NO_PAGES


def test_names_of_attachments_cannot_lead_out_of_the_folder(take_in: TakeIn, work: Path) -> None:
    taken = take_in(with_pdf(mail(), "../../../evil.pdf").as_bytes(), "post.eml")
    assert taken.attached[0].name == "evil.pdf"
    assert Path(taken.attached[0].path).parent == work


@pytest.mark.parametrize(
    "data",
    [
        b"From: a\r\nTo: b\r\nSubject: =?utf-8?b?!!!?=\r\nDate: never\r\n\r\nhello there",
        b"From: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=klingon\n\nhi \xff",
        b"From: a\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n",
        b"From: a\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n####",
        b"Received: x\nFrom: \xe4\xf6\xfc\nMessage-ID: <\n\nhi there",
    ],
)
def test_absurd_mails_end_in_pages_or_a_problem(take_in: TakeIn, data: bytes) -> None:
    try:
        taken = take_in(data, "post.eml")
    except ProblemError as error:
        code = error.problem.code
    else:
        code = None if taken.pages else Code.CRASHED
    assert code in {None, Code.NO_PAGES, Code.DAMAGED}


def test_an_outlook_mail_gives_its_files(take_in: TakeIn) -> None:
    data = outlook_mail("Rechnung März", "Anna", "b@example.org", NOTE, {"Rechnung Ä.pdf": pdf()})
    taken = take_in(data, "post.msg")
    assert taken.opened[0].media_type == "application/vnd.ms-outlook"
    assert taken.pages == []
    assert [attached.name for attached in taken.attached] == ["Rechnung Ä.pdf"]
    assert Path(taken.attached[0].path).read_bytes() == pdf()
    assert taken.document is not None
    assert taken.document.subject == "Rechnung März"


def test_an_outlook_mail_with_a_bill_becomes_a_page(take_in: TakeIn) -> None:
    html = f"<html><body><p>{BILL}</p></body></html>"
    for told in (
        outlook_mail("Bon", "Anna", "b@example.org", BILL, {}),
        outlook_mail("Bon", "Anna", "b@example.org", "", {}, html),
    ):
        taken = take_in(told, "wrong.doc")
        assert "Gesamtsumme 29,85 EUR" in taken.text
        assert "b@example.org" in taken.text


def test_a_mail_in_an_outlook_mail_comes_out_as_a_mail(take_in: TakeIn, work: Path) -> None:
    data = outlook_mail("Fwd", "Anna", "b@example.org", BILL, {"a.pdf": pdf()}, "", "Innen")
    first, second = take_in(data, "post.msg").attached
    assert first.name == "a.pdf"
    assert (second.name, second.media_type) == ("Innen.eml", "message/rfc822")
    kept = work.parent / "inner.eml"
    Path(second.path).replace(kept)
    inner = take_in(kept, second.name)
    assert "Gesamtsumme 29,85 EUR" in inner.text
    assert [attached.name for attached in inner.attached] == ["a.pdf"]


def test_a_damaged_outlook_mail_says_so(problem_of: Callable[..., Code]) -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert problem_of(head + bytes(2_000), "post.msg") is Code.DAMAGED
    assert problem_of(head + bytes(2_000), "brief.doc") is Code.UNSUPPORTED
