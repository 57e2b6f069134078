"""The connection to the office's own server: requests, streams, and what can go wrong on the way.

It goes to the typed address and nowhere else: redirects are not followed, and proxies of
the environment are not used.  Certificates are checked against the system's and the
library's authorities.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import certifi
import httpx
import msgspec

from app.engine.server.messages import Ask, Chunk, NotAStreamError, events
from app.engine.server.settings import ServerSettings
from app.errors import Code, ProblemError, problem

_Reply = TypeVar("_Reply")

_MOST = 4 * 1024 * 1024  # bytes of an answer that is no stream
_MOST_REFUSED = 64 * 1024  # bytes of what is said about a refusal; the rest is left unread
_BUSY = {408, 425, 429, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    ``first`` is until the first word of an answer (the server may have a queue, and a
    long prompt takes its time), ``between`` from one to the next.  ``retries`` follow a
    failed try after ``pause``, twice that, and so on, at most ``longest_pause``.
    """

    connect: float = 10.0
    first: float = 900.0
    between: float = 120.0
    short: float = 20.0  # for questions about the server itself
    retries: int = 5
    pause: float = 0.5
    longest_pause: float = 30.0


class TryAgainError(Exception):
    """Nothing has been answered yet, and a later try may go better; ``wait`` is in seconds."""

    def __init__(self, shown: ProblemError, wait: float | None = None) -> None:
        super().__init__(str(shown))
        self.shown = shown
        self.wait = wait


class RefusedError(Exception):
    """The server does not accept the request; ``text`` is what it says about it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:500]}")
        self.status = status
        self.text = text


class BrokenEarlyError(Exception):
    """The connection was made, and ended without a word of an answer."""


class Connection:
    """HTTP to one server, on one event loop."""

    def __init__(self, settings: ServerSettings, patience: Patience) -> None:
        self._address = settings.address
        self._key_sent = bool(settings.key)
        self._patience = patience
        headers = {"Accept-Encoding": "identity"}  # nothing that unpacks to something huge
        if settings.key:
            headers["Authorization"] = f"Bearer {settings.key}"
        self._client = httpx.AsyncClient(
            verify=_authorities(settings),
            headers=headers,
            trust_env=False,
            proxy=settings.proxy or None,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=patience.connect),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=30.0),
        )

    async def close(self) -> None:
        """End every connection."""
        await self._client.aclose()

    async def get(self, path: str, kind: type[_Reply]) -> _Reply:
        """A small question about the server itself.

        Raises ``ProblemError``, :class:`TryAgainError`, or :class:`RefusedError` (also
        where the answer is something else than ``kind``).
        """
        return await self._whole("GET", path, None, kind, self._patience.short)

    async def post(self, path: str, body: object, kind: type[_Reply]) -> _Reply:
        """The same with a body."""
        return await self._whole("POST", path, body, kind, self._patience.first)

    async def chat(self, ask: Ask, take: Callable[[Chunk], bool]) -> None:
        """Stream an answer; ``take`` gets every chunk and says whether to go on.

        Returning early closes the connection, at which the server stops writing.
        Raises ``ProblemError``, :class:`RefusedError`, and before the first word
        :class:`TryAgainError` and :class:`BrokenEarlyError`.
        """
        said = False
        loop = asyncio.get_running_loop()
        try:
            with self._failures(lambda: said, stream=True):
                async with (
                    asyncio.timeout(self._patience.first) as clock,
                    self._client.stream(
                        "POST",
                        f"{self._address}/v1/chat/completions",
                        content=msgspec.json.encode(ask),
                        headers={"Content-Type": "application/json"},
                    ) as response,
                ):
                    await self._check(response)
                    async with contextlib.aclosing(_data(response)) as stream:
                        async for data in stream:
                            if data == b"[DONE]":
                                return
                            chunk = msgspec.json.decode(data, type=Chunk)
                            if chunk.error and bytes(chunk.error) != b"null":
                                raise self._refusal(500, bytes(chunk.error))
                            if _has_words(chunk):
                                said = True
                                clock.reschedule(loop.time() + self._patience.between)
                            if not take(chunk):
                                return
        except (msgspec.MsgspecError, NotAStreamError, UnicodeDecodeError) as error:
            raise problem(Code.SERVER_BAD_ANSWER, self._address) from error
        if not said:
            raise BrokenEarlyError

    async def _whole(
        self, method: str, path: str, body: object, kind: type[_Reply], seconds: float
    ) -> _Reply:
        with self._failures(lambda: False, stream=False):
            async with (
                asyncio.timeout(seconds),
                self._client.stream(
                    method,
                    f"{self._address}{path}",
                    content=None if body is None else msgspec.json.encode(body),
                    headers={} if body is None else {"Content-Type": "application/json"},
                ) as response,
            ):
                await self._check(response)
                data = await _beginning(response, _MOST)
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RefusedError(200, "") from error

    async def _check(self, response: httpx.Response) -> None:
        """Raise for everything but success."""
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).netloc.rpartition("@")[2]
            raise problem(Code.SERVER_MOVED, self._address, target or self._address)
        if status in {401, 403, 407}:
            code = Code.SERVER_REFUSED if self._key_sent else Code.SERVER_WANTS_KEY
            raise problem(code, self._address)
        if status in _BUSY:
            wait = response.headers.get("retry-after", "")
            seconds = float(wait) if re.fullmatch(r"\d{1,4}(?:\.\d{1,3})?", wait) else None
            raise TryAgainError(problem(Code.SERVER_BUSY, self._address), seconds)
        raise self._refusal(status, await _beginning(response, _MOST_REFUSED))

    def _refusal(self, status: int, text: bytes) -> RefusedError:
        return RefusedError(status, text.decode("utf-8", "replace"))

    @contextlib.contextmanager
    def _failures(self, said: Callable[[], bool], *, stream: bool) -> Iterator[None]:
        """Failures of the network as problems; before the first word most are worth a retry."""
        try:
            yield
        except TimeoutError as error:
            raise problem(Code.SERVER_TIMEOUT, self._address) from error
        except httpx.TransportError as error:
            if _untrusted(error):
                raise problem(Code.SERVER_CERTIFICATE, self._address) from error
            if said():
                raise problem(Code.SERVER_BROKE_OFF, self._address) from error
            if stream and isinstance(error, (httpx.RemoteProtocolError, httpx.ReadError)):
                raise BrokenEarlyError from error
            raise TryAgainError(problem(Code.SERVER_UNREACHABLE, self._address)) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError) as error:
            raise problem(Code.SERVER_BAD_ANSWER, self._address) from error


def _authorities(settings: ServerSettings) -> ssl.SSLContext:
    """The system's authorities, among which an office keeps its own, and the usual ones."""
    if "https:" not in f"{settings.address} {settings.proxy}":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is not needed
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _data(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The events of a stream, or the one answer of a server that does not stream."""
    if response.headers.get("content-type", "").startswith("application/json"):
        return _only(response)
    return events(response.aiter_bytes())


async def _only(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    yield await _beginning(response, _MOST)


async def _beginning(response: httpx.Response, most: int) -> bytes:
    """What was answered, of which no more than ``most`` bytes are taken."""
    data = b""
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) >= most:
            break
    return data[:most]


def _has_words(chunk: Chunk) -> bool:
    for choice in chunk.choices or ():
        said = choice.delta or choice.message
        if said is not None and (said.content or said.reasoning or said.reasoning_content):
            return True
    return False
