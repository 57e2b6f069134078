"""One try at a request: what is asked in which way, and hearing the answer as it comes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from pathlib import Path

from app.engine.forms import Form
from app.engine.messages import PicturePart, Piece, Request, TextPart
from app.engine.server.forms import (
    Certainties,
    Reading,
    Token,
    longest_json,
    read_json,
    read_text,
    schema,
    sentence,
)
from app.engine.server.host import Host, Kind, newer_vllm
from app.engine.server.messages import (
    Ask,
    ChoiceOf,
    Chunk,
    Content,
    Link,
    Message,
    NamedSchema,
    ResponseFormat,
    StreamOptions,
    StructuredOutputs,
    TemplateOptions,
    TokenLogprob,
    Usage,
)
from app.engine.server.patterns import (
    UnknownPatternError,
    form_expression,
    form_grammar,
    longest_answer,
)
from app.engine.server.text import harmless, repeats
from app.engine.server.thinking import Apart
from app.errors import Code, problem

UNASKED_THINKING = 2048
"""Tokens that a model may think without having been asked to."""

_LONGEST_TOKEN = 16  # characters; bounds what may come for a number of tokens
_LARGEST_PICTURE = 32 * 1024 * 1024
_LOOK = 32  # pieces between two looks for repetition


class Way(Enum):
    """How a form is asked for."""

    GRAMMAR = auto()
    EXPRESSION = auto()
    SCHEMA = auto()
    OBJECT = auto()  # JSON of any shape
    TRUST = auto()  # the form's own text, without any bound


_JSON = {Way.SCHEMA, Way.OBJECT}
_WAYS: Mapping[Kind, tuple[Way, ...]] = {
    Kind.VLLM: (Way.EXPRESSION, Way.SCHEMA, Way.OBJECT, Way.TRUST),
    Kind.LLAMA_SERVER: (Way.GRAMMAR, Way.SCHEMA, Way.OBJECT, Way.TRUST),
    Kind.LLAMA_CPP_PYTHON: (Way.GRAMMAR, Way.SCHEMA, Way.OBJECT, Way.TRUST),
    Kind.OLLAMA: (Way.SCHEMA, Way.OBJECT, Way.TRUST),
    Kind.OTHER: (Way.SCHEMA, Way.OBJECT, Way.TRUST),
}


@dataclass(frozen=True, slots=True)
class Manners:
    """What of the protocol a server has not yet refused."""

    logprobs: bool = True
    switch: bool = True  # thinking on and off


def ways(host: Host, request: Request) -> tuple[Way, ...]:
    """The ways to ask for the request's form, surest first."""
    if request.form is None:
        return (Way.TRUST,)
    found = _WAYS[host.kind]
    if request.think_tokens:
        # A grammar would forbid the thinking; a schema is applied to the answer alone.
        found = tuple(way for way in found if way not in {Way.GRAMMAR, Way.EXPRESSION})
    return found


def contents(request: Request) -> str | tuple[Content, ...]:
    """The user's message: a document's text without control tokens, and its pictures.

    Raises ``ProblemError`` (``vanished``, ``unsupported``, ``too_large``).
    """
    if not any(isinstance(part, PicturePart) for part in request.parts):
        return harmless("".join(_text(part) for part in request.parts))
    found: list[Content] = []
    for pictures, parts in groupby(request.parts, lambda part: isinstance(part, PicturePart)):
        if pictures:
            paths = (Path(part.path) for part in parts if isinstance(part, PicturePart))
            found += [Content("image_url", image_url=Link(_data_address(path))) for path in paths]
        else:  # as one: some servers put line breaks between two texts
            found.append(Content("text", text=harmless("".join(_text(part) for part in parts))))
    return tuple(found)


