"""How a model is loaded and run on this computer, chosen before it is loaded.

Memory is predicted from the header by how llama.cpp lays it out: the file itself, keys and
values of the attention blocks for every cell of the context, the state of the other blocks
for every sequence (and once more for every token that can be taken back), the buffer for
what is computed at once, and what a process with the library needs before all that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.engine.hardware import GraphicsCard, Machine
from app.engine.header import Header
from app.errors import Code, ProblemError, problem

HOPED = 0.8
"""Share of a next-token layer's guesses that is taken to stand until it was tried."""


class CacheType(StrEnum):
    """The number format of the attention cache."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that llama.cpp is told when a model is loaded.

    ``context`` is cells of the attention cache for all ``sequences`` together (one of them
    keeps the shared prefix); ``batch`` and ``micro_batch`` are tokens.  ``drafts`` is how
    many tokens a sequence can take back (0: no speculation), ``nextn`` whether the model's
    own next-token layer guesses them, rather than the prompt's text.  ``yarn_factor`` > 1
    stretches the positions beyond what the model was trained on.  ``memory`` is the predicted
    resident size in bytes.  ``notes`` say to a user what is not as usual; they, and the
    prediction, make no plan another one.
    """

    context: int = 8192
    sequences: int = 5
    batch: int = 512
    micro_batch: int = 256
    cache_type: CacheType = CacheType.F16
    mapped: bool = True
    repacked: bool = False
    threads: int = 2
    gpu_layers: int = 0
    yarn_factor: float = 1.0
    drafts: int = 0
    nextn: bool = False
    memory: int = field(default=0, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done.

    ``longest`` is the tokens of the longest request, instructions and answer included
    (0: a usual page), ``waiting`` how many are to be worked on at once, ``pictures``
    whether some of them have to be looked at.
    """

    longest: int = 0
    waiting: int = 1
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch of so many tokens takes, in seconds."""

    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on this computer (see :mod:`app.engine.calibration`).

    The defaults are for one that was not measured.  ``threads`` 0 stands for all cores.
    ``steps`` are batches of one sequence, in order of their tokens.  ``acceptance`` is the
    share of tokens guessed from the prompt's text that stood, 0 while that is not known,
    and ``foresight`` that of the next-token layer's, hoped for until it was tried.
    """

    repacked: bool = False
    threads: int = 0
    steps: tuple[Step, ...] = ()
    acceptance: float = 0.0
    foresight: float = HOPED


USUAL = 2048
"""Tokens of a usual page with its instructions and its answer."""

USUAL_PICTURE = 3072
LONG = 8192
"""Tokens from which a request is a document of its own: there is room for one such at a time,
and for usual pages beside it, rather than for many such."""

MOST_SEQUENCES = 32
MOST_DRAFTS = 3
MOST_STRETCHED = 4.0
"""Times the trained length up to which YaRN was shown to work on Qwen3.5."""

PAGE = 800  # tokens, for words that users understand
_ROUND = 256  # cells; the cache is laid out in multiples of this
_CACHE_BYTES = {
    CacheType.F16: 2.0,
    CacheType.Q8_0: 34 / 32,
    CacheType.Q4_0: 18 / 32,
}
_REPACKED = {"Q4_0", "Q4_K", "IQ4_NL"}
"""Number formats that llama.cpp keeps in another order on every x86 CPU with AVX2.

Others it repacks on some CPUs only; then the prediction for a file that is mapped as well
(which no plan of ours is) would be too low.
"""

_PROCESS = 72_000_000
"""Resident bytes of Python, the library and the engine itself, before a model is loaded."""

_WORD = 450
"""Bytes for each token of the vocabulary: its text, its merges, and its places in the
library, in the engine and in the automaton that keeps an answer within its form."""

_BLOCK = 250_000
"""Bytes for the description of what a block computes."""

_TOKEN = 150
"""Bytes for each token that the engine itself remembers of a text."""

_SPARE = 0.03
"""Share of the computer's memory that is left to others."""

_LEAST_SPARE = 300_000_000
_MUCH = 32_768  # cells; from here on the cache is what takes memory
_POLITE = 0.75
"""Share of free memory beyond which a large cache is kept in 8 bits rather than 16: other
programs would be pushed out for a difference that hardly shows."""

_PATCHES = 16_384  # of the largest picture: four for each of its tokens
_USUAL_PATCHES = 4032  # of a page of 1,008 tokens


def plan(
    header: Header,
    projector: Header | None,
    machine: Machine,
    work: Work,
    measured: Measured = Measured(),
) -> Plan:
    """The plan for this work.

    What costs quality comes last: first fewer requests share a batch, then keys and values
    are kept in 8 bits, then fewer tokens are computed at once, then 4 bits.

    Raises ``ProblemError``: ``model_memory`` with what would fit, ``prompt_too_long`` for
    what no plan has room for.
    """
    longest = work.longest or (USUAL_PICTURE if work.pictures else USUAL)
    stretched = _stretched(header, longest)
    seen = projector if work.pictures else None
    free = _budget(machine)
    for candidate in _candidates(header, machine, measured, longest, work.waiting):
        found = replace(candidate, yarn_factor=stretched)
        found = _on_cards(header, machine.cards, found)
        found = replace(found, memory=predicted_memory(header, seen, found))
        generous = found.cache_type is CacheType.F16 and found.context > _MUCH
        if found.memory <= free * (_POLITE if generous else 1.0):
            notes = tuple(_notes(header, found, longest, work, measured))
            return replace(_with_drafts(header, seen, found, measured, free), notes=notes)
    raise problem(
        Code.MODEL_MEMORY,
        header.name or header.architecture,
        _what_would_fit(header, seen, machine, measured, longest),
    )


def most_tokens(
    header: Header, projector: Header | None, machine: Machine, measured: Measured = Measured()
) -> int:
    """The most tokens of a request for which there is a plan; 0 where there is none for any.

    Bounded by what the model can be stretched to, and by memory.
    """

    def fits(tokens: int) -> bool:
        work = Work(longest=tokens, pictures=projector is not None)
        try:
            plan(header, projector, machine, work, measured)
        except ProblemError:
            return False
        return True

    least, most = 0, round(header.context * MOST_STRETCHED) // _ROUND * _ROUND
    if most and fits(most):
        return most
    while most - least > _ROUND:
        middle = (least + most) // 2 // _ROUND * _ROUND
        least, most = (middle, most) if fits(middle) else (least, middle)
    return least


def predicted_memory(header: Header, projector: Header | None, chosen: Plan) -> int:
    """Resident bytes of the engine's child under this plan, with all of its work begun.

    Of a memory-mapped file all pages count, though they are shared with the system's cache.
    """
    weights = header.size - header.data
    if not chosen.nextn:
        weights -= header.nextn_bytes  # not loaded unless it is used
    offloaded = min(1.0, chosen.gpu_layers / max(1, header.blocks + 1))
    kept = 1.0 if chosen.mapped else 1.0 - offloaded
    total = _PROCESS + _WORD * header.vocabulary + _BLOCK * header.blocks
    total += round(weights * kept) + _TOKEN * chosen.context
    if chosen.repacked and chosen.mapped:
        total += sum(kind.bytes for kind in header.tensor_types if kind.name in _REPACKED)
    total += _work_buffer(header, chosen)
    total += round(context_memory(header, chosen) * (1.0 - offloaded))
    if projector is not None:
        total += projector_memory(projector)
    return total


def context_memory(header: Header, chosen: Plan) -> int:
    """Bytes that a context takes: cache, states, outputs and the buffer for computing.

    The layer that predicts ahead has a context of its own, without states.
    """
    contexts = 2 if chosen.nextn else 1
    working = output_memory(header, chosen) + compute_memory(header, chosen)
    return cache_memory(header, chosen) + state_memory(header, chosen) + contexts * working


def cache_memory(header: Header, chosen: Plan) -> int:
    """Bytes of keys and values: for each cell, each attention block and each KV head."""
    blocks = header.attention_blocks + (header.nextn_blocks if chosen.nextn else 0)
    cell = blocks * header.kv_heads * (header.key_length + header.value_length)
    return round(cell * _CACHE_BYTES[chosen.cache_type] * chosen.context)


def state_memory(header: Header, chosen: Plan) -> int:
    """Bytes of the recurrent states, one for each sequence and token that can be taken back."""
    recurrent = header.blocks - header.attention_blocks
    return 4 * recurrent * _state(header) * chosen.sequences * (1 + chosen.drafts)


def output_memory(header: Header, chosen: Plan) -> int:
    """Bytes of the logits that are handed out: for each sequence the last token's."""
    return 4 * header.vocabulary * _outputs(chosen)


def compute_memory(header: Header, chosen: Plan) -> int:
    """Bytes of the buffer for computing one micro-batch.

    Fitted to what llama.cpp itself reports for the shapes of 0.8B, 2B, 4B and 9B: at its
    fullest it holds three vectors of the widest layer and three of the embedding for each
    token, or (with many sequences) the states of a block as read and as written, or the
    logits; and all the time the mask of the attention.
    """
    tokens = min(chosen.micro_batch, chosen.batch)
    mixed = _mixed(header)
    mask = 2 * tokens * chosen.context
    widest = 3 * max(header.feed_forward, mixed) + 3 * header.embedding
    layers = 4 * tokens * widest
    copies = 2 if not chosen.drafts else 1 + chosen.drafts
    heads = (2.5 if not chosen.drafts else 3.3) * mixed + 3 * header.embedding
    states = round(4 * tokens * heads) + 4 * min(chosen.sequences, tokens) * copies * _state(header)
    logits = 4 * _outputs(chosen) * header.vocabulary + 4 * tokens * 3 * header.embedding
    return mask + max(layers, states if mixed else 0, logits)


def projector_memory(projector: Header, patches: int = _USUAL_PATCHES) -> int:
    """Bytes of a projector (it is not mapped) and of looking at a picture of so many patches."""
    vision = projector.vision
    if vision is None:
        return projector.size
    widest = max(vision.feed_forward, 3 * vision.width) + 3 * vision.width
    return projector.size + 4 * patches * widest


def break_even(steps: tuple[Step, ...], drafts: int) -> float:
    """The acceptance from which checking so many guessed tokens at once saves time.

    A guess stands with probability a, and only where all before it stood; so a step gives
    1 + a + a² + … tokens, and is worth its price where that is more than the price of the
    step divided by that of a single token.  1.0 where it can never be.
    """
    price = _price(steps, drafts, 1, 0.0)
    if not price:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if _given(middle, drafts) > price else (middle, high)
    return high


def _given(acceptance: float, drafts: int) -> float:
    """Tokens that a step gives which checks so many guesses."""
    return sum(acceptance**n for n in range(drafts + 1))


def _price(steps: tuple[Step, ...], drafts: int, together: int, guess: float) -> float:
    """What such a step costs for so many sequences, in steps without guesses; 0 if unknown.

    ``guess`` is the price of one guess, in steps of a single token.
    """
    without = step_seconds(steps, together)
    checked = step_seconds(steps, together * (1 + drafts))
    guessing = together * drafts * guess * step_seconds(steps, 1)
    return (checked + guessing) / without if without else 0.0


def step_seconds(steps: tuple[Step, ...], tokens: int) -> float:
    """The time of a batch of so many tokens, between those measured; 0 without measurements."""
    if not steps:
        return 0.0
    before = max((s for s in steps if s.tokens <= tokens), key=lambda s: s.tokens, default=None)
    after = min((s for s in steps if s.tokens >= tokens), key=lambda s: s.tokens, default=None)
    if before is None or after is None:
        end = after or before or steps[0]
        return end.seconds * tokens / end.tokens
    if before.tokens == after.tokens:
        return before.seconds
    share = (tokens - before.tokens) / (after.tokens - before.tokens)
    return before.seconds + share * (after.seconds - before.seconds)


def _candidates(
    header: Header, machine: Machine, measured: Measured, longest: int, waiting: int
) -> Iterator[Plan]:
    """Plans for this work, the best first."""
    threads = measured.threads or machine.cores
    most = max(1, min(waiting, MOST_SEQUENCES))
    start = Plan(
        batch=512 if not machine.cards else 2048,
        micro_batch=256 if not machine.cards else 512,
        threads=threads,
        repacked=measured.repacked,
        # Repacked weights are a copy: mapping the file as well would keep it twice.
        mapped=not measured.repacked,
    )

    def together(count: int, kind: CacheType, micro_batch: int) -> Plan:
        others = _cells(longest if longest < LONG else USUAL_PICTURE)
        cells = _cells(longest) + others * (count - 1)
        return replace(
            start,
            sequences=count + 1,
            context=cells,
            cache_type=kind,
            micro_batch=micro_batch,
        )

    counts = sorted({most, *(2**n for n in range(5) if 2**n < most)}, reverse=True)
    kinds = (CacheType.F16, CacheType.Q8_0)
    if longest < LONG:
        ways = [(count, kind) for count in counts for kind in kinds]
    else:
        # What is kept of a document is worth nothing in another number format, so that must
        # not depend on how much else is waiting.
        ways = [(count, kind) for kind in kinds for count in counts]
    for count, kind in ways:
        yield together(count, kind, start.micro_batch)
    for micro_batch in (128, 64):
        yield together(1, CacheType.Q8_0, micro_batch)
    yield together(1, CacheType.Q4_0, 64)


def _on_cards(header: Header, cards: tuple[GraphicsCard, ...], chosen: Plan) -> Plan:
    """The plan with as many layers on graphics cards as fit with what belongs to them."""
    if not cards:
        return chosen
    free = sum(card.free for card in cards) * 0.9
    layers = header.blocks + 1  # the last one makes the logits
    inner = header.size - header.data - header.input_bytes - header.nextn_bytes
    own = (cache_memory(header, chosen) + state_memory(header, chosen) + inner) / header.blocks
    left = free - compute_memory(header, chosen)
    if left >= own * header.blocks + header.output_bytes:
        return replace(chosen, gpu_layers=layers)
    return replace(chosen, gpu_layers=max(0, min(header.blocks, math.floor(left / own))))


def _with_drafts(
    header: Header, projector: Header | None, chosen: Plan, measured: Measured, free: int
) -> Plan:
    """The plan with speculation, where it was measured to be faster and fits.

    The next-token layer is tried where it would be faster if as many of its guesses stood
    as is hoped; what is learned then decides.
    """
    best = chosen
    gain = 1.0
    together = chosen.sequences - 1
    ways = [(False, measured.acceptance, 0.0)]
    if header.nextn_blocks:
        ways.append((True, measured.foresight, _price_of_foresight(header)))
    for nextn, acceptance, guess in ways:
        for drafts in range(1, MOST_DRAFTS + 1):
            price = _price(measured.steps, drafts, together, guess)
            if not price or _given(acceptance, drafts) / price <= gain:
                continue
            wider = replace(chosen, drafts=drafts, nextn=nextn)
            wider = replace(wider, memory=predicted_memory(header, projector, wider))
            if wider.memory <= free:
                gain, best = _given(acceptance, drafts) / price, wider
    return best


def _price_of_foresight(header: Header) -> float:
    """One guess of the next-token layer in steps of a single token, by the weights it reads."""
    inner = header.size - header.data - header.input_bytes - header.nextn_bytes
    return (header.nextn_bytes + header.output_bytes) / (inner + header.output_bytes)


def _stretched(header: Header, longest: int) -> float:
    """How far positions are stretched for a prompt beyond the trained length."""
    if not header.context or longest <= header.context:
        return 1.0
    factor = math.ceil(4 * longest / header.context) / 4
    if factor > MOST_STRETCHED:
        most = round(header.context * MOST_STRETCHED)
        detail = (
            f"It has about {_pages(longest)}, and at most about {_pages(most)} can be read at once."
        )
        raise problem(Code.PROMPT_TOO_LONG, header.name or header.architecture, detail)
    return factor


def _notes(
    header: Header, chosen: Plan, longest: int, work: Work, measured: Measured
) -> Iterator[str]:
    if chosen.yarn_factor > 1:
        yield (
            "This is longer than what the model was made for. It can still be read, "
            "but more slowly and less surely."
        )
    if chosen.sequences - 1 < min(work.waiting, MOST_SEQUENCES):
        yield (
            f"Memory is short: {chosen.sequences - 1} of {work.waiting} documents "
            "are read at the same time."
        )
    if chosen.cache_type is CacheType.Q4_0:
        yield "Memory is short: what was read is remembered less exactly."
    seconds = longest * step_seconds(measured.steps, 64) / 64
    if seconds > 600:
        yield f"Reading this takes about {_duration(seconds)}."


def _what_would_fit(
    header: Header, projector: Header | None, machine: Machine, measured: Measured, longest: int
) -> str:
    free = _budget(machine)

    def needed(tokens: int) -> int:
        *_, smallest = _candidates(header, machine, measured, tokens, 1)
        smallest = _on_cards(header, machine.cards, smallest)
        return predicted_memory(header, projector, smallest)

    words = f"It needs {_gigabytes(needed(longest))}, and {_gigabytes(free)} can be used."
    least, most = _ROUND * 4, longest
    if needed(least) > free:
        return words
    while most - least > _ROUND:
        middle = (least + most) // 2
        least, most = (middle, most) if needed(middle) <= free else (least, middle)
    return f"{words} About {_pages(least)} at once would fit."


def _budget(machine: Machine) -> int:
    return machine.free - max(_LEAST_SPARE, round(_SPARE * machine.total))


def _cells(tokens: int) -> int:
    return -(-tokens // _ROUND) * _ROUND


def _outputs(chosen: Plan) -> int:
    return min(chosen.batch, chosen.sequences * (1 + chosen.drafts))


def _mixed(header: Header) -> int:
    """Width of what a DeltaNet block mixes by its short convolution; 0 without such blocks."""
    return header.inner + 2 * header.groups * header.state_size


def _state(header: Header) -> int:
    """Numbers in the state of one sequence in one DeltaNet block."""
    return header.state_size * header.inner + max(0, header.conv_kernel - 1) * _mixed(header)


def _work_buffer(header: Header, chosen: Plan) -> int:
    """Bytes into which inputs are brought into the weights' number format."""
    return round(1.2 * min(chosen.micro_batch, chosen.batch) * header.feed_forward)


def _gigabytes(count: int) -> str:
    return f"{max(0, count) / 1e9:.1f} GB"


def _pages(tokens: int) -> str:
    count = max(1, tokens // PAGE)
    return "1 page" if count == 1 else f"{count:,} pages"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{round(minutes / 60)} hours"
