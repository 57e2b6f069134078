"""Instructions that many requests share: decoded once, copied, and kept for the next start.

Sequence 0 of the context holds the prefix that was used last; a request's own sequence
begins as a copy of it, recurrent state included.  On disk a prefix is a state file of
llama.cpp, keyed by everything that it depends on; about 50 MB for the 4B model, nearly all
of it the recurrent state.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from app.engine.llama_child import Context, version
from app.engine.plan import Plan

MOULD = 0
"""The sequence that requests are copied from."""

_MOST_BYTES = 1_000_000_000
"""On disk, all models together; what was not used for longest goes first."""

_SUFFIX = ".state"
_DIGEST = ".sha256"
_DAY = 24 * 3600.0


class Prefixes:
    """The shared prefixes of one model; :attr:`tokens` are those in sequence 0 now."""

    def __init__(self, folder: Path, model: Path) -> None:
        self._folder = folder
        self._model = identity(model)
        self.tokens: tuple[int, ...] = ()
        self._adapter = ""

    def holds(self, tokens: Sequence[int], adapter: str) -> bool:
        """Whether sequence 0 is this prefix."""
        return self.tokens == tuple(tokens) and self._adapter == adapter

    def forget(self) -> None:
        """The context was emptied."""
        self.tokens, self._adapter = (), ""

    def now(self, tokens: Sequence[int], adapter: str) -> None:
        """Sequence 0 was decoded to be this prefix."""
        self.tokens, self._adapter = tuple(tokens), adapter

    def load(self, context: Context, plan: Plan, tokens: Sequence[int], adapter: str) -> bool:
        """Take a prefix from disk into sequence 0; ``False`` if it is not there."""
        context.clear(MOULD)
        self.forget()
        path = self._path(plan, tokens, adapter)
        if not _is_whole(path) or not context.load(MOULD, path, tokens):
            return False
        with contextlib.suppress(OSError):
            os.utime(path)  # used last
        self.now(tokens, adapter)
        return True

    def save(self, context: Context, plan: Plan) -> None:
        """Keep what sequence 0 holds; a full disk only costs time at the next start."""
        path = self._path(plan, self.tokens, self._adapter)
        draft = self._folder / f"{uuid.uuid4().hex}.part"  # of this process alone
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if context.save(MOULD, draft, self.tokens):
                path.with_suffix(_DIGEST).write_text(_digest(draft), encoding="ascii")
                draft.replace(path)
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
            self._trim()

    def _path(self, plan: Plan, tokens: Sequence[int], adapter: str) -> Path:
        parts = (
            version(),
            self._model,
            adapter_identity(adapter),
            plan.cache_type,
            f"{plan.yarn_factor}:{plan.drafts}:{plan.repacked}",
            ",".join(map(str, tokens)),
        )
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return self._folder / f"{digest[:32]}{_SUFFIX}"

    def _trim(self) -> None:
        kept = sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda p: p.stat().st_mtime)
        total = sum(path.stat().st_size for path in kept)
        while kept and total > _MOST_BYTES:
            oldest = kept.pop(0)
            total -= oldest.stat().st_size
            oldest.unlink(missing_ok=True)
            oldest.with_suffix(_DIGEST).unlink(missing_ok=True)
        for part in self._folder.glob("*.part"):  # of a write that was interrupted
            if time.time() - part.stat().st_mtime > _DAY:
                part.unlink(missing_ok=True)


def identity(model: Path) -> str:
    """A name for a model file that changes when another takes its place."""
    stat = model.stat()
    return f"{model.name}:{stat.st_size}:{stat.st_mtime_ns}"


def adapter_identity(adapter: str) -> str:
    """A name for an adapter's file, ``""`` for none, that changes when it is written again."""
    stamp = 0
    with contextlib.suppress(OSError):  # it was loaded, and may be deleted since
        stamp = Path(adapter).stat().st_mtime_ns if adapter else 0
    return f"{adapter}:{stamp}"


def _is_whole(path: Path) -> bool:
    """Whether a state is as it was written; after a power cut its end may be zeros."""
    with contextlib.suppress(OSError):
        return _digest(path) == path.with_suffix(_DIGEST).read_text(encoding="ascii")
    return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
