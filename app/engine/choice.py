"""Which engine works: the model in use on this computer, the office's server, or none."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import platformdirs

from app.engine.calibration import calibrated, graphics_cards
from app.engine.engine import Engine
from app.engine.hardware import machine
from app.engine.header import read_header
from app.engine.local import LocalEngine
from app.engine.models.store import Model, ModelStore
from app.engine.plan import Plan, Work, plan
from app.engine.server.engine import ServerEngine
from app.engine.server.settings import ServerSettings
from app.engine.speed import SPEEDS, Speeds


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
        self._engine: Engine | None = None
        self._made_of: Model | ServerSettings | None = None

    def current(self) -> Engine | None:
        """The engine to ask now; ``None`` while neither a model nor a server is chosen.

        Raises ``ProblemError`` when what was chosen cannot be used.
        """
        server = self.store.settings().server
        chosen = server if server is not None else self.store.current()
        with self._lock:
            if chosen != self._made_of:
                if self._engine is not None:
                    self._engine.stop()
                self._engine, self._made_of = self._make(chosen), chosen
            return self._engine

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

    def _make(self, chosen: Model | ServerSettings | None) -> Engine | None:
        if chosen is None:
            return None
        if isinstance(chosen, ServerSettings):
            return ServerEngine(chosen)
        return local_engine(chosen.path, chosen.projector, self._cache)


def local_engine(model: Path, projector: Path | None, cache: Path) -> LocalEngine:
    """The engine for a model file, planned for this computer as it is when it is loaded.

    Before the very first load, what decoding costs here is measured (at most 30 s) and
    remembered.  Raises ``ProblemError`` for a file that is not such a model.
    """
    header = read_header(model)
    eyes = read_header(projector) if projector is not None else None

    here = machine()

    def plan_for(tokens: int, requests: int) -> Plan:
        nonlocal here
        held = engine.held
        # What a running child holds is there for its next plan too, on cards as before.
        free = machine().free + held
        here = replace(here, free=free) if held else machine(graphics_cards())
        speeds = Speeds(cache / SPEEDS, model.name)
        measured = replace(
            calibrated(model, header, here, cache),
            acceptance=speeds.acceptance,
            foresight=speeds.foresight,
        )
        work = Work(longest=tokens, waiting=requests, pictures=eyes is not None)
        return plan(header, eyes, here, work, measured)

    engine = LocalEngine(model, projector, cache, plan_for)
    return engine
