"""Outlook's own mail files (`.msg`), by python-oxmsg."""

from __future__ import annotations

import struct
from pathlib import Path

from oxmsg import Message

from app.intake.drawing import DrawnBlock, Paragraph
from app.intake.html_blocks import blocks_of_html
from app.intake.letter import Enclosure, Letter

_MAX_FILES = 500

BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
    struct.error,
)
"""What the parser raises for damaged files."""


def letter_of(path: Path) -> Letter:
    """The mail in the file at ``path``; raises one of :data:`BROKEN`."""
    message = Message.load(str(path))
    body: list[DrawnBlock] = []
    if html := message.html_body:
        body = blocks_of_html(html)
    if not body and (text := message.body):
        body = [Paragraph(text.strip())]
    sent = message.sent_date
    return Letter(
        message.subject or "",
        message.sender or "",
        "; ".join(recipient.email_address or recipient.name for recipient in message.recipients),
        sent.strftime("%Y-%m-%d %H:%M") if sent else "",
        tuple(body),
        tuple(
            Enclosure(file.file_name or "attachment", data)
            for file in message.attachments[:_MAX_FILES]
            if (data := file.file_bytes)
        ),
    )