def build(
    host: Host,
    request: Request,
    content: str | tuple[Content, ...],
    way: Way,
    manners: Manners,
    *,
    thinking: bool,
) -> Ask:
    """The body of one try; raises ``UnknownPatternError`` where the way cannot say the form."""
    form = request.form
    instructions = harmless(request.instructions)
    if form is not None and way in _JSON:
        instructions += "\n" + sentence(form)
    expression = form_expression(form) if form is not None and way is Way.EXPRESSION else None
    regex = expression if expression and newer_vllm(host.version) else None
    llama = host.kind in {Kind.LLAMA_SERVER, Kind.LLAMA_CPP_PYTHON}
    certain = form is not None and manners.logprobs
    most = None
    if form is None:
        most = request.most_tokens + (request.think_tokens if thinking else 0)
    elif host.kind is Kind.OTHER:
        # Some servers stop after a hundred tokens unless told otherwise.  The known ones
        # go on, and refuse a number that does not fit into the context with the prompt.
        most = most_pieces(request, way) + (request.think_tokens if thinking else 0)
    return Ask(
        model=host.model,
        messages=(Message("system", instructions), Message("user", content)),
        temperature=0.0,
        top_p=1.0,
        stream=True,
        stream_options=StreamOptions(include_usage=True),
        max_tokens=most,
        logprobs=True if certain else None,
        top_logprobs=1 if certain else None,  # llama-server tells nothing at 0
        response_format=_response_format(host, form, way),
        grammar=form_grammar(form) if form is not None and way is Way.GRAMMAR else None,
        structured_outputs=StructuredOutputs(regex) if regex else None,
        guided_regex=None if regex else expression,
        chat_template_kwargs=_template_options(host, manners, thinking),
        reasoning_effort=_effort(host, manners, thinking),
        reasoning_budget_tokens=(
            request.think_tokens if thinking and host.kind is Kind.LLAMA_SERVER else None
        ),
        repetition_penalty=1.0 if host.kind is Kind.VLLM else None,
        repeat_penalty=1.0 if llama else None,
        return_progress=True if host.kind is Kind.LLAMA_SERVER else None,
    )


def longest(form: Form, way: Way) -> int:
    """The most characters that an answer in this way can have."""
    try:
        return longest_json(form) if way in _JSON else longest_answer(form) + 64
    except UnknownPatternError:
        return 20_000


def most_pieces(request: Request, way: Way) -> int:
    """The most tokens of an answer; JSON says the same in up to three times as many."""
    return request.most_tokens * (3 if request.form is not None and way in _JSON else 1)


class Hearing:
    """Takes the chunks of one answer, keeps its thinking apart, and ends what never ends.

    ``tell`` gets the pieces of free text and of thinking; ``heard`` is called after each
    piece with the number of them so far.
    """

    def __init__(
        self,
        request: Request,
        way: Way,
        tell: Callable[[Piece], None],
        heard: Callable[[int], None],
        *,
        thinking: bool,
    ) -> None:
        self._request = request
        self._tell = tell
        self._heard = heard
        self._apart = Apart(asked=thinking)
        self._most_thinking = request.think_tokens if thinking else UNASKED_THINKING
        form = request.form
        self._most_pieces = most_pieces(request, way)
        self._most = longest(form, way) if form is not None else self._most_pieces * _LONGEST_TOKEN
        self._tokens: list[Token] = []
        self._lacking = False
        self._answer_pieces = 0
        self.pieces = 0
        self.finish: str | None = None
        self.usage = Usage()
        self.thought_too_long = False
        self.cut = False

    @property
    def thinking(self) -> str:
        """What the model thought."""
        return self._apart.thought

    @property
    def text(self) -> str:
        """What it answered."""
        return self._apart.answer

    @property
    def certainties(self) -> Certainties:
        """How probable each part of the answer was."""
        return Certainties(self.text, () if self._lacking else self._tokens)

    def take(self, chunk: Chunk) -> bool:
        """The next chunk; returns whether the rest is wanted."""
        if chunk.usage is not None:
            self.usage = chunk.usage
        for choice in (chunk.choices or ())[:1]:
            said = choice.delta or choice.message
            if said is not None:
                reasoned = said.reasoning_content or said.reasoning or ""
                if reasoned:
                    self.pieces += 1
                    self._pass_on(self._apart.reasoned(reasoned), thinking=True)
                if said.content:
                    self.pieces += 1
                    self._note(said.content, choice)
                    thought, answer = self._apart.said(said.content)
                    self._pass_on(thought, thinking=True)
                    self._pass_on(answer, thinking=False)
                    self._answer_pieces += not self._apart.thinking
                self._heard(self.pieces)
            self.finish = choice.finish_reason or self.finish
        return not self._too_much()

    def end(self) -> None:
        """The stream is over."""
        self.cut = self.cut or self.finish == "length"
        thought, answer = self._apart.end(cut=self.cut or self.thought_too_long)
        self._pass_on(thought, thinking=True)
        self._pass_on(answer, thinking=False)

    def _too_much(self) -> bool:
        apart = self._apart
        if apart.thinking or not self.text:
            held = len(apart.thought) + apart.held
            self.thought_too_long = (
                apart.thinking_pieces > self._most_thinking
                or held > self._most_thinking * _LONGEST_TOKEN
            )
            return self.thought_too_long
        form = self._request.form
        over = len(self.text) > self._most or self._answer_pieces > self._most_pieces
        if not over and self._answer_pieces % _LOOK == 0:
            # Rows of a form may well be alike: twelve times the same article.
            over = repeats(self.text, 8 if form is None else 40)
        self.cut = self.cut or over
        return over

    def _note(self, content: str, choice: ChoiceOf) -> None:
        """Keep how probable the tokens of this piece were."""
        entries = choice.logprobs.content or [] if choice.logprobs is not None else []
        data = content.encode("utf-8", "surrogatepass")
        known = [(entry, entry.logprob) for entry in entries if entry.logprob is not None]
        if not known:
            self._lacking = True
            return
        single = [Token(_data_of(entry), logprob) for entry, logprob in known]
        if b"".join(token.data for token in single) != data:
            # Parts of a character, or the mark of the end: the piece as one.
            single = [Token(data, sum(logprob for _, logprob in known))]
        self._tokens += single

    def _pass_on(self, text: str, *, thinking: bool) -> None:
        if text and (thinking or self._request.form is None):
            self._tell(Piece(self._request.id, text, thinking))


