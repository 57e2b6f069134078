"""An engine that answers from a script, for tests of what is done with answers.

No model is behind it: a test says what is answered to a request, and when.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.document_types import DocumentType
from app.engine.messages import Answer, Event, Filled, Piece, Progress, Request, Stage, TextPart
from app.errors import Code, ProblemError, problem
from app.reading.model.formats import MARKS, VALUES, AnswerFormat, Said


@dataclass(frozen=True)
class Spoken:
    """An answer without a form, told word by word, after its thinking.

    ``fails`` ends it instead of an answer.  With ``held`` it waits after so many words,
    until it is cancelled.
    """

    text: str
    thinking: str = ""
    fails: Code | None = None
    held: int | None = None
    cut: bool = False


Script = Callable[[Request], str | Spoken | ProblemError]
"""What is answered to a request; an error instead of an answer is raised."""


class ScriptedRunning:
    """A request on its way: answered when ``gate`` is open, unless it is cancelled."""

    def __init__(self, request: Request, script: Script, gate: threading.Event) -> None:
        self._request = request
        self._script = script
        self._gate = gate
        self._cancelled = threading.Event()

    def events(self) -> Iterator[Event]:
        yield Progress(self._request.id, Stage.READING, 1, 2, 0.1)
        while not self._gate.wait(0.01):
            if self._cancelled.is_set():
                raise problem(Code.CANCELLED, self._request.id)
        if self._cancelled.is_set():
            raise problem(Code.CANCELLED, self._request.id)
        said = self._script(self._request)
        if isinstance(said, ProblemError):
            raise said
        if isinstance(said, str) and self._request.form is not None:
            yield answer_of(self._request, said)
        else:
            yield from self._spoken(said if isinstance(said, Spoken) else Spoken(said))

    def _spoken(self, said: Spoken) -> Iterator[Event]:
        for thinking, text in ((True, said.thinking), (False, said.text)):
            for at, word in enumerate(re.findall(r"\S*\s*", text)):
                if not thinking and at == said.held:
                    self._cancelled.wait()
                if self._cancelled.is_set():
                    raise problem(Code.CANCELLED, self._request.id)
                yield Piece(self._request.id, word, thinking)
        if said.fails is not None:
            raise problem(said.fails, self._request.name)
        yield Answer(self._request.id, said.text, (), said.thinking, said.cut)

    def cancel(self) -> None:
        self._cancelled.set()


class ScriptedEngine:
    """Answers every request with what ``script`` says; ``asked`` keeps the requests.

    Requests about a text that holds one of ``never`` are not answered at all.  ``holds`` is
    the most tokens of a request, ``token_seconds`` what one takes, ``None`` for not known.
    """

    place = ""

    def __init__(self, script: Script, *, sees: bool = False) -> None:
        self.script = script
        self.sees = sees
        self.gate = threading.Event()
        self.gate.set()
        self.asked: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self.never: tuple[str, ...] = ()
        self.holds = 32_768
        self.token_seconds: float | None = 0.03

    def ask(self, request: Request) -> ScriptedRunning:
        self.asked.put(request)
        held = any(text in text_of(request) for text in self.never)
        return ScriptedRunning(request, self.script, threading.Event() if held else self.gate)

    def seconds(self, tokens: int, answer_tokens: int) -> float | None:
        price = self.token_seconds
        return None if price is None else price * (tokens + answer_tokens)

    def room(self) -> int:
        return self.holds

    def stop(self) -> None:
        """Nothing is held."""


def answer_of(request: Request, text: str, certainty: float = 0.97) -> Answer:
    """The answer of this text to a request, which its form must allow."""
    form = request.form
    assert form is not None
    assert re.fullmatch(form.pattern, text), text
    filled = tuple(Filled(w.key, w.rows, w.row, w.text, certainty) for w in form.read(text))
    return Answer(request.id, text, filled)


def text_of(request: Request) -> str:
    """The document's text in a request."""
    return "\n".join(part.text for part in request.parts if isinstance(part, TextPart))


def says(
    definition: DocumentType,
    values: Mapping[str, str],
    rows: Sequence[Mapping[str, str]] = (),
) -> Script:
    """A script that finds these printed values: by their marks where the text has such."""

    def script(request: Request) -> str:
        text = text_of(request)
        way: AnswerFormat = MARKS if request.instructions.startswith("Find") else VALUES
        marks = [(int(number), at) for number, at in _marks(text)]
        row_at = 0

        def said(value: str, after: int = 0) -> tuple[Said, int]:
            """The value, by the first mark of it from an offset on, and that mark's offset."""
            for number, at in marks if way.marks else ():
                if at >= after and re.match(re.escape(value) + r"(?!\w)", text[at:]):
                    return Said(number, value), at
            return Said(0, value), after

        shown = definition if "\n+ " in request.instructions else _without_rows(definition)
        found: list[dict[str, Said]] = []
        for row in rows:
            cells: dict[str, Said] = {}
            for column in definition.lines:
                if column.key in row:
                    cells[column.key], row_at = said(row[column.key], row_at)
            found.append(cells)
        fields = {key: said(value)[0] for key, value in values.items()}
        return way.write(shown, fields, found, len(marks))

    return script


def _marks(text: str) -> Iterator[tuple[str, int]]:
    for match in re.finditer(r"\[(\d{2,3})\]", text):
        yield match[1], match.end()


def _without_rows(definition: DocumentType) -> DocumentType:
    return DocumentType(definition.name, definition.label, definition.plural, definition.fields)
