"""Outlook's own mail files (`.msg`), by python-oxmsg.

A mail inside such a mail has no bytes of its own that could be kept as a file; it is
written as an internet mail, which is then read like any other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path

from olefile import OleFileIO
from oxmsg import Message
from oxmsg.attachment import Attachment
from oxmsg.storage import Storage

from app.intake.drawing import DrawnBlock, Paragraph
from app.intake.html_blocks import blocks_of_html
from app.intake.letter import Enclosure, Letter

_MAX_FILES = 500
_MAX_DEPTH = 3
_EMBEDDED = "__substg1.0_3701000D"
_PROPERTIES = "__properties_version1.0"
_HEAD = 24  # bytes before the properties of an embedded mail; a whole file has 8 more

BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
    MessageError,
    struct.error,
)
"""What the parsers raise for damaged files."""


def letter_of(path: Path) -> Letter:
    """The mail in the file at ``path``; raises one of :data:`BROKEN`."""
    with OleFileIO(str(path)) as file:
        storage = Storage.from_ole(file)
    message = Message(storage)
    sent = message.sent_date
    return Letter(
        message.subject or "",
        message.sender or "",
        "; ".join(recipient.email_address or recipient.name for recipient in message.recipients),
        sent.strftime("%Y-%m-%d %H:%M") if sent else "",
        tuple(_body(message)),
        tuple(_enclosures(storage, 1)),
    )


def _body(message: Message) -> list[DrawnBlock]:
    if (html := _html(message)) and (blocks := blocks_of_html(html)):
        return blocks
    text = (message.body or "").strip()
    return [Paragraph(text)] if text else []


def _html(message: Message) -> str:
    try:
        return str(message.html_body or "")
    except (LookupError, ValueError):  # an unknown code page, or bytes that are not of it
        return ""


def _enclosures(storage: Storage, depth: int) -> Iterator[Enclosure]:
    for held in list(storage.iter_attachment_storages())[:_MAX_FILES]:
        try:
            embedded = next((inner for inner in held.storages if inner.name == _EMBEDDED), None)
            if embedded is not None:
                if depth < _MAX_DEPTH:
                    yield _as_mail(_aligned(embedded), depth + 1)
                continue
            attachment = Attachment(held)
            if data := attachment.file_bytes:
                yield Enclosure(attachment.file_name or "attachment", data)
        except BROKEN:
            continue  # one damaged attachment does not spoil the others


def _aligned(storage: Storage) -> Storage:
    """An embedded mail in the form of a whole file, whose head is a little longer."""
    streams = tuple(
        replace(stream, bytes_=stream.bytes_[:_HEAD] + bytes(8) + stream.bytes_[_HEAD:])
        if stream.name == _PROPERTIES
        else stream
        for stream in storage.streams
    )
    return replace(storage, streams=streams)


def _as_mail(storage: Storage, depth: int) -> Enclosure:
    message = Message(storage)
    subject = " ".join((message.subject or "mail").split())
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = " ".join((message.sender or "").split())
    mail.set_content(message.body or "")
    if html := _html(message):
        mail.add_alternative(html, subtype="html")
    for enclosure in _enclosures(storage, depth):
        mail.add_attachment(enclosure.data, "application", "octet-stream", filename=enclosure.name)
    return Enclosure(f"{subject}.eml", mail.as_bytes())
