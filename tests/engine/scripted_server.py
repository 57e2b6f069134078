"""A scripted HTTP server on loopback: it answers as each test says, well or badly.

It is no model server: what a real one says is tested in test_server.py.  This one is for
what a real one does only on its bad days.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Script = Callable[["Handler"], None]


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, object]


class Handler(http.server.BaseHTTPRequestHandler):
    """Plays the script of the path that is asked for."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._play()

    def do_POST(self) -> None:
        self._play()

    def _play(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        self.close_connection = True
        with self.server.lock:
            self.server.asked.append(Asked(self.path, dict(self.headers), body))
            scripts = self.server.scripts.get(self.path)
            script = None
            if scripts:
                script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        with contextlib.suppress(ConnectionError, TimeoutError):
            if script is None:
                self.say(404, {"error": "not found"})
            else:
                script(self)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""

    def say(self, status: int, content: object, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer; text as it is, everything else as JSON."""
        text = isinstance(content, str)
        data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if text else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def open_stream(self) -> None:
        """The head of a stream of chunks."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send(self, data: bytes) -> None:
        """A piece of an open stream."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def event(self, content: object) -> None:
        """An event of an open stream."""
        self.send(b"data: " + json.dumps(content).encode() + b"\n\n")

    def piece(self, text: str, **more: object) -> None:
        """A piece of the answer."""
        self.event({"choices": [{"index": 0, "delta": {"content": text}, **more}]})

    def done(self, reason: str = "stop", usage: Mapping[str, object] | None = None) -> None:
        """The proper end of a stream."""
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        if usage is not None:
            self.event({"choices": [], "usage": usage})
        self.send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def wait(self) -> None:
        """Say nothing more until the test is over."""
        self.server.over.wait(60)


@dataclass
class Server(http.server.ThreadingHTTPServer):
    """Scripts by path; of several for a path each is played once, the last one for ever."""

    scripts: dict[str, list[Script]]
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    __hash__ = object.__hash__

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def chats(self) -> list[Asked]:
        """The chat completions that were asked for."""
        with self.lock:
            return [each for each in self.asked if each.path == CHAT]


CHAT = "/v1/chat/completions"


def models(owner: str = "someone", names: Sequence[str] = ("one",), **more: object) -> Script:
    """The list of models."""
    entries = [{"id": name, "object": "model", "owned_by": owner, **more} for name in names]
    return lambda handler: handler.say(200, {"object": "list", "data": entries})


def answers(
    *pieces: str, reason: str = "stop", usage: Mapping[str, object] | None = None
) -> Script:
    """A stream of these pieces."""

    def play(handler: Handler) -> None:
        handler.open_stream()
        for piece in pieces:
            handler.piece(piece)
        handler.done(reason, usage)

    return play


def refuses(status: int, message: str = "", **headers: str) -> Script:
    """An error."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.say(status, {"error": {"message": message}}, shown)


@contextlib.contextmanager
def scripted_server(
    *chat: Script, listing: Script | None = None, **others: Script
) -> Iterator[Server]:
    """A server that plays ``chat`` for chat completions, one after the other.

    ``others`` are scripts for further paths, "/" written as "__": ``api__version=…``.
    """
    scripts = {"/v1/models": [listing or models()], CHAT: list(chat)}
    scripts |= {"/" + path.replace("__", "/"): [script] for path, script in others.items()}
    server = Server(scripts)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
