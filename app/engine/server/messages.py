"""What goes over the wire: the chat-completions protocol, as far as this program speaks it.

Sources: the OpenAI API reference (chat completions, streaming), and the documentation of
vLLM, llama.cpp's server and Ollama for the fields that only they know.  Everything that a
server may leave out has a default here, and what it adds is ignored.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec

MAX_EVENT = 4 * 1024 * 1024
"""Bytes of one event of a stream; more is not an answer."""


# asked ----------------------------------------------------------------------------


class Link(msgspec.Struct, frozen=True):
    """A picture as a data: address."""

    url: str


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a message: text, or a picture."""

    type: str
    text: str | None = None
    image_url: Link | None = None


class Message(msgspec.Struct, frozen=True):
    """One turn."""

    role: str
    content: str | tuple[Content, ...]


class StreamOptions(msgspec.Struct, frozen=True):
    """What a stream ends with."""

    include_usage: bool


class TemplateOptions(msgspec.Struct, frozen=True):
    """What the model's chat template is told (vLLM, llama-server)."""

    enable_thinking: bool


class NamedSchema(msgspec.Struct, frozen=True):
    """A JSON Schema as ``response_format`` wants it."""

    name: str
    strict: bool
    schema: dict[str, object]


class ResponseFormat(msgspec.Struct, frozen=True, omit_defaults=True):
    """``json_schema`` with its schema, or ``json_object``; llama-cpp-python has a mixture."""

    type: str
    json_schema: NamedSchema | None = None
    schema: dict[str, object] | None = None


class StructuredOutputs(msgspec.Struct, frozen=True):
    """vLLM's: the answer matches a regular expression."""

    regex: str


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a chat completion; what is ``None`` is left out."""

    model: str
    messages: tuple[Message, ...]
    temperature: float
    top_p: float
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    response_format: ResponseFormat | None = None
    grammar: str | None = None
    structured_outputs: StructuredOutputs | None = None
    guided_regex: str | None = None
    chat_template_kwargs: TemplateOptions | None = None
    reasoning_effort: str | None = None
    reasoning_budget_tokens: int | None = None
    repetition_penalty: float | None = None
    repeat_penalty: float | None = None
    return_progress: bool | None = None


# answered -------------------------------------------------------------------------


class TokenLogprob(msgspec.Struct):
    """One token of the answer."""

    token: str = ""
    logprob: float | None = None
    bytes: list[int] | None = None


class Logprobs(msgspec.Struct):
    """The tokens of a choice."""

    content: list[TokenLogprob] | None = None


class Delta(msgspec.Struct):
    """What a chunk adds; servers call the thinking by one of two names."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class ChoiceOf(msgspec.Struct):
    """One choice of a chunk (``delta``) or of a whole answer (``message``)."""

    delta: Delta | None = None
    message: Delta | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None


class PromptDetails(msgspec.Struct):
    """How much of the prompt was not computed anew."""

    cached_tokens: int | None = None


class Usage(msgspec.Struct):
    """Tokens."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None


class PromptProgress(msgspec.Struct):
    """How much of the prompt llama-server has computed."""

    total: int = 0
    processed: int = 0
    time_ms: float = 0.0


class Chunk(msgspec.Struct):
    """One event of a stream, or a whole answer."""

    choices: list[ChoiceOf] | None = None
    usage: Usage | None = None
    prompt_progress: PromptProgress | None = None
    error: msgspec.Raw = msgspec.Raw()


class ModelEntry(msgspec.Struct):
    """One model that a server offers."""

    id: str
    owned_by: str | None = None
    max_model_len: int | None = None


class Models(msgspec.Struct):
    """The answer of ``/v1/models``."""

    data: list[ModelEntry] | None = None


class Modalities(msgspec.Struct):
    """What llama-server can take in."""

    vision: bool = False


class SlotSettings(msgspec.Struct):
    """How llama-server computes a request, as far as it is of use: the context of each."""

    n_ctx: int = 0


class Props(msgspec.Struct):
    """The answer of llama-server's ``/props``."""

    total_slots: int
    modalities: Modalities | None = None
    default_generation_settings: SlotSettings | None = None


class Version(msgspec.Struct):
    """The answer of ``/version`` (vLLM) and ``/api/version`` (Ollama)."""

    version: str


class Capabilities(msgspec.Struct):
    """The answer of Ollama's ``/api/show``, as far as it is of use."""

    capabilities: list[str] | None = None


class LoadedModel(msgspec.Struct):
    """A model that Ollama has in memory, and the context that it gave it."""

    name: str = ""
    context_length: int | None = None


class LoadedModels(msgspec.Struct):
    """The answer of Ollama's ``/api/ps``."""

    models: list[LoadedModel] | None = None


class NotAStreamError(ValueError):
    """What came is not a stream of events."""


_LINE_END = re.compile(rb"\r\n|\n|\r")


async def events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The data of each server-sent event, in order; comments and other fields are skipped.

    Source: the HTML standard, server-sent events.  Raises :class:`NotAStreamError` for an
    event without end.
    """
    held: list[bytes] = []  # a line that has not ended
    data: list[bytes] = []
    size = 0
    async for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > MAX_EVENT:
            raise NotAStreamError("an event is too long")
        if _LINE_END.search(piece) is None and not held[0].endswith(b"\r"):
            continue
        whole = b"".join(held)
        lines = _LINE_END.split(whole)
        rest = lines.pop()
        if not rest and whole.endswith(b"\r"):
            # Perhaps half of a line's end: its other half would read as an empty line.
            rest = lines.pop() + b"\r"
        held = [rest] if rest else []
        for line in lines:
            if not line:
                if data:
                    yield b"\n".join(data)
                data, size = [], len(rest)
            elif line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b"error:"):  # llama-server's older way to end a stream
                yield b'{"error":' + line[6:].strip() + b"}"
    rest = b"".join(held).rstrip(b"\r")
    if rest.startswith(b"data:"):
        data.append(rest[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)
