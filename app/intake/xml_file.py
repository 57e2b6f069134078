"""Plain XML files: invoices and orders that a machine reads; they have no pages yet."""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import Code, problem
from app.intake import Carried, Opened, Part, Request
from app.intake.einvoice_xml import MAX_BYTES, BadXmlError, invoice_text


def read_xml(request: Request) -> Iterator[Part]:
    """The invoice's text.  Raises ``ProblemError``: ``DAMAGED``, ``TOO_LARGE``, ``UNSUPPORTED``."""
    if request.path.stat().st_size > MAX_BYTES:
        raise problem(Code.TOO_LARGE, request.name)
    try:
        text = invoice_text(request.path.read_bytes())
    except BadXmlError as error:
        raise problem(Code.DAMAGED, request.name) from error
    if not text:
        raise problem(Code.UNSUPPORTED, request.name)
    yield Opened(request.media_type, 0)
    yield Carried(einvoice_xml=text)
