"""One file of a model on its way: it grows as ``NAME.part``, is verified, becomes ``NAME``."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import re
import shutil
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

import certifi
import httpx

from app.engine.models.catalog import CatalogueFile
from app.engine.models.download_answers import (
    LATER,
    MISSING,
    REDIRECTS,
    REFUSED,
    allowed,
    announced_hash,
    here,
    mirrored,
    number,
    range_of,
    strong_etag,
)
from app.engine.models.files import (
    CHUNK,
    FileProgress,
    Pace,
    Step,
    disk_problem,
    make_room,
    sync_folder,
)
from app.engine.models.store import ModelStore, Partial, Settings, StoredFile, Verified
from app.errors import Code, Problem, ProblemError, problem

_MAGIC = b"GGUF"
_MOST_HOPS = 8
_MOST_RESTARTS = 4


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what; seconds unless said otherwise.

    After ``tries`` failures in a row without a byte the download ends (after ``first_tries``
    when nobody has answered yet); between them it waits ``first_wait``, then twice as long
    each time, up to ``longest_wait``.  What came is made safe on the disk every
    ``safe_seconds`` or ``safe_bytes``.
    """

    connect: float = 15.0
    stall: float = 30.0
    tries: int = 12  # about seven minutes: a computer that slept finds its network again
    first_tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 60.0
    safe_seconds: float = 5.0
    safe_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Way:
    """What a file's download goes by: the user's settings, and whom to tell.

    ``others`` are the bytes of the model's other files, of which ``before`` are done;
    ``paused`` says whether to stop.
    """

    settings: Settings
    patience: Patience
    report: Callable[[FileProgress], None]
    paused: Callable[[], bool]
    before: int
    others: int


class _AgainError(Exception):
    """This try failed; another may not.  ``problem`` is what to say if none does."""

    def __init__(self, trouble: Problem, wait: float = 0.0) -> None:
        super().__init__(trouble)
        self.problem = trouble
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Answer:
    """The last response of a chain of redirects, and what the chain said of the file."""

    response: httpx.Response
    announced: str
    linked_size: int


async def fetch(store: ModelStore, model: str, file: CatalogueFile, way: Way) -> StoredFile:
    """Bring a file into the folder of ``model``, complete and verified.

    Goes on with what an earlier run left.  Raises ``ProblemError`` (``download_…``,
    ``model_no_room``, ``model_folder``, ``address_wrong``).
    """
    return await _Fetch(store, model, file, way).run()


