"""The parent's side of the reading child: a file goes in, pages and records come out.

Whatever happens to the child, the caller sees either a result or a ``ProblemError``
with a code that the user can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.child import (
    Child,
    ChildCrashedError,
    ChildError,
    ChildOutOfMemoryError,
    ChildTimedOutError,
    command,
)
from app.errors import Code, problem
from app.reading.messages import (
    REPLIES,
    Contained,
    Finished,
    Opened,
    PageRead,
    PrepareQuestions,
    Question,
    Questions,
    ReadFile,
    ReadPages,
    SettleAnswers,
    ShownPage,
    ShownPages,
    ShowPages,
)

MEMORY_LIMIT = 1536 * 1024 * 1024
"""Resident bytes that a reading child may take; an ordinary page with OCR needs half of it."""

PAGE_DEADLINE = 40.0
"""Seconds of processor time for opening a file, and for each page; OCR of a dense page takes 10."""

_FINISHING = 0.5
"""Seconds a page that reading the whole document may take on top, once its pages are there."""

_PICTURE = 2.0
"""Seconds that making a page's picture for the model may take."""

Heard = Opened | PageRead | Contained

_CODES: dict[type[ChildError], Code] = {
    ChildTimedOutError: Code.TIMED_OUT,
    ChildOutOfMemoryError: Code.OUT_OF_MEMORY,
    ChildCrashedError: Code.CRASHED,
}


class FileReader:
    """One reading child, used by one thread; :meth:`stop` may be called from any."""

    def __init__(self) -> None:
        self._child = Child(command("reading"), REPLIES, MEMORY_LIMIT)

    def read(
        self, request: ReadFile | ReadPages | SettleAnswers, heard: Callable[[Heard], None]
    ) -> Finished:
        """Read one file; ``heard`` is called for each page and each contained file on the way.

        Raises ``ProblemError``: the file's own problem, or ``timed_out``, ``out_of_memory``,
        ``crashed`` or ``cancelled`` when the child had to be stopped.
        """
        name = request.name if isinstance(request, ReadFile) else request.document.name
        pages = 0 if isinstance(request, ReadFile) else len(request.document.pages)
        finished: Finished | None = None

        def deadline() -> float:
            return PAGE_DEADLINE + _FINISHING * pages

        # To the end, also after the result: a request left half read stops the child.
        for reply in self._replies(request, name, deadline):
            if isinstance(reply, Finished):
                finished = reply
            elif isinstance(reply, Opened | PageRead | Contained):
                pages += isinstance(reply, PageRead)
                heard(reply)
        if finished is None:
            raise problem(Code.CRASHED, name)
        return finished

    def prepare(self, request: PrepareQuestions) -> tuple[Question, ...]:
        """What to ask a model about a document.  Raises as :meth:`read` does."""
        name = request.document.name
        # A picture for the model is drawn from the page's, which may be slow for each page.
        seconds = PAGE_DEADLINE + (_FINISHING + _PICTURE) * len(request.document.pages)
        asked: tuple[Question, ...] | None = None
        for reply in self._replies(request, name, lambda: seconds):
            if isinstance(reply, Questions):
                asked = reply.questions
        if asked is None:
            raise problem(Code.CRASHED, name)
        return asked

    def show(self, request: ShowPages) -> tuple[ShownPage, ...]:
        """Pictures for a model of a document's pages.  Raises as :meth:`read` does."""
        name = request.document.name
        seconds = PAGE_DEADLINE + (_FINISHING + _PICTURE) * len(request.document.pages)
        shown: tuple[ShownPage, ...] | None = None
        for reply in self._replies(request, name, lambda: seconds):
            if isinstance(reply, ShownPages):
                shown = reply.pages
        if shown is None:
            raise problem(Code.CRASHED, name)
        return shown

    def settle(self, request: SettleAnswers) -> Finished:
        """The records of a document with a model's answers.  Raises as :meth:`read` does."""
        return self.read(request, lambda _: None)

    def _replies(
        self, request: object, name: str, deadline: Callable[[], float]
    ) -> Iterator[object]:
        try:
            yield from self._child.request(request, deadline)
        except ChildError as error:
            code = _CODES.get(type(error), Code.CANCELLED)
            raise problem(code, name) from error

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def last_used(self) -> float:
        """``time.monotonic()`` of the end of the last request."""
        return self._child.last_used

    @property
    def memory(self) -> int:
        """Resident bytes of the child now."""
        return self._child.memory

    def stop(self) -> None:
        """Stop the child and give its memory back; a reading in progress is cancelled."""
        self._child.stop()
