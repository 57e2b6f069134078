"""The journey over a library: claim a job, read it in a child, check it, save it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from app import checks
from app.document import Document, Record
from app.document_types import DocumentType, FieldType, document_type
from app.engine.engine import Engine
from app.errors import Code, Problem, ProblemError, problem
from app.intake import shown_name
from app.journey.events import Changed, Event, Progress, Queue, Trouble
from app.journey.files import files_in
from app.journey.once import MOST_DEPTH
from app.journey.refining import MOST_WORDS, Refiner
from app.journey.twins import looks_of, twin_flags
from app.journey.workers import worker_count
from app.library import Added, ChangeKind, Job, Library, Part, Refinement
from app.reading import conventions, values
from app.reading.discounts import line_discounts
from app.reading.lookup import PrintedPages
from app.reading.messages import Contained, Finished, Opened, PageRead, ReadFile, ReadPages
from app.reading.reader import FileReader, Heard

_IDLE = 20.0
"""Seconds without work after which a child is stopped and its memory given back."""

_SMALL = 2_000_000
"""Bytes: one worker takes only files up to this size, so that large ones cannot block all."""

_AGAIN_STOPPED = 0.1
"""Seconds between two attempts to stop a worker."""

_AGAIN = {Code.CRASHED, Code.TIMED_OUT, Code.OUT_OF_MEMORY}
"""Worth a second attempt: the cause may have been another program's hunger."""

_EDITS = {ChangeKind.VALUE, ChangeKind.ADD_LINE, ChangeKind.REMOVE_LINE}
"""What a user does to a record's values, and no reading undoes."""

_log = logging.getLogger(__name__)


def _no_engine() -> Engine | None:
    return None


def _no_adapter(document_type: str) -> str:
    del document_type
    return ""


