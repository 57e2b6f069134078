"""Plain XML: whether it is an invoice or order that a machine can read, and its text."""

from __future__ import annotations

from lxml import etree

MAX_BYTES = 50_000_000

_ROOTS = frozenset(
    {
        "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice",
        "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument",
        "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice",
        "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote",
        "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order",
    }
)
_ORDER = "SCRDMCCBDACIOMessageStructure"


class BadXmlError(ValueError):
    """Not well-formed, or it asks for something that is refused (a DTD, an entity)."""


def invoice_text(data: bytes) -> str:
    """The document as text if it is a CII, UBL or Order-X message, "" if it is other XML.

    The text is UTF-8 text without a declaration.  Raises :class:`BadXmlError`.
    """
    if len(data) > MAX_BYTES:
        raise BadXmlError("too large")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data.strip(b"\0 \t\r\n") if _is_narrow(data) else data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXmlError(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadXmlError("a document type declaration is refused")
    name = etree.QName(root)
    if name.text not in _ROOTS and name.localname != _ORDER:
        return ""
    return etree.tostring(root, encoding="unicode")


def _is_narrow(data: bytes) -> bool:
    return not data.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))
