"""What decoding costs on this computer, measured once for each model and remembered.

Which weight layout and how many threads are fastest differs from CPU to CPU, and nothing
but trying tells.  A trial takes half a minute at most and is made in a child of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.child import Child, ChildError, command
from app.engine.hardware import GraphicsCard, Machine
from app.engine.header import Header
from app.engine.plan import Measured, Step, step_seconds
from app.errors import ProblemError

LONGEST = 30.0
"""Seconds that a calibration may take in all."""

TOKENS = (1, 2, 4, 8, 16, 64)
"""Sizes of the batches that are timed."""

_USUAL = (600, 80)
"""Tokens of a usual page and of its answer, for weighing the one against the other."""

_WORTH_IT = 0.95
"""Repacked weights must be at least this much faster: they cannot be shared with the
system's cache, and take longer to load."""

_KEPT = 20
"""Trials that are remembered; the oldest are forgotten."""

_CARDS = 20.0  # seconds; a card that was asleep takes a few
_without_cards: list[bool] = []
"""Filled once it is known that there are none, which does not change while a program runs."""

_FILE = "calibration.json"
_ROOM = 1_000_000_000
"""Bytes that a trial takes beside the model."""


@dataclass(frozen=True, slots=True)
class Try:
    """Ask the child to time batches with one weight layout.

    ``threads`` are the counts of threads to try; ``seconds`` is how long it may take;
    ``cards`` whether graphics cards take part.
    """

    model: str
    repacked: bool
    threads: tuple[int, ...]
    tokens: tuple[int, ...]
    seconds: float
    cards: bool = False


@dataclass(frozen=True, slots=True)
class AskCards:
    """Ask the child which graphics cards the library can compute on."""


@dataclass(frozen=True, slots=True)
class Cards:
    """The graphics cards, with the memory that is free now."""

    cards: tuple[GraphicsCard, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """The times of one layout with the best number of threads."""

    repacked: bool
    threads: int
    steps: tuple[Step, ...]


class _Kept(msgspec.Struct):
    """A remembered trial; ``key`` stands for model, computer and library."""

    key: str
    measured: Measured


def graphics_cards() -> tuple[GraphicsCard, ...]:
    """The graphics cards that the library can compute on; none where it cannot be asked."""
    if _without_cards:
        return ()
    child = Child(command("calibration"), (Cards,), _ROOM)
    found: tuple[GraphicsCard, ...] = ()
    try:
        for reply in child.request(AskCards(), lambda: _CARDS):
            if isinstance(reply, Cards):
                found = reply.cards
    except (ChildError, ProblemError):
        return ()
    finally:
        child.stop()
    if not found:
        _without_cards.append(True)
    return found


def remembered(model: Path, machine: Machine, cache: Path) -> Measured | None:
    """What was measured before for this model file on this computer with this library."""
    key = _key(model, machine)
    return next((kept.measured for kept in _kept(cache) if kept.key == key), None)


def calibrated(
    model: Path, header: Header, machine: Machine, cache: Path, longest: float = LONGEST
) -> Measured:
    """What decoding costs here; measured if it is not remembered in the folder ``cache``.

    Takes at most ``longest`` seconds.  What cannot be measured (the model does not load,
    memory is short) is left at its default and tried again the next time.
    """
    before = remembered(model, machine, cache)
    if before is not None:
        return before
    found = _best(_trials(model, header, machine, longest))
    if found is None:
        return Measured()
    _remember(cache, _Kept(_key(model, machine), found))
    return found


def _trials(model: Path, header: Header, machine: Machine, longest: float) -> list[Timed]:
    began = time.monotonic()
    results: list[Timed] = []
    for repacked in (False, True):
        left = longest - (time.monotonic() - began)
        # The second trial loads more slowly than the first, and is not begun in vain.
        if results and left < 0.4 * longest:
            break
        if machine.free < header.size + _ROOM:
            break
        seconds = 0.9 * (left if results else longest / 2)
        ask = Try(
            str(model), repacked, _thread_counts(machine), TOKENS, seconds, bool(machine.cards)
        )
        timed = _try(ask, header.size + _ROOM, left)
        results += [timed] if timed is not None else []
    return results


def _try(ask: Try, memory: int, longest: float) -> Timed | None:
    """The last and most complete of what the child tells before its time is over."""
    child = Child(command("calibration"), (Timed,), 2 * memory)
    end = time.monotonic() + longest
    found: Timed | None = None
    try:
        # The child ends in time by itself; a deadline counts the time of all its cores.
        for reply in child.request(
            ask, lambda: max(ask.threads) * max(1.0, end - time.monotonic())
        ):
            if isinstance(reply, Timed) and _sound(reply):
                found = reply
    except (ChildError, ProblemError):
        return found  # what was not measured stays at its default
    finally:
        child.stop()
    return found


def _sound(timed: Timed) -> bool:
    """Whether a child's answer can be used for calculating."""
    return bool(timed.steps) and all(
        step.tokens > 0 and 0 < step.seconds < LONGEST for step in timed.steps
    )


def _best(trials: Sequence[Timed]) -> Measured | None:
    if not trials:
        return None
    plain = trials[0]
    best = plain
    for other in trials[1:]:
        if other.repacked and _usual_seconds(other) < _WORTH_IT * _usual_seconds(plain):
            best = other
    return Measured(best.repacked, best.threads, best.steps)


def _usual_seconds(timed: Timed) -> float:
    """The time of a usual page and its answer."""
    page, answer = _USUAL
    return page * step_seconds(timed.steps, 64) / 64 + answer * step_seconds(timed.steps, 1)


def _thread_counts(machine: Machine) -> tuple[int, ...]:
    """All cores; with many of them also half, since not all are equally fast everywhere."""
    cores = machine.cores
    return (cores, cores // 2) if cores >= 4 else (cores,)


def _key(model: Path, machine: Machine) -> str:
    stat = model.stat()
    try:
        version = importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError:
        version = ""
    cards = ",".join(card.name for card in machine.cards)
    parts = (
        model.name,
        stat.st_size,
        stat.st_mtime_ns,
        machine.processor,
        machine.cores,
        machine.total >> 30,
        cards,
        version,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _kept(cache: Path) -> list[_Kept]:
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((cache / _FILE).read_bytes(), type=list[_Kept])
    return []  # a damaged note costs half a minute, no more


def _remember(cache: Path, new: _Kept) -> None:
    kept = [old for old in _kept(cache) if old.key != new.key][-(_KEPT - 1) :]
    with contextlib.suppress(OSError):  # a full disk costs only the next trial
        cache.mkdir(parents=True, exist_ok=True)
        part = (cache / _FILE).with_suffix(".part")
        part.write_bytes(msgspec.json.encode([*kept, new]))
        part.replace(cache / _FILE)
