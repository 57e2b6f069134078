"""A child that does what the word on its command line says, for the tests of app.child."""

import os
import re
import sys
import time
from collections.abc import Iterator

from app.child import serve
from app.errors import Code, problem
from app.reading.messages import Opened, ReadFile

WAY = sys.argv[1]


def handle(request: object) -> Iterator[object]:
    assert isinstance(request, ReadFile)
    yield Opened("first", 1)
    if WAY == "crash":
        os._exit(139)
    if WAY == "raise":
        raise RuntimeError("not a problem that has a code")
    if WAY == "hang":
        time.sleep(600)
    if WAY == "spin":
        while True:
            pass
    if WAY == "stubborn":
        re.match(r"(a+)+$", "a" * 60 + "b")  # for ever, and no other thread gets its turn
    if WAY == "eat":
        held = []
        while True:
            held.append(bytearray(os.urandom(1024) * 10240))
            time.sleep(0.01)
    if WAY == "print":
        os.write(1, b"a native library prints to standard output\n")
        print("and so does Python")
    if WAY == "garbage":
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, b"\xff" * 4096)
            except OSError:
                continue
    if WAY == "unexpected":
        yield ReadFile("a request", "is not", "a reply")
    if WAY == "problem":
        raise problem(Code.DAMAGED, request.name)
    if WAY == "connect":
        import socket

        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except PermissionError as error:
            yield Opened(str(error), 0)
    yield Opened(request.name, os.getpid())


if __name__ == "__main__":
    serve((ReadFile,), handle)
