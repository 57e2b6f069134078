"""Writes small Outlook mail files: a compound file (MS-CFB) with the properties of MS-OXMSG.

No library writes these; only what the tests need is here (streams under 4 KiB, one FAT sector).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STRING, _BINARY, _LONG = 0x001F, 0x0102, 0x0003


@dataclass
class Storage:
    """A folder of the compound file."""

    name: str
    streams: dict[str, bytes] = field(default_factory=dict)
    storages: list[Storage] = field(default_factory=list)


def outlook_mail(
    subject: str,
    sender: str,
    to: str,
    body: str,
    files: dict[str, bytes],
    html: str = "",
    embedded: str = "",
) -> bytes:
    """The bytes of a `.msg` file; ``embedded`` is the subject of a mail that is attached, with
    the same text and files."""
    texts = {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: sender, 0x1000: body}
    binaries = {0x1013: html.encode()} if html else {}
    root = _object("Root Entry", 32, texts, binaries, {0x3FDE: 65001})
    root.storages.append(Storage("__nameid_version1.0"))
    root.storages.append(
        _object("__recip_version1.0_#00000000", 8, {0x3001: to, 0x39FE: to}, {}, {0x0C15: 1})
    )
    for index, (name, data) in enumerate(files.items()):
        storage = f"__attach_version1.0_#{index:08X}"
        root.storages.append(_object(storage, 8, {0x3707: name}, {0x3701: data}, {0x3705: 1}))
    if embedded:
        texts = {0x001A: "IPM.Note", 0x0037: embedded, 0x0C1A: sender, 0x1000: body}
        inner = _object("__substg1.0_3701000D", 24, texts, {}, {})
        inner.storages = [s for s in root.storages if s.name.startswith("__attach")]
        holder = _object("__attach_version1.0_#000000FF", 8, {}, {}, {0x3705: 5})
        holder.storages.append(inner)
        root.storages.append(holder)
    return _compound(root)


def _object(
    name: str, head: int, texts: dict[int, str], binaries: dict[int, bytes], numbers: dict[int, int]
) -> Storage:
    storage = Storage(name)
    properties = bytes(head)
    for tag, text in texts.items():
        data = text.encode("utf-16-le")
        storage.streams[f"__substg1.0_{tag:04X}{_STRING:04X}"] = data
        properties += struct.pack("<HHIII", _STRING, tag, 6, len(data) + 2, 0)
    for tag, data in binaries.items():
        storage.streams[f"__substg1.0_{tag:04X}{_BINARY:04X}"] = data
        properties += struct.pack("<HHIII", _BINARY, tag, 6, len(data), 0)
    for tag, number in numbers.items():
        properties += struct.pack("<HHIII", _LONG, tag, 6, number, 0)
    storage.streams["__properties_version1.0"] = properties
    return storage


def _compound(root: Storage) -> bytes:
    entries: list[bytearray] = []
    mini = bytearray()
    chains: list[int] = []

    def add_entry(name: str, kind: int, start: int, size: int) -> int:
        raw = name.encode("utf-16-le") + b"\0\0"
        entry = bytearray(raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1))
        entry += struct.pack("<III", _FREE, _FREE, _FREE) + bytes(36)
        entry += struct.pack("<IQ", start, size)
        entries.append(entry)
        return len(entries) - 1

    def add_stream(name: str, data: bytes) -> int:
        first, count = len(chains), -(-len(data) // 64)
        chains.extend(range(first + 1, first + count))
        if count:
            chains.append(_END)
        mini.extend(data.ljust(count * 64, b"\0"))
        return add_entry(name, 2, first if count else _END, len(data))

    def add_storage(storage: Storage, kind: int) -> int:
        own = add_entry(storage.name, kind, 0, 0)
        children = [add_stream(name, data) for name, data in storage.streams.items()]
        children += [add_storage(child, 1) for child in storage.storages]
        for before, after in pairwise(children):
            struct.pack_into("<I", entries[before], 72, after)
        if children:
            struct.pack_into("<I", entries[own], 76, children[0])
        return own

    add_storage(root, 5)
    while len(entries) % 4:
        entries.append(bytearray(128))
    directory = len(entries) // 4
    mini_fat = b"".join(struct.pack("<I", link) for link in chains)
    mini_fat += b"\xff" * (-len(mini_fat) % 512)
    mini += bytes(-len(mini) % 512)
    lengths = (directory, len(mini_fat) // 512, len(mini) // 512)
    fat = [_FAT]
    starts: list[int] = []
    for length in lengths:
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + length), _END]
    fat += [_FREE] * (128 - len(fat))
    struct.pack_into("<IQ", entries[0], 116, starts[2], len(mini))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIII", 0, 1, starts[0], 0, 4096)
    header += struct.pack("<IIII", starts[1], lengths[1], _END, 0)
    header += struct.pack("<I", 0) + b"\xff" * (4 * 108)
    return (
        header
        + b"".join(struct.pack("<I", link) for link in fat)
        + b"".join(bytes(entry) for entry in entries)
        + mini_fat
        + bytes(mini)
    )
