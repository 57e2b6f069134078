"""What was in a library before its facts and its search index: taken in behind everything else.

First the facts (a few records to a transaction), for as long as they are not whole no figure
is; then the pages, the newest documents first.  It goes on after a restart where it was, and
what changes meanwhile is taken in by whoever changes it.
"""

from __future__ import annotations

import logging
import threading

from app.errors import ProblemError
from app.library.facts import keep_facts
from app.library.passages import index_name, index_words, page_words
from app.library.readings import index_shown, load
from app.library.store import Shelf, Store

_log = logging.getLogger(__name__)

_AT_ONCE = 20  # pages for which everybody else who writes has to wait
_RECORDS_AT_ONCE = 50
_BREATH = 0.002  # seconds in which others may write: a lock is not handed out in turn


class Backlog(Shelf):
    """The part of the library that catches up with the index."""

    @property
    def unindexed(self) -> int:
        """How many documents a search does not know yet."""
        with self._store.reading() as db:
            return int(db.execute("SELECT count(*) FROM unindexed").fetchone()[0])

    @property
    def uncounted(self) -> int:
        """How many records no figure knows yet."""
        with self._store.reading() as db:
            return int(db.execute("SELECT count(*) FROM uncounted").fetchone()[0])


class Indexing:
    """A thread that works the backlog off; it ends by itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="indexing")

    def start(self) -> None:
        """Begin, if there is anything to do."""
        with self._store.reading() as db:
            if db.execute(
                "SELECT 1 FROM unindexed UNION ALL SELECT 1 FROM uncounted LIMIT 1"
            ).fetchone():
                self._thread.start()

    def stop(self) -> None:
        """End within a few pages; the rest is done after the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        try:
            for take_in in (count_some, index_some):
                while not self._stopping.is_set() and take_in(self._store):
                    self._stopping.wait(_BREATH)
        except ProblemError as error:  # a full disk: the rest waits for the next start
            _log.warning("facts or search index are not whole: %s", error.problem.code)


def count_some(store: Store, most: int = _RECORDS_AT_ONCE) -> bool:
    """Take in the facts of the next records; ``False`` if there are none left."""
    with store.writing(lasting=False) as db:
        rows = db.execute(
            "SELECT record_id FROM uncounted ORDER BY record_id LIMIT ?", [most]
        ).fetchall()
        for (record_id,) in rows:
            stored = load(db, record_id)
            keep_facts(db, record_id, stored.document_name, stored.shown())
    return bool(rows)


def index_some(store: Store, most: int = _AT_ONCE) -> bool:
    """Take in the next pages of the backlog; ``False`` if there is none left."""
    # Not lasting: what a power cut undoes is done again.
    with store.writing(lasting=False) as db:
        row = db.execute(
            "SELECT u.document_id, u.pages_done, d.sha256 FROM unindexed u"
            " JOIN documents d ON d.id = u.document_id ORDER BY u.document_id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return False
        document_id, done, sha256 = row
        numbers = db.execute(
            "SELECT number FROM pages WHERE document_id = ? AND number > ? ORDER BY number LIMIT ?",
            [document_id, done, most],
        ).fetchall()
        for (number,) in numbers:
            index_words(db, document_id, number, page_words(store.folder, sha256, number))
        if len(numbers) == most:
            db.execute(
                "UPDATE unindexed SET pages_done = ? WHERE document_id = ?",
                [numbers[-1][0], document_id],
            )
            return True
        index_name(db, document_id)
        index_shown(db, document_id)
        db.execute("DELETE FROM unindexed WHERE document_id = ?", [document_id])
    return True
