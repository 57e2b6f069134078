"""What addresses may be used for a download, and what a server's answer says of a file."""

from __future__ import annotations

import base64
import binascii
import contextlib
import ipaddress
import re

import httpx

from app.errors import Code, problem

REDIRECTS = frozenset({301, 302, 303, 307, 308})
REFUSED = frozenset({401, 402, 403, 451})
MISSING = frozenset({404, 410})
LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Codes after which another try may go better."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")
_LONGEST_NUMBER = 18  # digits


def mirrored(address: str, mirror: str) -> str:
    """The address on a mirror, which has the same paths below its own address."""
    if not mirror:
        return address
    return mirror.rstrip("/") + httpx.URL(address).raw_path.decode()


def checked_address(text: str) -> str:
    """An address that the user typed for a mirror or a proxy, if it is one.

    Raises ``ProblemError`` (``address_wrong``).
    """
    text = text.strip()
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise problem(Code.ADDRESS_WRONG, text) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise problem(Code.ADDRESS_WRONG, text)
    return text


def allowed(url: httpx.URL, first: httpx.URL, mirror: str) -> bool:
    """Whether a download that began at ``first`` may go to ``url``.

    Only over https; without it only where the user's own address leads to this computer
    or to the host that the user typed.
    """
    if url.scheme == "https":
        return bool(url.host)
    if url.scheme != "http" or first.scheme != "http":
        return False
    return here(url) or (bool(mirror) and url.host == httpx.URL(mirror).host)


def here(url: httpx.URL) -> bool:
    """Whether the address is of this computer."""
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


def announced_hash(headers: httpx.Headers) -> str:
    """The file's SHA-256 as the server gives it, "" where it does not.

    Hugging Face has it in ``X-Linked-Etag``, on the redirect; the ``ETag`` of the server
    that it leads to looks alike and is another hash, so an ``ETag`` counts only on an
    answer of the hub itself.  Others may send RFC 9530's ``Repr-Digest``.
    """
    candidates: list[str] = [headers.get("X-Linked-Etag", "")]
    if "X-Repo-Commit" in headers:
        candidates.append(headers.get("ETag", ""))
    for candidate in candidates:
        value = candidate.removeprefix("W/").strip('"').casefold()
        if _SHA256.fullmatch(value):
            return value
    match = _DIGEST.search(headers.get("Repr-Digest", ""))
    if match is not None:
        with contextlib.suppress(binascii.Error):
            value = base64.b64decode(match[1], validate=True).hex()
            return value if _SHA256.fullmatch(value) else ""
    return ""


def strong_etag(headers: httpx.Headers) -> str:
    """The ``ETag``, if it stands for the very bytes; else ""."""
    etag: str = headers.get("ETag", "")
    return "" if etag.startswith("W/") else etag


def range_of(headers: httpx.Headers) -> tuple[int, int, int] | None:
    """First byte, last byte and total size of a partial answer."""
    match = _RANGE.fullmatch(headers.get("Content-Range", ""))
    return (int(match[1]), int(match[2]), int(match[3])) if match is not None else None


def number(headers: httpx.Headers, name: str) -> int:
    """A header that is a number; 0 where it is not there or none."""
    text = headers.get(name, "").strip()
    usable = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if usable else 0
