"""How fast a library of many records is: ``python -m tests.bench.bench_library [COUNT]``.

Builds a library of COUNT records (100,000 unless told) in a temporary folder of the
current one, times what the window does with it, and prints one figure a line.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.document import Box, Document, Field, Page, Reader, Record, Status, Word, WordSource
from app.library import Library
from app.library.readings import keep_records

_BATCH = 2_000
_SELLERS = ("Müller & Söhne GmbH", "Acme Ltd", "Société Dupont", "Fábrica Ñandú", "Kowalski S.A.")
_THINGS = (
    "Paper A4",
    "Kaffee 500 g",
    "Delivery",
    "Écran 27 pouces",
    "Hosting, one month",
    "Schrauben",
)


def record(number: int, luck: random.Random) -> Record:
    """A plausible invoice with three lines."""

    def field(key: str, value: str, status: Status = Status.VERIFIED) -> Field:
        box = Box(luck.random() / 2, luck.random() / 2, 0.75, 0.75)
        return Field(key, value, status, value, 1, box, Reader.QUICK, 0.97, "net + tax = gross")

    net = luck.randrange(100, 900_000)
    tax = net * 19 // 100
    status = Status.DOUBTFUL if luck.random() < 0.1 else Status.VERIFIED
    day = f"20{luck.randrange(15, 27)}-{luck.randrange(1, 13):02}-{luck.randrange(1, 29):02}"
    return Record(
        "invoice",
        (
            field("invoice_number", f"R-{number:06}"),
            field("issue_date", day),
            field("due_date", day),
            field("seller_name", f"{luck.choice(_SELLERS)} {luck.randrange(2_000)}"),
            field("seller_vat_id", f"DE{luck.randrange(10**9):09}"),
            field("buyer_name", f"{luck.choice(_SELLERS)} {luck.randrange(50)}"),
            field("currency", luck.choice(("EUR", "USD", "PLN"))),
            field("total_net", f"{net / 100:.2f}", status),
            field("total_tax", f"{tax / 100:.2f}"),
            field("total_gross", f"{(net + tax) / 100:.2f}"),
            field("amount_due", f"{(net + tax) / 100:.2f}"),
            field("iban", f"DE{luck.randrange(10**20):020}"),
        ),
        tuple(
            (
                field("description", luck.choice(_THINGS)),
                field("quantity", "1"),
                field("unit_price", f"{net / 300:.2f}"),
                field("amount", f"{net / 300:.2f}"),
            )
            for _ in range(3)
        ),
    )


def fill(library: Library, count: int) -> None:
    """Add ``count`` documents with a record each, many to a transaction."""
    luck = random.Random(0)
    for start in range(0, count, _BATCH):
        with library._store.writing() as db:
            for number in range(start, min(start + _BATCH, count)):
                name = f"Rechnung {number}.pdf"
                document_id = db.execute(
                    "INSERT INTO documents (sha256, name, folded_name, suffix, size, media_type,"
                    " state, pages, pages_read, added_at)"
                    " VALUES (?, ?, ?, '.pdf', 9, 'application/pdf', 'ready', 1, 1, '2026-01-01')",
                    [f"{number:064x}", name, name.lower()],
                ).lastrowid
                look = f"{luck.getrandbits(64):016x}"
                db.execute("INSERT INTO pages VALUES (?, 1, '', ?)", [document_id, look])
                keep_records(db, document_id, [record(number, luck)])


def page() -> Page:
    """A page of 400 words."""
    words = tuple(Word(f"word{i}", Box(0.1, i / 400, 0.2, i / 400 + 0.01)) for i in range(400))
    return Page(1, 595, 842, words, WordSource.TEXT, look="00ff00ff00ff00ff")


def add_and_finish(library: Library, source: Path, numbers: range) -> list[float]:
    """Seconds for each of some documents from its file to its saved record."""
    luck = random.Random(1)
    times = []
    for number in numbers:
        path = source / "new.pdf"
        path.write_bytes(b"%PDF " + number.to_bytes(8, "big") + luck.randbytes(100_000))
        picture = library.work_folder / "page.jpg"
        picture.write_bytes(luck.randbytes(150_000))
        reading = record(number, luck)
        start = time.perf_counter()
        library.add_file(path)
        job = library.claim_job()
        assert job is not None
        library.progress(job.id, 1, 0, "application/pdf")
        library.save_page(job.id, page(), picture)
        library.finish(job.id, Document(job.name, job.sha256, "application/pdf", ()), [reading])
        times.append(time.perf_counter() - start)
    return times


def show(what: str, seconds: float, busy: float | None = None) -> None:
    """``busy`` is the processor's share: what it takes when nothing else runs."""
    share = "" if busy is None else f"{busy * 1000:>10.1f} ms of it busy"
    print(f"{what:<58}{seconds * 1000:>10.1f} ms{share}")


def timed(what: str, work: Callable[[], object], times: int = 5) -> None:
    spent, busy = [], []
    for _ in range(times):
        start, at_work = time.perf_counter(), time.process_time()
        work()
        spent.append(time.perf_counter() - start)
        busy.append(time.process_time() - at_work)
    show(what, statistics.median(spent), statistics.median(busy))


@contextmanager
def timing(what: str) -> Iterator[None]:
    start, at_work = time.perf_counter(), time.process_time()
    yield
    show(what, time.perf_counter() - start, time.process_time() - at_work)


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name) / "library"
        with Library.open(folder) as library:
            times = add_and_finish(library, Path(name), range(10**9, 10**9 + 50))
            show("add to saved record, empty library (median)", statistics.median(times))
            start = time.perf_counter()
            fill(library, count)
            print(f"{count} records built in {time.perf_counter() - start:.0f} s")
        size = (folder / "library.sqlite").stat().st_size
        print(f"database: {size / 1e6:.0f} MB, {size / (count or 1):.0f} bytes a record")
        with timing("open, counts, first table and 200 rows"):
            library = Library.open(folder)
            library.counts()
            library.rows(library.table("invoice")[-200:])
        with library:
            measure(library)
            times = add_and_finish(library, Path(name), range(2 * 10**9, 2 * 10**9 + 50))
            show("add to saved record, full library (median)", statistics.median(times))
            with timing("backup"):
                library.backup()


def measure(library: Library) -> None:
    table = library.table
    timed("counts", library.counts)
    timed("table, order of adding", lambda: table("invoice"))
    timed("table, by amount", lambda: table("invoice", sort="total_gross", descending=True))
    timed("table, by seller", lambda: table("invoice", sort="seller_name"))
    timed("table, by document name", lambda: table("invoice", sort="@name"))
    timed("table, filter 'muller 17'", lambda: table("invoice", search="muller 17"))
    timed("table, filter without a hit", lambda: table("invoice", search="nothing like it"))
    timed("table, doubtful only", lambda: table("invoice", only="doubtful"))
    timed("table, filter and sort", lambda: table("invoice", search="acme", sort="total_gross"))
    ids = table("invoice", sort="seller_name")[-200:]
    timed("rows, 200", lambda: library.rows(ids))
    timed("record", lambda: library.record(ids[0]))
    timed("edit", lambda: library.edit(ids[0], "total_gross", "12.50"))
    timed("undo", library.undo)
    timed("confirm", lambda: library.confirm(ids[1], "total_net"))
    timed("documents, first 200", library.documents)
    timed("document ids", library.document_ids)
    timed("document ids, search", lambda: library.document_ids(search="rechnung 77"))
    timed("same_bill", lambda: library.same_bill("acme ltd 3", "R-000007", "12.50"))
    timed("same_look", lambda: library.same_look("00ff00ff00ff00ff"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
