"""Which server it is and what it can do, found out by asking it.

Sources: owned_by of ``/v1/models`` ("vllm", "llamacpp", "library", "me" for
llama-cpp-python), ``/props`` of llama-server, ``/api/version``, ``/api/show`` and
``/api/ps`` of Ollama, ``/version`` of vLLM.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import msgspec

from app.engine.server.connection import Connection, RefusedError, TryAgainError
from app.engine.server.messages import (
    Ask,
    Capabilities,
    Chunk,
    Content,
    Link,
    LoadedModels,
    Message,
    ModelEntry,
    Models,
    Props,
    Version,
)
from app.engine.server.settings import ServerSettings
from app.errors import Code, ProblemError, problem

_Reply = TypeVar("_Reply")

_ATTEMPTS = 3


class Kind(StrEnum):
    """The program that answers."""

    VLLM = "vLLM"
    LLAMA_SERVER = "llama.cpp server"
    LLAMA_CPP_PYTHON = "llama-cpp-python"
    OLLAMA = "Ollama"
    OTHER = "OpenAI-compatible"


_AT_ONCE = {
    Kind.VLLM: 32,
    Kind.LLAMA_SERVER: 4,
    Kind.LLAMA_CPP_PYTHON: 1,  # a second request would interrupt the first
    Kind.OLLAMA: 4,
    Kind.OTHER: 4,
}


@dataclass(frozen=True, slots=True)
class Host:
    """What is known of a server.

    ``sees`` is whether its model takes pictures, ``None`` where it does not say;
    ``at_once`` how many requests it works on side by side; ``context`` the most tokens
    of a request, 0 where unknown.
    """

    kind: Kind
    model: str
    models: tuple[str, ...]
    sees: bool | None
    at_once: int
    context: int = 0
    version: str = ""


class _Show(msgspec.Struct, frozen=True):
    model: str


async def find_host(connection: Connection, settings: ServerSettings) -> Host:
    """Ask the server what it is.

    Raises ``ProblemError`` (``server_refused``, ``server_wrong_model``, …) and
    ``TryAgainError``.
    """
    entries = await _entries(connection, settings)
    owners = {entry.owned_by or "" for entry in entries}
    kind, props, version = Kind.OTHER, None, ""
    if "vllm" in owners:
        kind = Kind.VLLM
    elif owners == {"me"}:
        kind = Kind.LLAMA_CPP_PYTHON
    else:
        props = await _optional(connection, "/props", Props)
        if props is not None:
            kind = Kind.LLAMA_SERVER
        elif found := await _optional(connection, "/api/version", Version):
            kind, version = Kind.OLLAMA, found.version
    if kind is Kind.VLLM and (found := await _optional(connection, "/version", Version)):
        version = found.version
    model = _chosen(settings, [entry.id for entry in entries])
    sees: bool | None = None
    if props is not None and props.modalities is not None:
        sees = props.modalities.vision
    elif kind is Kind.OLLAMA:
        sees = await _shown_by_ollama(connection, model)
    context = next((e.max_model_len or 0 for e in entries if e.id == model), 0)
    if props is not None and props.default_generation_settings is not None:
        context = props.default_generation_settings.n_ctx
    elif kind is Kind.OLLAMA:
        context = await ollama_context(connection, model)
    return Host(
        kind,
        model,
        tuple(entry.id for entry in entries),
        sees,
        max(1, props.total_slots) if props is not None else _AT_ONCE[kind],
        context,
        version,
    )


async def shows_pictures(connection: Connection, model: str) -> bool:
    """Whether a picture reaches the model, of a server that does not say.

    Some leave pictures out without a word, so the prompt is counted with one and without.
    """
    counts = []
    for parts in ((), (Content("image_url", image_url=Link(_grey_picture())),)):
        words = (*parts, Content("text", text="."))
        ask = Ask(model, (Message("user", words),), 0.0, 1.0, max_tokens=1)
        try:
            chunk = await connection.post("/v1/chat/completions", ask, Chunk)
        except RefusedError:
            return False
        usage = chunk.usage
        counts.append(usage.prompt_tokens or 0 if usage is not None else 0)
    # Without counts the benefit of the doubt; a template alone writes three tokens for one.
    return not all(counts) or counts[1] - counts[0] > 8


async def ollama_context(connection: Connection, model: str) -> int:
    """The context that Ollama gave the model, 0 where it does not say.

    It shortens a longer prompt without a word, so this is asked after an answer.
    """
    loaded = await _optional(connection, "/api/ps", LoadedModels)
    for each in (loaded.models if loaded is not None else None) or ():
        if each.name.removesuffix(":latest") == model.removesuffix(":latest"):
            return each.context_length or 0
    return 0


def newer_vllm(version: str) -> bool:
    """Whether vLLM takes ``structured_outputs`` rather than ``guided_regex``."""
    match = re.match(r"(\d+)\.(\d+)", version)
    return match is None or (int(match[1]), int(match[2])) >= (0, 11)


async def _entries(connection: Connection, settings: ServerSettings) -> list[ModelEntry]:
    try:
        return (await connection.get("/v1/models", Models)).data or []
    except RefusedError as refused:
        if refused.status in {404, 405, 501} and settings.model:
            return []
        raise problem(Code.SERVER_BAD_ANSWER, settings.address) from refused


async def _optional(connection: Connection, path: str, kind: type[_Reply]) -> _Reply | None:
    for _ in range(_ATTEMPTS):
        try:
            return await connection.get(path, kind)
        except TryAgainError:  # a connection that was kept open may be closed just now
            continue
        except (RefusedError, ProblemError):
            return None  # another kind of server has no such page, or keeps it to itself
    return None


async def _shown_by_ollama(connection: Connection, model: str) -> bool | None:
    try:
        shown = await connection.post("/api/show", _Show(model), Capabilities)
    except (RefusedError, TryAgainError):
        return None
    return "vision" in shown.capabilities if shown.capabilities else None


def _chosen(settings: ServerSettings, offered: list[str]) -> str:
    if not settings.model:
        if len(offered) == 1:
            return offered[0]
        code = Code.SERVER_WHICH_MODEL if offered else Code.SERVER_NO_MODEL
        raise problem(code, settings.address, ", ".join(offered[:20]))
    for name in (settings.model, f"{settings.model}:latest"):
        if name in offered or not offered:
            return name
    raise problem(Code.SERVER_WRONG_MODEL, settings.address, ", ".join(offered[:20]))


def _grey_picture() -> str:
    """A grey PNG of 256 by 256 pixels as a data: address; source: RFC 2083."""

    def block(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = zlib.compress((b"\x00" + b"\x80" * 256) * 256)
    head = block(b"IHDR", struct.pack(">IIBBBBB", 256, 256, 8, 0, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + head + block(b"IDAT", rows) + block(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
