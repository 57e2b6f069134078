"""Which engine works: the model in use on this computer, the office's server, or none."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import platformdirs

from app.engine.calibration import calibrated, graphics_cards, remembered
from app.engine.engine import Engine, Running
from app.engine.hardware import machine
from app.engine.header import read_header
from app.engine.kept import forget_kept
from app.engine.local import LocalEngine
from app.engine.messages import Request
from app.engine.models.store import Model, ModelStore
from app.engine.plan import Measured, Plan, Work, most_tokens, plan
from app.engine.server.engine import ServerEngine
from app.engine.server.settings import ServerSettings
from app.engine.speed import SPEEDS, Speeds
from app.errors import Code, ProblemError, problem


def default_cache_folder() -> Path:
    """Where decoded instructions, encoded pictures and learned speeds are kept."""
    return Path(platformdirs.user_cache_dir("Paperclerk", appauthor=False)) / "engine"


class Engines:
    """Makes the engine that the settings name, once, and anew when they change.

    Every method may be called from any thread.
    """

    def __init__(self, store: ModelStore, cache: Path | None = None) -> None:
        self.store = store
        self._cache = cache or default_cache_folder()
        self._lock = threading.Lock()
        self._engine: _InUse | None = None
        self._made_of: Model | ServerSettings | None = None

    def current(self) -> Engine | None:
        """The engine to ask now; ``None`` while neither a model nor a server is chosen.

        One that it takes the place of is retired.  Raises ``ProblemError`` when what was
        chosen cannot be used.
        """
        with self._lock:  # also for the look: whoever retires one after a change meets no older
            try:
                server = self.store.settings().server
                chosen = server if server is not None else self.store.current()
            except ProblemError:
                self._retire()  # whatever is chosen, it is not known to be this one
                raise
            if chosen != self._made_of:
                self._retire()
                made = self._make(chosen)
                self._engine = _InUse(made) if made is not None else None
                self._made_of = chosen
            return self._engine

    def retire(self) -> None:
        """Send nothing more to the engine in use; :meth:`current` makes one anew.

        What it has on its way ends with ``cancelled``, and so does what is asked of it later.
        """
        with self._lock:
            self._retire()

    def adapter(self, document_type: str) -> str:
        """The path of the LoRA adapter for a type of documents, "" for none."""
        made_of = self._made_of
        path = made_of.adapter(document_type) if isinstance(made_of, Model) else None
        return str(path) if path is not None else ""

    def stop(self) -> None:
        """Give back memory and connections."""
        with self._lock:
            if self._engine is not None:
                self._engine.stop()

    def forget_kept(self) -> None:
        """Remove what is kept of documents so that they are not decoded again.

        The engine is stopped for it, since it holds them in memory and would write them
        again; what it has on its way ends with ``cancelled``.  Raises ``ProblemError``
        (``kept_documents``) if something is left.
        """
        self.stop()
        if not forget_kept(self._cache):
            raise problem(Code.KEPT_DOCUMENTS, str(self._cache))

    def _retire(self) -> None:
        engine, self._engine, self._made_of = self._engine, None, None
        if engine is not None:
            engine.retire()

    def _make(self, chosen: Model | ServerSettings | None) -> Engine | None:
        if chosen is None:
            return None
        if isinstance(chosen, ServerSettings):
            return ServerEngine(chosen)
        return local_engine(chosen.path, chosen.projector, self._cache)


class _InUse:
    """An engine for as long as it is the one in use; see :class:`app.engine.engine.Engine`.

    A stopped engine starts anew with the next request, and somebody may hold it still when
    another takes its place.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._retired = False

    @property
    def place(self) -> str:
        return self._engine.place

    @property
    def sees(self) -> bool:
        return self._engine.sees

    def ask(self, request: Request) -> Running:
        """Begin with a request; raises ``ProblemError`` (``cancelled``) after :meth:`retire`."""
        with self._lock:  # so that retire() comes before it or finds it
            if self._retired:
                raise problem(Code.CANCELLED, request.name)
            return self._engine.ask(request)

    def seconds(self, tokens: int, answer_tokens: int) -> float | None:
        return self._engine.seconds(tokens, answer_tokens)

    def room(self) -> int:
        return self._engine.room()

    def stop(self) -> None:
        self._engine.stop()

    def retire(self) -> None:
        """Stop for good."""
        with self._lock:
            self._retired = True
        self._engine.stop()


def local_engine(model: Path, projector: Path | None, cache: Path) -> LocalEngine:
    """The engine for a model file, planned for this computer as it is when it is loaded.

    Before the very first load, what decoding costs here is measured (at most 30 s) and
    remembered.  Raises ``ProblemError`` for a file that is not such a model.
    """
    header = read_header(model)
    eyes = read_header(projector) if projector is not None else None

    here = machine()
    costs: Measured | None = None

    def plan_for(tokens: int, requests: int) -> Plan:
        nonlocal here, costs
        held = engine.memory
        if held and costs is not None:
            # What the child holds is there for its next plan too, on cards as before; the
            # pages of a file that is mapped count as free already.
            own = held if costs.repacked else max(0, held - header.size)
            here = replace(here, free=machine().free + own)
        else:
            here = machine(graphics_cards())
        try:
            costs = costs or calibrated(model, header, here, cache)
        except OSError as error:  # on a drive that was taken out
            raise problem(Code.MODEL_NOT_THERE, model.name) from error
        speeds = Speeds(cache / SPEEDS, model.name)
        measured = replace(costs, acceptance=speeds.acceptance, foresight=speeds.foresight)
        work = Work(longest=tokens, waiting=requests, pictures=eyes is not None)
        return plan(header, eyes, here, work, measured)

    def room() -> int:
        """By what is free now, with what the child holds; nothing is measured for it."""
        now = here if engine.memory else machine()
        known = costs or remembered(model, now, cache) or Measured()
        held = engine.memory
        own = held if known.repacked else max(0, held - header.size)
        return most_tokens(header, eyes, replace(now, free=machine().free + own), known)

    engine = LocalEngine(model, projector, cache, plan_for, room)
    return engine
