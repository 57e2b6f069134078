"""Papers for the library's tests, and what a reader would have made of them."""

from __future__ import annotations

from pathlib import Path

from app.document import (
    Box,
    Document,
    Field,
    Page,
    Reader,
    Record,
    Row,
    Status,
    Word,
    WordSource,
)
from app.library import Job, Library

PLACE = Box(0.1, 0.2, 0.3, 0.25)


def field(key: str, value: str | None, status: Status = Status.FOUND) -> Field:
    """A field as the quick reader gives it."""
    if value is None:
        return Field(key, None, Status.MISSING)
    return Field(key, value, status, value, 1, PLACE, Reader.QUICK, 0.9)


def row(description: str, amount: str) -> Row:
    return (field("description", description), field("amount", amount))


def invoice(
    number: str = "R-1",
    total: str = "119.00",
    *,
    seller: str = "Müller GmbH",
    date: str = "2026-11-03",
    lines: tuple[Row, ...] = (),
    doubt: bool = False,
    pages: tuple[int, int] = (1, 1),
) -> Record:
    """An invoice with everything that the definition requires."""
    return Record(
        "invoice",
        (
            field("invoice_number", number),
            field("issue_date", date),
            field("seller_name", seller),
            field("currency", "EUR"),
            field("total_gross", total, Status.DOUBTFUL if doubt else Status.FOUND),
        ),
        lines=lines,
        first_page=pages[0],
        last_page=pages[1],
    )


def page(number: int = 1, look: str = "00ff00ff00ff00ff") -> Page:
    words = (Word("Rechnung", PLACE), Word("€ 119,00", Box(0.5, 0.5, 0.6, 0.6), 0.98))
    return Page(number, 595.0, 842.0, words, WordSource.TEXT, f"page-{number:04}.jpg", look=look)


def paper(folder: Path, name: str, content: str = "") -> Path:
    """A file to add; its bytes are its content, or its name."""
    path = folder / name
    path.write_bytes(b"%PDF " + (content or name).encode())
    return path


def save_pages(library: Library, job: Job, pages: tuple[Page, ...]) -> None:
    """What the reading child does for each page."""
    library.progress(job.id, len(pages), 0, "application/pdf")
    work = library.work_folder / f"job-{job.id}"
    work.mkdir(exist_ok=True)
    for read in pages:
        picture = work / read.image
        picture.write_bytes(b"picture of page %d" % read.number)
        assert library.save_page(job.id, read, picture)


def read_next(library: Library, *records: Record, pages: tuple[Page, ...] = (page(),)) -> int:
    """Read the next document of the queue as these records; gives the first record's id."""
    job = library.claim_job()
    assert job is not None
    if not job.from_pages:
        save_pages(library, job, pages)
    document = Document(job.name, job.sha256, "application/pdf", ())
    ids = library.finish(job.id, document, records)
    return ids[0] if ids else 0


def add_and_read(library: Library, folder: Path, name: str, *records: Record) -> int:
    """Add a paper and read it; gives the id of its first record."""
    library.add_file(paper(folder, name))
    return read_next(library, *records)
