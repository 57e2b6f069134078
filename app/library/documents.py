"""Documents: the files that were added, byte for byte, and their pages."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlite_utils import Database

from app.document import Document, Page
from app.errors import Code, Problem
from app.library import files
from app.library.incoming import keep_file
from app.library.packing import unpack
from app.library.queries import ids_of, matching, some
from app.library.rows import Added, Counts, DocumentRow, State, TypeCount
from app.library.store import Shelf
from app.library.text import storable


class Documents(Shelf):
    """The part of the library that holds files."""

    def add_file(self, path: Path, *, name: str | None = None, parent: int | None = None) -> Added:
        """Keep a copy of the file's bytes and queue it; ``name`` is the name to show.

        The same bytes twice are one document; if it was in the trash it is restored, and
        if it could not be read or was cancelled it is queued again.  Raises
        ``ProblemError``: ``not_a_file`` (folders, links, devices), ``empty``,
        ``vanished``, ``unreadable``, ``disk_full`` (nothing is left behind).
        """
        return keep_file(self._store, path, storable(name or path.name), parent, job=None)

    def document(self, document_id: int) -> DocumentRow:
        """One document."""
        rows = self.document_rows([document_id])
        if not rows:
            raise KeyError(document_id)
        return rows[0]

    def document_ids(
        self,
        *,
        states: Iterable[State] = (),
        search: str = "",
        trashed: bool = False,
        newest_first: bool = True,
    ) -> list[int]:
        """The ids of all documents in these states (none named: any) whose name matches."""
        return self._ids(states, search, trashed, newest_first, limit=-1, offset=0)

    def _ids(
        self,
        states: Iterable[State],
        search: str,
        trashed: bool,
        newest_first: bool,
        limit: int,
        offset: int,
    ) -> list[int]:
        conditions, parameters = matching("folded_name", search)
        wanted = list(states)
        if wanted:
            conditions.append("state IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(wanted))
        where = " AND ".join(["trashed = ?", *conditions])
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT id FROM documents WHERE {where} ORDER BY id {order} LIMIT ? OFFSET ?"  # noqa: S608 - only fixed text
        with self._store.reading() as db:
            return ids_of(db, sql, [int(trashed), *parameters, limit, offset])

    def document_rows(self, document_ids: Sequence[int]) -> list[DocumentRow]:
        """These documents in this order; ids that are gone are left out."""
        with self._store.reading() as db:
            found = {row.id: row for row in _rows(db, document_ids)}
        return [found[i] for i in document_ids if i in found]

    def documents(
        self,
        *,
        states: Iterable[State] = (),
        search: str = "",
        trashed: bool = False,
        limit: int = 200,
        offset: int = 0,
    ) -> list[DocumentRow]:
        """A stretch of the list of documents, newest first."""
        return self.document_rows(self._ids(states, search, trashed, True, limit, offset))

    def children(self, document_id: int) -> list[int]:
        """The documents that were found inside this one (mail, ZIP)."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT child FROM contents WHERE parent = ? ORDER BY child", [document_id]
            )
            return [row[0] for row in rows]

    def counts(self) -> Counts:
        """The figures of the sidebar."""
        with self._store.reading() as db:
            states: dict[str, int] = dict(
                db.execute(
                    "SELECT state, count(*) FROM documents WHERE trashed = 0 GROUP BY state"
                ).fetchall()
            )
            trash = db.execute("SELECT count(*) FROM documents WHERE trashed = 1").fetchone()[0]
            types = tuple(
                TypeCount(*row)
                for row in db.execute(
                    "SELECT document_type, count(*), sum(look) FROM records WHERE trashed = 0"
                    " GROUP BY document_type"
                )
            )
        return Counts(
            types=types,
            documents=sum(states.values()),
            needs_look=sum(t.needs_look for t in types),
            waiting=states.get(State.WAITING, 0),
            reading=states.get(State.READING, 0),
            failed=states.get(State.FAILED, 0) + states.get(State.LOCKED, 0),
            locked=states.get(State.LOCKED, 0),
            cancelled=states.get(State.CANCELLED, 0),
            trash=trash,
        )

    def original_path(self, document_id: int) -> Path:
        """Where the original lies (to open or copy it; never to change it)."""
        with self._store.reading() as db:
            sha256, suffix = _one(db, "sha256, suffix", document_id)
        return self._store.folder / files.original_name(sha256, suffix)

    def picture_path(self, document_id: int, page: int) -> Path | None:
        """The picture of a page (counted from 1), or ``None`` if there is none (yet)."""
        with self._store.reading() as db:
            row = db.execute(
                "SELECT d.sha256, p.picture FROM pages p JOIN documents d ON d.id = p.document_id"
                " WHERE p.document_id = ? AND p.number = ? AND p.picture <> ''",
                [document_id, page],
            ).fetchone()
        return self._store.folder / files.pages_name(row[0]) / row[1] if row else None

    def pages(self, document_id: int) -> tuple[Page, ...]:
        """Its pages that were read so far, with their words, in order.

        ``Page.image`` is the name of the picture in the library's folder for the
        document.  A page whose words were lost (only a damaged disk does that) is left out.
        """
        with self._store.reading() as db:
            (sha256,) = _one(db, "sha256", document_id)
            numbers = db.execute(
                "SELECT number FROM pages WHERE document_id = ? ORDER BY number", [document_id]
            ).fetchall()
        folder = self._store.folder / files.pages_name(sha256)
        pages = []
        for (number,) in numbers:
            with contextlib.suppress(FileNotFoundError):
                data = (folder / f"{files.page_stem(number)}.words").read_bytes()
                pages.append(unpack(data, Page))
        return tuple(pages)

    def page(self, document_id: int, number: int) -> Page | None:
        """One of its pages with its words; ``None`` if it is not read, or its words were lost."""
        with self._store.reading() as db:
            (sha256,) = _one(db, "sha256", document_id)
            known = db.execute(
                "SELECT 1 FROM pages WHERE document_id = ? AND number = ?", [document_id, number]
            ).fetchone()
        if known is None:
            return None
        folder = self._store.folder / files.pages_name(sha256)
        try:
            return unpack((folder / f"{files.page_stem(number)}.words").read_bytes(), Page)
        except FileNotFoundError:
            return None

    def pages_folder(self, document_id: int) -> Path:
        """The folder with the pictures of its pages, which ``Page.image`` names."""
        with self._store.reading() as db:
            (sha256,) = _one(db, "sha256", document_id)
        return self._store.folder / files.pages_name(sha256)

    def looks(self, document_id: int) -> tuple[str, ...]:
        """The perceptual hashes of its pages in order, without loading their words."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT look FROM pages WHERE document_id = ? ORDER BY number", [document_id]
            )
            return tuple(row[0] for row in rows)

    def stored_document(self, document_id: int) -> Document:
        """The document as it was read, with its pages and XML, to be read again."""
        pages = self.pages(document_id)
        with self._store.reading() as db:
            name, sha256, media_type, subject = _one(
                db, "name, sha256, media_type, subject", document_id
            )
            xml = db.execute(
                "SELECT xml FROM einvoices WHERE document_id = ?", [document_id]
            ).fetchone()
        return Document(
            name=name,
            sha256=sha256,
            media_type=media_type,
            pages=pages,
            einvoice_xml=unpack(xml[0], str) if xml else "",
            subject=subject,
        )


def _one(db: Database, columns: str, document_id: int) -> tuple[str, ...]:
    row: tuple[str, ...] | None = db.execute(
        f"SELECT {columns} FROM documents WHERE id = ?",  # noqa: S608 - only fixed text
        [document_id],
    ).fetchone()
    if row is None:
        raise KeyError(document_id)
    return row


def _rows(db: Database, document_ids: Sequence[int]) -> Iterator[DocumentRow]:
    wanted = some(document_ids)
    records: dict[int, list[tuple[int, str, int]]] = {}
    for document_id, *record in db.execute(
        "SELECT document_id, id, document_type, look FROM records"
        " WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY document_id, position",
        [wanted],
    ):
        records.setdefault(document_id, []).append(tuple(record))
    for row in db.execute(
        "SELECT id, name, sha256, media_type, size, state, pages, pages_read, problem_code,"
        " problem_detail, added_at, trashed_at, parent, subject, chosen_type FROM documents"
        " WHERE id IN (SELECT value FROM json_each(?))",
        [wanted],
    ):
        of_it = records.get(row[0], [])
        yield DocumentRow(
            id=row[0],
            name=row[1],
            sha256=row[2],
            media_type=row[3],
            size=row[4],
            state=State(row[5]),
            pages=row[6],
            pages_read=row[7],
            problem=Problem(Code(row[8]), row[1], row[9]) if row[8] else None,
            added_at=row[10],
            trashed_at=row[11],
            parent=row[12],
            subject=row[13],
            chosen_type=row[14],
            types=tuple(dict.fromkeys(document_type for _, document_type, _ in of_it)),
            records=tuple(record_id for record_id, _, _ in of_it),
            needs_look=sum(look for _, _, look in of_it),
        )
