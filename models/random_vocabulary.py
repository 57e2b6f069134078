"""A byte-level vocabulary for models of random weights, in Qwen's order and size.

Merges are learned from this project's own texts (labels, document types, samples and
their JSON), so that ordinary business words are one or two tokens, as they are to the
real model; digits are always single.  What is left up to the wanted size are made-up
words, so that a vocabulary of 248,320 loads, and is searched by a grammar, at the cost
of the real one.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
THINKING = ("<think>", "</think>")  # not control tokens: their text is printed

CHAT_TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string %}{{- message.content }}
{%- else %}
{%- for part in message.content %}
{%- if part.type == 'text' %}{{- part.text }}
{%- else %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}{%- endif %}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- else %}{{- '<think>\\n' }}{%- endif %}
{%- endif %}
"""

# The cut into words that llama.cpp makes for the pre-tokenizer "qwen35".
_WORDS = re.compile(
    r"'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|(?:[^\r\n\w]|_)?[^\W\d_]+|\d"
    r"| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiouy"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens as the file writes them: one printable character for each byte.

    ``merges`` are pairs joined by a space, most important first.  The tokens are the 256
    bytes, one token for each merge, then ``CONTROL`` and ``THINKING``.
    """

    merges: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        merged = (pair.replace(" ", "") for pair in self.merges)
        return (*byte_letters(), *merged, *CONTROL, *THINKING)

    def id(self, special: str) -> int:
        """The number of a token of ``CONTROL`` or ``THINKING``."""
        return 256 + len(self.merges) + (*CONTROL, *THINKING).index(special)


def byte_letters() -> tuple[str, ...]:
    """The letter that stands for each byte in a byte-level vocabulary (GPT-2's table)."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = itertools.count(256)
    return tuple(chr(byte) if byte in plain else chr(next(others)) for byte in range(256))


def vocabulary(resources: Path, size: int) -> Vocabulary:
    """A vocabulary of exactly ``size`` tokens, learned from the folder ``resources``.

    Raises ``ValueError`` for a size that has no room for bytes, one merge and specials.
    """
    wanted = size - 256 - len(CONTROL) - len(THINKING)
    if wanted < 1:
        raise ValueError(f"a vocabulary of {size} tokens is too small")
    merges = list(itertools.islice(_learned(_words(_texts(resources))), wanted))
    known = {pair.replace(" ", "") for pair in merges}
    for pair in _made_up():
        if len(merges) == wanted:
            break
        if (joined := pair.replace(" ", "")) not in known:
            known.add(joined)
            merges.append(pair)
    return Vocabulary(tuple(merges))


def _texts(resources: Path) -> Iterator[str]:
    for file in sorted((resources / "labels").glob("*.toml")):
        # Alternatives such as "(No|Number|)" are words too, without their brackets.
        yield " ".join(re.split(r"[()|\\]", file.read_text(encoding="utf-8")))
    for file in sorted((resources / "document_types").glob("*.toml")):
        yield from _strings(tomllib.loads(file.read_text(encoding="utf-8")))
    for line in (resources / "samples" / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        # As a model would write them: compact, spaced and indented.
        record = json.loads(line)
        for text in (
            json.dumps(record, ensure_ascii=False, separators=(",", ":")),
            json.dumps(record, ensure_ascii=False),
            json.dumps(record, ensure_ascii=False, indent=2),
        ):
            yield from [text] * 4
        yield from _strings(record)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value, f" {value}")
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in _strings(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in _strings(inner))


def _words(texts: Iterable[str]) -> Counter[tuple[str, ...]]:
    letters = byte_letters()
    found: Counter[str] = Counter()
    for text in texts:
        found.update(_WORDS.findall(text))
    return Counter(
        {tuple(letters[b] for b in word.encode()): n for word, n in found.items() if len(word) > 1}
    )


def _learned(words: Counter[tuple[str, ...]]) -> Iterator[str]:
    """Byte-pair encoding: the most frequent pair is merged, again and again.

    Counts are kept up to date word by word, and a heap with stale entries gives the
    largest, so that the merges of a whole corpus take seconds.
    """
    parts = [list(word) for word in words]
    times = list(words.values())
    counts: Counter[tuple[str, str]] = Counter()
    where: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for number, word in enumerate(parts):
        for pair in itertools.pairwise(word):
            counts[pair] += times[number]
            where[pair].add(number)
    heap = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(heap)
    made: set[str] = set()
    while heap:
        count, pair = heapq.heappop(heap)
        if -count != counts[pair] or not count:
            continue
        joined = "".join(pair)
        if joined not in made:  # two pairs can make the same token; one merge must name it
            made.add(joined)
            yield " ".join(pair)
        changed: set[tuple[str, str]] = set()
        for number in tuple(where[pair]):
            before = parts[number]
            after = _merged(before, pair)
            for old in itertools.pairwise(before):
                counts[old] -= times[number]
                where[old].discard(number)
                changed.add(old)
            for new in itertools.pairwise(after):
                counts[new] += times[number]
                where[new].add(number)
                changed.add(new)
            parts[number] = after
        for other in changed:
            if counts[other] > 0:
                heapq.heappush(heap, (-counts[other], other))


def _merged(word: list[str], pair: tuple[str, str]) -> list[str]:
    result: list[str] = []
    at = 0
    while at < len(word):
        if tuple(word[at : at + 2]) == pair:
            result.append("".join(pair))
            at += 2
        else:
            result.append(word[at])
            at += 1
    return result


def _made_up() -> Iterator[str]:
    """Merges for words of syllables that no text has, each from two tokens made before."""
    space = byte_letters()[32]
    syllables = [first + second for first in _CONSONANTS for second in _VOWELS]
    yield from (f"{syllable[0]} {syllable[1]}" for syllable in syllables)
    words = [space + syllable for syllable in syllables]
    yield from (f"{space} {syllable}" for syllable in syllables)
    while True:
        longer = []
        for word in words:
            for syllable in syllables:
                yield f"{word} {syllable}"
                longer.append(word + syllable)
        words = longer
