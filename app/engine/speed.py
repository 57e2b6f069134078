"""What tokens cost on this computer, learned while working, for honest waiting times."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from app.engine.plan import HOPED

SPEEDS = "speeds.json"
_WEIGHT = 0.2  # of the newest measurement
_SELDOM = 0.01  # of what is a yes or a no


class _Known(msgspec.Struct):
    """Seconds a token, and tokens of a usual answer; what is 0 is not known yet.

    ``right`` is the share of prompt lookup's guesses that stood, ``ahead`` that of the
    next-token layer's.
    """

    read: float = 0.0
    write: float = 0.0
    look: float = 0.0
    answer: float = 0.0
    picture: float = 0.0
    right: float = 0.0
    ahead: float = HOPED


class Speeds:
    """Running means for one model, kept between starts in the JSON file ``path``."""

    def __init__(self, path: Path, model: str) -> None:
        self._path = path
        self._model = model
        self._all: dict[str, _Known] = {}
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._all = msgspec.json.decode(path.read_bytes(), type=dict[str, _Known])
        self._known = self._all.setdefault(model, _Known())

    @property
    def usual_answer(self) -> int:
        """Tokens of a usual answer."""
        return round(self._known.answer) or 64

    def read(self, tokens: int, seconds: float) -> None:
        """A batch of prompt tokens was decoded."""
        self._known.read = _mean(self._known.read, seconds / max(1, tokens))

    def wrote(self, tokens: int, seconds: float) -> None:
        """A batch of answers' tokens was decoded."""
        self._known.write = _mean(self._known.write, seconds / max(1, tokens))

    def looked(self, tokens: int, seconds: float) -> None:
        """A picture was encoded."""
        self._known.look = _mean(self._known.look, seconds / max(1, tokens))
        self._known.picture = _mean(self._known.picture, tokens)

    def answered(self, tokens: int) -> None:
        """An answer is complete."""
        self._known.answer = _mean(self._known.answer, tokens)

    @property
    def acceptance(self) -> float:
        """The share of tokens guessed from the prompt that stood, 0 at first."""
        return self._known.right

    @property
    def foresight(self) -> float:
        """The share of the next-token layer's guesses that stood, or is hoped to."""
        return self._known.ahead

    def guessed(self, right: bool) -> None:
        """The prompt gave a guess, or would have, had speculation been on."""
        # From none on: one that is right by chance is not yet a reason to guess.
        self._known.right += _SELDOM * (right - self._known.right)

    def foresaw(self, right: bool) -> None:
        """The next-token layer gave a guess."""
        self._known.ahead += _SELDOM * (right - self._known.ahead)

    def seconds(self, prompt: int, pictures: float, answer: int) -> float | None:
        """The time for so many tokens and pictures; ``None`` while it cannot be known."""
        known = self._known
        if not known.read or (answer and not known.write) or (pictures and not known.look):
            return None
        tokens = prompt + pictures * known.picture
        return tokens * known.read + pictures * known.picture * known.look + answer * known.write

    def save(self) -> None:
        """Keep what was learned; a disk that cannot be written costs only the estimate."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            part.write_bytes(msgspec.json.encode(self._all))
            part.replace(self._path)


def _mean(old: float, new: float) -> float:
    return new if not old else old + _WEIGHT * (new - old)
