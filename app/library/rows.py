"""What the library hands out: frozen rows of documents, jobs, records and changes.

Times are ISO 8601 in UTC with seconds (``2026-11-03T09:15:00+00:00``).  Ids are the
library's own whole numbers; they stay the same for as long as the thing exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.document import Field, Record
from app.errors import Problem


class State(StrEnum):
    """Where a document stands."""

    WAITING = "waiting"  # in the queue
    READING = "reading"  # a worker has it
    READY = "ready"  # read, and nothing asks for a look
    ATTENTION = "attention"  # read; a value or a check asks for a look
    FAILED = "failed"  # could not be read; the problem says why
    LOCKED = "locked"  # needs its password
    CANCELLED = "cancelled"  # taken out of the queue by the user before it was read
    CONTAINER = "container"  # nothing to read itself; what was inside are documents of their own


class Part(StrEnum):
    """Which part of a record a value stands in."""

    FIELDS = "fields"
    LINES = "lines"
    TAXES = "taxes"


class Only(StrEnum):
    """What a table is narrowed to."""

    ALL = ""
    DOUBTFUL = "doubtful"  # a value is doubtful, or a required one is missing
    FLAGGED = "flagged"  # a check has something to say
    LOOK = "look"  # either of them, and not yet reviewed


class Sort(StrEnum):
    """Orders of a table that are not a field's key."""

    ADDED = ""  # the order in which the records came in
    NAME = "@name"  # the document's name
    LOOK = "@look"  # what asks for a look comes first


class ChangeKind(StrEnum):
    """What a change did."""

    VALUE = "value"  # a value was typed, cleared or confirmed
    ADD_LINE = "add_line"
    REMOVE_LINE = "remove_line"
    REVIEWED = "reviewed"
    TYPE = "type"  # another document type was chosen
    TRASH = "trash"
    RESTORE = "restore"
    NOTE = "note"  # what the user wrote about a document
    READ = "read"  # the document was read again; not undoable


@dataclass(frozen=True, slots=True)
class Added:
    """The outcome of adding a file; ``already_there`` if these bytes were in the library."""

    document_id: int
    already_there: bool


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document (a file) as a list shows it.

    ``pages`` is 0 until the file was opened.  ``types`` are the types of its records in
    order; ``needs_look`` is how many of them ask for a look.  ``chosen_type`` is the
    type that the user chose ("" = recognised).  ``problem`` is what went wrong last.
    """

    id: int
    name: str
    sha256: str
    media_type: str
    size: int
    state: State
    pages: int
    pages_read: int
    problem: Problem | None
    added_at: str
    trashed_at: str | None
    parent: int | None
    subject: str
    chosen_type: str
    types: tuple[str, ...]
    records: tuple[int, ...]
    needs_look: int


@dataclass(frozen=True, slots=True)
class Job:
    """One document to be read, handed to one worker.

    ``path`` is the original's.  ``from_pages`` means: read again from the stored pages
    (:meth:`Library.stored_document`) as ``document_type``; otherwise read the file.
    ``attempt`` counts from 1.  ``depth`` is how many containers it lies in (0 = none).
    """

    id: int
    document_id: int
    name: str
    path: Path
    sha256: str
    media_type: str
    size: int
    document_type: str
    from_pages: bool
    attempt: int
    depth: int


@dataclass(frozen=True, slots=True)
class Refinement:
    """One document that is read, handed out to be read by a model as well.

    ``pictures`` is the folder with its pages' pictures.  ``document_type`` is the type
    that the user chose, "" for a recognised one.  ``attempt`` counts from 1.
    """

    id: int
    document_id: int
    name: str
    pictures: Path
    document_type: str
    second_look: bool
    attempt: int


@dataclass(frozen=True, slots=True)
class RefinementCounts:
    """How many documents wait for a model, and how many it is reading."""

    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One row of a table; ``fields`` are in the order of the reading, user's values in place."""

    record_id: int
    document_id: int
    document_name: str
    document_type: str
    state: State
    fields: tuple[Field, ...]
    lines: int
    doubtful: int
    doubtful_lines: int
    missing: int
    flags: int
    reviewed: bool
    needs_look: bool
    first_page: int
    last_page: int

    def field(self, key: str) -> Field | None:
        return next((f for f in self.fields if f.key == key), None)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A whole record with the user's edits in place.

    ``line_ids[i]`` is the lasting id of ``record.lines[i]``, ``tax_ids`` the same for
    ``record.taxes``; edits name rows by these ids.
    """

    record_id: int
    document_id: int
    document_name: str
    record: Record
    line_ids: tuple[int, ...]
    tax_ids: tuple[int, ...]
    reviewed: bool
    needs_look: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One change, for the history and for undo.

    ``before`` and ``after`` are the values as shown (``None``: there was none).
    ``who`` is ``user`` or ``program``.  ``record_id`` is ``None`` for changes to whole
    documents (trash, restore, note), which name them in ``document_ids``.
    """

    id: int
    at: str
    who: str
    kind: ChangeKind
    record_id: int | None
    document_ids: tuple[int, ...]
    part: Part
    line: int | None
    key: str
    before: str | None
    after: str | None
    undone: bool


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How many records of a type there are, and how many of them ask for a look."""

    document_type: str
    records: int
    needs_look: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of the sidebar; the trash counts only in ``trash``.

    ``documents``, ``waiting``, ``reading``, ``failed`` (could not be read, or locked),
    ``locked`` and ``cancelled`` count documents; ``needs_look`` counts records.
    """

    types: tuple[TypeCount, ...]
    documents: int
    needs_look: int
    waiting: int
    reading: int
    failed: int
    locked: int
    cancelled: int
    trash: int


@dataclass(frozen=True, slots=True)
class Twin:
    """A record or document that may be the same as another one.

    ``distance`` is in bits for looks (0 = the same), 0 for same seller, number and total.
    """

    document_id: int
    record_id: int | None
    document_name: str
    distance: int = 0


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation: its title, the documents that it is about (none: the library).

    ``document_names`` are the names of ``document_ids``, in the same order.  ``gone`` are
    those that were deleted for good: they are still named, and cannot be asked any more.
    """

    id: int
    title: str
    began_at: str
    updated_at: str
    document_ids: tuple[int, ...]
    turns: int
    document_names: tuple[str, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer.

    ``text`` is the answer in words; ``reply`` holds all of it as bytes that only the
    asking room understands.
    """

    id: int
    conversation_id: int
    at: str
    question: str
    text: str
    reply: bytes
