"""A program that ends, as a computer does when its plug is pulled, at each step of the store.

Run by ``test_store.py``.  A step is each time that a file is opened to be written, renamed,
linked or removed.  After every crash the store must be readable, hold whole models only,
and let the work be done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from app.engine.models.files import copying
from app.engine.models.store import Broken, Model, ModelStore, Note, Partial, StoredFile, Verified
from app.errors import Code, ProblemError

BODY = b"GGUF" + bytes(range(256)) * 5000
STEPS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate"}
CRASHED = 9
DIGEST = hashlib.sha256(BODY).digest()
AFTER: dict[str, set[str]] = {
    "install": {"first", "second"},
    "use": {"first"},
    "remove": set(),
}
"""The models that there are when a work is done."""


def install(store: ModelStore, source: Path) -> None:
    """Bring a second model."""
    with store.working_on("second") as place:
        store.note_partial("second", "m.gguf", Partial("https://example.com/m", 10, 5))
        sha256 = ""
        for report in copying(source, place / "m.gguf", "m.gguf", 0, len(BODY)):
            if isinstance(report, str):
                sha256 = report
        file = StoredFile("m.gguf", len(BODY), sha256, Verified.COMPUTED)
        store.install("second", Note("M", "MIT", "qwen35", "2026-11-21", file))


def use(store: ModelStore, _: Path) -> None:
    """Change the settings."""
    store.use("first")
    store.set_mirror("https://mirror.example.com")


def remove(store: ModelStore, _: Path) -> None:
    """Take the first model away."""
    try:
        store.remove("first")
    except ProblemError as error:
        if error.problem.code is not Code.MODEL_NOT_THERE:  # it was gone at the crash
            raise


def crash_at(step: int) -> None:
    """End this process, without any tidying, at the given step."""
    steps = itertools.count(1)

    def count(event: str, arguments: tuple[object, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        if (opened or event in STEPS) and next(steps) == step:
            os._exit(CRASHED)

    sys.addaudithook(count)


def check(store: ModelStore) -> None:
    store.settings()
    for standing in store.standings():
        if isinstance(standing, Broken):
            raise SystemExit(f"{standing.problem.message}")
        if isinstance(standing, Model) and standing.path.read_bytes() != BODY:
            raise SystemExit(f"{standing.name} is not whole")


def crash_everywhere(work: Callable[[ModelStore, Path], None], base: Path, source: Path) -> int:
    """Crash at each step of ``work``; how many there are."""
    for step in itertools.count(1):
        folder = base.with_name(f"{work.__name__}-{step}")
        shutil.copytree(base, folder)
        store = ModelStore(folder)
        child = os.fork()
        if not child:
            crash_at(step)
            with contextlib.suppress(BaseException):
                work(store, source)
                os._exit(0)
            os._exit(1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status not in (0, CRASHED):
            raise SystemExit(f"{work.__name__} failed at step {step}: {status}")
        check(store)
        work(store, source)
        check(store)
        names = {standing.name for standing in store.standings()}
        if names != AFTER[work.__name__]:
            raise SystemExit(f"after {work.__name__} and a crash at {step}: {names}")
        left = [entry.name for entry in folder.rglob("*.gguf") if entry.parent.name[0] == "."]
        if left:
            raise SystemExit(f"after {work.__name__} and a crash at {step} there is {left}")
        if status == 0:
            return step - 1
    raise AssertionError


def main(folder: Path) -> None:
    source = folder / "source.gguf"
    source.write_bytes(BODY)
    base = folder / "base"
    file = StoredFile("m.gguf", len(BODY), DIGEST.hex(), Verified.COMPUTED)
    store = ModelStore(base)
    with store.working_on("first") as place:
        shutil.copy(source, place / "m.gguf")
        store.install("first", Note("M", "MIT", "qwen35", "2026-11-21", file))
    for work in (install, use, remove):
        print(work.__name__, crash_everywhere(work, base, source))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
