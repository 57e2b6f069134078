"""Documents of which more questions come: decoded once, and copied for each question.

A request reads its document in a sequence of its own.  Where the document ends, that
sequence is copied to one that stays (cells of the attention cache are shared by both, and
only what follows is written anew), and its state goes to disk.  While it is on its way it
is copied every few thousand tokens, so that a question that is stopped and asked again
does not start from nothing.  What is kept in memory takes sequences and cells that
requests may need: the least recently used document gives way to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.engine.kept import KeptFiles, Point
from app.engine.llama_child import Context, version
from app.engine.next_tokens_child import NextTokens
from app.engine.plan import Plan
from app.engine.prefixes_child import adapter_identity
from app.engine.prompt_child import Prompt

EVERY = 4096
"""Cells between two copies of a document that is on its way."""

_MARK = -1
"""Stands before the name of a picture, where tokens are numbers from 0 on."""


class Trail:
    """A prompt's tokens and pictures in order, and names for what it begins with."""

    def __init__(self, prompt: Prompt, eyes: str) -> None:
        """``eyes`` names the projector, by which the same picture is seen differently."""
        self._elements: list[int | str] = list(prompt.prefix)
        for run in prompt.runs:
            self._elements += run if isinstance(run, tuple) else [f"{eyes}:{run.key}"]
        self.least = len(prompt.prefix) + 1
        # The last token is always decoded: what follows the prompt is chosen after it.
        self.most = len(self._elements) - 1
        self._names: dict[int, str] = {}

    def name(self, elements: int) -> str:
        """What so many elements from the beginning are called; "" where there are fewer."""
        return self.names([elements]).get(elements, "")

    def names(self, lengths: Iterable[int]) -> dict[int, str]:
        """The names of several beginnings, those that this prompt is long enough for."""
        wanted = {n for n in lengths if self.least <= n <= self.most}
        if not wanted <= self._names.keys():
            self._learn(sorted(wanted))
        return {n: self._names[n] for n in wanted}

    def _learn(self, lengths: Sequence[int]) -> None:
        digest, done = hashlib.sha256(), 0
        for length in lengths:
            for element in self._elements[done:length]:
                if isinstance(element, int):
                    digest.update(element.to_bytes(4, "little"))
                else:
                    digest.update(_MARK.to_bytes(4, "little", signed=True))
                    digest.update(hashlib.sha256(element.encode()).digest())
            done = length
            self._names[length] = digest.copy().hexdigest()[:32]


@dataclass(slots=True, eq=False)
class Held:
    """A document in memory, in a sequence of its own.

    ``whole`` says that it was read to its end, ``users`` how many requests on their way
    began with it.
    """

    kind: str
    name: str
    point: Point
    sequence: int
    whole: bool = False
    users: int = 0


