"""How readings, pages and edits are kept as bytes: MessagePack, deflated where it is long."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from app.document import Box, Field, Row, Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a reading with its lasting id (unique in its record)."""

    id: int
    cells: Row


@dataclass(frozen=True, slots=True)
class Body:
    """What a reading holds beside its fields."""

    lines: tuple[Line, ...] = ()
    taxes: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class UserValue:
    """A value that the user typed or approved.

    ``role`` is the field's role, so that the value follows when the document's type
    changes and the same thing has another key.
    """

    value: str | None
    raw: str
    page: int | None
    box: Box | None
    role: str


@dataclass(frozen=True, slots=True)
class UserLine:
    """A row that the user added or took out.

    ``position`` orders added rows among the reading's, whose positions are 1, 2, 3 …
    """

    added: bool
    removed: bool
    position: float = 0.0


Fields = tuple[Field, ...]


def pack(value: object) -> bytes:
    """``value`` as bytes; :func:`unpack` gives it back."""
    return zlib.compress(msgspec.msgpack.encode(value), 1)


def unpack(data: bytes, kind: type[T]) -> T:
    """What :func:`pack` made of a ``kind``."""
    return unpack_short(zlib.decompress(data), kind)


def pack_short(value: object) -> bytes:
    """The same, for what is too short to deflate."""
    return msgspec.msgpack.encode(value)


def unpack_short(data: bytes, kind: type[T]) -> T:
    """What :func:`pack_short` made of a ``kind``."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind)
    value: T = decoder.decode(data)  # type: ignore[assignment]  # it decodes to its kind
    return value


_decoders: dict[object, msgspec.msgpack.Decoder[object]] = {}
