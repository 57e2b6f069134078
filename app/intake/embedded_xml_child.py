"""The XML invoice inside a PDF (Factur-X, ZUGFeRD, Order-X, XRechnung)."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.intake.einvoice_xml import BadXmlError, invoice_text
from app.intake.mupdf_child import BROKEN, pymupdf

_MAX_XML = 20_000_000
_MAX_OBJECTS = 200_000
_MARKS = (b"EmbeddedFile", b"/Filespec", b"#2Fxml", b"#2fxml")
_KNOWN = (
    "factur-x.xml",
    "zugferd-invoice.xml",
    "xrechnung.xml",
    "order-x.xml",
)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The invoice's XML, "" if there is none; ``note`` says what was wrong with it."""

    xml: str = ""
    note: str = ""


def embedded_invoice(document: pymupdf.Document) -> Embedded:
    """The first embedded file that is an invoice or order, known names first."""
    note = ""
    for name, data in _files(document):
        known = name.lower() in _KNOWN
        try:
            xml = invoice_text(data)
        except BadXmlError:
            if known:
                note = f"the e-invoice data in this file ({name[:60]}) is damaged and was ignored"
            continue
        if xml:
            return Embedded(xml)
        if known:
            note = f"the e-invoice data in this file ({name[:60]}) is of an unknown kind"
    return Embedded(note=note)


def _files(document: pymupdf.Document) -> Iterator[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    try:
        for name in document.embfile_names():
            info = document.embfile_info(name)
            shown = str(info.get("ufilename") or info.get("filename") or name)
            if info.get("size", 0) <= _MAX_XML and info.get("length", 0) <= _MAX_XML:
                found.append((shown, document.embfile_get(name)))
    except BROKEN:
        found = []
    if not found and _mentions_files(document):
        found = list(_loose_files(document))
    found.sort(key=lambda item: item[0].lower() not in _KNOWN)
    yield from (item for item in found if len(item[1]) <= _MAX_XML)


def _mentions_files(document: pymupdf.Document) -> bool:
    """Whether a look at every object is worth its time."""
    with Path(document.name).open("rb") as stream:
        if not stream.seek(0, 2):
            return False
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return any(data.find(mark) >= 0 for mark in _MARKS)


def _loose_files(document: pymupdf.Document) -> Iterator[tuple[str, bytes]]:
    """Embedded files that stand in no name tree, with their names where these are known."""
    names: dict[int, str] = {}
    for xref in range(1, min(document.xref_length(), _MAX_OBJECTS)):
        try:
            if document.xref_get_key(xref, "Type")[1] == "/EmbeddedFile":
                names.setdefault(xref, "")
            kind, target = document.xref_get_key(xref, "EF/F")
            if kind == "xref":
                shown = document.xref_get_key(xref, "UF")[1]
                if shown == "null":
                    shown = document.xref_get_key(xref, "F")[1]
                names[int(target.split()[0])] = str(shown)
        except BROKEN:
            continue
    for xref, name in names.items():
        try:
            data = document.xref_stream(xref)
        except BROKEN:
            continue
        if data:
            yield name, data
