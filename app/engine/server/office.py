"""The thread on which requests to a server are on their way: queue, tries, and the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

import msgspec

from app.engine.messages import Answer, Counts, Event, PicturePart, Progress, Request, Stage
from app.engine.plan import PAGE
from app.engine.server.asking import Hearing, Manners, Way, build, contents, read, ways
from app.engine.server.connection import (
    BrokenEarlyError,
    Connection,
    Patience,
    RefusedError,
    TryAgainError,
)
from app.engine.server.forms import Reading
from app.engine.server.host import Host, Kind, find_host, ollama_context, shows_pictures
from app.engine.server.messages import Ask, Chunk, Content
from app.engine.server.patterns import UnknownPatternError
from app.engine.server.settings import ServerSettings
from app.errors import Code, ProblemError, problem

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")

Tell = Callable[[Event], None]
Learned = Callable[[bool | None, bool | None], None]
"""Called with whether the server sees, and whether it tells certainty; ``None``: not known."""

_MOST_FORMS = 256  # of which is remembered how to ask for them and how long they are
_TOLD = 8  # pieces between two reports of progress

_TOO_LONG = re.compile(r"context[ _](?:length|size|window)|exceeds? (?:the )?context|n_ctx", re.I)
_ROOM = re.compile(r"(?:context (?:length|window) (?:is|of)|context size \(|\"n_ctx\":) ?(\d+)")
_PICTURES = re.compile(r"image|picture|vision|multi-?modal|mmproj", re.I)
_MODEL = re.compile(r"model\b.{0,200}(?:not found|does not exist|not_found)", re.I | re.S)
_SWITCH = re.compile(r"chat_template_kwargs|reasoning|think|unrecognized|extra", re.I)


class Office:
    """One thread with an event loop, one connection, and what has been learned of the server."""

    def __init__(
        self, settings: ServerSettings, patience: Patience, at_once: int, learned: Learned
    ) -> None:
        self._settings = settings
        self._patience = patience
        self._at_once = at_once
        self._learned = learned
        self._connection: Connection | None = None
        self._host: Host | None = None
        self._sees: bool | None = None
        self._finding: asyncio.Task[Host] | None = None
        self._places: asyncio.Semaphore | None = None
        self._manners = Manners()
        self._ways: dict[str, int] = {}
        self._lengths: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def spawn(self, work: Coroutine[None, None, _Result]) -> Future[_Result]:
        """Have the loop do something; from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """End all work, every connection and the thread."""

        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            if self._connection is not None:
                await self._connection.close()
            await self._loop.shutdown_asyncgens()
            await self._loop.shutdown_default_executor()

        with contextlib.suppress(TimeoutError):
            self.spawn(end()).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._loop.close()

    async def host(self, *, patiently: bool = True) -> Host:
        """What the server is, asked once for all requests; raises ``ProblemError``."""
        if self._host is not None:
            return self._host
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._find(patiently))
            self._finding.add_done_callback(_noticed)
        # All that wait share the outcome, and one of them may be cancelled without the others.
        return await asyncio.shield(self._finding)

    async def _find(self, patiently: bool) -> Host:
        connection = self._connected()
        retries = self._patience.retries if patiently else 0
        found = await self._patiently(lambda: find_host(connection, self._settings), retries)
        at_once = self._at_once or found.at_once
        self._places = asyncio.Semaphore(at_once)
        self._sees = found.sees
        self._learned(found.sees, None)
        self._host = found
        _LOG.info("server: %s, %d at once", found.kind, at_once)
        return found

    async def answer(self, request: Request, tell: Tell) -> Answer:
        """Answer one request; raises ``ProblemError``."""
        host = await self.host()
        places = self._places
        if places is None:  # set with the host
            raise problem(Code.SERVER_UNREACHABLE, self._settings.address)
        async with places:
            if any(isinstance(part, PicturePart) for part in request.parts):
                await self._must_see(host)
            content = await asyncio.to_thread(contents, request)
            try:
                return await self._asked_in_some_way(host, request, content, tell)
            except RefusedError as refused:
                raise self._meaning(host, request, refused) from refused

    async def _asked_in_some_way(
        self, host: Host, request: Request, content: str | tuple[Content, ...], tell: Tell
    ) -> Answer:
        began = time.monotonic()
        key = request.form.pattern if request.form is not None else ""
        order = ways(host, request)
        at = min(self._ways.get(key, 0), len(order) - 1)
        manners = sure = self._manners
        while True:
            if at == len(order):
                raise problem(Code.SERVER_BAD_ANSWER, self._settings.address)
            try:
                hearing, thought = await self._heard(
                    host, request, content, order[at], manners, tell
                )
            except UnknownPatternError:
                at += 1
                continue
            except RefusedError as refused:
                if self._meaning_code(request, refused) is not None:
                    raise
                named = _without_named(manners, refused)
                if named != manners:
                    manners = sure = named
                elif _may_be_strict(manners, host, refused):
                    manners = replace(manners, switch=False)
                elif at + 1 == len(order):
                    raise
                else:
                    at, manners = at + 1, sure
                continue
            reading: Reading | None = Reading(hearing.text, (), True)
            if request.form is not None:
                reading = read(request.form, order[at], hearing)
                if hearing.text:
                    self._learned(None, hearing.certainties.known)
            if reading is not None:
                break
            _LOG.info("server: the answer was not in its form when asked by %s", order[at].name)
            at += 1
        self._manners = manners
        await self._must_have_read_all(host, request, hearing)
        _remember(self._ways, key, at)
        _remember(self._lengths, key, hearing.pieces)
        return Answer(
            request.id,
            reading.text,
            reading.filled,
            thought,
            hearing.cut,
            _counts(hearing, time.monotonic() - began),
        )

    async def _heard(
        self,
        host: Host,
        request: Request,
        content: str | tuple[Content, ...],
        way: Way,
        manners: Manners,
        tell: Tell,
    ) -> tuple[Hearing, str]:
        """The answer to one way of asking, and what the model thought before it."""
        thinking = request.think_tokens > 0
        hearing = await self._try(host, request, content, way, manners, tell, thinking=thinking)
        thought = hearing.thinking
        if thinking and (hearing.thought_too_long or not hearing.text):
            # Its time to think is up: the same again, to be answered at once.
            hearing = await self._try(host, request, content, way, manners, tell, thinking=False)
            thought += hearing.thinking
        if hearing.thought_too_long or (not hearing.text and hearing.thinking):
            raise problem(Code.SERVER_THINKS, self._settings.address)
        return hearing, thought

    async def _try(
        self,
        host: Host,
        request: Request,
        content: str | tuple[Content, ...],
        way: Way,
        manners: Manners,
        tell: Tell,
        *,
        thinking: bool,
    ) -> Hearing:
        ask = build(host, request, content, way, manners, thinking=thinking)
        key = request.form.pattern if request.form is not None else ""
        usual = self._lengths.get(key, 0) if key else request.most_tokens
        connection = self._connected()
        broken = 0

        async def once() -> Hearing:
            nonlocal broken
            tell(Progress(request.id, Stage.READING, 0, 0))
            pace = _Pace(request.id, usual, tell)
            hearing = Hearing(request, way, tell, pace.heard, thinking=thinking)

            def take(chunk: Chunk) -> bool:
                pace.prompt(chunk)
                return hearing.take(chunk)

            try:
                await connection.chat(ask, take)
            except BrokenEarlyError as error:
                broken += 1
                if broken > 1:  # once may be a connection that had been open for too long
                    await self._ask_why(ask)
                shown = problem(Code.SERVER_BROKE_OFF, self._settings.address)
                raise TryAgainError(shown) from error
            hearing.end()
            stopped_by_us = hearing.cut or hearing.thought_too_long
            if hearing.finish is None and not stopped_by_us:
                raise problem(Code.SERVER_BROKE_OFF, self._settings.address)
            return hearing

        return await self._patiently(once, self._patience.retries)

    async def _patiently(self, work: Callable[[], Awaitable[_Result]], retries: int) -> _Result:
        """Do something that may fail for the moment, again and again with longer pauses."""
        pause = self._patience.pause
        for left in range(retries, -1, -1):
            try:
                return await work()
            except TryAgainError as failed:
                if not left:
                    self._host = None  # when it is back, it may be another
                    raise failed.shown from failed
                wait = pause if failed.wait is None else max(failed.wait, pause)
                await asyncio.sleep(min(wait, self._patience.longest_pause))
                pause *= 2
        raise AssertionError("unreachable")

    async def _ask_why(self, ask: Ask) -> None:
        """Ask for one token without a stream: there an error has words.

        Servers that have sent the head of a stream can only break it off when the request
        turns out to be impossible.  Raises :class:`RefusedError` with the reason.
        """
        plain = msgspec.structs.replace(
            ask, stream=None, stream_options=None, return_progress=None, max_tokens=1
        )
        connection = self._connected()
        try:
            await connection.post("/v1/chat/completions", plain, Chunk)
        except TryAgainError:  # on a connection that the server was about to close as well
            await connection.post("/v1/chat/completions", plain, Chunk)

    async def _must_see(self, host: Host) -> None:
        if self._sees is None and host.kind in {Kind.LLAMA_CPP_PYTHON, Kind.OTHER}:
            connection = self._connected()
            self._sees = await self._patiently(
                lambda: shows_pictures(connection, host.model), self._patience.retries
            )
            self._learned(self._sees, None)
        if self._sees is False:
            raise problem(Code.SERVER_NO_PICTURES, self._settings.address)

    async def _must_have_read_all(self, host: Host, request: Request, hearing: Hearing) -> None:
        """Notice when Ollama shortened the prompt, which it does without a word."""
        if host.kind is not Kind.OLLAMA:
            return
        room = await ollama_context(self._connected(), host.model)
        if room and (hearing.usage.prompt_tokens or 0) >= room - 1:
            raise self._too_long(request, room)

    def _meaning_code(self, request: Request, refused: RefusedError) -> Code | None:
        if _TOO_LONG.search(refused.text):
            return Code.PROMPT_TOO_LONG
        if _MODEL.search(refused.text):
            return Code.SERVER_WRONG_MODEL
        pictures = any(isinstance(part, PicturePart) for part in request.parts)
        if pictures and _PICTURES.search(refused.text):
            return Code.SERVER_NO_PICTURES
        return None

    def _meaning(self, host: Host, request: Request, refused: RefusedError) -> ProblemError:
        """What a refusal says, as a problem."""
        code = self._meaning_code(request, refused)
        address = self._settings.address
        if code is Code.PROMPT_TOO_LONG:
            room = _ROOM.search(refused.text)
            return self._too_long(request, int(room[1]) if room else host.context)
        if code is Code.SERVER_WRONG_MODEL:
            self._host = None
            return problem(code, address, ", ".join(host.models[:20]))
        if code is Code.SERVER_NO_PICTURES:
            self._sees = False
            self._learned(False, None)
            return problem(code, address)
        _LOG.info("server: refused with status %d", refused.status)
        failed = refused.status >= 500
        return problem(Code.SERVER_FAILED if failed else Code.SERVER_BAD_ANSWER, address)

    def _too_long(self, request: Request, room: int) -> ProblemError:
        pages = max(1, room // PAGE)
        words = "1 page" if pages == 1 else f"{pages:,} pages"
        detail = f"The server has room for about {words}." if room else ""
        return problem(Code.PROMPT_TOO_LONG, request.name, detail)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._settings, self._patience)
        return self._connection


