"""A library with papers made of lines of text, for questions about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from app.asking.answers import Answering
from app.asking.messages import Event
from app.asking.sheets import Paper, Sheet, letters
from app.document import Document, Page, Record, WordSource
from app.errors import Code, ProblemError
from app.library import Library
from tests.reading.printed import page_of

INVOICE = (
    "Made-up Tools GmbH  Rechnung RE-2024-17",
    "Invented Customer Ltd  Datum 03.11.2026",
    "Nettobetrag  1.000,00 EUR",
    "MwSt 19 %  190,00 EUR",
    "Gesamt  1.190,00 EUR",
)
LEASE = (
    "Lease of the workshop in Hafenstr. 12",
    "between Anna Schmidt and Made-up Tools GmbH",
    "The notice period is three months",
    "to the end of a quarter.",
    "The rent is EUR 850.00 a month.",
)


def paper_of(*pages: Sequence[str], name: str = "a.pdf", number: int = 1) -> Paper:
    """A paper of these pages, as the only one that is given."""
    sheets = tuple(Sheet(page_of(lines, at)) for at, lines in enumerate(pages, 1))
    return Paper(number, name, "", sheets)


def lettered(*papers: Paper) -> list[Paper]:
    """Several papers, as they are given together."""
    return [
        replace(paper, document_id=number, letter=letter)
        for number, (letter, paper) in enumerate(zip(letters(len(papers)), papers, strict=True), 1)
    ]


def put(
    library: Library,
    folder: Path,
    name: str,
    *pages: Sequence[str],
    records: Sequence[Record] = (),
    source: WordSource = WordSource.TEXT,
) -> int:
    """A document of these pages, read as these records; gives its id."""
    path = folder / name
    path.write_bytes(b"%PDF " + name.encode())
    return put_file(
        library,
        path,
        [page_of(lines, at, source) for at, lines in enumerate(pages, 1)],
        records=records,
    )


def put_file(
    library: Library, path: Path, pages: Sequence[Page], *, records: Sequence[Record] = ()
) -> int:
    """A file, read as these pages and records; gives the document's id."""
    added = library.add_file(path)
    job = library.claim_job()
    assert job is not None
    library.progress(job.id, len(pages), 0, "application/pdf")
    for page in pages:
        assert library.save_page(job.id, page, None)
    library.finish(job.id, Document(job.name, job.sha256, "application/pdf", ()), records)
    return added.document_id


def put_photo(library: Library, folder: Path) -> int:
    """A photo of which no words were read; gives the document's id."""
    path = folder / "photo.jpg"
    image = Image.new("RGB", (240, 160), "white")
    ImageDraw.Draw(image).text((20, 50), "Total 12,50 EUR", fill="black")
    image.save(path)
    added = library.add_file(path)
    job = library.claim_job()
    assert job is not None
    library.progress(job.id, 1, 0, "image/jpeg")
    page = Page(1, 240.0, 160.0, (), WordSource.OCR, "page-0001.jpg")
    picture = library.work_folder / page.image
    image.save(picture)
    assert library.save_page(job.id, page, picture)
    library.finish(job.id, Document(job.name, job.sha256, "image/jpeg", ()), ())
    return added.document_id


def ended(
    going: Answering, stop_at: Callable[[Event], bool] = lambda _: False
) -> tuple[list[Event], Code | None]:
    """What happened until the end, and the problem that it ended with, if any."""
    events: list[Event] = []
    try:
        for event in going.events():
            events.append(event)
            if stop_at(event):
                going.stop()
    except ProblemError as error:
        return events, error.problem.code
    return events, None
