"""Several requests at once: which tokens share the next batch.

A token costs a third in a batch of 64 of what it costs alone, and decoding many sequences
together halves the price of each.  So requests go through in *waves*: as many as there are
sequences for have their prompts decoded in full batches, and then their answers are written
together.  Two exceptions keep waits short: the first request after a pause goes through
alone, so that its answer is there while the rest of the pile is being read; and a long
prompt gives up every other batch to whatever is shorter, and never holds back a wave.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.engine.grammar_child import Grammars
from app.engine.kept import FOLDER, KeptFiles
from app.engine.kept_child import EVERY, Held, KeptDocuments, Trail
from app.engine.llama_child import Context, Model
from app.engine.messages import Answer, PicturePart, Piece, Progress, Request, Stage
from app.engine.next_tokens_child import NextTokens, offered
from app.engine.plan import Plan
from app.engine.prefixes_child import MOULD, Prefixes, identity
from app.engine.prompt_child import Prompt, Prompts
from app.engine.setup import Failed, TooLong
from app.engine.speed import SPEEDS, Speeds
from app.engine.vision_child import Vision
from app.engine.work_child import Phase, Work
from app.errors import Code, Problem, ProblemError, problem

_LONG = 2048
"""Tokens of prompt from which a request is long."""

_TELL = 0.25
"""Seconds between two progress events of a request."""

_log = logging.getLogger(__name__)

Heard = Progress | Piece | Answer | Failed | TooLong


class Scheduler:
    """Answers requests on one model.  One thread steps; :meth:`cancel` may come from any."""

    def __init__(
        self,
        model: Model,
        open_vision: Callable[[], Vision] | None,
        plan: Plan,
        cache: Path,
        tell: Callable[[Progress], None],
    ) -> None:
        """``open_vision`` is called for the first picture; ``None`` for a model without eyes.

        ``tell`` hears of progress inside of a step, from the same thread.
        """
        self._model = model
        self._open_vision = open_vision
        self._vision: Vision | None = None
        self._plan = plan
        self._tell_now = tell
        self._grammars = Grammars(model.vocabulary)
        self._prompts = Prompts(model.vocabulary, model.template)
        self._prefixes = Prefixes(cache / "prefixes", model.path)
        self._kept = KeptDocuments(KeptFiles(cache / FOLDER), identity(model.path))
        self._speeds = Speeds(cache / SPEEDS, model.path.name)
        self._next_plan: Plan | None = None
        self._context, self._next_tokens = self._contexts()
        self._adapter = ""
        self._waiting: deque[Work] = deque()
        self._active: list[Work] = []
        self._free = list(range(1, plan.sequences))
        self._kept.renew(plan, self._context, self._next_tokens, self._free)
        self._first: Work | None = None
        self._at_hand: Work | None = None
        self._long_turn = False
        self._cancelled: set[str] = set()
        self._decoding: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._told: dict[str, tuple[Stage, float]] = {}

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._active)

    def replan(self, plan: Plan) -> None:
        """Go on with another plan as soon as nothing is decoded."""
        self._next_plan = plan

    def _take_plan(self, plan: Plan) -> Iterator[TooLong]:
        """Go over to another plan; gives the requests for which there is no room then."""
        before, self._plan, self._next_plan = self._plan, plan, None
        if self._next_tokens is not None:
            self._next_tokens.close()
        self._context.close()
        try:
            self._context, self._next_tokens = self._contexts()
        except ProblemError:  # memory was taken meanwhile: what there was is there again
            self._plan = before
            self._context, self._next_tokens = self._contexts()
        self._free = list(range(1, self._plan.sequences))
        self._kept.renew(self._plan, self._context, self._next_tokens, self._free)
        self._prefixes.forget()
        self._adapter = ""
        for work in [w for w in self._waiting if w.room > self._plan.context]:
            self._waiting.remove(work)
            yield TooLong(work.request.id, work.room)

    def _contexts(self) -> tuple[Context, NextTokens | None]:
        """The model's context and, where the plan wants it, that of the next-token layer."""
        context = Context(self._model, self._plan)
        if not (self._plan.nextn and self._plan.drafts and offered(self._model)):
            return context, None
        try:
            return context, NextTokens(self._model, context, self._plan)
        except RuntimeError as error:  # guessing can be done without
            _log.info("no guesses of the next-token layer: %s", error)
            return context, None

    def add(self, request: Request) -> Heard | None:
        """Queue a request; what is wrong with it, if anything."""
        try:
            if any(isinstance(part, PicturePart) for part in request.parts):
                vision = self._see()
                prompt = self._prompts.prompt(request, vision.before, vision.after)
            else:
                prompt = self._prompts.prompt(request)
            pictures = self._picture_tokens(prompt)
            eyes = self._vision.identity if self._vision is not None else ""
            work = Work(
                request,
                prompt,
                self._model.vocabulary,
                self._grammars,
                pictures,
                Trail(prompt, eyes) if prompt.kept else None,
            )
        except ProblemError as error:
            return Failed(request.id, _about(request, error.problem))
        except ValueError:  # a form that is none
            _log.exception("a request that cannot be worked on")
            return Failed(request.id, problem(Code.MODEL_CRASHED, request.name).problem)
        if work.room > (self._next_plan or self._plan).context:
            return TooLong(request.id, work.room)
        self._waiting.append(work)
        return None

    def cancel(self, request_id: str) -> None:
        """Give up a request, and the decoding in progress if it serves no other."""
        with self._lock:
            self._cancelled.add(request_id)
            if self._decoding and self._decoding <= self._cancelled:
                self._context.abort()

    def step(self) -> Iterator[Heard]:
        """Decode one batch, and tell what came of it."""
        self._drop_cancelled()
        try:
            yield from self._admit()
            if self._active:
                yield from self._advance()
        except ProblemError as error:
            if error.problem.code is not Code.CANCELLED:
                # The picture at hand is damaged, or no cells are left: then the youngest
                # gives way to those that came before it.
                if self._at_hand is None and not self._active:
                    raise  # no context can be made at all
                work = self._at_hand or self._active[-1]
                if work in self._active:
                    self._release(work)
                else:
                    self._waiting.remove(work)
                yield Failed(work.request.id, _about(work.request, error.problem))
        self._at_hand = None
        answers: list[Answer] = []
        for work in [w for w in self._active if w.phase is Phase.DONE]:
            yield from work.pieces()
            self._speeds.answered(work.counts.sampled + work.counts.forced)
            self._release(work)
            answers.append(work.answer())
            _log.info("answered: %s", answers[-1].counts)
        if not self.busy:  # before the answer, so that whoever has it can look up what it cost
            self._speeds.save()
        yield from answers

    # who takes part ---------------------------------------------------------------

    def _see(self) -> Vision:
        """The projector, loaded when the first picture comes."""
        if self._vision is None:
            if self._open_vision is None:
                raise problem(Code.MODEL_BLIND, "")
            self._vision = self._open_vision()
        return self._vision

    def _picture_tokens(self, prompt: Prompt) -> list[int]:
        vision = self._vision
        if vision is None:
            return []
        pictures = [run for run in prompt.runs if isinstance(run, PicturePart)]
        return [vision.measure(Path(picture.path)).tokens for picture in pictures]

    def _admit(self) -> Iterator[TooLong]:
        """Let waiting requests in: at the start, and when half of the sequences are free."""
        if self._next_plan is not None:
            if self._active:
                return
            yield from self._take_plan(self._next_plan)
        places = self._plan.sequences - 1 - self._kept.sequences
        if self._active and len(self._free) < max(1, places // 2):
            return
        while self._free:
            work = next((w for w in self._waiting if not self._being_read(w)), None)
            if work is None:
                return
            if self._active and work.request.adapter != self._adapter:
                return
            held = self._kept.held(work.trail, work.request.adapter) if work.trail else None
            if not self._fits(work, held) and self._active:
                return
            if not self._active:
                self._at_hand = work
                self._use_adapter(work.request.adapter)
                self._first = work
            if held is not None:
                self._kept.use(held)
                work.held = held
            self._waiting.remove(work)
            work.sequence = self._free.pop(0)
            self._active.append(work)

    def _being_read(self, work: Work) -> bool:
        """Whether the document of this one is on its way, and better waited for."""
        trail = work.trail
        return trail is not None and any(
            other.trail is not None
            and other.request.adapter == work.request.adapter
            and (not other.position or other.in_kept)
            and other.trail.name(other.prompt.kept) == trail.name(work.prompt.kept) != ""
            for other in self._active
        )

    def _fits(self, work: Work, held: Held | None) -> bool:
        """Make room for one more, in place of documents that nobody asks about now."""
        shared = held.point.cells if held is not None else 0
        most = self._plan.context - work.room + shared
        if self._active and self._filled() - self._kept.idle_cells(besides=held) > most:
            return False  # giving them up would not help
        while self._filled() > most:
            if not self._kept.give_up_one(besides=held):
                return False
        return True

    def _filled(self) -> int:
        """Cells that are filled, or may come to be, by what is on its way or kept."""
        shared = sum(w.held.point.cells for w in self._active if w.held is not None)
        return sum(work.room for work in self._active) - shared + self._kept.cells

    def _use_adapter(self, path: str) -> None:
        if path != self._adapter:
            self._context.use_adapter(self._model.adapter(path) if path else None)
            self._adapter = path

    def _drop_cancelled(self) -> None:
        with self._lock:
            cancelled, self._cancelled = self._cancelled, set()
            self._context.go_on()
        for work in [w for w in self._active if w.request.id in cancelled]:
            self._release(work)
        kept = [w for w in self._waiting if w.request.id not in cancelled]
        self._waiting = deque(kept)

    def _release(self, work: Work) -> None:
        self._clear(work.sequence)
        self._let_go(work)
        self._active.remove(work)
        self._free.append(work.sequence)
        self._told.pop(work.request.id, None)
        if self._first is work:
            self._first = None

    def _let_go(self, work: Work) -> None:
        if work.held is not None:
            self._kept.leave(work.held)
            work.held = None

    def _clear(self, sequence: int) -> None:
        self._context.clear(sequence)
        if self._next_tokens is not None:
            self._next_tokens.clear(sequence)

    # one batch ----------------------------------------------------------------------

    def _advance(self) -> Iterator[Heard]:
        writing = [w for w in self._active if not w.prompting]
        prompting = [w for w in self._active if w.prompting]
        short = [w for w in prompting if w.ahead <= _LONG]
        long = [w for w in prompting if w.ahead > _LONG]
        first = self._first
        if first is not None and first in short:
            yield from self._read([first])
        elif writing and (first in writing or not short) and not (long and self._long_turn):
            self._long_turn = True
            yield from self._write(writing)
        elif long and (self._long_turn or not short):
            self._long_turn = False
            yield from self._read(long[:1])
        else:
            self._long_turn = True
            yield from self._read(short)

    def _read(self, works: Sequence[Work]) -> Iterator[Heard]:
        """Decode the next part of these prompts."""
        began = time.monotonic()
        head = works[0]
        if head.position == 0:
            yield from self._begin([w for w in works if w.position == 0])
            return
        run = head.prompt.runs[head.run]
        if isinstance(run, PicturePart):
            yield from self._look(head, run)
            return
        batch = self._context.batch
        batch.clear()
        taken: list[tuple[Work, tuple[int, ...], int]] = []
        for work in works:
            room = batch.room - batch.count
            tokens = work.next_tokens(room) if work.position else ()
            if not tokens:
                continue
            places = batch.add(tokens, work.position, work.sequence)
            ends = work.run == len(work.prompt.runs) - 1 and work.left == len(tokens)
            if ends:
                batch.want(range(places.stop - 1, places.stop))
            taken.append((work, tokens, places.stop - 1 if ends else -1))
        if not self._decode(w for w, _, _ in taken):
            return
        self._speeds.read(batch.count, time.monotonic() - began)
        for work, tokens, place in taken:
            work.decoded(tokens)
            work.advance(len(tokens))
            self._keep(work)
            if place >= 0:
                work.start_writing()
                if not work.pending and work.phase is not Phase.DONE:
                    work.choose(self._context.logits(place))
                    yield from work.pieces()
        yield from self._tell(w for w, _, _ in taken)

    def _begin(self, works: Iterable[Work]) -> Iterator[Heard]:
        """Give new sequences what they begin with: a kept document, or the shared prefix."""
        for work in works:
            if work.trail is not None and self._resume(work, work.trail):
                yield from self._tell([work])
                continue
            prefix, adapter = work.prompt.prefix, work.request.adapter
            cached = self._prefixes.holds(prefix, adapter)
            if not cached:
                if self._next_tokens is not None:
                    self._next_tokens.clear(MOULD)
                cached = self._prefixes.load(self._context, self._plan, prefix, adapter)
            if not cached and not self._decode_prefix(work):
                return
            self._context.copy(MOULD, work.sequence)
            if self._next_tokens is not None:
                self._next_tokens.copy(MOULD, work.sequence)
            work.decoded(prefix)
            work.counts = replace(work.counts, cached=len(prefix) if cached else 0)
            work.begin()
            yield from self._tell([work])

    def _resume(self, work: Work, trail: Trail) -> bool:
        """Begin where a kept document ends, or as much of it as is there."""
        # The instructions that came last fill cells beside the kept document's own.
        if self._filled() + len(self._prefixes.tokens) > self._plan.context:
            self._clear(MOULD)
            self._prefixes.forget()
        adapter = work.request.adapter
        held = self._kept.held(trail, adapter)  # more of it may be there than when it was let in
        if held is not None and held is not work.held:
            self._let_go(work)
            self._kept.use(held)
            work.held = held
        least = held.point.elements if held is not None else len(work.prompt.prefix)
        point = self._kept.load(work.sequence, trail, adapter, least)
        if point is not None:
            work.held = self._kept.hold(work.sequence, trail, adapter, point, held, whole=True)
            self._make_room()
        elif held is not None:
            point = self._kept.copy(held, work.sequence)
        else:
            return False
        work.resume(point)
        return True

    def _keep(self, work: Work) -> None:
        """Keep the document that is read: all of it at its end, and now and then before."""
        trail, adapter = work.trail, work.request.adapter
        if trail is None:
            return
        whole = work.ends_kept
        if not (whole or (work.in_kept and work.cells - work.kept_at >= EVERY)):
            return
        work.kept_at = work.cells
        work.held = self._kept.hold(
            work.sequence, trail, adapter, work.point, work.held, whole=whole
        )
        self._make_room()
        if whole:
            self._kept.save(work.sequence, trail, adapter, work.point)

    def _make_room(self) -> None:
        while self._filled() > self._plan.context and self._kept.give_up_one():
            pass

    def _decode_prefix(self, work: Work) -> bool:
        prefix = work.prompt.prefix
        batch = self._context.batch
        for at in range(0, len(prefix), batch.room):
            batch.clear()
            batch.add(prefix[at : at + batch.room], at, MOULD)
            began = time.monotonic()
            if not self._decode([work]):
                self._clear(MOULD)
                return False
            self._speeds.read(batch.count, time.monotonic() - began)
        self._prefixes.now(prefix, work.request.adapter)
        self._prefixes.save(self._context, self._plan)
        return True

    def _look(self, work: Work, picture: PicturePart) -> Iterator[Heard]:
        """Encode the picture at hand (or take it from the disk), or decode a part of it."""
        vision = self._see()
        encoded = work.picture
        if encoded is None:
            yield from self._encode(vision, work, picture)
            return
        began = time.monotonic()
        most = encoded.tokens if vision.sees_at_once else self._plan.batch
        portion = range(work.at, min(work.at + most, encoded.tokens))
        with self._working(work):
            if work.request.id in self._cancelled:
                return
            vision.decode_portion(
                self._context.handle, encoded, portion, work.sequence, work.position
            )
        self._speeds.read(len(portion), time.monotonic() - began)
        work.saw(encoded, len(portion))
        if self._next_tokens is not None:
            self._next_tokens.clear(work.sequence)
        self._keep(work)
        yield from self._tell([work])

    def _encode(self, vision: Vision, work: Work, picture: PicturePart) -> Iterator[Heard]:
        request_id = work.request.id
        yield Progress(request_id, Stage.PICTURES, 0, 1, self._left(work))
        began = time.monotonic()
        with self._working(work):
            encoded = vision.encode(
                Path(picture.path),
                lambda done, total: self._heard_picture(request_id, done, total),
                lambda: request_id in self._cancelled,
            )
        self._speeds.looked(encoded.tokens, time.monotonic() - began)
        work.picture = encoded
        yield Progress(request_id, Stage.PICTURES, 1, 1, self._left(work))

    def _heard_picture(self, request_id: str, done: int, total: int) -> None:
        now = time.monotonic()
        if self._worth_telling(request_id, Stage.PICTURES, now):
            left = self._speeds.seconds(total, (total - done) / max(1, total), 0)
            self._tell_now(Progress(request_id, Stage.PICTURES, done, total, left))

    @contextmanager
    def _working(self, work: Work) -> Iterator[None]:
        """While this is done for one request, cancelling it may stop what runs."""
        self._at_hand = work
        with self._lock:
            self._decoding = frozenset([work.request.id])
        try:
            yield
        finally:
            with self._lock:
                self._decoding = frozenset()

    def _write(self, works: Sequence[Work]) -> Iterator[Heard]:
        """Decode what these answers have pending, and choose what follows."""
        began = time.monotonic()
        batch = self._context.batch
        batch.clear()
        taken: list[tuple[Work, list[int], range]] = []
        for work in works:
            guess = self._guess(work)
            tokens = [*work.pending, *guess]
            if batch.count + len(tokens) > batch.room:
                break
            places = batch.add(tokens, work.position, work.sequence)
            wanted = range(places.stop - 1 - len(guess), places.stop)
            batch.want(wanted)
            taken.append((work, guess, wanted))
        if not self._decode(w for w, _, _ in taken):
            return
        self._speeds.wrote(batch.count, time.monotonic() - began)
        for work, guess, wanted in taken:
            work.decoded(work.pending)
            work.pending = []
            self._verify(work, guess, wanted)
            yield from work.pieces()
        yield from self._tell(w for w, _, _ in taken)

    def _guess(self, work: Work) -> list[int]:
        """What may follow: as the next-token layer thinks, or as it once did in the prompt."""
        most = self._plan.drafts
        if not most or work.phase is not Phase.ANSWER:
            return []
        if self._next_tokens is not None:
            guess = self._next_tokens.guess(work.sequence, work.position, work.pending, most)
        else:
            guess = [] if self._plan.nextn else work.lookup(most)
        return work.allowed_draft(guess)

    def _verify(self, work: Work, guess: list[int], wanted: range) -> None:
        """Choose after the pending tokens, and after each guess as long as it is right."""
        stood = 0
        while True:
            likely = work.lookup(1)
            token = work.choose(self._context.logits(wanted[stood]))
            if likely:  # learned also while speculation is off: what it would have given
                self._speeds.guessed(likely == [token])
            if guess and not stood and self._next_tokens is not None:
                self._speeds.foresaw(guess[0] == token)
            right = 0
            for chosen, guessed in zip(work.pending, guess[stood:], strict=False):
                if chosen != guessed:
                    break
                right += 1
            # What was guessed right is in the sequence already, forced tokens among it.
            work.decoded(work.pending[:right])
            work.pending = work.pending[right:]
            stood += right
            if work.pending or work.phase is Phase.DONE:
                break
        if guess:
            counts = work.counts
            work.counts = replace(
                counts, drafted=counts.drafted + len(guess), accepted=counts.accepted + stood
            )
        if stood < len(guess):
            if not self._context.take_back(work.sequence, work.position):
                raise RuntimeError("a sequence could not be taken back")
            if self._next_tokens is not None:
                self._next_tokens.take_back(work.sequence, work.position)

    def _decode(self, works: Iterable[Work]) -> bool:
        """Decode the batch for these; ``False`` if all of them were given up meanwhile."""
        with self._lock:
            decoding = frozenset(work.request.id for work in works)
            if decoding <= self._cancelled:
                return False
            self._decoding = decoding
        try:
            decoded = self._context.decode()
        finally:
            with self._lock:
                self._decoding = frozenset()
                # What comes after is short, and nothing that an abort may cut in half.
                self._context.go_on()
        if decoded and self._next_tokens is not None:
            self._next_tokens.follow(self._context.batch)
        return decoded

    # telling --------------------------------------------------------------------------

    def _tell(self, works: Iterable[Work]) -> Iterator[Progress]:
        now = time.monotonic()
        for work in works:
            reading = work.prompting
            stage = Stage.READING if reading else Stage.WRITING
            if not self._worth_telling(work.request.id, stage, now):
                continue
            done = work.cells if reading else work.counts.sampled + work.counts.forced
            total = work.cells + work.ahead if reading else self._speeds.usual_answer
            yield Progress(work.request.id, stage, done, max(total, done), self._left(work))

    def _worth_telling(self, request_id: str, stage: Stage, now: float) -> bool:
        """Whether something new has begun, or the last report is a while ago."""
        last_stage, last = self._told.get(request_id, (Stage.WAITING, 0.0))
        if stage is last_stage and now - last < _TELL:
            return False
        self._told[request_id] = stage, now
        return True

    def _left(self, work: Work) -> float | None:
        """Seconds until the answer, from what tokens cost here lately."""
        ahead = [w for w in self._active if w.prompting] if work.prompting else []
        prompt = sum(w.left for w in ahead)
        written = work.counts.sampled + work.counts.forced
        pictures = sum(1 for run in work.prompt.runs[work.run :] if isinstance(run, PicturePart))
        return self._speeds.seconds(prompt, pictures, max(1, self._speeds.usual_answer - written))


def _about(request: Request, found: Problem) -> Problem:
    """The problem with the name of the document where it names no file of its own."""
    return replace(found, file=found.file or request.name)
