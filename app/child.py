"""One mechanism for every child process: start, frame, deadline, memory cap, kill, restart.

A child is a fresh interpreter (never a fork) that speaks length-prefixed JSON frames
over its pipes.  It exists because what it does can crash, hang or eat memory: parsing
and drawing untrusted files, or running the model.  The parent accepts only bounded
frames that decode into the dataclasses that it expects; anything else counts as a crash.

Frame: 4 bytes big-endian length, then JSON ``{"kind": CLASS NAME, "body": {…}}``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, NoReturn

import msgspec
import psutil

from app.errors import Problem, ProblemError

MAX_FRAME = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_POLL = 0.1  # seconds between two looks at the child's memory while waiting
_STUCK = 0.05  # of one core: a child that uses less waits for something that does not come
_PR_SET_PDEATHSIG = 1  # of Linux, see prctl(2)
_LAST_BREATH = 2.0  # seconds between the end of a child's output and its own
_STARVED = 4  # times the deadline: the longest wait by the clock


class ChildError(Exception):
    """The child could not finish a request; it has been stopped."""


class ChildCrashedError(ChildError):
    """It died, or said something that is not a frame.  ``args[0]`` ends in its last words."""


class ChildTimedOutError(ChildError):
    """It gave no answer within the deadline."""


class ChildOutOfMemoryError(ChildError):
    """It grew beyond its cap."""


class ChildStoppedError(ChildError):
    """It was stopped on purpose (cancelled, or the program is closing)."""


@dataclass(frozen=True, slots=True)
class End:
    """The child has answered the whole request."""


class _Envelope(msgspec.Struct):
    kind: str
    body: msgspec.Raw


def write_frame(stream: IO[bytes], message: object) -> None:
    """Write one frame and flush it; raises ``ValueError`` if it is over ``MAX_FRAME``."""
    stream.write(_framed(message))
    stream.flush()


def _framed(message: object) -> bytes:
    body = msgspec.Raw(msgspec.json.encode(message))
    data = msgspec.json.encode(_Envelope(type(message).__name__, body))
    if len(data) > MAX_FRAME:
        raise ValueError(f"a frame of {len(data)} bytes is too long")
    return _LENGTH.pack(len(data)) + data


def read_frame(stream: IO[bytes], kinds: Sequence[type]) -> object | None:
    """The next frame as one of ``kinds``; ``None`` at a clean end.

    Raises ``ValueError`` for anything that is not such a frame.
    """
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise ValueError("the stream ended inside a frame")
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise ValueError(f"a frame of {length} bytes is too long")
    data = stream.read(length)
    if len(data) < length:
        raise ValueError("the stream ended inside a frame")
    try:
        envelope = msgspec.json.decode(data, type=_Envelope)
        for kind in kinds:
            if kind.__name__ == envelope.kind:
                return msgspec.json.decode(envelope.body, type=kind)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a valid frame: {error}") from error
    raise ValueError(f"an unexpected frame: {envelope.kind}")


def command(role: str) -> list[str]:
    """How to start this program as a child of the given role."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--child", role]
    return [sys.executable, "-m", "app", "--child", role]


