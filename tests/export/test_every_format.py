"""What holds for every form of export, whichever it is."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.document import Box, Field, Flag, Reader, Record, Row, Status, Table
from app.document_types import document_type
from app.errors import Code, ProblemError
from app.export import Entry, Format, RowsOf, Sheet, default_layout, write

FORMATS = list(Format)


def found(key: str, value: str | None, status: Status = Status.FOUND) -> Field:
    if value is None:
        return Field(key, None, Status.MISSING)
    box = Box(0.1, 0.2, 0.3, 0.22)
    return Field(key, value, status, value, 1, box, Reader.QUICK, 0.9)


def row(**cells: str) -> Row:
    return tuple(found(key, value) for key, value in cells.items())


def invoice() -> Record:
    return Record(
        "invoice",
        (
            found("invoice_number", "00417"),
            found("issue_date", "2026-11-03"),
            found("due_date", None),
            found("seller_name", "Żółw & Søn GmbH"),
            found("currency", "EUR"),
            found("total_net", "1200.00"),
            found("total_gross", "-1428.50", Status.DOUBTFUL),
        ),
        lines=(
            row(description='=HYPERLINK("http://x")', quantity="3", amount="-30.00"),
            row(description="Schrauben; M4\n„verzinkt“", quantity="0.5", amount="1230.00"),
        ),
        taxes=(row(rate="19", base="1200.00", tax="228.50"),),
        flags=(Flag("sum", "Net and tax do not add up to the total.", ("total_gross",)),),
        tables=(Table(1, Box(0, 0, 1, 1), (("a", "b"), ("c", ""))),),
    )


def sheet(rows: RowsOf = RowsOf.DOCUMENTS, entries: int = 1) -> Sheet:
    definition = document_type("invoice")
    given = [Entry(f"Rechnung {n}.pdf", invoice(), "ab" * 32, 2) for n in range(entries)]
    return Sheet(definition, default_layout(definition, rows), given)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_written_and_its_rows_are_counted(form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"Ausgabe ü{form.suffix}"
    assert write(form, [sheet(entries=3)], path, "de_DE") == 3
    assert path.stat().st_size > 0
    assert names_in(tmp_path) == [path.name]


@pytest.mark.parametrize("form", FORMATS)
def test_no_records_are_a_file_without_rows(form: Format, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    assert write(form, [sheet(entries=0)], path, "en_GB") == 0
    assert path.exists()


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_fails_midway_leaves_the_older_file_alone(
    form: Format, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"older")
    whole = sheet(entries=2)

    def breaking() -> Iterator[Entry]:
        yield from whole.entries
        raise RuntimeError("the library went away")

    with pytest.raises(RuntimeError):
        write(form, [Sheet(whole.definition, whole.layout, breaking())], path, "en")
    assert path.read_bytes() == b"older"
    assert names_in(tmp_path) == ["out"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_older_file_is_replaced(form: Format, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"older" * 100_000)
    write(form, [sheet()], path, "en")
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("where", ["no such folder/out", "folder"])
def test_a_place_that_cannot_be_written_to_is_named(
    form: Format, where: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ProblemError) as caught:
        write(form, [sheet()], tmp_path / where, "en")
    assert caught.value.problem.code is Code.CANNOT_WRITE
    assert caught.value.problem.file == Path(where).name
    assert names_in(tmp_path) == ["folder"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("form", FORMATS)
def test_something_other_than_a_file_is_not_replaced(form: Format, tmp_path: Path) -> None:
    link = tmp_path / "device"
    link.symlink_to("/dev/full")
    with pytest.raises(ProblemError) as caught:
        write(form, [sheet()], link, "en")
    assert caught.value.problem.code is Code.CANNOT_WRITE
    assert link.is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_without_room_leaves_nothing_behind(form: Format, tmp_path: Path) -> None:
    import resource
    import signal

    path = tmp_path / "out"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(ProblemError) as caught:
            write(form, [sheet(entries=500)], path, "en")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.problem.code is Code.DISK_FULL
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
@pytest.mark.parametrize("form", FORMATS)
def test_a_new_file_has_the_rights_that_new_files_have(form: Format, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    path = tmp_path / "out"
    write(form, [sheet()], path, "en")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


@pytest.mark.parametrize("form", FORMATS)
def test_names_that_are_no_valid_text_are_written_with_a_mark(form: Format, tmp_path: Path) -> None:
    whole = sheet()
    odd = [Entry("scan\udcff\x00\x1b.pdf", invoice())]
    path = tmp_path / "out"
    assert write(form, [Sheet(whole.definition, whole.layout, odd)], path, "en") == 1


@pytest.mark.parametrize("form", FORMATS)
def test_the_longest_file_name_that_a_disk_takes_can_be_written(
    form: Format, tmp_path: Path
) -> None:
    path = tmp_path / ("x" * (255 - len(form.suffix)) + form.suffix)
    write(form, [sheet()], path, "en")
    assert path.exists()
