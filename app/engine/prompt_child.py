"""A request as tokens: the model's own chat template around instructions and document.

Control tokens come from the template alone.  Instructions and documents are tokenised as
plain text, so that a document that prints ``<|im_end|>`` has printed six characters, not
ended a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.engine.llama_child import Vocabulary
from app.engine.messages import PicturePart, Request, TextPart

# Private-use characters, which no template writes.
_INSTRUCTIONS, _DOCUMENT = "\ue000i\ue001", "\ue000d\ue001"

_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
    "{% if enable_thinking %}<think>\n{% else %}<think>\n\n</think>\n\n{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The tokens of a request in order: the shared ``prefix``, then ``runs``.

    A run is tokens or a picture.  ``thinks`` says that the answer begins inside a thought.
    ``kept`` is how many elements (tokens, and pictures as one each) instructions and kept
    parts have, 0 where none are to be kept; a run ends there.
    """

    prefix: tuple[int, ...]
    runs: tuple[tuple[int, ...] | PicturePart, ...]
    thinks: bool
    kept: int = 0

    @property
    def words(self) -> int:
        """Tokens without those of pictures."""
        return len(self.prefix) + sum(len(r) for r in self.runs if isinstance(r, tuple))


def elements_of(run: tuple[int, ...] | PicturePart) -> int:
    """How many elements a run has; see :class:`Prompt`."""
    return len(run) if isinstance(run, tuple) else 1


class Prompts:
    """Renders requests for one model."""

    def __init__(self, vocabulary: Vocabulary, template: str) -> None:
        self._vocabulary = vocabulary
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = _refuse
        try:
            self._template = environment.from_string(template or _CHATML)
            self._split = self._renderings()
        except Exception:  # noqa: BLE001 - a template is a program out of somebody's file
            # One that fails, or cannot tell instructions from a document: ChatML is what the
            # models of the catalogue were trained on.
            self._template = environment.from_string(_CHATML)
            self._split = self._renderings()

    def prompt(
        self, request: Request, before: Sequence[int] = (), after: Sequence[int] = ()
    ) -> Prompt:
        """The tokens of a request; ``before`` and ``after`` stand around each picture."""
        tokens = self._vocabulary.tokens
        head, middle, tail = self._split[request.think_tokens > 0]
        prefix = (
            *tokens(head, control=True),
            *tokens(request.instructions),
            *tokens(middle, control=True),
        )
        runs: list[tuple[int, ...] | PicturePart] = []
        run: list[int] = []
        kept = 0
        for number, part in enumerate(request.parts, start=1):
            if isinstance(part, TextPart):
                run += tokens(part.text)
            else:
                runs += [(*run, *before), part]
                run = list(after)
            if number == request.kept:
                runs.append(tuple(run))
                run = []
                kept = len(prefix) + sum(map(elements_of, runs))
        runs.append((*run, *tokens(tail, control=True)))
        return Prompt(prefix, tuple(runs), tail.rstrip().endswith("<think>"), kept)

    def _renderings(self) -> dict[bool, tuple[str, str, str]]:
        """What stands before, between and after the messages, without thinking and with."""
        return {thinking: self._render(thinking=thinking) for thinking in (False, True)}

    def _render(self, *, thinking: bool) -> tuple[str, str, str]:
        text = self._template.render(
            messages=[
                {"role": "system", "content": _INSTRUCTIONS},
                {"role": "user", "content": _DOCUMENT},
            ],
            add_generation_prompt=True,
            enable_thinking=thinking,
        )
        if text.count(_INSTRUCTIONS) != 1 or text.count(_DOCUMENT) != 1:
            raise ValueError("the template does not show each message once")
        head, rest = text.split(_INSTRUCTIONS)
        middle, tail = rest.split(_DOCUMENT)
        return head, middle, tail


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
