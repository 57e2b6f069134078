"""Read files without keeping them: what ``paperclerk read`` does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

from app.document import Page, Record
from app.engine.engine import Engine
from app.errors import Code, Problem, ProblemError, problem
from app.intake import is_container, shown_name
from app.journey.asking import Asker
from app.journey.files import files_in
from app.journey.refining import MOST_WORDS
from app.journey.workers import worker_count
from app.reading.messages import Contained, Opened, ReadFile
from app.reading.reader import FileReader, Heard

MOST_DEPTH = 4
"""How many containers a file may lie in: a scan in a ZIP in a mail in a mail."""

_AGAIN = 0.1  # seconds between two attempts to stop what is being read


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file that was read, or why it was not.

    ``member`` is the way to it inside ``path`` when that is a mail or an archive
    ("invoices.zip/march.pdf"), "" otherwise.
    """

    path: Path
    member: str
    sha256: str
    pages: int
    records: tuple[Record, ...]
    problem: Problem | None


def read_once(
    paths: Iterable[Path],
    document_type: str = "",
    password: str = "",
    done: Callable[[Outcome], None] | None = None,
    engine: Engine | None = None,
    adapter: Callable[[str], str] = lambda _: "",
) -> Iterator[Outcome]:
    """Read files (and those inside folders, mails and archives), in the order given.

    Files are read side by side, in as many children as the computer has room for.
    Leaving the iteration early stops the children.  ``done`` hears of each outcome as
    soon as it is there, in the order in which they finish (for a progress bar).
    ``engine`` is a model that reads the files as well, ``adapter`` gives its LoRA file for
    a type of documents.
    """
    files = list(files_in(paths))
    workers = min(worker_count(), max(len(files), 1))
    asker = Asker(engine, adapter) if engine is not None else None
    readers: SimpleQueue[FileReader] = SimpleQueue()
    every = [FileReader() for _ in range(workers)]
    for reader in every:
        readers.put(reader)

    def read(path: Path) -> list[Outcome]:
        reader = readers.get()
        try:
            with tempfile.TemporaryDirectory(
                prefix="paperclerk-", ignore_cleanup_errors=True
            ) as folder:
                work = Path(folder)
                found = list(_read(reader, path, path, "", work, document_type, password, asker))
        except OSError:  # the disk for temporary files is full or may not be written
            why = Problem(Code.DISK_FULL, shown_name(path.name))
            found = [Outcome(path, "", "", 0, (), why)]
        finally:
            readers.put(reader)
        for outcome in found:
            if done is not None:
                done(outcome)
        return found

    pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
    futures: list[Future[list[Outcome]]] = [pool.submit(read, path) for path in files]
    try:
        for future in futures:
            yield from future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        left: set[Future[list[Outcome]]] = set(futures)
        while left:  # a thread may be on its way to the next file of an archive
            if asker is not None:
                asker.stop()
            for reader in every:
                reader.stop()
            left = wait(left, timeout=_AGAIN).not_done
        for reader in every:
            reader.stop()


def _read(
    reader: FileReader,
    path: Path,
    top: Path,
    member: str,
    work: Path,
    document_type: str,
    password: str,
    asker: Asker | None,
) -> Iterator[Outcome]:
    name = shown_name(Path(member).name if member else path.name)
    inside: list[Contained] = []
    seen: list[Page] = []
    pages = 0

    def heard(reply: Heard) -> None:
        nonlocal pages
        if isinstance(reply, Contained):
            inside.append(reply)
        elif isinstance(reply, Opened):
            pages = max(pages, reply.pages)
        elif asker is not None:
            seen.append(reply.page)

    nothing = Outcome(top, member, "", 0, (), None)
    try:
        if member.count("/") > MOST_DEPTH:
            raise problem(Code.TOO_DEEP, name)
        way_in = _writable_name(path, work, name)
        images = asker is not None
        request = ReadFile(way_in, name, str(work), document_type, password, images=images)
        finished = reader.read(request, heard)
        records = finished.records
        if asker is not None and seen and sum(len(page.words) for page in seen) <= MOST_WORDS:
            document = replace(finished.document, pages=tuple(seen))
            records = asker.refined(reader, document, records, work, document_type)
    except ProblemError as error:
        yield replace(nothing, pages=pages, problem=error.problem)
        return
    if records or not is_container(finished.document.media_type):
        yield replace(nothing, sha256=finished.document.sha256, pages=pages, records=records)
    for number, contained in enumerate(inside):
        folder = work / f"inside-{number}"
        folder.mkdir(exist_ok=True)
        attached = contained.attached
        way = f"{member}/{attached.name}" if member else attached.name
        yield from _read(
            reader, Path(attached.path), top, way, folder, document_type, password, asker
        )


def _writable_name(path: Path, work: Path, name: str) -> str:
    """A path of the file that can be told to a child: text, while some systems allow any bytes."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        link = work / "given"
        try:
            link.symlink_to(path.absolute())
        except OSError as error:
            raise problem(Code.UNREADABLE, name) from error
        return str(link)
    return str(path)
