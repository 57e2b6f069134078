"""Internet mail (`.eml`): parsed by the standard library."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import Path

from app.intake.drawing import DrawnBlock, Paragraph
from app.intake.html_blocks import blocks_of_html
from app.intake.letter import Enclosure, Letter

MAX_BYTES = 200_000_000
_MAX_PARTS = 2_000
_MAX_DEPTH = 30
_MAX_TEXT = 500_000

BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
"""What the standard library's parser raises for absurd mails."""


def letter_of(path: Path) -> Letter:
    """The mail in the file at ``path``; raises ``OSError`` or one of :data:`BROKEN`."""
    with path.open("rb") as stream:
        if stream.read(5) != b"From ":
            stream.seek(0)
        else:
            stream.readline()
        message = email.message_from_binary_file(stream, policy=email.policy.default)
    parts = list(_parts(message, 0))[:_MAX_PARTS]
    return Letter(
        _header(message, "subject"),
        _header(message, "from"),
        _header(message, "to"),
        _header(message, "date"),
        tuple(_body(parts)),
        tuple(filter(None, (_enclosure(part) for part in parts))),
    )


def _parts(message: Message, depth: int) -> Iterator[EmailMessage]:
    """The leaves of the mail; of alternatives for one text, the plain one if it says enough."""
    if not isinstance(message, EmailMessage) or depth > _MAX_DEPTH:
        return
    if not message.is_multipart() or message.get_content_type() == "message/rfc822":
        yield message
        return
    children = [part for part in message.iter_parts() if isinstance(part, EmailMessage)]
    if message.get_content_type() == "multipart/alternative":
        plain = [part for part in children if part.get_content_type() == "text/plain"]
        if any(len(_text(part).split()) >= 5 for part in plain):
            others = [part for part in children if part.get_content_maintype() != "text"]
            rich = [part for part in children if part.get_content_type() == "text/html"]
            children = [*(rich if any("<table" in _text(p).lower() for p in rich) else plain)]
            children += [part for part in others if part not in children]
    for child in children:
        yield from _parts(child, depth + 1)


def _is_text(part: EmailMessage) -> bool:
    return (
        part.get_content_type() in {"text/plain", "text/html"}
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _body(parts: list[EmailMessage]) -> Iterator[DrawnBlock]:
    for part in parts:
        if not _is_text(part):
            continue
        text = _text(part)
        if part.get_content_type() == "text/html":
            yield from blocks_of_html(text)
        elif text.strip():
            yield Paragraph(text.strip())


def _text(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        text = data.decode(charset)
    except (LookupError, UnicodeError):
        text = data.decode("utf-8", errors="replace")
    return text[:_MAX_TEXT]


def _enclosure(part: EmailMessage) -> Enclosure | None:
    if _is_text(part):
        return None
    name = part.get_filename() or ""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else None
        if not isinstance(inner, Message):
            return None
        title = _header(inner, "subject") or "mail"
        return Enclosure(name or f"{title}.eml", inner.as_bytes(policy=email.policy.SMTP))
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data:
        return None
    inline = "content-id" in part  # many programs call such pictures attachments all the same
    return Enclosure(name or f"attachment.{part.get_content_subtype()}", data, inline)


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(str(message.get(name) or "").split())[:500]
    except BROKEN:
        return ""
