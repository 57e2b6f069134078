"""The vocabulary: bytes, pieces of words learned from the made documents, control tokens.

The text is split as Qwen splits it (``pre`` is "qwen35" in the GGUF).  Beyond that, pieces
are only ever joined within a run of letters: a space, a digit, a mark's bracket is always
a token of its own, so that a value has the same tokens wherever it stands, and to copy it
is to repeat its tokens.  The real vocabulary has " Total" and "Total"; with the little
training that this model gets, learning that the two are one word is the dearest lesson.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import regex

HERE = Path(__file__).resolve().parent

CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
THINKING = ("<think>", "</think>")
MERGES = 880
MULTIPLE = 32  # the number of tokens is a multiple of this

TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string %}
{{- message.content }}
{%- else %}
{%- for part in message.content %}
{%- if part.type == 'text' %}
{{- part.text }}
{%- elif part.type in ('image', 'image_url') %}
{{- '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- endif %}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- else %}
{{- '<think>\\n' }}
{%- endif %}
{%- endif %}"""

_SPLIT = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PIECES = regex.compile(r"[\p{L}\p{M}]+|[^\p{L}\p{M}]+")


@cache
def byte_letters() -> tuple[str, ...]:
    """The letter that stands for each byte in a GPT-2 vocabulary."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    letters, unseen = [], 0
    for byte in range(256):
        if byte in shown:
            letters.append(chr(byte))
        else:
            letters.append(chr(256 + unseen))
            unseen += 1
    return tuple(letters)


def spelled(text: str) -> str:
    """The text in the letters of its bytes."""
    letters = byte_letters()
    return "".join(letters[byte] for byte in text.encode("utf-8"))


def words_of(text: str) -> list[str]:
    """The pieces of the text within which tokens may be joined."""
    return [piece for part in _SPLIT.findall(text) for piece in _PIECES.findall(part)]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Encodes and decodes; the same tokens as llama.cpp gives."""

    merges: tuple[tuple[str, str], ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every token in order, as they stand in the GGUF."""
        ours = [*byte_letters(), *(a + b for a, b in self.merges), *CONTROL, *THINKING]
        return (*ours, *(f"[PAD{at}]" for at in range(-len(ours) % MULTIPLE)))

    @property
    def control(self) -> range:
        """The numbers of the control tokens."""
        start = 256 + len(self.merges)
        return range(start, start + len(CONTROL))

    @property
    def thinking(self) -> range:
        """The numbers of the two tokens around thinking."""
        return range(self.control.stop, self.control.stop + len(THINKING))

    def special(self, token: str) -> int:
        """The number of a control token."""
        return self.control.start + (*CONTROL, *THINKING).index(token)

    def encode(self, text: str) -> list[int]:
        """The tokens of plain text; nothing in it is taken for a control token."""
        return [number for word in words_of(text) for number in self._word(word)]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of tokens, without the control tokens."""
        tokens, bytes_of = _tables(self)
        letters = "".join(tokens[number] for number in numbers if number < self.control.start)
        return bytes(bytes_of[letter] for letter in letters).decode("utf-8", "replace")

    def _word(self, word: str) -> tuple[int, ...]:
        return _joined(self, word)


@lru_cache(maxsize=8)
def _tables(vocabulary: Vocabulary) -> tuple[tuple[str, ...], dict[str, int]]:
    return vocabulary.tokens, {letter: byte for byte, letter in enumerate(byte_letters())}


@lru_cache(maxsize=8)
def _ranks(vocabulary: Vocabulary) -> dict[tuple[str, str], int]:
    return {pair: rank for rank, pair in enumerate(vocabulary.merges)}


@lru_cache(maxsize=8)
def _numbers(vocabulary: Vocabulary) -> dict[str, int]:
    return {token: number for number, token in enumerate(vocabulary.tokens)}


@lru_cache(maxsize=100_000)
def _joined(vocabulary: Vocabulary, word: str) -> tuple[int, ...]:
    ranks, numbers = _ranks(vocabulary), _numbers(vocabulary)
    pieces = list(spelled(word))
    while len(pieces) > 1:
        rank, at = min(
            (ranks.get((pieces[at], pieces[at + 1]), len(ranks)), at)
            for at in range(len(pieces) - 1)
        )
        if rank == len(ranks):
            break
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return tuple(numbers[piece] for piece in pieces)


def learn(texts: Iterable[str], merges: int = MERGES) -> Vocabulary:
    """The vocabulary of these texts (byte-pair encoding).  Needs the ``tokenizers`` package."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    # One word a line: what may be joined has been decided above.
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "removed")
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges,
        show_progress=False,
        initial_alphabet=list(byte_letters()),
        min_frequency=2,
    )
    words = (
        "\n".join(spelled(word) for word in words_of(text) if word[0].isalpha()) for text in texts
    )
    tokenizer.train_from_iterator(words, trainer)
    import json

    learned: Sequence[Sequence[str]] = json.loads(tokenizer.to_str())["model"]["merges"]
    return Vocabulary(tuple((first, second) for first, second in learned))


def save(vocabulary: Vocabulary, path: Path = HERE / "merges.txt") -> None:
    """Write the merges, one a line."""
    path.write_text("".join(f"{a} {b}\n" for a, b in vocabulary.merges), encoding="utf-8")


@cache
def load(path: Path = HERE / "merges.txt") -> Vocabulary:
    """The vocabulary of the micro model."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    pairs = (line.split(" ") for line in lines)
    return Vocabulary(tuple((first, second) for first, second in pairs))
