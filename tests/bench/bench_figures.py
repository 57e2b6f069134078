"""How fast figures are worked out: ``python -m tests.bench.bench_figures [COUNT | FOLDER]``.

Makes a library of COUNT records (100,000 unless told) in a temporary folder of the current
one, or takes the one in FOLDER, and times what questions ask of it.  "busy" is the
processor's share of the time: what it takes when nothing else runs.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.library import Library
from app.library.facts import keep_facts
from app.library.notation import read_notation
from app.library.readings import load
from tests.bench.bench_library import fill, timed

_TODAY = dt.date(2026, 11, 20)
_CALCULATIONS = (
    "count",
    "sum gross",
    "sum gross when 2026-03",
    "sum gross of invoice when 2025 by month",
    "sum gross by month",
    "sum gross by seller top 10 highest",
    'sum gross where seller has "dupont" when this-year',
    "count of invoice where due_date in ..yesterday",
    "list gross of invoice top 10 highest",
    "list of invoice where gross from 9000",
    'average net where currency is "EUR" by buyer',
    "largest gross when last-year",
    "sum line.amount by month",
    'sum line.amount where line.description has "kaffee" when 2025 by quarter',
    'sum line.amount where seller has "acme" by line.description',
    "count of invoice by @type",
)


def main(argument: str) -> None:
    if argument and not argument.isdecimal():
        with Library.open(Path(argument)) as library:
            measure(library)
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        with Library.open(Path(name) / "library") as library:
            fill(library, int(argument or 100_000))
        with Library.open(Path(name) / "library") as library:
            measure(library)


def measure(library: Library) -> None:
    while library.uncounted:
        time.sleep(1)
    with library._store.reading() as db:
        for table in ("facts", "facts_in_doubt"):
            sql = "SELECT sum(pgsize) FROM dbstat WHERE name = ?"
            size = db.execute(sql, [table]).fetchone()[0]
            print(f"{table}: {size / 1e6:.0f} MB of {library._store.size() / 1e6:.0f} MB")
    for notation in _CALCULATIONS:
        calculation = read_notation(notation)
        timed(notation[:58], lambda c=calculation: library.calculate(c, _TODAY))  # type: ignore[misc]
    calculation = read_notation("sum gross by month")
    figure = library.calculate(calculation, _TODAY).figures[0]
    timed("the records behind a month", lambda: library.behind(calculation, _TODAY, figure))
    saving(library)


def saving(library: Library) -> None:
    """What facts add to the saving of a record."""
    spent: list[float] = []
    for record_id in library.table("")[::1_000]:
        with library._store.writing(lasting=False) as db:
            stored = load(db, record_id)
            shown = stored.shown()
            start = time.process_time()
            keep_facts(db, record_id, stored.document_name, shown)
            spent.append(time.process_time() - start)
    print(f"a record's facts made and written: {statistics.median(spent) * 1e3:.2f} ms busy")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
