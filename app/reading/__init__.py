"""Pages to records: e-invoice XML, the quick reader, a model, and the evidence for them."""

from __future__ import annotations

from collections.abc import Sequence

from app.document import Document, Record
from app.reading.messages import Given


def read_document(
    document: Document, document_type: str = "", answers: Sequence[Given] = ()
) -> tuple[Record, ...]:
    """The records of a document: one, or several where it holds several invoices.

    ``document_type`` is the type that the user chose, "" to recognise it.  ``answers`` are
    a model's to the questions about this document.  Raises ``ProblemError``
    (``unknown_type``) for a type that does not exist.
    """
    # Imported when called: the window names this package's messages, and needs no reader.
    from app.reading.documents import read

    return read(document, document_type, answers)
