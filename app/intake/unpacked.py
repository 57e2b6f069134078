"""Files that come out of other files, written into the working folder under safe names."""

from __future__ import annotations

from pathlib import Path

from app.document import Attached
from app.errors import Code, problem
from app.intake.media import MediaType, is_document, sniff
from app.intake.names import last_part, shown_name

MAX_FILES = 2_000
MAX_TOTAL = 2_000_000_000
MAX_FILE = 1_000_000_000

_SUFFIXES = {
    MediaType.PDF: ".pdf",
    MediaType.PNG: ".png",
    MediaType.JPEG: ".jpg",
    MediaType.WEBP: ".webp",
    MediaType.BMP: ".bmp",
    MediaType.GIF: ".gif",
    MediaType.TIFF: ".tif",
    MediaType.HEIF: ".heic",
    MediaType.ZIP: ".zip",
    MediaType.MAIL: ".eml",
    MediaType.MSG: ".msg",
    MediaType.XML: ".xml",
}


class Unpacked:
    """The files that one container has given so far, within bounds for all of them."""

    def __init__(self, work: Path, container: str) -> None:
        self._work = work
        self._container = container
        self._count = 0
        self._bytes = 0

    def new_path(self) -> Path:
        """Where the next file is to be written.  Raises ``ProblemError`` after too many."""
        self._count += 1
        if self._count > MAX_FILES:
            raise problem(Code.TOO_LARGE, self._container)
        return self._work / f"unpacked-{self._count:04d}.part"

    def grow(self, size: int) -> None:
        """Count bytes that are about to be written.  Raises ``ProblemError`` at the bound."""
        self._bytes += size
        if self._bytes > MAX_TOTAL:
            raise problem(Code.TOO_LARGE, self._container)

    def keep(self, path: Path, name: str) -> Attached | None:
        """The file at ``path`` as a document of its own.

        ``None``, and the file removed, if it is of no kind that matters.  Office documents
        are kept, so that the user is told that they could not be read.
        """
        media_type = sniff(path, name)
        if not is_document(media_type) and media_type is not MediaType.OFFICE:
            path.unlink()
            return None
        final = path.with_suffix(_SUFFIXES.get(media_type, ".bin"))
        path.replace(final)
        return Attached(shown_name(last_part(name)), str(final), media_type)
