"""Pictures of pages for a model that sees: of those whose words do not say it all.

A reading child looks at the pages and makes the pictures, as it does when documents are
read with a model; they lie in a folder of their own, for as long as questions are asked.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from app.document import Document, Page, WordSource
from app.errors import Code, ProblemError
from app.reading.messages import ShownPage, ShowPages
from app.reading.model.sight import usual_rule
from app.reading.reader import FileReader

MOST = 8
"""Pages of one document that are shown as pictures; each costs as much as two of text."""

_LOOKED_AT = 60  # pages of one document that are looked at
_KEPT = 16  # documents whose pictures are kept for the next question

Stoppable = Callable[[Callable[[], None] | None], None]
"""Told what ends the work at hand early, ``None`` when it is done."""

_log = logging.getLogger(__name__)


class Pictures:
    """Makes pictures of pages.  Every method may be called from any thread."""

    def __init__(self) -> None:
        self._reader = FileReader()
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._made: OrderedDict[tuple[str, tuple[int, ...]], tuple[ShownPage, ...]] = OrderedDict()

    def of(
        self,
        document: Document,
        pictures: Path,
        stoppable: Stoppable,
    ) -> dict[int, ShownPage]:
        """By number, the pages of a document that go as pictures; ``pictures`` has its own.

        ``stoppable`` is told what ends the work early; then ``cancelled`` is raised.
        """
        pages = doubtful(document.pages)
        if not pages:
            return {}
        key = document.sha256, tuple(page.number for page in pages)
        with self._lock:
            if key not in self._made:
                self._make_room()
                self._made[key] = self._show(document, pages, pictures, stoppable)
            self._made.move_to_end(key)
            return {shown.page: shown for shown in self._made[key]}

    def close(self) -> None:
        """Stop the child, and remove the pictures."""
        self._reader.stop()
        with self._lock:
            self._made.clear()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _show(
        self,
        document: Document,
        pages: Sequence[Page],
        pictures: Path,
        stoppable: Stoppable,
    ) -> tuple[ShownPage, ...]:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="paperclerk-asking-"))
        work = self._folder / document.sha256
        work.mkdir(exist_ok=True)
        asked = Document(document.name, document.sha256, document.media_type, tuple(pages))
        stoppable(self._reader.stop)
        try:
            return self._reader.show(ShowPages(asked, str(pictures), str(work), MOST))
        except ProblemError as error:
            if error.problem.code is Code.CANCELLED:
                raise
            # The words are there all the same.
            _log.warning("no pictures for the model: %s", error.problem.code)
            return ()
        finally:
            stoppable(None)
            self._reader.stop()  # half a gigabyte that is needed once a document

    def _make_room(self) -> None:
        while len(self._made) >= _KEPT:
            (sha256, _), _ = self._made.popitem(last=False)
            if self._folder is not None and not any(key[0] == sha256 for key in self._made):
                shutil.rmtree(self._folder / sha256, ignore_errors=True)


def doubtful(pages: Sequence[Page]) -> list[Page]:
    """The pages that may need a picture: not those that a sound text layer says all about."""
    few = usual_rule().few_words
    found = [
        page
        for page in pages
        if page.image
        and page.source is not WordSource.RENDERED
        and (page.source is not WordSource.TEXT or len(page.words) < few)
    ]
    return found[:_LOOKED_AT]
