"""An XML tree from an untrusted text, and the few ways in which the readers look at it.

Elements are found by their local name: ZUGFeRD 1, ZUGFeRD 2, Factur-X and Order-X use
different namespace versions for the same names, and senders get them wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

MAX_CHARACTERS = 40_000_000
"""Longer texts are refused; the largest real e-invoices (100,000 lines) have about a quarter."""

# Attachments are carried as base64 inside the XML (XRechnung allows many megabytes).  They
# are not read here, and libxml2 rightly refuses text nodes of that size.
_ATTACHMENT = re.compile(
    r"(<(?:\w+:)?(?:EmbeddedDocumentBinaryObject|AttachmentBinaryObject)\b[^<>]*>)[^<]{1000,}"
)
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")


class NotReadableError(Exception):
    """The text is not an e-invoice that can be read; ``str(error)`` says why, for developers."""


@dataclass(frozen=True, slots=True)
class Node:
    """An element; every look-up takes local names, and alternatives separated by ``|``."""

    element: etree._Element

    @property
    def name(self) -> str:
        return etree.QName(self.element).localname

    @property
    def namespace(self) -> str:
        return etree.QName(self.element).namespace or ""

    @property
    def text(self) -> str:
        """The element's own text with runs of spaces joined; line breaks are kept."""
        lines = (" ".join(line.split()) for line in (self.element.text or "").splitlines())
        return "\n".join(line for line in lines if line)

    def attribute(self, name: str) -> str:
        value = self.element.get(name)
        return value.strip() if isinstance(value, str) else ""

    def children(self, names: str = "") -> list[Node]:
        """The child elements called one of ``names`` (all of them for "")."""
        wanted = set(names.split("|")) if names else None
        return [
            Node(child)
            for child in self.element
            if isinstance(child.tag, str)
            and (wanted is None or etree.QName(child).localname in wanted)
        ]

    def all(self, path: str) -> list[Node]:
        """Every element at ``path`` ("Party/PartyName|LegalName"), in document order."""
        found = [self]
        for names in path.split("/"):
            found = [child for node in found for child in node.children(names)]
        return found

    def first(self, path: str) -> Node | None:
        """The first element at ``path``, or ``None``."""
        return next(iter(self.all(path)), None)

    def at(self, path: str) -> str:
        """The first text at ``path`` that is not empty, "" if there is none."""
        return next((node.text for node in self.all(path) if node.text), "")


def parse(text: str) -> Node:
    """The root of an XML text.

    Raises :class:`NotReadableError` for text that is not well formed, is absurdly large or
    deep, or has a document type declaration: no e-invoice standard uses one, and entity
    bombs and references to other files need one.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotReadableError("too large")
    body = _ATTACHMENT.sub(r"\1", _DECLARATION.sub("", text.lstrip("\ufeff")))
    if _declares_type(body):
        raise NotReadableError("has a document type declaration")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise NotReadableError(str(error)) from error
    return Node(root)


def _declares_type(body: str) -> bool:
    """Whether ``<!DOCTYPE`` stands before the root element, without parsing it."""
    at = 0
    while (at := body.find("<", at)) >= 0:
        if body.startswith("<!--", at):
            end = body.find("-->", at)
        elif body.startswith("<?", at):
            end = body.find("?>", at)
        else:
            return body[at : at + 2] == "<!"
        if end < 0:
            return False
        at = end
    return False