class Child:
    """A child process that is started when it is first asked and restarted after it died.

    One thread at a time may call :meth:`request`, and the child lives no longer than the
    thread that started it; :meth:`send` and :meth:`stop` may come from any thread.
    ``command_line`` starts it (see :func:`command`), ``replies`` are the message classes
    that it may send, ``memory_limit`` is resident bytes.
    """

    def __init__(
        self, command_line: Sequence[str], replies: Sequence[type], memory_limit: int
    ) -> None:
        self._command_line = list(command_line)
        self._replies = (*replies, Problem, End)
        self.memory_limit = memory_limit
        self._process: subprocess.Popen[bytes] | None = None
        self._watched: psutil.Process | None = None
        self._frames: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._last_words: deque[bytes] = deque(maxlen=40)
        self._lock = threading.Lock()
        self._outbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._heard_at = 0.0
        self._used_before = 0.0
        self._stopped = False
        self.exit_code: int | None = None  # of the last one that ended of itself
        self.last_used = time.monotonic()

    @property
    def running(self) -> bool:
        process = self._process
        return process is not None and process.poll() is None

    @property
    def memory(self) -> int:
        """Resident bytes of the running child; 0 when there is none."""
        try:
            return int(self._watched.memory_info().rss) if self._watched and self.running else 0
        except psutil.Error:
            return 0

    def request(self, message: object, deadline: Callable[[], float]) -> Iterator[object]:
        """Send ``message`` and yield the replies as they come.

        Each reply must come within ``deadline()`` seconds of processor time after the one
        before, or after the last :meth:`send` (asked anew all the time, since what came so
        far says how long the next may take; infinite while nothing is owed).  Raises
        ``ProblemError`` when the child names a problem (it lives on), and a
        :class:`ChildError` when it had to be stopped (the next request starts anew).
        """
        frame = _framed(message)
        self._start()
        if self._process is None:
            raise ChildStoppedError
        frames = self._frames
        self._outbox.put(frame)
        try:
            while True:
                reply = self._next(frames, deadline)
                if isinstance(reply, End):
                    return
                if isinstance(reply, Problem):
                    raise ProblemError(reply)
                yield reply
        except GeneratorExit:
            self._kill()  # nobody wants the rest; a fresh start is surer than draining it
            raise
        finally:
            self.last_used = time.monotonic()

    def send(self, message: object) -> None:
        """Tell the child one thing more while it works on a request.

        It is written by a thread of the child's, since one that hangs reads nothing more.
        A child that is no more hears nothing; the thread that waits for its replies notices.
        """
        self._expect_reply()
        self._outbox.put(_framed(message))

    def stop(self) -> None:
        """Stop the child now; a request in progress ends with ``ChildStoppedError``."""
        self._stopped = True
        self._kill()

    def _start(self) -> None:
        with self._lock:
            self._stopped = False
            if self.running:
                return
            self._release()
            self._frames, self._outbox = queue.SimpleQueue(), queue.SimpleQueue()
            self._last_words.clear()
            flags = 0x08000000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW
            # In a group of its own: Ctrl+C on the terminal is for this program to answer.
            group = None if sys.platform == "win32" else 0
            process = subprocess.Popen(
                self._command_line,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=flags,
                process_group=group,
                # The OCR's engine would otherwise count its uses and leave a file behind.
                env={**os.environ, "PYTHONUTF8": "1", "ORT_DISABLE_TELEMETRY": "1"},
            )
            self._process = process
            with contextlib.suppress(psutil.Error):
                self._watched = psutil.Process(process.pid)
            threading.Thread(target=self._listen, args=(process, self._frames), daemon=True).start()
            threading.Thread(target=self._overhear, args=(process,), daemon=True).start()
            threading.Thread(target=self._write, args=(process, self._outbox), daemon=True).start()

    def _write(self, process: subprocess.Popen[bytes], outbox: queue.SimpleQueue[bytes]) -> None:
        stream = process.stdin
        if stream is None:
            return
        # Until it is killed; whoever waits for its replies notices that it is no more.
        with contextlib.suppress(OSError, ValueError):
            while frame := outbox.get():
                stream.write(frame)
                stream.flush()

    def _listen(self, process: subprocess.Popen[bytes], frames: queue.SimpleQueue[object]) -> None:
        stream = process.stdout
        if stream is None:
            return
        try:
            while (frame := read_frame(stream, self._replies)) is not None:
                frames.put(frame)
        except (ValueError, OSError) as error:
            self._last_words.append(str(error).encode())
        frames.put(None)

    def _overhear(self, process: subprocess.Popen[bytes]) -> None:
        stream = process.stderr
        if stream is None:
            return
        with contextlib.suppress(ValueError, OSError):
            while chunk := stream.readline(500):
                self._last_words.append(chunk)

    def _expect_reply(self) -> None:
        """From now on the deadline counts."""
        self._heard_at, self._used_before = time.monotonic(), self._processor_time()

    def _next(self, frames: queue.SimpleQueue[object], deadline: Callable[[], float]) -> object:
        self._expect_reply()
        while True:
            try:
                frame = frames.get(timeout=_POLL)
            except queue.Empty:
                if self.memory > self.memory_limit:
                    raise self._ended(ChildOutOfMemoryError) from None
                waited = time.monotonic() - self._heard_at
                if _too_long(waited, self._processor_time() - self._used_before, deadline()):
                    raise self._ended(ChildTimedOutError) from None
                continue
            if frame is None:
                self._note_exit()
                raise self._ended(ChildCrashedError)
            return frame

    def _processor_time(self) -> float:
        """Seconds of all cores that the child has used."""
        try:
            times = self._watched.cpu_times() if self._watched is not None else None
        except psutil.Error:
            return 0.0
        return float(times.user + times.system) if times is not None else 0.0

    def _note_exit(self) -> None:
        process = self._process
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.exit_code = process.wait(_LAST_BREATH)

    def _ended(self, kind: type[ChildError]) -> ChildError:
        self._kill()
        if self._stopped:
            return ChildStoppedError()
        words = b"".join(self._last_words).decode(errors="replace")[-2000:]
        return kind(words)

    def _kill(self) -> None:
        with self._lock:
            process = self._process
            if process is not None and process.poll() is None:
                with contextlib.suppress(OSError):
                    process.kill()
                process.wait()
            self._release()

    def _release(self) -> None:
        process = self._process
        self._process = None
        self._watched = None
        self._outbox.put(b"")  # the end, for the thread that writes
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()


