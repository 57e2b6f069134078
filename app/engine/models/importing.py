"""Models and adapters from a file: a USB stick, another computer, an own training."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.engine.header import Header, Kind, read_header
from app.engine.models.catalog import CatalogueModel, catalogue
from app.engine.models.files import FileProgress, copying, make_room
from app.engine.models.importing_checks import check_adapter, check_model, check_projector
from app.engine.models.store import (
    Model,
    ModelStore,
    Note,
    StoredAdapter,
    StoredFile,
    Verified,
    new_name,
    now,
)
from app.errors import ProblemError

_PRECISE = ("f16", "bf16", "q8_0", "f32")  # projectors by preference


def import_model(
    store: ModelStore, file: Path, projector: Path | None = None, look_beside: bool = True
) -> Iterator[FileProgress | Model]:
    """Copy a model into the store: reports on the way, last the model.

    Without a ``projector``, one that fits is looked for beside the file.  A model that is
    there already stays, and gets the projector that it lacked.  To cancel, close the
    iterator: nothing is left then.  Raises ``ProblemError``: what is wrong with the files
    (see :mod:`app.engine.models.importing_checks`), ``model_no_room``, ``model_source_lost``,
    ``model_busy``, ``model_folder``.
    """
    header = check_model(file)
    if projector is not None:
        check_projector(projector, header, file.name)
    elif look_beside:
        projector = projector_beside(file, header)
    sources = [file, *([projector] if projector is not None else [])]
    total = sum(source.stat().st_size for source in sources)
    make_room(store.folder, file.name, total)
    with store.incoming(file.name) as staging:
        stored: list[StoredFile] = []
        done = 0
        for source in sources:
            target = staging / _kept_name(source, stored)
            sha256 = ""
            for report in copying(source, target, source.name, done, total):
                if isinstance(report, FileProgress):
                    yield report
                else:
                    sha256 = report
            size = target.stat().st_size
            done += size
            stored.append(StoredFile(target.name, size, sha256, Verified.COMPUTED, source.name))
        # The copies are what counts: a stick may have given other bytes the second time.
        header = check_model(staging / stored[0].name)
        if len(stored) > 1:
            check_projector(staging / stored[1].name, header, file.name)
        yield _place(store, staging, file, header, stored)


def pairs_of(files: Sequence[Path]) -> tuple[tuple[Path, Path | None], ...]:
    """The models among files that were dropped together, each with its projector among them.

    A file that is neither stands for itself: importing it says what is wrong with it.
    """
    projectors: list[Path] = []
    models: list[tuple[Path, Header | None]] = []
    for file in files:
        try:
            header = read_header(file)
        except ProblemError:
            models.append((file, None))
            continue
        if header.kind is Kind.PROJECTOR:
            projectors.append(file)
        else:
            models.append((file, header))
    pairs: list[tuple[Path, Path | None]] = []
    used: set[Path] = set()
    for file, known in models:
        fitting = [one for one in projectors if known is not None and _fits(one, known)]
        used.update(fitting)
        pairs.append((file, fitting[0] if fitting else None))
    return (*pairs, *((one, None) for one in projectors if one not in used))


def projector_beside(file: Path, model: Header) -> Path | None:
    """The projector in the same folder that fits the model, the most precise usable one.

    Publishers call it ``mmproj-F16.gguf`` or the like.  What does not fit is passed over.
    """
    try:
        near = [
            entry
            for entry in file.parent.iterdir()
            if "mmproj" in entry.name.casefold() and entry.suffix.casefold() == ".gguf"
        ]
    except OSError:
        return None

    def order(entry: Path) -> tuple[int, str]:
        name = entry.stem.casefold()
        ranks = [rank for rank, form in enumerate(_PRECISE) if name.endswith(form)]
        return min(ranks, default=len(_PRECISE)), name

    return next((entry for entry in sorted(near, key=order) if _fits(entry, model)), None)


def _fits(projector: Path, model: Header) -> bool:
    try:
        check_projector(projector, model, "")
    except ProblemError:
        return False
    return True


def attach_adapter(
    store: ModelStore, name: str, document_type: str, file: Path
) -> Iterator[FileProgress | Model]:
    """Use a LoRA file with a model for documents of this type; reports, last the model.

    It takes the place of the one before.  Raises ``ProblemError`` like
    :func:`import_model`, and ``not_an_adapter``, ``adapter_of_another``.
    """
    model = store.model(name)
    check_adapter(file, model.note.architecture, model.note.label)
    size = file.stat().st_size
    make_room(store.folder, file.name, size)
    with store.working_on(name) as place:
        kind = hashlib.sha256(document_type.encode()).hexdigest()[:8]
        staged = place / f"adapter-{kind}.new"
        sha256 = ""
        for report in copying(file, staged, file.name, 0, size):
            if isinstance(report, FileProgress):
                yield report
            else:
                sha256 = report
        target = staged.with_name(f"adapter-{kind}-{sha256[:12]}.gguf")
        staged.replace(target)
        kept = StoredFile(target.name, size, sha256, Verified.COMPUTED, file.name)
        yield _revised(store, name, StoredAdapter(document_type, kept), document_type)


def detach_adapter(store: ModelStore, name: str, document_type: str) -> Model:
    """Use no LoRA file any more for documents of this type."""
    with store.working_on(name):
        return _revised(store, name, None, document_type)


def _revised(
    store: ModelStore, name: str, adapter: StoredAdapter | None, document_type: str
) -> Model:
    note = store.model(name).note
    others = tuple(a for a in note.adapters if a.document_type != document_type)
    gone = {a.file.name for a in note.adapters if a.document_type == document_type}
    adapters = (*others, adapter) if adapter is not None else others
    model = store.revise(name, replace(note, adapters=adapters))
    for left in gone - {a.file.name for a in adapters}:
        with contextlib.suppress(OSError):  # open in the engine (Windows): it goes with the model
            store.place(name).joinpath(left).unlink()
    return model


def _place(
    store: ModelStore, staging: Path, file: Path, header: Header, stored: list[StoredFile]
) -> Model:
    """Move the files from ``staging`` into a folder of the store, and write the note."""
    model, *rest = stored
    known = catalogue().by_hash(model.sha256)
    projector = rest[0] if rest else None
    if known is not None:
        model = replace(model, verified=Verified.CATALOGUE)
        if projector and known.projector and projector.sha256 == known.projector.sha256:
            projector = replace(projector, verified=Verified.CATALOGUE)
    note = Note(
        label=known.label if known is not None else header.name or file.stem,
        licence=known.licence if known is not None else "",
        architecture=header.architecture,
        added=now(),
        model=model,
        projector=projector,
    )
    name = _free_name(store, known, file, model.sha256)
    with store.working_on(name) as place:
        with contextlib.suppress(ProblemError):
            before = store.model(name)
            note = replace(note, adapters=before.note.adapters)
            if projector is None and before.note.projector is not None:
                note = replace(note, projector=before.note.projector)
        for one in stored:
            (staging / one.name).replace(place / one.name)
        return store.install(name, note)


def _free_name(store: ModelStore, known: CatalogueModel | None, file: Path, sha256: str) -> str:
    """The catalogue's name for a model of the catalogue, else one that no other model has."""
    if known is not None:
        return known.name
    wanted = new_name(file.stem)
    name, number = wanted, 1
    while name in catalogue().models or not _same_or_none(store, name, sha256):
        number += 1
        name = f"{wanted}-{number}"
    return name


def _same_or_none(store: ModelStore, name: str, sha256: str) -> bool:
    """Whether nothing is called ``name``, or the very same model."""
    if not store.place(name).exists():
        return True
    try:
        return store.model(name).note.model.sha256 == sha256
    except ProblemError:
        return False


def _kept_name(source: Path, stored: list[StoredFile]) -> str:
    """The name to keep a file under: its own, made safe, and not that of the model."""
    name = f"{new_name(source.stem)}.gguf"
    return name if all(name != one.name for one in stored) else f"projector-{name}"