def read(form: Form, way: Way, hearing: Hearing) -> Reading | None:
    """The filled form of an answer; ``None`` where the server did not keep to it."""
    if way in _JSON:
        reading = read_json(form, hearing.text, hearing.certainties)
    else:
        reading = read_text(form, hearing.text, hearing.certainties)
    if reading is None or hearing.cut or reading.whole:
        return reading
    bound = way in {Way.GRAMMAR, Way.EXPRESSION}
    return reading if reading.filled and not bound else None


def _response_format(host: Host, form: Form | None, way: Way) -> ResponseFormat | None:
    if form is None or way not in _JSON:
        return None
    if way is Way.OBJECT:
        return ResponseFormat("json_object")
    if host.kind is Kind.LLAMA_CPP_PYTHON:
        return ResponseFormat("json_object", schema=schema(form))
    return ResponseFormat("json_schema", json_schema=NamedSchema("answer", True, schema(form)))


def _template_options(host: Host, manners: Manners, thinking: bool) -> TemplateOptions | None:
    if not manners.switch or host.kind in {Kind.OLLAMA, Kind.LLAMA_CPP_PYTHON}:
        return None  # llama-cpp-python fixes it when the server starts
    return TemplateOptions(thinking)


def _effort(host: Host, manners: Manners, thinking: bool) -> str | None:
    if not manners.switch or host.kind is not Kind.OLLAMA:
        return None
    return "medium" if thinking else "none"


def _text(part: TextPart | PicturePart) -> str:
    return part.text if isinstance(part, TextPart) else ""


def _data_address(path: Path) -> str:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _LARGEST_PICTURE else b""
    except OSError as error:
        raise problem(Code.VANISHED, path.name) from error
    if not data:
        raise problem(Code.TOO_LARGE if size else Code.EMPTY, path.name)
    if data.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    else:
        raise problem(Code.UNSUPPORTED, path.name)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _data_of(entry: TokenLogprob) -> bytes:
    """The bytes of a token, which may be a part of a character."""
    values = entry.bytes
    if values is None or not all(0 <= value <= 255 for value in values):
        return entry.token.encode("utf-8", "surrogatepass")
    return bytes(values)