def _too_long(waited: float, used: float, deadline: float) -> bool:
    """Whether a child is past its deadline, on a computer that may be busy with other things.

    What counts is the processor time that it used itself.  One that uses hardly any is
    stuck, and is given the deadline by the clock; one that is merely starved has longer.
    """
    if used < _STUCK * waited:
        return waited > deadline
    return used > deadline or waited > _STARVED * deadline


class Inbox(queue.SimpleQueue[object]):
    """What the parent says to a child that listens while it works.

    :meth:`tell` sends a reply in the middle of a step, from the thread that serves.
    """

    def __init__(self) -> None:
        self.tell: Callable[[object], None] = lambda _: None


def serve(
    requests: Sequence[type],
    handle: Callable[[object], Iterator[object]],
    address_space: int = 0,
    inbox: Inbox | None = None,
) -> NoReturn:
    """Be the child: answer requests from standard input until the parent goes away.

    The real standard output is kept for frames and descriptor 1 is pointed at standard
    error, so that a native library's print cannot break a frame.  ``ProblemError`` from
    ``handle`` becomes a ``Problem`` frame; any other exception ends the process, because
    its state cannot be trusted any more.  ``address_space`` caps virtual memory in bytes
    (POSIX only): the parent's look at resident memory can be too late for a bomb.
    A child that listens while it works gives the ``inbox`` that it looks into.
    """
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _end_with_parent()
    _forbid_network()
    if address_space and sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    arrived = inbox if inbox is not None else Inbox()
    arrived.tell = lambda reply: write_frame(out, reply)

    def receive() -> None:
        # On a thread of its own, so that the parent's end is noticed also while busy.
        try:
            while (message := read_frame(sys.stdin.buffer, requests)) is not None:
                arrived.put(message)
        except (ValueError, OSError):
            os._exit(3)
        os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        message = arrived.get()
        try:
            for reply in handle(message):
                write_frame(out, reply)
            write_frame(out, End())
        except ProblemError as error:
            write_frame(out, error.problem)


def _end_with_parent() -> None:
    """Have the system end this process when the thread that started it is no more.

    Elsewhere than on Linux only the end of standard input tells, which is noticed late
    while native code holds the interpreter.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _forbid_network() -> None:
    """Make every attempt to open a connection or resolve a name fail in this process."""

    def refuse(event: str, _: tuple[object, ...]) -> None:
        if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"}:
            raise PermissionError("this process may not use the network")

    sys.addaudithook(refuse)
