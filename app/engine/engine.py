"""What every engine can do: the model in a child process, or the office's own server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from app.engine.messages import Event, Request


class Running(Protocol):
    """A request on its way."""

    def events(self) -> Iterator[Event]:
        """What happens to the request, as it happens; the last one is its ``Answer``.

        Raises ``ProblemError``: ``cancelled``, ``prompt_too_long`` (names what would fit),
        ``model_memory``, ``model_crashed``, ``server_unreachable`` …
        """

    def cancel(self) -> None:
        """Give up; :meth:`events` ends with ``cancelled`` within 300 ms.  From any thread."""


class Engine(Protocol):
    """A model that answers.  Every method may be called from any thread."""

    @property
    def place(self) -> str:
        """Where pages go: "" for this computer, else the server's address."""

    @property
    def sees(self) -> bool:
        """Whether pictures can be part of a request."""

    def ask(self, request: Request) -> Running:
        """Begin with a request; many may be on their way at once."""

    def seconds(self, tokens: int, answer_tokens: int) -> float | None:
        """About how long reading and answering takes, with nothing of it kept.

        By what tokens have cost here so far; ``None`` while that is not known.
        """

    def room(self) -> int:
        """The most tokens of a request that can be answered, instructions and answer included.

        The model is not loaded for it; a server may be waited for, a few seconds at most.
        """

    def stop(self) -> None:
        """Give back memory and connections; a later :meth:`ask` starts anew."""
