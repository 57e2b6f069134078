"""The commands for documents: read, add, list, export, and the doctor."""

from __future__ import annotations

import locale
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import complain, counting, err, out
from app.cli.grids import grids
from app.doctor import examine
from app.document import Record
from app.document_types import document_type, document_types
from app.engine.choice import Engines
from app.engine.engine import Engine
from app.engine.models.store import ModelStore
from app.errors import Problem, ProblemError
from app.export import (
    Entry,
    Format,
    RowsOf,
    Sheet,
    combined,
    default_layout,
    record_json,
    refusal_json,
    write,
)
from app.export.whole_file import whole_file
from app.intake import shown_name
from app.journey import Changed, Event, Journey, Outcome, Refining, Trouble, read_once
from app.library import Library, State
from app.library.place import default_folder
from app.library.refinements import FAILED

LibraryOption = Annotated[
    Path | None,
    typer.Option("--library", metavar="DIR", help="The library's folder."),
]


NoModelOption = Annotated[bool, typer.Option("--no-model", help="Read without the language model.")]


class ReadFormat(StrEnum):
    """How ``read`` prints."""

    JSON = "json"
    CSV = "csv"
    TABLE = "table"


def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files or folders.")],
    form: Annotated[ReadFormat, typer.Option("--format", help="How to print.")] = ReadFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="PATH", help="Write to a file instead.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--type", metavar="NAME", help="Read every file as this type.")
    ] = "",
    password: Annotated[
        str,
        typer.Option(
            "--password",
            envvar="PAPERCLERK_PASSWORD",
            help="Opens protected files; better given as the environment variable.",
            show_envvar=True,
        ),
    ] = "",
    no_model: NoModelOption = False,
) -> int:
    """Read files without keeping them, and print what they say."""
    if kind and kind not in document_types():
        known = ", ".join(document_types())
        raise typer.BadParameter(f"There is no type “{kind}”; choose one of: {known}.")
    bad = 0

    def outcomes() -> Iterator[Outcome]:
        nonlocal bad
        with counting() as progress, engines_of_settings() as engines:
            task = progress.add_task("Reading", total=None)
            engine = None
            if not no_model:
                try:
                    engine = engines.current()
                except ProblemError as error:
                    bad += 1
                    complain(error.problem)
            if engine is not None and engine.place:
                say_where(engine.place)
            for outcome in read_once(files, kind, password, engine=engine, adapter=engines.adapter):
                progress.advance(task)
                if outcome.problem is not None:
                    bad += 1
                    if form is not ReadFormat.JSON or output is not None:
                        complain(outcome.problem)
                name = shown_name(Path(outcome.member or outcome.path).name)
                bad += _say_what_the_model_did_not_read(name, outcome.records)
                yield outcome

    if form is ReadFormat.JSON:
        _print_json(outcomes(), output)
    else:
        entries = [entry for outcome in outcomes() for entry in _entries(outcome)]
        if form is ReadFormat.CSV or output is not None:
            _write_csv(entries, output)
        else:
            for grid in grids(entries):
                out.print(grid)
    return 1 if bad else 0


def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files or folders.")],
    library: LibraryOption = None,
    wait: Annotated[
        bool, typer.Option(help="Read them now (otherwise when the window is next open).")
    ] = True,
    no_model: NoModelOption = False,
) -> int:
    """Add files to a library and read them."""
    bad = 0
    with Library.open(library or default_folder()) as kept, engines_of_settings() as engines:

        def engine() -> Engine | None:
            return None if no_model else engines.current()

        journey = Journey(kept, engine=engine, adapter=engines.adapter)
        added: list[int] = []
        for outcome in journey.add(files):
            if isinstance(outcome, Problem):
                bad += 1
                complain(outcome)
            else:
                added.append(outcome.document_id)
                if outcome.already_there:
                    err.print(f"“{kept.document(outcome.document_id).name}” was there already.")
        if wait:
            for trouble in _read_all(kept, journey):
                bad += 1
                complain(trouble)
            for document_id in _with_children(kept, added):
                row = kept.document(document_id)
                if row.state in (State.FAILED, State.LOCKED):
                    bad += 1
                    if row.problem is not None:
                        complain(row.problem)
                if not no_model:
                    records = [kept.record(one).record for one in kept.records_of(document_id)]
                    bad += _say_what_the_model_did_not_read(row.name, records)
        out.print(f"{len(added)} documents are in the library {kept.folder}.")
    return 1 if bad else 0


def list_documents(
    library: LibraryOption = None,
    kind: Annotated[str, typer.Option("--type", metavar="NAME", help="Only this type.")] = "",
    search: Annotated[str, typer.Option(help="Only records in which these words occur.")] = "",
) -> int:
    """Print the tables of a library."""
    with Library.open(library or default_folder(), read_only=True) as kept:
        for grid in grids(list(_stored(kept, kind, search))):
            out.print(grid)
        counts = kept.counts()
        out.print(
            f"{counts.documents} documents; {counts.needs_look} records need a look, "
            f"{counts.waiting} wait, {counts.failed} could not be read."
        )
    return 0


def export(
    output: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write.")],
    library: LibraryOption = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="By default from the ending of PATH."),
    ] = None,
    rows: Annotated[RowsOf, typer.Option(help="What one row stands for.")] = RowsOf.DOCUMENTS,
    kind: Annotated[str, typer.Option("--type", metavar="NAME", help="Only this type.")] = "",
    search: Annotated[str, typer.Option(help="Only records in which these words occur.")] = "",
) -> int:
    """Write a library's records to a file for Excel or another program."""
    chosen = form or format_of(output)
    with Library.open(library or default_folder(), read_only=True) as kept:
        entries = list(_stored(kept, kind, search))
        count = write(chosen, sheets_of(entries, rows, chosen), output, own_locale())
    out.print(f"{count} rows written to {output}.")
    return 0