class KeptDocuments:
    """The kept documents of one model, in memory and on disk."""

    def __init__(self, files: KeptFiles, model: str) -> None:
        """``model`` names the file that is loaded; :meth:`renew` comes before all else."""
        self._files = files
        self._model = model
        self._held: list[Held] = []  # least recently used first

    def renew(
        self, plan: Plan, context: Context, next_tokens: NextTokens | None, free: list[int]
    ) -> None:
        """There is a new context; sequences are taken from ``free`` and given back to it."""
        self._plan, self._context, self._next_tokens, self._free = plan, context, next_tokens, free
        self._held = []

    @property
    def cells(self) -> int:
        """Of the attention cache, filled by documents in memory."""
        return sum(held.point.cells for held in self._held)

    @property
    def sequences(self) -> int:
        """Taken by documents in memory."""
        return len(self._held)

    def held(self, trail: Trail, adapter: str) -> Held | None:
        """The document in memory that most of a prompt begins with."""
        kind = self._kind(adapter)
        there = [held for held in self._held if held.kind == kind]
        names = trail.names(held.point.elements for held in there)
        fits = [held for held in there if names.get(held.point.elements) == held.name]
        return max(fits, key=lambda held: held.point.elements, default=None)

    def use(self, held: Held) -> None:
        """A request begins with it: until :meth:`leave` it stays."""
        held.users += 1
        self._held.remove(held)
        self._held.append(held)

    def leave(self, held: Held) -> None:
        """A request that began with it is over."""
        held.users -= 1

    def idle_cells(self, besides: Held | None = None) -> int:
        """Cells of the documents that can be given up."""
        idle = [held for held in self._held if not held.users and held is not besides]
        return sum(held.point.cells for held in idle)

    def give_up_one(self, besides: Held | None = None) -> bool:
        """Let the least recently used document go; ``False`` if all of them are needed."""
        for held in self._held:
            if not held.users and held is not besides:
                self._held.remove(held)
                self._clear(held.sequence)
                self._free.append(held.sequence)
                return True
        return False

    def copy(self, held: Held, sequence: int) -> Point:
        """Give a sequence what is held; how far that is."""
        self._copy(held.sequence, sequence)
        return held.point

    def load(self, sequence: int, trail: Trail, adapter: str, beyond: int) -> Point | None:
        """Take the longest state of more than so many elements from disk into a sequence.

        Of what a prompt begins with; ``None`` where none is whole.
        """
        kind = self._kind(adapter)
        lengths = [length for length in self._files.lengths(kind) if length > beyond]
        names = trail.names(lengths)
        for length in lengths:
            name = names.get(length, "")
            file = self._files.get(kind, length, name) if name else None
            if file is not None and self._context.load(sequence, file.path, _tokens(name)):
                return file.point
        return None

    def hold(
        self,
        sequence: int,
        trail: Trail,
        adapter: str,
        point: Point,
        before: Held | None,
        *,
        whole: bool,
    ) -> Held | None:
        """Hold what is read so far of a document, in place of the part that was held before.

        ``before`` is what the request uses now; gives what it uses then, ``None`` where no
        sequence is free for it.
        """
        kind, name = self._kind(adapter), trail.name(point.elements)
        same = next((h for h in self._held if (h.kind, h.name) == (kind, name)), None)
        if same is None and before is not None and not before.whole and before.users == 1:
            before.name, before.point, before.whole = name, point, whole
            self._copy(sequence, before.sequence)
            return before
        found = same or self._new(kind, name, point)
        if found is None:
            return before
        found.whole = found.whole or whole
        if found is not same:
            self._copy(sequence, found.sequence)
        if before is not None:
            self.leave(before)
        self.use(found)
        return found

    def save(self, sequence: int, trail: Trail, adapter: str, point: Point) -> None:
        """Write the state of a whole document to disk."""
        name = trail.name(point.elements)
        self._files.put(
            self._kind(adapter),
            name,
            point,
            self._context.size(sequence),
            lambda path: self._context.save(sequence, path, _tokens(name)),
        )

    def _new(self, kind: str, name: str, point: Point) -> Held | None:
        """A place for one more document, in place of the least recently used one if need be.

        Half of the sequences at most, so that requests always have the others.
        """
        most = (self._plan.sequences - 1) // 2
        while len(self._held) >= most or not self._free:
            if not self.give_up_one():
                return None
        found = Held(kind, name, point, self._free.pop())
        self._held.append(found)
        return found

    def _copy(self, source: int, target: int) -> None:
        self._clear(target)
        self._context.copy(source, target)
        if self._next_tokens is not None:
            self._next_tokens.copy(source, target)

    def _clear(self, sequence: int) -> None:
        self._context.clear(sequence)
        if self._next_tokens is not None:
            self._next_tokens.clear(sequence)

    def _kind(self, adapter: str) -> str:
        """A name for what a state depends on beside its prompt."""
        parts = (
            version(),
            self._model,
            adapter_identity(adapter),
            self._plan.cache_type,
            f"{self._plan.yarn_factor}:{self._plan.repacked}",
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _tokens(name: str) -> list[int]:
    """A name as the tokens that a state file carries: what it was made of, in short."""
    return [int(name[at : at + 4], 16) for at in range(0, len(name), 4)]
