"""E-invoices: the XML that a file is or carries, read exactly.

Factur-X and ZUGFeRD (1 and 2, every profile), XRechnung, Peppol BIS and plain EN 16931,
in both syntaxes (UN/CEFACT CII and OASIS UBL); orders (Order-X, UBL) are recognised and
named.  The standard's two syntaxes are read by this project's own few lines rather than
by the ``factur-x`` library: that library's business is putting the XML into PDFs and
taking it out (which intake does with the PDF library that it has open anyway), its
parser refuses ZUGFeRD 1, Order-X and whatever is not valid against its schemas, and what
is needed here is each value with its exact characters, so that it can be looked up on
the printed page.
"""

from __future__ import annotations

from app.reading.einvoice import cii, ubl
from app.reading.einvoice.model import Adjustment, EInvoice, Line, Party, Value
from app.reading.einvoice.tree import NotReadableError, parse

__all__ = [
    "Adjustment",
    "EInvoice",
    "Line",
    "NotReadableError",
    "Party",
    "Value",
    "read_einvoice",
]


def read_einvoice(xml: str) -> EInvoice:
    """What an e-invoice's XML says.

    Raises :class:`NotReadableError` if the text is not well-formed XML, is not safe to
    parse, or its root element is not that of an e-invoice or an order.
    """
    root = parse(xml)
    if root.name in cii.ROOTS:
        return cii.read(root)
    if root.name in ubl.ROOTS and (not root.namespace or ubl.NAMESPACE in root.namespace):
        return ubl.read(root)
    raise NotReadableError(f"its root element is {root.name}")
