"""What a user or a helper needs to know when the program does not work as it should."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from app.document_types import RESOURCES, document_types, parse
from app.engine.hardware import machine
from app.engine.header import read_header
from app.engine.local import LocalEngine
from app.engine.messages import Answer, Request, TextPart
from app.engine.models.store import ModelStore
from app.engine.plan import Plan, Work, plan
from app.engine.server.connection import Patience
from app.engine.server.engine import ServerEngine
from app.engine.server.host import Host
from app.engine.server.settings import ServerSettings
from app.errors import ProblemError
from app.library import Library
from app.reading.messages import ReadFile
from app.reading.model.formats import VALUES
from app.reading.reader import FileReader

MICRO = RESOURCES.parent / "models" / "micro"
_ROOM = 500_000_000
_MEMORY = 2_000_000_000
_SHORT = 5.0  # seconds for each question to a server; the doctor tells what is wrong at once


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``advice`` says what to do if it is not fine."""

    fine: bool
    text: str
    advice: str = ""


class _Probe(msgspec.Struct, forbid_unknown_fields=True):
    """A document for the self-test, the rows that its answer may have, and the answer."""

    document: str
    rows: int
    answer: str


def examine(folder: Path) -> Iterator[Finding]:
    """Look at this computer, the installation and the library in ``folder``."""
    yield Finding(True, f"{platform.platform()}, Python {platform.python_version()}")
    yield _memory()
    yield _disk(folder)
    yield _types()
    yield _qt()
    yield from _reading()
    yield _model_program()
    yield _model_in_use()
    yield _library(folder)


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    text = f"{cores} cores, {memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB memory free"
    return Finding(memory.available > _MEMORY, text, "Close other programs: reading needs 2 GB.")


def _disk(folder: Path) -> Finding:
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    return Finding(
        free > _ROOM,
        f"{free / 1e9:.1f} GB free on the library's disk",
        "Free some space: every document is kept as a copy.",
    )


def _types() -> Finding:
    try:
        names = ", ".join(document_types())
    except (OSError, ValueError) as error:
        return Finding(False, f"The document types cannot be read: {error}", _REINSTALL)
    return Finding(True, f"Document types: {names} (from {RESOURCES.name})")


def _qt() -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        return Finding(False, "The window needs Qt (PySide6), which is not installed", _REINSTALL)
    try:
        from PySide6 import QtCore, QtWidgets
    except ImportError as error:
        return Finding(False, f"Qt cannot start: {error}", "Install the system library it names.")
    del QtWidgets
    return Finding(True, f"Qt {QtCore.qVersion()}")


def _reading() -> Iterator[Finding]:
    """Read a real page in a real child: a text page, through the parser and the OCR."""
    with tempfile.TemporaryDirectory(prefix="paperclerk-") as work:
        reader = FileReader()
        for kind, name in (("PDF", "probe.pdf"), ("OCR", "probe.png")):
            file = RESOURCES / "probes" / name
            try:
                finished = reader.read(
                    ReadFile(str(file), name, work, images=False), lambda _: None
                )
            except ProblemError as error:
                yield Finding(False, f"{kind}: {error.problem.message}", _REINSTALL)
                continue
            yield Finding(True, f"{kind}: a page was read as “{finished.records[0].document_type}”")
        reader.stop()


def _model_program() -> Finding:
    """Have a model that was made for this read a document that was made for it."""
    probe = msgspec.toml.decode((RESOURCES / "probes" / "model.toml").read_bytes(), type=_Probe)
    definition = parse((MICRO / "invoice.toml").read_text(encoding="utf-8"))
    request = Request(
        "self-test",
        VALUES.instructions(definition),
        (TextPart(probe.document),),
        VALUES.form(definition, 0, probe.rows),
    )
    small = Plan(context=2048, sequences=2, batch=256, micro_batch=256, threads=1)
    with tempfile.TemporaryDirectory(prefix="paperclerk-") as cache:
        engine = LocalEngine(MICRO / "micro.gguf", None, Path(cache), lambda *_: small)
        try:
            *_, answer = engine.ask(request).events()
        except ProblemError as error:
            return Finding(False, f"Models: {error.problem.message}", _WITHOUT_MODEL)
        finally:
            engine.stop()
    if not isinstance(answer, Answer) or answer.text != probe.answer:
        return Finding(False, "Models: the self-test gave a wrong answer", _WITHOUT_MODEL)
    return Finding(True, "Models: the self-test’s document was read correctly")


def _model_in_use() -> Finding:
    store = ModelStore()
    try:
        server = store.settings().server
        if server is not None:
            host = _asked(server)
            where = f"Pages go to the server {server.address}"
            return Finding(True, f"{where}: {host.kind.value} with the model “{host.model}”")
        model = store.current()
        if model is None:
            return Finding(
                True, "No model is in use; everything but questions in words works without one"
            )
        header = read_header(model.path)
        projector = read_header(model.projector) if model.projector is not None else None
        work = Work(pictures=projector is not None)
        needed = plan(header, projector, machine(), work).memory
    except ProblemError as error:
        return Finding(False, f"Model: {error.problem.message}", error.problem.advice)
    return Finding(True, f"Model {model.note.label}: fits, with {needed / 1e9:.1f} GB of memory")


def _asked(server: ServerSettings) -> Host:
    """What answers at the server's address; raises ``ProblemError``.  No page is sent."""
    engine = ServerEngine(server, Patience(connect=_SHORT, first=_SHORT, short=_SHORT))
    try:
        return engine.check()
    finally:
        engine.stop()


def _library(folder: Path) -> Finding:
    text = f"Library {folder}"
    if not folder.exists():
        return Finding(True, f"{text}: none yet; it is made when the first document is added")
    try:
        with Library.open(folder, read_only=True) as library:
            counts = library.counts()
    except ProblemError as error:
        return Finding(False, f"{text}: {error.problem.message}", error.problem.advice)
    return Finding(True, f"{text}: {counts.documents} documents, SQLite {sqlite3.sqlite_version}")


_REINSTALL = "Install the program again."
_WITHOUT_MODEL = "Reading works without a model; to use one, install the program again."