class _Pace:
    """Reports how far a request is; ``usual`` is how many pieces its answer may have."""

    def __init__(self, id: str, usual: int, tell: Tell) -> None:
        self._id = id
        self._usual = usual
        self._tell = tell
        self._first = 0.0

    def prompt(self, chunk: Chunk) -> None:
        """llama-server tells how much of the prompt it has computed."""
        said = chunk.prompt_progress
        if said is None or said.processed > said.total:
            return
        pace = said.time_ms / 1000 / said.processed if said.processed else None
        left = None if pace is None else (said.total - said.processed) * pace
        self._tell(Progress(self._id, Stage.READING, said.processed, said.total, left))

    def heard(self, pieces: int) -> None:
        """So many pieces of the answer have come."""
        now = time.monotonic()
        if pieces == 0:
            return
        if pieces == 1:
            self._first = now
        elif pieces % _TOLD:
            return
        left = None
        if pieces > 1 and self._usual > pieces:
            left = (now - self._first) / (pieces - 1) * (self._usual - pieces)
        self._tell(Progress(self._id, Stage.WRITING, pieces, max(self._usual, pieces), left))


def _noticed(task: asyncio.Task[Host]) -> None:
    """Take note of a failure, also where nobody waits for the outcome any more."""
    if not task.cancelled():
        task.exception()


def _without_named(manners: Manners, refused: RefusedError) -> Manners:
    """Without what the server says that it does not know."""
    if manners.logprobs and "logprob" in refused.text:
        return replace(manners, logprobs=False)
    if manners.switch and _SWITCH.search(refused.text):
        return replace(manners, switch=False)
    return manners


def _may_be_strict(manners: Manners, host: Host, refused: RefusedError) -> bool:
    """Whether a server of an unknown kind may have stumbled over what is not in the standard."""
    return manners.switch and host.kind is Kind.OTHER and refused.status in {400, 422}


def _remember(kept: dict[str, int], key: str, value: int) -> None:
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > _MOST_FORMS:
        del kept[next(iter(kept))]


def _counts(hearing: Hearing, seconds: float) -> Counts:
    usage = hearing.usage
    details = usage.prompt_tokens_details
    return Counts(
        prompt=usage.prompt_tokens or 0,
        cached=(details.cached_tokens or 0) if details is not None else 0,
        sampled=usage.completion_tokens or hearing.pieces,
        seconds=seconds,
    )
