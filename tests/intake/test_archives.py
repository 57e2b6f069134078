"""ZIP archives to the documents inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest

from app.errors import Code
from tests.intake.conftest import TakeIn


def pdf(text: str = "Rechnung") -> bytes:
    with pymupdf.open() as document:
        document.new_page().insert_text((90, 90), text)
        return document.tobytes()


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_each_document_comes_out_and_nothing_else(take_in: TakeIn, work: Path) -> None:
    content = {
        "März/Rechnung Ä.pdf": pdf("eins"),
        "März/": b"",
        "notes.txt": b"nothing to read here",
        "__MACOSX/._Rechnung.pdf": pdf("zwei"),
        ".DS_Store": b"\0\0\0\1Bud1",
        "wrong.jpg": pdf("drei"),
    }
    taken = take_in(packed(content), "mai.zip")
    assert taken.opened[0].pages == 0
    assert [attached.name for attached in taken.attached] == ["Rechnung Ä.pdf", "wrong.jpg"]
    assert {attached.media_type for attached in taken.attached} == {"application/pdf"}
    assert Path(taken.attached[0].path).read_bytes() == content["März/Rechnung Ä.pdf"]
    kept = {Path(attached.path) for attached in taken.attached}
    assert set(work.iterdir()) == kept


def test_an_office_document_is_told_of(take_in: TakeIn) -> None:
    office = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    taken = take_in(packed({"brief.docx": office, "a.pdf": pdf()}), "a.zip")
    assert [attached.name for attached in taken.attached] == ["brief.docx", "a.pdf"]


def test_names_cannot_lead_out_of_the_folder(take_in: TakeIn, work: Path, tmp_path: Path) -> None:
    names = (
        "../../evil.pdf",
        "/etc/evil.pdf",
        "C:\\evil.pdf",
        "a/../../../x.pdf",
        "n\tn\u202e.pdf",
    )
    taken = take_in(packed({name: pdf(name) for name in names}), "a.zip")
    assert [attached.name for attached in taken.attached] == [
        "evil.pdf",
        "evil.pdf",
        "evil.pdf",
        "x.pdf",
        "n n.pdf",
    ]
    assert all(Path(attached.path).parent == work for attached in taken.attached)
    assert {path.name for path in tmp_path.iterdir()} == {"content", "work"}


def test_a_very_long_name_is_shortened(take_in: TakeIn) -> None:
    taken = take_in(packed({"x" * 5_000 + ".pdf": pdf()}), "a.zip")
    assert len(taken.attached[0].name) <= 200
    assert taken.attached[0].name.endswith(".pdf")


def test_archives_inside_are_unpacked_too(take_in: TakeIn) -> None:
    data = packed({"a.pdf": pdf("a"), "b.zip": packed({"c.pdf": pdf("c")})})
    assert [attached.name for attached in take_in(data, "a.zip").attached] == ["a.pdf", "c.pdf"]


def test_too_many_layers_are_refused(problem_of: Callable[..., Code]) -> None:
    data = packed({"a.pdf": pdf()})
    for _ in range(4):
        data = packed({"a.zip": data})
    assert problem_of(data, "a.zip") is Code.TOO_DEEP


def test_a_bomb_is_refused_while_it_unpacks(problem_of: Callable[..., Code], work: Path) -> None:
    assert (
        problem_of(packed({"a.pdf": b"%PDF-1.7" + bytes(150_000_000)}), "a.zip") is Code.TOO_LARGE
    )
    assert sum(path.stat().st_size for path in work.iterdir()) < 150_000_000


def test_too_many_files_are_refused(problem_of: Callable[..., Code]) -> None:
    data = packed({f"{index}.txt": b"x" for index in range(2_001)})
    assert problem_of(data, "a.zip") is Code.TOO_LARGE


def test_an_archive_without_documents_says_so(problem_of: Callable[..., Code]) -> None:
    assert problem_of(packed({"a.txt": b"hello"}), "a.zip") is Code.NO_PAGES
    assert problem_of(packed({}), "a.zip") is Code.NO_PAGES


@pytest.mark.parametrize("cut", [40, 200, -40])
def test_a_damaged_archive_says_so(problem_of: Callable[..., Code], cut: int) -> None:
    assert problem_of(packed({"a.pdf": pdf()})[:cut], "a.zip") is Code.DAMAGED


def test_a_wrong_checksum_is_noticed(problem_of: Callable[..., Code]) -> None:
    data = bytearray(packed({"a.pdf": pdf()}))
    data[60] ^= 0xFF
    assert problem_of(bytes(data), "a.zip") is Code.DAMAGED


def encrypted() -> bytes:
    """The smallest archive in the old ZIP encryption: made with password ``geheim``."""
    return zip_crypto("a.pdf", pdf("verschlüsselt"), b"geheim")


def test_a_password_is_asked_for_and_opens_the_archive(
    take_in: TakeIn, problem_of: Callable[..., Code]
) -> None:
    data = encrypted()
    assert problem_of(data, "a.zip") is Code.PASSWORD_NEEDED
    assert problem_of(data, "a.zip", "falsch") is Code.PASSWORD_WRONG
    assert [attached.name for attached in take_in(data, "a.zip", "geheim").attached] == ["a.pdf"]


def zip_crypto(name: str, content: bytes, password: bytes) -> bytes:
    """The standard library reads the old encryption but does not write it."""
    import struct
    import zlib

    table = [0] * 256
    for index in range(256):
        value = index
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        table[index] = value
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    def encrypt(byte: int) -> int:
        k = keys[2] | 2
        cipher = byte ^ (((k * (k ^ 1)) >> 8) & 0xFF)
        update(byte)
        return cipher

    for byte in password:
        update(byte)
    crc = zlib.crc32(content)
    body = bytes(encrypt(byte) for byte in bytes(11) + bytes([crc >> 24]) + content)
    raw = name.encode()
    fields = struct.pack(
        "<HHHHHIIIHH", 20, 1, 0, 0, 0x5A21, crc, len(body), len(content), len(raw), 0
    )
    local = b"PK\x03\x04" + fields + raw + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0)
    central += raw
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end
