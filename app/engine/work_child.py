"""One request on its way through the engine: what is decoded, what is written, what is left."""

from __future__ import annotations

import codecs
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from app.engine.encoded_pictures import Encoded
from app.engine.grammar_child import Grammars, Guide
from app.engine.kept import Point
from app.engine.kept_child import Held, Trail
from app.engine.llama_child import Vocabulary
from app.engine.lookup_child import Lookup
from app.engine.messages import Answer, Counts, Filled, PicturePart, Piece, Request
from app.engine.prompt_child import Prompt, elements_of

_SAME_ROWS = 8
"""Rows of the same text in a row after which the model is taken to repeat itself."""

_SAME_TAIL = 64
"""Tokens of free text that are one short phrase again and again."""

_LONGEST_PHRASE = 16
_THOUGHT_ENDS = "</think>"


class Phase(Enum):
    """What a request's next token is part of."""

    THOUGHT = "thought"
    ANSWER = "answer"
    DONE = "done"


class Work:
    """One request: its prompt as far as it is decoded, and its answer as far as it is written.

    ``position`` is the next (M-RoPE) position of its sequence, ``cells`` how many of the
    cache it fills.  ``pending`` are tokens that are chosen but not decoded yet.  ``trail``
    is there for a document that is to be kept, and ``held`` what of it is in memory.
    """

    def __init__(
        self,
        request: Request,
        prompt: Prompt,
        vocabulary: Vocabulary,
        grammars: Grammars,
        pictures: Sequence[int] = (),
        trail: Trail | None = None,
    ) -> None:
        """``pictures`` are the tokens of the prompt's pictures, in order."""
        self.request = request
        self.prompt = prompt
        self.trail = trail
        self.held: Held | None = None
        self.kept_at = 0  # cells that were filled when the document was last copied
        sizes = iter(pictures)
        self._sizes = [len(r) if isinstance(r, tuple) else next(sizes) for r in prompt.runs]
        self.began = time.monotonic()
        self.sequence = -1
        self.position = 0
        self.cells = 0
        self.room = len(prompt.prefix) + sum(self._sizes) + self.most_answer
        self.picture: Encoded | None = None  # the one that is being decoded
        self.run = 0  # the run of the prompt that is decoded next, and where in it
        self.at = 0
        self.pending: list[int] = []
        self._lookup = Lookup()
        self.counts = Counts(prompt=prompt.words)
        self.cut = False
        self.phase = Phase.THOUGHT if prompt.thinks else Phase.ANSWER
        self._vocabulary = vocabulary
        self._guide: Guide | None = grammars.guide(request.form) if request.form else None
        self._dictated = vocabulary.tokens(request.dictated) if request.dictated else []
        self._written = bytearray()
        self._ends: list[tuple[int, float]] = []  # by token: end in bytes, probability
        self._thought = bytearray()
        self._thoughts = 0
        self._told = _Told()
        self._told_thought = _Told(bare=True)
        self._end_of_thought = vocabulary.tokens(_THOUGHT_ENDS, control=True)

    # the prompt -----------------------------------------------------------------

    @property
    def prompting(self) -> bool:
        """Whether part of the prompt is still to be decoded."""
        return self.run < len(self.prompt.runs)

    @property
    def left(self) -> int:
        """Tokens of the prompt that are still to be decoded; pictures are not counted."""
        runs = self.prompt.runs[self.run :]
        at = self.at if runs and isinstance(runs[0], tuple) else 0
        return sum(len(run) for run in runs if isinstance(run, tuple)) - at

    @property
    def ahead(self) -> int:
        """Tokens of the prompt that are still to be decoded, pictures included."""
        return max(0, sum(self._sizes[self.run :]) - self.at)

    @property
    def elements(self) -> int:
        """Tokens and pictures that are decoded, a picture counting once it is whole."""
        runs = self.prompt.runs
        done = len(self.prompt.prefix) + sum(map(elements_of, runs[: self.run]))
        within = self.prompting and isinstance(runs[self.run], tuple)
        return done + (self.at if within else 0)

    @property
    def point(self) -> Point:
        """How far the prompt is decoded, for going on from there."""
        return Point(self.elements, self.position, self.cells, self.counts.pictures)

    @property
    def ends_kept(self) -> bool:
        """Whether the kept part of the prompt has just been decoded to its end."""
        return self.elements == self.prompt.kept and not self.at and self.picture is None

    @property
    def in_kept(self) -> bool:
        """Whether more of the kept part is to come, and not in the middle of a picture."""
        return self.picture is None and self.elements < self.prompt.kept

    @property
    def most_answer(self) -> int:
        """A bound on the tokens of the answer."""
        return self.request.most_tokens + self.request.think_tokens

    def next_tokens(self, room: int) -> tuple[int, ...]:
        """Up to ``room`` tokens of the prompt's current run."""
        run = self.prompt.runs[self.run]
        return run[self.at : self.at + room] if isinstance(run, tuple) else ()

    def decoded(self, tokens: Sequence[int]) -> None:
        """These tokens are in the sequence now."""
        self.position += len(tokens)
        self.cells += len(tokens)
        self._lookup.add(tokens)

    def advance(self, count: int) -> None:
        """So many tokens of the prompt's current run are decoded."""
        self.at += count
        run = self.prompt.runs[self.run]
        if isinstance(run, tuple) and self.at >= len(run):
            self._next_run()

    def begin(self) -> None:
        """The prefix is decoded."""
        self._next_run(first=True)

    def resume(self, point: Point) -> None:
        """So much of the prompt is in the sequence already; ``position`` is still 0."""
        self._next_run(first=True)
        self._lookup.add(self.prompt.prefix)
        left = point.elements - len(self.prompt.prefix)
        while left:
            run = self.prompt.runs[self.run]
            known = run[:left] if isinstance(run, tuple) else ()
            self._lookup.add(known)
            left -= len(known) or 1
            if isinstance(run, PicturePart):
                self._next_run()
            else:
                self.advance(len(known))
        self.position, self.cells, self.kept_at = point.position, point.cells, point.cells
        self.counts = replace(
            self.counts,
            prompt=self.prompt.words + point.pictures,
            pictures=point.pictures,
            cached=point.cells,
        )

    def _next_run(self, *, first: bool = False) -> None:
        self.run, self.at = 0 if first else self.run + 1, 0
        while self.prompting and self.prompt.runs[self.run] == ():
            self.run += 1

    def saw(self, encoded: Encoded, count: int) -> None:
        """So many tokens of the picture at hand are in the sequence."""
        self.cells += count
        self.at += count
        self.counts = replace(
            self.counts,
            prompt=self.counts.prompt + count,
            pictures=self.counts.pictures + count,
        )
        if self.at >= encoded.tokens:
            self.position += encoded.positions
            self.picture = None
            self._next_run()

    # the answer -----------------------------------------------------------------

    def start_writing(self) -> None:
        """The prompt is decoded: what the form forces at once needs no choice."""
        if self._guide is not None and self.phase is Phase.ANSWER:
            self._force(self._guide)

    def choose(self, logits: NDArray[np.float32]) -> int:
        """Choose the next token, take it, and take what is forced after it."""
        token = self._choice(logits)
        probability = _probability(logits, token)
        self.counts = replace(self.counts, sampled=self.counts.sampled + 1)
        self.pending.append(token)
        if self.phase is Phase.THOUGHT:
            self._think(token)
            return token
        if self._guide is None:
            self._write_freely(token, probability)
            return token
        self._guide.take(token)
        self._write(token, probability)
        self._force(self._guide)
        self._end_repetition(self._guide)
        return token

    def lookup(self, most: int) -> list[int]:
        """Up to ``most`` tokens that may follow, as they once did in the prompt."""
        return self._lookup.after(self.pending, most) if most else []

    def allowed_draft(self, draft: Sequence[int]) -> list[int]:
        """The beginning of a draft that the form allows."""
        if self.phase is not Phase.ANSWER:
            return []
        if self._guide is None:
            return [] if any(self._vocabulary.is_end(t) for t in draft) else list(draft)
        return list(draft[: self._guide.allows(draft)])

    def pieces(self) -> list[Piece]:
        """What has not been told yet of the thinking and of a free answer."""
        id, done = self.request.id, self.phase is Phase.DONE
        thought = self._told_thought.new(self._thought, final=self.phase is not Phase.THOUGHT)
        answer = "" if self.request.form is not None else self._told.new(self._written, final=done)
        found = [Piece(id, thought, thinking=True)] if thought else []
        return [*found, Piece(id, answer)] if answer else found

    def answer(self) -> Answer:
        """The whole answer."""
        text = self._written.decode(errors="replace")
        return Answer(
            self.request.id,
            text,
            tuple(self._filled(text)),
            self._thought.decode(errors="replace").strip(),
            self.cut,
            replace(self.counts, seconds=time.monotonic() - self.began),
        )

    def _choice(self, logits: NDArray[np.float32]) -> int:
        if self.phase is Phase.ANSWER and self._dictated:
            token = self._dictated[0]
            if self._guide is None or self._guide.allows([token]):
                return token
        if self.phase is Phase.ANSWER and self._guide is not None:
            return self._guide.best(logits)
        return int(logits.argmax())

    def _think(self, token: int) -> None:
        self._thoughts += 1
        if self._vocabulary.is_end(token):  # it forgot to close the thought
            self.pending.pop()
            self._close_thought()
        elif [token] == self._end_of_thought:
            self.pending += self._vocabulary.tokens("\n\n")
            self._begin_answer()
        else:
            self._thought += self._vocabulary.pieces[token]
            if self._thoughts >= self.request.think_tokens:
                self._close_thought()

    def _close_thought(self) -> None:
        self.pending += self._vocabulary.tokens("\n")
        self.pending += self._end_of_thought
        self.pending += self._vocabulary.tokens("\n\n")
        self._begin_answer()

    def _begin_answer(self) -> None:
        self.phase = Phase.ANSWER
        if self._guide is not None:
            self._force(self._guide)

    def _write_freely(self, token: int, probability: float) -> None:
        if self._vocabulary.is_end(token):
            self.pending.pop()
            self.phase = Phase.DONE
            return
        self._write(token, probability)
        tokens = len(self._ends)
        if tokens >= self.request.most_tokens or _repeats(
            [*self._lookup.tokens[-_SAME_TAIL:], *self.pending]
        ):
            self.cut = True
            self.phase = Phase.DONE

    def _force(self, guide: Guide) -> None:
        for token in guide.forced():
            self.pending.append(token)
            self._write(token, 1.0)
            self.counts = replace(self.counts, forced=self.counts.forced + 1)
        if guide.complete:
            self.phase = Phase.DONE
        elif len(self._ends) >= self.request.most_tokens:
            self.cut = True
            self.phase = Phase.DONE

    def _write(self, token: int, probability: float) -> None:
        self._written += self._vocabulary.pieces[token]
        self._ends.append((len(self._written), probability))
        if self._dictated:
            # Forced text may have been tokenised otherwise than the dictation was.
            rest = self.request.dictated.encode()[len(self._written) :]
            same = self._dictated[0] == token
            self._dictated = self._dictated[1:] if same else self._vocabulary.tokens(rest)

    def _end_repetition(self, guide: Guide) -> None:
        """End the rows of a model that writes the same row again and again."""
        form = self.request.form
        if form is None or self.phase is Phase.DONE or not self._row_began(form.openings):
            return
        rows: dict[int, tuple[str, ...]] = {}
        for written in form.read(self._written.decode(errors="replace")):
            if written.rows:
                rows[written.row] = (*rows.get(written.row, ()), written.text)
        last = list(rows.values())[-_SAME_ROWS:]
        if len(last) == _SAME_ROWS and len(set(last)) == 1:
            self.cut = True
            self.phase = Phase.DONE

    def _row_began(self, openings: frozenset[bytes]) -> bool:
        return any(self._written.endswith(opening) for opening in openings)

    def _filled(self, text: str) -> list[Filled]:
        form = self.request.form
        if form is None:
            return []
        # Offsets of characters as offsets of bytes: what was cut inside a character counts 1.
        filled: list[Filled] = []
        for written in form.read(text):
            start = len(text[: written.start].encode())
            end = start + len(written.text.encode())
            filled.append(
                Filled(written.key, written.rows, written.row, written.text, self._sure(start, end))
            )
        return filled

    def _sure(self, start: int, end: int) -> float:
        """The product of the probabilities of the tokens that touch these bytes, and of the
        token after them, by which the value ended."""
        before, product = 0, 1.0
        for token_end, probability in self._ends:
            if token_end > start and before <= end:
                product *= probability
            before = token_end
        return product