def doctor(library: LibraryOption = None) -> int:
    """Check this computer and the library, and say what is wrong."""
    healthy = True
    for finding in examine(library or default_folder()):
        healthy &= finding.fine
        out.print(f"{'ok     ' if finding.fine else 'PROBLEM'}  {finding.text}")
        if not finding.fine and finding.advice:
            out.print(f"         {finding.advice}")
    return 0 if healthy else 1


@contextmanager
def engines_of_settings() -> Iterator[Engines]:
    """The engines that the settings name, stopped at the end."""
    engines = Engines(ModelStore())
    try:
        yield engines
    finally:
        engines.stop()


def say_where(place: str) -> None:
    """Say which server pages go to."""
    err.print(f"Pages are read by the server {place}.")


def _say_what_the_model_did_not_read(name: str, records: Iterable[Record]) -> int:
    """Say why a model could not read a document, if so; gives how many lines were said."""
    failed = [flag for record in records for flag in record.flags if flag.code == FAILED]
    for flag in failed:
        err.print(f"“{name}”: {flag.message}")
    return len(failed)


def _read_all(kept: Library, journey: Journey) -> list[Problem]:
    """Read what waits; gives what kept the model from its part, without which it is read.

    Raises ``ProblemError`` where the library cannot be written.
    """
    troubles: list[Problem] = []
    without_model: dict[Problem, None] = {}
    places: set[str] = set()
    with counting() as progress:
        task = progress.add_task("Reading", total=None)

        def heard(event: Event) -> None:
            if isinstance(event, Trouble) and event.problem.code.startswith(("model_", "server_")):
                without_model[event.problem] = None
            elif isinstance(event, Trouble):  # nobody is here to make room: say it and end
                troubles.append(event.problem)
                journey.give_up()
            elif isinstance(event, Changed):
                counts = kept.counts()
                left = counts.waiting + counts.reading
                progress.update(task, total=counts.documents, completed=counts.documents - left)
            elif isinstance(event, Refining) and event.place not in {"", *places}:
                places.add(event.place)
                say_where(event.place)

        journey.subscribe(heard)
        try:
            journey.start()
            journey.drain()
        finally:
            journey.stop()
    if troubles:
        raise ProblemError(troubles[0])
    return list(without_model)


def _with_children(kept: Library, document_ids: Sequence[int]) -> Iterator[int]:
    for document_id in document_ids:
        yield document_id
        yield from _with_children(kept, kept.children(document_id))


def _stored(kept: Library, kind: str, search: str) -> Iterator[Entry]:
    if kind:
        document_type(kind)
    for record_id in kept.table(kind, search=search):
        yield entry_of(kept, record_id)


def entry_of(kept: Library, record_id: int) -> Entry:
    """A record of a library as exports take it."""
    stored = kept.record(record_id)
    row = kept.document(stored.document_id)
    return Entry(stored.document_name, stored.record, row.sha256, row.pages)


def _entries(outcome: Outcome) -> Iterator[Entry]:
    file = f"{outcome.path}/{outcome.member}" if outcome.member else str(outcome.path)
    for record in outcome.records:
        yield Entry(file, record, outcome.sha256, outcome.pages)


def _print_json(outcomes: Iterator[Outcome], output: Path | None) -> None:
    def lines() -> Iterator[str]:
        for outcome in outcomes:
            if outcome.problem is not None:
                file = str(outcome.path)
                if outcome.member:
                    file = f"{file}/{outcome.member}"
                yield refusal_json(file, outcome.problem, outcome.sha256, outcome.pages)
            for entry in _entries(outcome):
                yield record_json(entry)

    if output is None:
        for line in lines():
            sys.stdout.buffer.write(line.encode() + b"\n")  # UTF-8, whatever the terminal has
            sys.stdout.buffer.flush()
        return
    with whole_file(output) as stream:
        for line in lines():
            stream.write(line.encode() + b"\n")


def _write_csv(entries: list[Entry], output: Path | None) -> None:
    sheets = sheets_of(entries, RowsOf.DOCUMENTS, Format.CSV)
    if output is not None:
        write(Format.CSV, sheets, output, own_locale())
        return
    from app.export.csv_text import write_plain

    write_plain(sheets[0], sys.stdout.buffer)
    sys.stdout.flush()


def sheets_of(entries: list[Entry], rows: RowsOf, form: Format) -> list[Sheet]:
    """What to write of records in a form: one sheet for CSV, else one for each type."""
    by_type = {
        name: [entry for entry in entries if entry.record.document_type == name]
        for name in document_types()
    }
    definitions = [document_type(name) for name, found in by_type.items() if found]
    if form in (Format.CSV, Format.CSV_EXCEL):
        definition = combined(definitions or list(document_types().values()))
        return [Sheet(definition, default_layout(definition, rows), entries)]
    return [
        Sheet(definition, default_layout(definition, rows), by_type[definition.name])
        for definition in definitions
    ]


def format_of(path: Path) -> Format:
    """The form of export that a file's ending stands for."""
    for form in Format:
        if path.suffix.lower() == form.suffix and form is not Format.CSV_EXCEL:
            return form
    endings = ", ".join(sorted({form.suffix for form in Format}))
    raise typer.BadParameter(f"“{path.name}” must end in one of: {endings} (or give --format).")


def own_locale() -> str:
    """The locale of whoever runs the program."""
    locale.setlocale(locale.LC_ALL, "")
    return locale.getlocale()[0] or "en_US"
