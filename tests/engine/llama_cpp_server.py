"""A real model server on loopback: the one of llama-cpp-python, with a model of random weights."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

KEY = "open sesame".replace(" ", "-")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def llama_cpp_server(
    model: Path, projector: Path | None = None, *, key: str = "", context: int = 2048
) -> Iterator[str]:
    """The server's address, while it runs; with ``projector`` it sees."""
    port = _free_port()
    options = {
        "model": str(model),
        "model_alias": "tiny",
        "host": "127.0.0.1",
        "port": str(port),
        "n_ctx": str(context),
        "n_threads": "1",
        "n_threads_batch": "1",
        "interrupt_requests": "False",
        "verbose": "False",
        "chat_template_kwargs": '{"enable_thinking": false}',
    }
    if projector is not None:
        options |= {"chat_format": "mtmd", "clip_model_path": str(projector)}
    if key:
        options["api_key"] = key
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "llama_cpp.server"),
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(trust_env=False) as client:
            for _ in range(1000):
                assert process.poll() is None, "the server ended"
                with contextlib.suppress(httpx.TransportError):
                    client.get(f"{address}/v1/models")
                    break
                time.sleep(0.1)
            else:
                raise AssertionError("the server did not start")
        yield address
    finally:
        process.kill()
        process.wait()