class _Told:
    """How much of a text that grows has been told; whole characters only.

    ``bare`` leaves out the white space around it.
    """

    def __init__(self, *, bare: bool = False) -> None:
        self._bare = bare
        self._at = 0
        self._held = ""  # white space that may be in the middle
        self._began = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def new(self, text: bytearray, *, final: bool) -> str:
        """What is new; ``final`` says that no more will come."""
        found = self._decoder.decode(bytes(text[self._at :]), final=final)
        self._at = len(text)
        if not self._bare:
            return found
        found = self._held + found
        told = found.rstrip() if self._began else found.strip()
        self._held = found[len(found.rstrip()) :] if self._began or told else ""
        self._began = self._began or bool(told)
        return told


def _probability(logits: NDArray[np.float32], token: int) -> float:
    """The probability of a token, from the raw logits."""
    top = float(logits.max())
    total = float(np.exp(logits - top).sum(dtype=np.float64))
    return math.exp(float(logits[token]) - top) / total


def _repeats(tokens: Sequence[int]) -> bool:
    """Whether the last tokens are one phrase again and again."""
    tail = list(tokens[-_SAME_TAIL:])
    if len(tail) < _SAME_TAIL:
        return False
    return any(
        all(tail[at] == tail[at - length] for at in range(length, _SAME_TAIL))
        for length in range(1, _LONGEST_PHRASE + 1)
    )