class Journey:
    """Reads what waits in a library, on threads of its own; ``refiner`` is the model's part.

    Every method may be called from any thread.  Listeners are called from the worker
    threads and must return quickly.
    """

    def __init__(
        self,
        library: Library,
        workers: int | None = None,
        *,
        engine: Callable[[], Engine | None] = _no_engine,
        adapter: Callable[[str], str] = _no_adapter,
    ) -> None:
        """``engine`` gives the model to ask, and ``adapter`` its LoRA file for a type."""
        self._library = library
        self.refiner = Refiner(library, engine, self._save_refined, self._tell, adapter=adapter)
        self._readers = [FileReader() for _ in range(workers or worker_count())]
        self._threads: list[threading.Thread] = []
        self._jobs: dict[int, FileReader] = {}
        self._unsettled: set[int] = set()
        self._listeners: list[Callable[[Event], None]] = []
        self._passwords: dict[int, str] = {}
        self._wake = threading.Condition()
        self._saving = threading.Lock()
        self._stopping = False

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Have ``listener`` called with every event."""
        self._listeners.append(listener)

    # adding ---------------------------------------------------------------------

    def add(self, paths: Iterable[Path]) -> Iterator[Added | Problem]:
        """Keep and queue these files, and those inside folders; one outcome for each.

        Copies bytes, so call it away from the window's thread.
        """
        for path in files_in(paths):
            try:
                # A link that the user named is followed, under its own name; others never are.
                real = path.resolve() if path.is_symlink() else path
                added = self._library.add_file(real, name=shown_name(path.name))
            except ProblemError as error:
                yield error.problem
                continue
            self._tell(Changed(added.document_id))
            self._notify()
            yield added

    def add_bytes(self, data: bytes, name: str) -> Added:
        """Keep and queue a picture that was pasted; ``name`` as it is to be shown."""
        folder = Path(tempfile.mkdtemp(dir=self._library.work_folder))
        try:
            file = folder / "pasted"
            file.write_bytes(data)
            added = self._library.add_file(file, name=name)
        except OSError as error:
            raise problem(Code.DISK_FULL, name) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._tell(Changed(added.document_id))
        self._notify()
        return added

    # the queue ------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work on the queue; harmless if it has begun."""
        if self._threads:
            return
        self._stopping = False
        for number, reader in enumerate(self._readers):
            most = _SMALL if number and number == len(self._readers) - 1 else None
            thread = threading.Thread(
                target=self._run, args=(reader, most), name=f"journey-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        self.refiner.start()

    def stop(self) -> None:
        """Stop at once; what was being read goes back to the queue."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self.refiner.stop()
        for thread in self._threads:
            while thread.is_alive():  # it may just be on its way to the next document
                for reader in self._readers:
                    reader.stop()
                thread.join(_AGAIN_STOPPED)
        for reader in self._readers:
            reader.stop()
        self._threads.clear()

    def give_up(self) -> None:
        """Start nothing more and end :meth:`drain`; a listener may call this."""
        self.refiner.give_up()
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def drain(self) -> None:
        """Wait until nothing waits and nothing is being read (or the queue is paused).

        That includes what a model reads, if there is one.
        """
        while not self._stopping:
            counts = self._library.counts()
            idle = not counts.reading and not self._jobs
            read = idle and (not counts.waiting or self._library.paused)
            if read and not self.refiner.busy:
                return
            with self._wake:
                self._wake.wait(0.1)

    @property
    def paused(self) -> bool:
        return self._library.paused

    def pause(self) -> None:
        """Start nothing new until :meth:`resume`, also no model; what is being read is finished."""
        self._library.pause()
        self._tell_queue()

    def resume(self) -> None:
        """Go on."""
        self._library.resume()
        self._notify()
        self.refiner.notify(anew=True)
        self._tell_queue()

    def cancel(self, document_ids: Sequence[int] | None = None) -> None:
        """Take these documents (``None``: all that wait or are being read) out of the queue."""
        for job_id in self._library.cancel(document_ids):
            reader = self._jobs.get(job_id)
            if reader is not None:
                reader.stop()
        for document_id in document_ids or ():
            self._tell(Changed(document_id))
        self._tell_queue()

    def unlock(self, document_id: int, password: str) -> None:
        """Try a document again with its password, which is kept only while this runs."""
        self._passwords[document_id] = password
        self.read_again(document_id)

    def read_again(self, document_id: int) -> None:
        """Read a document again from its file."""
        self._library.requeue([document_id])
        self._tell(Changed(document_id))
        self._notify()

    def change_type(self, record_id: int, name: str) -> None:
        """Read the record's document again as another type."""
        document_type(name)
        change = self._library.change_type(record_id, name)
        for document_id in change.document_ids:
            self._tell(Changed(document_id))
        self._notify()

    # the user's edits -----------------------------------------------------------

    def edit(
        self,
        record_id: int,
        key: str,
        text: str,
        *,
        part: Part = Part.FIELDS,
        line: int | None = None,
    ) -> None:
        """Set a value as typed: read in the document's own convention, then checked anew.

        Text that is no such value ("see letter" as a date) is kept as it was typed: the
        user may know better than the field's kind.  The checks point it out.
        """
        stored = self._library.record(record_id)
        field = _field_type(document_type(stored.record.document_type), part, key)
        typed = text.strip()
        value: str | None = typed or None
        if typed and field is not None:
            pages = self._library.pages(stored.document_id)
            convention = conventions.infer(pages[:10])
            reading = values.read(field.kind, typed, convention)
            value = reading.value if reading is not None else typed
        self._library.edit(record_id, key, value, text, part=part, line=line)
        self.check(record_id)

    def undo(self) -> None:
        """Take back the latest change."""
        self._after(self._library.undo())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._after(self._library.redo())

    def _after(self, change: object) -> None:
        record_id = getattr(change, "record_id", None)
        if record_id is not None:
            self.check(record_id)
        for document_id in getattr(change, "document_ids", ()):
            self._tell(Changed(document_id))
        self._notify()

    def check(self, record_id: int) -> None:
        """Run the checks on a record again, after a change."""
        stored = self._library.record(record_id)
        kept = [flag for flag in stored.record.flags if flag.code not in checks.CODES]
        definition = document_type(stored.record.document_type)
        record = stored.record
        own_pages = slice(record.first_page - 1, record.last_page)
        printed = PrintedPages(self._library.pages(stored.document_id)[own_pages])
        # A line's own discount is no column: it is found on the page, as the reading did.
        discounts = line_discounts(record.lines, definition, printed)
        today = dt.datetime.now(dt.UTC).date()
        found = checks.check(record, definition, today, line_adjustments=discounts)
        looks = looks_of(self._library, stored)
        twins = twin_flags(self._library, stored.record, looks, stored.document_id)
        self._library.save_flags(record_id, [*kept, *found, *twins])
        self._tell(Changed(stored.document_id))

    # a worker -------------------------------------------------------------------

    def _run(self, reader: FileReader, most_bytes: int | None) -> None:
        while not self._stopping:
            try:
                self._settle()
                job = self._library.claim_job(most_bytes=most_bytes)
                if job is not None:
                    self._work(reader, job)
                    continue
                if most_bytes is None and self._library.backup_due:
                    self._library.backup()
            except ProblemError as error:
                # The library cannot be written: nothing is lost, so wait until it can.
                self._tell(Trouble(error.problem))
            with self._wake:
                if not self._stopping:
                    self._wake.wait(1.0)
            if reader.running and time.monotonic() - reader.last_used > _IDLE:
                reader.stop()

    def _work(self, reader: FileReader, job: Job) -> None:
        self._jobs[job.id] = reader
        self._tell(Changed(job.document_id))
        self._tell_queue()
        work = self._library.work_folder / f"job-{job.id}"
        shutil.rmtree(work, ignore_errors=True)
        try:
            work.mkdir(parents=True)
            finished, looks = self._read(reader, job, work)
            with self._saving:  # so that of two copies read side by side one sees the other
                records = [
                    self._with_twins(record, looks, job.document_id) for record in finished.records
                ]
                refine = self.refiner.wanted
                ids = self._library.finish(job.id, finished.document, records, refine=refine)
            self._check_edited(ids)
        except ProblemError as error:
            self._failed(job, error.problem)
        except OSError as error:
            _log.warning("reading a document: %s", error)
            self._failed(job, Problem(Code.DISK_FULL, job.name))
        except Exception:  # noqa: BLE001 - a fault of ours must not end the queue for all others
            _log.exception("reading a document")
            self._failed(job, Problem(Code.CRASHED, job.name))
        finally:
            self._jobs.pop(job.id, None)
            shutil.rmtree(work, ignore_errors=True)
            self._tell(Changed(job.document_id))
            self._tell_queue()
            with self._wake:
                self._wake.notify_all()
            self.refiner.notify()

    def _save_refined(self, refinement: Refinement, document: Document, finished: Finished) -> None:
        """Keep what a model's answers made of a document, under whatever the user did to it."""
        looks = {page.number: page.look for page in document.pages}
        with self._saving:
            records = [
                self._with_twins(record, looks, refinement.document_id)
                for record in finished.records
            ]
            ids = self._library.finish_refinement(refinement.id, records)
        self._check_edited(ids)
        self._tell(Changed(refinement.document_id))

    def _check_edited(self, record_ids: Iterable[int]) -> None:
        """Check what the user left of a new reading: its flags speak of what was read."""
        for record_id in record_ids:
            history = self._library.history(record_id)
            if any(change.kind in _EDITS and not change.undone for change in history):
                self.check(record_id)

    def _with_twins(self, record: Record, looks: dict[int, str], document_id: int) -> Record:
        """The record, flagged where the same document is in the library already."""
        pages = range(record.first_page, record.last_page + 1)
        of_record = tuple(looks[number] for number in pages if looks.get(number))
        twins = twin_flags(self._library, record, of_record, document_id)
        return dataclasses.replace(record, flags=(*record.flags, *twins))

    def _failed(self, job: Job, why: Problem) -> None:
        try:
            if why.code is Code.CANCELLED and self._stopping:
                self._library.release(job.id)
            elif why.code is not Code.CANCELLED:
                self._library.fail(job.id, why, retry=why.code in _AGAIN)
        except ProblemError:
            self._unsettled.add(job.id)
            raise

    def _settle(self) -> None:
        """Put back what could not be put back when the library could not be written."""
        for job_id in tuple(self._unsettled):
            self._library.release(job_id)
            self._unsettled.discard(job_id)

    def _read(self, reader: FileReader, job: Job, work: Path) -> tuple[Finished, dict[int, str]]:
        """The reading of a job's document, and the looks of its pages by number."""
        if job.from_pages:
            document = self._library.stored_document(job.document_id)
            if sum(len(page.words) for page in document.pages) <= MOST_WORDS:
                finished = reader.read(ReadPages(document, job.document_type), lambda _: None)
                return finished, {page.number: page.look for page in document.pages}
        known = self._passwords.get(job.document_id, "")
        # A pile from one sender often shares one password: try what opened the others.
        others = [p for p in dict.fromkeys(self._passwords.values()) if p != known]
        request = ReadFile(str(job.path), job.name, str(work), job.document_type, known)
        try:
            return self._read_file(reader, job, request)
        except ProblemError as error:
            if error.problem.code is not Code.PASSWORD_NEEDED:
                raise
            for password in others:
                try:
                    attempt = dataclasses.replace(request, password=password)
                    return self._read_file(reader, job, attempt)
                except ProblemError as again:
                    if again.problem.code is not Code.PASSWORD_WRONG:
                        raise
            raise

    def _read_file(
        self, reader: FileReader, job: Job, request: ReadFile
    ) -> tuple[Finished, dict[int, str]]:
        total = done = 0
        looks: dict[int, str] = {}
        work = Path(request.work)

        def heard(reply: Heard) -> None:
            nonlocal total, done
            if isinstance(reply, Opened):
                total = reply.pages
                wanted = self._library.progress(job.id, total, 0, reply.media_type)
            elif isinstance(reply, PageRead):
                done += 1
                looks[reply.page.number] = reply.page.look
                picture = work / reply.page.image if reply.page.image else None
                wanted = self._library.save_page(job.id, reply.page, picture)
                self._tell(Progress(job.document_id, done, max(total, done)))
            else:
                wanted = self._contained(job, reply)
            if not wanted:
                raise problem(Code.CANCELLED, job.name)

        return reader.read(request, heard), looks

    def _contained(self, job: Job, reply: Contained) -> bool:
        if job.depth >= MOST_DEPTH:
            raise problem(Code.TOO_DEEP, job.name)
        added = self._library.contained(job.id, Path(reply.attached.path), reply.attached.name)
        if added is not None:
            self._tell(Changed(added.document_id))
            self._notify()
        return added is not None

    # telling --------------------------------------------------------------------

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    def _tell_queue(self) -> None:
        counts = self._library.counts()
        self._tell(Queue(counts.waiting, counts.reading, self._library.paused))


def _field_type(definition: DocumentType, part: Part, key: str) -> FieldType | None:
    columns = {
        Part.FIELDS: definition.fields,
        Part.LINES: definition.lines,
        Part.TAXES: definition.taxes,
    }[part]
    return next((field for field in columns if field.key == key), None)
