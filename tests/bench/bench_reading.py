"""From a file to a saved record: one at a time, a pile, and the thousandth.

    python -m tests.bench.bench_reading [--many 1000]

Each figure is the median of what is named; the machine's other work shows in the range.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from app.journey import Journey
from app.library import Library, State
from tests.bench.piles import scanned_page, text_invoices


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", type=int, default=1000)
    many = parser.parse_args().many
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        files = text_invoices(work / "pile", max(many, 230))
        with Library.open(work / "library") as library:
            journey = Journey(library)
            journey.start()
            add_and_wait(library, journey, files[:10])  # workers warm
            singles = [add_and_wait(library, journey, [file]) for file in files[10:30]]
            report("one text page, added to saved", singles)
            pile = add_and_wait(library, journey, files[30:230])
            print(f"200 text pages: {pile:.1f} s ({pile / 200:.3f} s each)")
            scan = scanned_page(work / "scan")
            first = add_and_wait(library, journey, [scan])
            print(f"one page with OCR, with the OCR's own start: {first:.2f} s")
            scans = [scanned_copy(scan, n) for n in range(5)]
            report("one page with OCR, warm", [add_and_wait(library, journey, [s]) for s in scans])
            if many > 230:
                add_and_wait(library, journey, files[230 : many - 20])
                last = [add_and_wait(library, journey, [file]) for file in files[many - 20 :]]
                report(f"the last 20 of {many}", last)
                print(f"last / first: {statistics.median(last) / statistics.median(singles):.2f}")
            memory = max(reader.memory for reader in journey._readers)
            print(f"largest reading child: {memory / 1e6:.0f} MB")
            journey.stop()


def add_and_wait(library: Library, journey: Journey, files: list[Path]) -> float:
    """Seconds from adding ``files`` until each of them has its records saved."""
    start = time.perf_counter()
    added = list(journey.add(files))
    while any(
        row.state in (State.WAITING, State.READING)
        for row in library.document_rows(
            [a.document_id for a in added if hasattr(a, "document_id")]
        )
    ):
        time.sleep(0.005)
    return time.perf_counter() - start


def scanned_copy(scan: Path, number: int) -> Path:
    """The same picture as another file: bytes after a PNG's end do not change what it shows."""
    copy = scan.with_name(f"scan-{number}.png")
    copy.write_bytes(scan.read_bytes() + bytes([number]))
    return copy


def report(what: str, seconds: list[float]) -> None:
    middle = statistics.median(seconds)
    print(f"{what}: {middle:.3f} s (from {min(seconds):.3f} to {max(seconds):.3f})")


if __name__ == "__main__":
    main()
