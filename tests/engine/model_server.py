"""A real HTTP server on loopback that sends a file well, or in every bad way there is."""

from __future__ import annotations

import hashlib
import http.server
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    """How one request is answered; without anything set, well.

    ``cut`` closes the connection after so many bytes of this answer, ``stall`` then keeps
    it open without a word; ``rate`` is bytes a second; ``length`` is announced instead of
    the true one; ``chunked`` announces none.
    """

    body: bytes = b""
    status: int = 0
    etag: str = ""
    modified: str = ""
    ranges: bool = True
    cut: int = -1
    stall: bool = False
    rate: int = 0
    length: int = -1
    chunked: bool = False
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    whole_range: str = ""


@dataclass
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class ModelServer:
    """Answers the requests for each path by its list, the last one again and again."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        self._closing = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(Asked(self.path, dict(self.headers.items())))
                outer._answer(self)

            def do_CONNECT(self) -> None:
                outer.asked.append(Asked(f"CONNECT {self.path}", dict(self.headers.items())))
                self.send_error(outer.answers["CONNECT"][0].status)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:  # a client that goes away is meant
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, path: str, *answers: Answer) -> str:
        """Answer requests for ``path`` so; its address."""
        self.answers[path] = list(answers)
        return self.address + path

    def speak_tls(self, certificate: Path, key: Path) -> None:
        """From now on, speak only https."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def ranges_asked(self) -> list[str]:
        return [asked.headers.get("Range", "") for asked in self.asked]

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        path = handler.path
        if path.startswith("http://"):  # we are asked as a proxy
            path = "/" + path.split("/", 3)[3]
        answers = self.answers.get(path)
        if not answers:
            handler.send_error(404)
            return
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        handler.close_connection = True
        if answer.location or answer.status >= 300:
            handler.send_response(answer.status or 302)
            if answer.location:
                handler.send_header("Location", answer.location)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        self._send_body(handler, answer)

    def _send_body(self, handler: http.server.BaseHTTPRequestHandler, answer: Answer) -> None:
        start = self._start(handler, answer)
        body = answer.body[start:]
        handler.send_response(206 if start else 200)
        if start:
            total = len(answer.body)
            value = answer.whole_range or f"bytes {start}-{total - 1}/{total}"
            handler.send_header("Content-Range", value)
        if answer.etag:
            handler.send_header("ETag", answer.etag)
        if answer.modified:
            handler.send_header("Last-Modified", answer.modified)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.chunked:
            handler.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            length = answer.length if answer.length >= 0 else len(body)
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        sent = body if answer.cut < 0 else body[: answer.cut]
        try:
            if answer.rate:
                piece = max(1, answer.rate // 50)
                for at in range(0, len(sent), piece):
                    handler.wfile.write(sent[at : at + piece])
                    handler.wfile.flush()
                    if self._closing.wait(1 / 50):
                        return
            else:
                handler.wfile.write(sent)
            handler.wfile.flush()
            if answer.stall:
                self._wait_for_client(handler)
        except OSError:
            return

    def _wait_for_client(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        connection: socket.socket = handler.connection
        connection.settimeout(0.05)
        until = time.monotonic() + 60
        while time.monotonic() < until and not self._closing.is_set():
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    def _start(self, handler: http.server.BaseHTTPRequestHandler, answer: Answer) -> int:
        asked = handler.headers.get("Range", "")
        if not answer.ranges or not asked.startswith("bytes="):
            return 0
        condition = handler.headers.get("If-Range", "")
        if condition and condition not in (answer.etag, answer.modified):
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-"))
