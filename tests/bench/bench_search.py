"""How fast a large library is searched: ``python -m tests.bench.bench_search [PAGES [FOLDER]]``.

Makes a library of PAGES pages (100,000 unless told) in a temporary folder of the current
one, has the index built for it as for a library that an older version left, and searches it
while another thread adds documents.  A FOLDER is kept, and taken as it is
if it is there.  Words are drawn as in real texts: a few are on nearly every page, most are
rare, one in five is a number, and one document in twenty is Chinese.  "Busy" is what the
searching thread itself had of a processor: what it takes when nothing else wants one.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from app.document import Box, Page, Word, WordSource
from app.library import Filters, Library, Query
from app.library import files as library_files
from app.library.backlog import index_some
from app.library.packing import pack
from app.library.readings import keep_records
from tests.bench.bench_library import add_and_finish, record

_BATCH = 500
_VOCABULARY = 60_000
_WORDS = 400  # on a page
_CHINESE = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年"
_BEGINS = (
    "b",
    "d",
    "f",
    "g",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "",
)
_VOWELS = ("a", "e", "i", "o", "u", "ei", "au", "é", "ü")
_ENDS = ("", "", "n", "r", "s", "l", "ng", "cht", "t", "nd")


class Author:
    """Writes pages."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        makes = random.Random(0)
        made = {self._word(makes): None for _ in range(_VOCABULARY)}
        self.vocabulary = list(made)
        weights = (1 / (rank + 3) for rank in range(len(self.vocabulary)))
        self._weights = list(itertools.accumulate(weights))

    def _word(self, luck: random.Random) -> str:
        return "".join(
            luck.choice(_BEGINS) + luck.choice(_VOWELS) + luck.choice(_ENDS)
            for _ in range(luck.randrange(1, 5))
        )

    def words(self, count: int) -> list[str]:
        return self.luck.choices(self.vocabulary, cum_weights=self._weights, k=count)

    def page(self, *, chinese: bool) -> list[str]:
        if chinese:
            return ["".join(self.luck.choices(_CHINESE, k=10)) for _ in range(_WORDS // 10)]
        words = self.words(_WORDS * 4 // 5)
        numbers = [f"{self.luck.randrange(10**6) / 100:.2f}" for _ in range(_WORDS // 10)]
        numbers += [str(self.luck.randrange(10**9)) for _ in range(_WORDS // 20)]
        numbers += [f"{self.luck.randrange(1, 29)}.3.2026" for _ in range(_WORDS // 20)]
        words += numbers
        self.luck.shuffle(words)
        return words


def fill(library: Library, count: int) -> int:
    """Add documents of one to four pages, without an index; gives the bytes of their text."""
    author, luck = Author(1), random.Random(2)
    box = Box(0.1, 0.2, 0.3, 0.4)
    written = pages = number = 0
    while pages < count:
        with library._store.writing(lasting=False) as db:
            for _ in range(_BATCH):
                number += 1
                sha256 = f"{number:064x}"
                length = min(luck.randrange(1, 5), count - pages)
                if not length:
                    break
                name = f"{' '.join(author.words(2))} {number}.pdf"
                document_id = db.execute(
                    "INSERT INTO documents (sha256, name, folded_name, suffix, size, media_type,"
                    " state, pages, pages_read, added_at)"
                    " VALUES (?, ?, ?, '.pdf', 9, 'application/pdf', 'ready', ?, ?, '2026-01-01')",
                    [sha256, name, name.lower(), length, length],
                ).lastrowid
                folder = library.folder / library_files.pages_name(sha256)
                folder.mkdir(parents=True)
                for page in range(1, length + 1):
                    texts = author.page(chinese=number % 20 == 0)
                    written += sum(len(text.encode()) + 1 for text in texts)
                    words = tuple(Word(text, box) for text in texts)
                    read = Page(page, 595, 842, words, WordSource.TEXT)
                    (folder / f"{library_files.page_stem(page)}.words").write_bytes(pack(read))
                    db.execute("INSERT INTO pages VALUES (?, ?, '', '')", [document_id, page])
                keep_records(db, document_id, [record(number, luck)])
                pages += length
    return written


def build_index(library: Library) -> None:
    with library._store.writing() as db:
        db.execute("INSERT INTO unindexed (document_id) SELECT id FROM documents")
    while index_some(library._store):
        pass


def queries(seed: int) -> dict[str, Callable[[], Query]]:
    """By name, what makes a query of each kind."""
    author = Author(seed)
    luck = author.luck
    march = Filters(since=dt.date(2026, 3, 1), until=dt.date(2026, 3, 31))

    def word(shortest: int = 2) -> str:
        return next(w for w in iter(lambda: author.words(1)[0], "") if len(w) >= shortest)

    def typed() -> Query:
        text = word()
        return Query(text[: luck.randrange(2, len(text) + 1)])

    return {
        "a word as it is typed": typed,
        "two words": lambda: Query(f"{word()} {word()}"),
        "a phrase of two words": lambda: Query(f'"{word()} {word()}"'),
        "the middle of a word": lambda: Query(word(6)[2:]),
        "a number": lambda: Query(str(luck.randrange(10**4, 10**9))),
        "an amount": lambda: Query(f"{luck.randrange(10**6) / 100:,.2f}"),
        "two Chinese characters": lambda: Query("".join(luck.choices(_CHINESE, k=2))),
        "a word, in March": lambda: Query(word(), march),
        "a word, of a supplier": lambda: Query(word(), Filters(supplier="acme")),
        "a word, of Acme 47…": lambda: Query(word(), Filters(supplier="Acme Ltd 47")),
        "a word, over 9,000": lambda: Query(word(), Filters(least=Decimal(9_000))),
        "the most common word": lambda: Query(author.vocabulary[0]),
    }


class Spent(NamedTuple):
    """What one thing took, by the clock and of a processor."""

    seconds: float
    busy: float


@contextmanager
def spending(spent: list[Spent]) -> Iterator[None]:
    start, at_work = time.perf_counter(), time.thread_time()
    yield
    spent.append(Spent(time.perf_counter() - start, time.thread_time() - at_work))


def measure(library: Library, times: int) -> None:
    every: list[Spent] = []
    for what, make in queries(5).items():
        spent, totals = list[Spent](), []
        for _ in range(times):
            query = make()
            with spending(spent):
                found = library.search(query)
            totals.append(found.total)
        every += spent
        show(what, spent, f"{statistics.median(totals):>8.0f} hits")
    show("all of these", every)
    newest = library.document_ids()
    author = Author(6)
    for what, documents in (
        ("passages for a question", []),
        ("… of one document", newest[:1]),
        ("… of 300 documents", newest[:300]),
    ):
        spent = list[Spent]()
        for _ in range(times):
            question = f"{' '.join(author.words(9))}?"
            with spending(spent):
                library.passages(question, documents=documents, limit=20)
        show(what, spent)


def show(what: str, spent: Sequence[Spent], more: str = "") -> None:
    def late(seconds: Iterable[float]) -> float:
        return sorted(seconds)[len(spent) * 95 // 100] * 1000

    print(
        f"{what:<26}{statistics.median(one.seconds for one in spent) * 1000:>7.1f} ms median"
        f"{late(one.seconds for one in spent):>7.1f} ms 95 %"
        f"{max(one.seconds for one in spent) * 1000:>7.1f} ms longest"
        f"{late(one.busy for one in spent):>7.1f} ms 95 % busy{more}",
        flush=True,
    )


def make(folder: Path, count: int) -> None:
    """Make a library of ``count`` pages, and print what its index takes."""
    with Library.open(folder) as library:
        text = fill(library, count)
        library._store._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = library._store.size()
        start, at_work = time.perf_counter(), time.process_time()
        build_index(library)
        took, busy = time.perf_counter() - start, time.process_time() - at_work
        library._store._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        grown = library._store.size() - before
        print(f"{count} pages with {text / 1e6:.0f} MB of text")
        print(f"index: {grown / 1e6:.0f} MB, built in {took:.0f} s ({busy:.0f} s busy)")
        print(
            f"the rest of the database, names and values indexed: {before / 1e6:.0f} MB", flush=True
        )


def main(count: int, folder: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = folder or Path(name) / "library"
        if not folder.exists():
            make(folder, count)
        start = time.perf_counter()
        with Library.open(folder) as library:
            print(f"opened in {time.perf_counter() - start:.2f} s")
            print("nothing else runs:")
            measure(library, 40)
            stop, added = threading.Event(), list[float]()

            def adding() -> None:
                first = random.randrange(10**9, 10**12)  # bytes that a kept folder does not have
                for start in itertools.count(first, 10):
                    if stop.is_set():
                        return
                    added.extend(add_and_finish(library, Path(name), range(start, start + 10)))

            thread = threading.Thread(target=adding)
            thread.start()
            print("while documents are added:")
            measure(library, 40)
            stop.set()
            thread.join()
            middle = statistics.median(added) * 1000
            print(f"{len(added)} documents were added meanwhile, {middle:.0f} ms each (median)")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        Path(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
