"""Pages to records: e-invoice XML, the quick reader, and the evidence for what they say."""

from __future__ import annotations

from app.document import Document, Record


def read_document(document: Document, document_type: str = "") -> tuple[Record, ...]:
    """The records of a document: one, or several where it holds several invoices.

    ``document_type`` is the type that the user chose, "" to recognise it.  Raises
    ``ProblemError`` (``unknown_type``) for a type that does not exist.
    """
    # Imported when called: the window names this package's messages, and needs no reader.
    from app.reading.documents import read

    return read(document, document_type)