class _Fetch:
    def __init__(self, store: ModelStore, model: str, file: CatalogueFile, way: Way) -> None:
        self._store = store
        self._model = model
        self._file = file
        self._way = way
        self._address = mirrored(file.address, way.settings.mirror)
        self._target = store.place(model) / file.name
        self._part = self._target.with_name(f"{file.name}.part")
        self._state = Partial(self._address)
        self._digest = hashlib.sha256()  # of the first ``_state.synced`` bytes between tries
        self._pace = Pace()
        self._joined = False  # whether the part is of several answers
        self._restarts = 0
        self._answered = False  # whether any server was reached
        self._safe_at = 0.0

    async def run(self) -> StoredFile:
        try:
            done = self._already() or self._from_other_model()
            if done is not None:
                return done
            self._take_up()
            async with self._client() as client:
                return await self._download(client)
        except OSError as error:
            missing = (self._state.total or self._file.size) - self._state.synced
            raise disk_problem(error, self._file.name, missing, self._part.parent) from error

    async def _download(self, client: httpx.AsyncClient) -> StoredFile:
        failures = 0
        while True:
            reached = self._state.synced
            try:
                await self._try(client)
                verified = self._verified()
                if verified is not None:
                    return self._finish(verified)
                continue
            except _AgainError as trouble:
                again = trouble
            except httpx.HTTPError as error:
                again = _AgainError(self._problem_of(error))
            except httpx.InvalidURL as error:
                raise problem(Code.ADDRESS_WRONG, self._address) from error
            failures = 1 if self._state.synced > reached else failures + 1
            if failures >= self._most_failures() or self._restarts > _MOST_RESTARTS:
                raise ProblemError(again.problem)
            await self._wait(again, failures)

    def _most_failures(self) -> int:
        patience = self._way.patience
        return patience.tries if self._answered else min(patience.tries, patience.first_tries)

    def _already(self) -> StoredFile | None:
        """The file, where an earlier run had completed it but not the whole model."""
        state = self._store.partial(self._model, self._file.name)
        if state is None or state.verified is None:
            return None
        if self._file.sha256 and state.sha256 != self._file.sha256:
            return None  # the catalogue has another one now
        if not self._target.exists() and self._part.exists():
            self._part.replace(self._target)
        if not self._target.exists() or self._target.stat().st_size != state.total:
            return None
        return self._stored(state, state.verified)

    def _from_other_model(self) -> StoredFile | None:
        """The file, where another model has the very same one (a projector, mostly)."""
        path = self._store.same_file(self._file.sha256)
        if path is None:
            return None
        self._part.unlink(missing_ok=True)
        try:
            os.link(path, self._part)
        except OSError:  # not on this disk, or not on this system
            shutil.copyfile(path, self._part)
        size = self._part.stat().st_size
        self._hash(size)
        if self._digest.hexdigest() != self._file.sha256:
            self._start_over()
            return None
        self._state = replace(self._state, total=size, sha256=self._file.sha256)
        return self._finish(Verified.CATALOGUE)

    def _take_up(self) -> None:
        """Go on with what an earlier run made safe, if it is still what it was."""
        state = self._store.partial(self._model, self._file.name)
        if state is None or not self._part.exists() or not self._resumable(state):
            self._start_over()
            return
        if self._part.stat().st_size >= state.synced:
            os.truncate(self._part, state.synced)  # what came after was not made safe
            self._hash(state.synced)
            if self._digest.hexdigest() == state.sha256:
                self._state = state
                return
        self._start_over()

    def _resumable(self, state: Partial) -> bool:
        comparable = bool(state.etag or state.modified) and state.total > 0
        return state.address == self._address and comparable and state.synced > 0

    def _hash(self, size: int) -> None:
        """Compute the hash of the part, which has ``size`` bytes."""
        self._digest, done = hashlib.sha256(), 0
        with self._part.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                if self._way.paused():
                    raise asyncio.CancelledError
                self._digest.update(chunk)
                done += len(chunk)
                if self._pace.due():
                    self._tell(self._pace.progress, Step.CHECKING, done)
        self._pace = Pace()  # the disk's speed says nothing of the connection's

    def _start_over(self) -> None:
        if self._state.synced:
            self._restarts += 1
        self._state = Partial(self._address)
        self._digest = hashlib.sha256()
        self._joined = False
        with contextlib.suppress(OSError):  # it is overwritten then
            self._part.unlink()

    def _forget(self) -> None:
        """Throw away what came, and its note."""
        self._start_over()
        self._store.note_partial(self._model, self._file.name, self._state)

    def _client(self) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=certifi.where())
        context.load_default_certs()  # also an office's own, as the system has them
        patience, proxy = self._way.patience, self._way.settings.proxy
        try:
            return httpx.AsyncClient(
                verify=context,
                proxy=proxy or None,
                # The system's proxy is for the world outside.
                trust_env=not here(httpx.URL(self._address)),
                follow_redirects=False,
                timeout=httpx.Timeout(patience.stall, connect=patience.connect),
                headers={"User-Agent": "paperclerk", "Accept-Encoding": "identity"},
            )
        except ImportError as error:  # the system's is of a kind that needs another package
            raise problem(Code.DOWNLOAD_PROXY, self._file.name, "SOCKS") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise problem(Code.ADDRESS_WRONG, proxy or self._address) from error

    async def _try(self, client: httpx.AsyncClient) -> None:
        """Ask for the rest of the file, and add it to the part."""
        self._tell(FileProgress, Step.CONNECTING, self._state.synced)
        async with self._opened(client) as answer:
            self._judge(answer.response)
            self._begin(answer)
            await self._receive(answer.response)

    @contextlib.asynccontextmanager
    async def _opened(self, client: httpx.AsyncClient) -> AsyncIterator[_Answer]:
        """The response with the file, after redirects, and what was announced on the way."""
        url = first = httpx.URL(self._address)
        announced, linked_size, headers = "", 0, self._range_headers()
        for _ in range(_MOST_HOPS):
            if not allowed(url, first, self._way.settings.mirror):
                raise problem(Code.DOWNLOAD_UNSAFE, self._file.name, url.host or str(url))
            async with client.stream("GET", url, headers=headers) as response:
                self._answered = True
                announced = announced or announced_hash(response.headers)
                linked_size = linked_size or number(response.headers, "X-Linked-Size")
                if response.status_code not in REDIRECTS:
                    yield _Answer(response, announced, linked_size)
                    return
                url = url.join(response.headers.get("Location", ""))
        raise problem(Code.DOWNLOAD_SERVER, self._file.name, "too many redirects")

    def _range_headers(self) -> dict[str, str]:
        if not self._state.synced:
            return {}
        return {
            "Range": f"bytes={self._state.synced}-",
            "If-Range": self._state.etag or self._state.modified,
        }

    def _judge(self, response: httpx.Response) -> None:
        """Raise what an answer means that does not bring the file."""
        status, host, name = response.status_code, response.url.host, self._file.name
        if status in (200, 206):
            return
        if status in REFUSED:
            raise problem(Code.DOWNLOAD_REFUSED, name, host)
        if status in MISSING:
            raise problem(Code.DOWNLOAD_MISSING, name, host)
        if status == 407:
            raise problem(Code.DOWNLOAD_PROXY, name, str(status))
        if status == 416:  # what is here is longer than the file: it was another one
            self._forget()
        elif status not in LATER:
            raise problem(Code.DOWNLOAD_SERVER, name, str(status))
        wait = number(response.headers, "Retry-After")
        raise _AgainError(Problem(Code.DOWNLOAD_SERVER, name, str(status)), float(wait))

    def _begin(self, answer: _Answer) -> None:
        """Decide from the headers whether the part goes on or begins anew, and make room."""
        headers, name = answer.response.headers, self._file.name
        if headers.get("Content-Encoding", "identity") != "identity":
            raise problem(Code.DOWNLOAD_SERVER, name, headers["Content-Encoding"])
        if headers.get("Content-Type", "").startswith("text/html"):
            raise problem(Code.DOWNLOAD_NOT_A_MODEL, name, answer.response.url.host)
        if answer.response.status_code == 206:
            if not self._goes_on(answer):
                self._forget()
                raise _AgainError(Problem(Code.DOWNLOAD_STALLED, name))
            self._joined = True
            total = self._state.total
        else:  # all of it: pieces are not offered, or the file has changed
            self._start_over()
            total = number(headers, "Content-Length") or answer.linked_size
        if self._file.sha256 and total and total != self._file.size:
            raise problem(Code.DOWNLOAD_WRONG, name)
        self._state = replace(
            self._state,
            total=total,
            etag=strong_etag(headers),
            modified=headers.get("Last-Modified", ""),
            announced=answer.announced,
        )
        make_room(self._part.parent, name, (total or self._file.size) - self._state.synced)

    def _goes_on(self, answer: _Answer) -> bool:
        """Whether a partial answer is the very rest of the same file."""
        state, etag = self._state, strong_etag(answer.response.headers)
        same = (not state.etag or state.etag == etag) and state.announced == answer.announced
        wanted = (state.synced, state.total - 1, state.total)
        return same and range_of(answer.response.headers) == wanted

    async def _receive(self, response: httpx.Response) -> None:
        done, total = self._state.synced, self._state.total
        most = total or 2 * self._file.size + CHUNK
        head = b""
        trouble: Code | None = None
        with self._part.open("r+b" if done else "wb") as stream:
            stream.seek(done)
            self._safe_at = time.monotonic()
            try:
                async for chunk in response.aiter_raw():
                    if done < len(_MAGIC):
                        head = (head + chunk)[: len(_MAGIC)]
                        if not _MAGIC.startswith(head):
                            trouble = Code.DOWNLOAD_NOT_A_MODEL
                            break
                    if done + len(chunk) > most:
                        trouble = Code.DOWNLOAD_WRONG
                        break
                    stream.write(chunk)
                    self._digest.update(chunk)
                    done += len(chunk)
                    if self._unsafe_for_long(done):
                        self._make_safe(stream, done)
                    if self._pace.due():
                        self._tell(self._pace.progress, Step.DOWNLOADING, done)
            except (httpx.HTTPError, asyncio.CancelledError):
                self._make_safe(stream, done)
                raise
            self._make_safe(stream, done)
        if trouble is not None:
            self._forget()
            raise problem(trouble, self._file.name, response.url.host)
        if total and done < total:
            raise _AgainError(Problem(Code.DOWNLOAD_STALLED, self._file.name))

    def _unsafe_for_long(self, done: int) -> bool:
        patience = self._way.patience
        return (
            done - self._state.synced >= patience.safe_bytes
            or time.monotonic() - self._safe_at >= patience.safe_seconds
        )

    def _make_safe(self, stream: BinaryIO, done: int) -> None:
        """Have the disk keep what came, and note that it does."""
        stream.flush()
        os.fsync(stream.fileno())
        self._state = replace(self._state, synced=done, sha256=self._digest.hexdigest())
        self._store.note_partial(self._model, self._file.name, self._state)
        self._safe_at = time.monotonic()

    def _verified(self) -> Verified | None:
        """What the file's hash was compared with; ``None``: begin anew.

        Raises ``download_wrong`` where a file that came in one piece is not the right one.
        """
        expected = self._file.sha256 or self._state.announced
        if not expected:
            return Verified.COMPUTED
        if self._digest.hexdigest() == expected:
            return Verified.CATALOGUE if self._file.sha256 else Verified.ANNOUNCED
        joined = self._joined
        self._forget()
        if joined and self._restarts <= _MOST_RESTARTS:
            return None  # pieces of two files, perhaps
        raise problem(Code.DOWNLOAD_WRONG, self._file.name)

    def _finish(self, verified: Verified) -> StoredFile:
        # The order matters: whatever comes in between, the next run finds its way.
        size = self._part.stat().st_size
        self._state = replace(self._state, total=size, synced=size, verified=verified)
        self._store.note_partial(self._model, self._file.name, self._state)
        self._part.replace(self._target)
        sync_folder(self._target.parent)
        return self._stored(self._state, verified)

    def _stored(self, state: Partial, verified: Verified) -> StoredFile:
        return StoredFile(self._file.name, state.total, state.sha256, verified, self._file.address)

    async def _wait(self, again: _AgainError, failures: int) -> None:
        """Wait before the next try: twice as long each time, not everybody at one moment."""
        patience = self._way.patience
        wait = patience.first_wait * 2 ** (failures - 1) * random.uniform(0.8, 1.2)  # noqa: S311
        wait = min(max(wait, again.wait), patience.longest_wait)
        done, whole = self._counts(self._state.synced)
        self._way.report(
            FileProgress(
                Step.WAITING, self._file.name, done, whole, left=wait, problem=again.problem
            )
        )
        await asyncio.sleep(wait)

    def _tell(
        self, made: Callable[[Step, str, int, int], FileProgress], step: Step, done: int
    ) -> None:
        self._way.report(made(step, self._file.name, *self._counts(done)))

    def _counts(self, done: int) -> tuple[int, int]:
        """Bytes done and in all, of the whole model."""
        way, size = self._way, self._state.total or self._file.size
        return way.before + done, way.others + size

    def _problem_of(self, error: httpx.HTTPError) -> Problem:
        """What a failed connection means.  Raises ``ProblemError`` where no try can help."""
        name, host = self._file.name, httpx.URL(self._address).host
        if _caused_by(error, ssl.SSLCertVerificationError):
            raise problem(Code.DOWNLOAD_UNSAFE, name, host) from error
        if isinstance(error, httpx.UnsupportedProtocol):
            raise problem(Code.ADDRESS_WRONG, self._address) from error
        if isinstance(error, httpx.ProxyError):
            if re.match(r"4\d\d", str(error)):
                raise problem(Code.DOWNLOAD_PROXY, name, str(error)[:60]) from error
            return Problem(Code.DOWNLOAD_PROXY, name, str(error)[:60])
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return Problem(Code.DOWNLOAD_UNREACHABLE, name, host)
        return Problem(Code.DOWNLOAD_STALLED, name)


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
