"""What kind of file it is, told from its bytes; the name only breaks ties."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path, PurePath

_HEAD = 65_536


class MediaType(StrEnum):
    """The kinds that are told apart.  Those from ``OFFICE`` on cannot be read."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    BMP = "image/bmp"
    GIF = "image/gif"
    TIFF = "image/tiff"
    HEIF = "image/heif"
    ZIP = "application/zip"
    MAIL = "message/rfc822"
    MSG = "application/vnd.ms-outlook"
    XML = "application/xml"
    OFFICE = "application/vnd.oasis.opendocument"
    UNKNOWN = "application/octet-stream"


IMAGES = frozenset(
    {
        MediaType.PNG,
        MediaType.JPEG,
        MediaType.WEBP,
        MediaType.BMP,
        MediaType.GIF,
        MediaType.TIFF,
        MediaType.HEIF,
    }
)

_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
)
_HEADER = re.compile(
    rb"^(from|to|cc|subject|date|received|return-path|message-id|mime-version|"
    rb"delivered-to|x-[a-z-]+|content-type|reply-to|sender|authentication-results|"
    rb"dkim-signature|arc-[a-z-]+|references|in-reply-to|thread-[a-z]+):[ \t\r\n]",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"^[!-9;-~]+:")
_TELLING = frozenset(
    {b"from", b"received", b"message-id", b"mime-version", b"return-path", b"date"}
)


def is_document(media_type: str) -> bool:
    """Whether a file of this kind can be read."""
    return media_type not in {MediaType.OFFICE, MediaType.UNKNOWN}


def is_container(media_type: str) -> bool:
    """Whether a file of this kind can hold other files that are read on their own."""
    return media_type in {MediaType.ZIP, MediaType.MAIL, MediaType.MSG}


def sniff(path: Path, name: str) -> MediaType:
    """The kind of the file at ``path``; reads at most 64 KiB of it.  Raises ``OSError``."""
    with path.open("rb") as stream:
        return kind_of(stream.read(_HEAD), name)


def kind_of(head: bytes, name: str) -> MediaType:
    """The kind of a file that begins with ``head`` (64 KiB are plenty)."""
    suffix = PurePath(name[-300:]).suffix.lower()
    if kind := _picture(head):
        return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return MediaType.OFFICE if _is_office_zip(head) else MediaType.ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return MediaType.MSG if suffix in {".msg", ".oft"} or _is_msg(head) else MediaType.OFFICE
    if head.startswith(b"{\\rtf"):
        return MediaType.OFFICE
    # After the marks that must stand first: an archive may hold an unpacked PDF.
    if b"%PDF-" in head[:1024] or (suffix == ".pdf" and b"%PDF-" in head):
        return MediaType.PDF
    if _is_xml(head):
        return MediaType.XML
    if _is_mail(head, suffix):
        return MediaType.MAIL
    return MediaType.UNKNOWN


def _picture(head: bytes) -> MediaType | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head.startswith(b"BM") and len(head) > 26 and head[14:18] in _BMP_HEADERS:
        return MediaType.BMP
    if head.startswith((b"GIF87a", b"GIF89a")):
        return MediaType.GIF
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return MediaType.TIFF
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return MediaType.HEIF
    return None


# The size of the header that follows the file header tells a bitmap from chance text.
_BMP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124))


def _is_office_zip(head: bytes) -> bool:
    return b"[Content_Types].xml" in head or b"mimetypeapplication/vnd.oasis" in head[:200]


def _is_msg(head: bytes) -> bool:
    return "__properties_version1.0".encode("utf-16-le") in head or (
        "__nameid_version1.0".encode("utf-16-le") in head
    )


def _is_xml(head: bytes) -> bool:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"<\0?\0", "utf-16-le"),
        (b"\0<\0?", "utf-16-be"),
    ):
        if head.startswith(mark):
            text = head.decode(encoding, errors="ignore").lstrip("\ufeff")
            break
    else:
        text = head.decode("latin-1")
    text = text.lstrip()
    if text.startswith("<?xml"):
        return True
    if text.startswith("<!--"):
        text = re.sub(r"^(?:\s*<!--.*?-->)+", "", text, flags=re.DOTALL).lstrip()
    return bool(
        re.match(r"<(?:[A-Za-z_][\w.-]*:)?(?:CrossIndustry|Invoice\b|CreditNote\b|SCRDM)", text)
    )


def _is_mail(head: bytes, suffix: str) -> bool:
    lines = head.lstrip(b"\xef\xbb\xbf\r\n").split(b"\n", 60)[:60]
    if lines and lines[0].startswith(b"From "):
        lines = lines[1:]
    if not lines or not _FIELD.match(lines[0]):
        return False
    names: set[bytes] = set()
    for line in lines:
        if not line.strip():
            break
        if line[:1] in b" \t":
            continue
        if not _FIELD.match(line):
            if suffix == ".eml":
                continue  # a damaged line in what its name says is a mail
            return False
        if _HEADER.match(line):
            names.add(line.split(b":", 1)[0].lower())
    return len(names) >= (1 if suffix in {".eml", ".mht"} else 3) and bool(names & _TELLING)
