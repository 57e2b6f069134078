"""Files: byte for byte, once, under any name, and nothing left behind when refused."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Code, Problem, ProblemError
from app.library import Library, State
from tests.library.papers import add_and_read, invoice, page, paper, read_next

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file kinds")


def files_of(library: Library, folder: str) -> list[Path]:
    return [path for path in (library.folder / folder).rglob("*") if path.is_file()]


def refused(library: Library, path: Path) -> Problem:
    with pytest.raises(ProblemError) as caught:
        library.add_file(path)
    assert library.documents() == []
    assert not files_of(library, "files")
    assert not files_of(library, "work")
    assert not files_of(library, "incoming")
    return caught.value.problem


def test_the_original_is_kept_byte_for_byte_under_its_hash(library: Library, desk: Path) -> None:
    data = bytes(range(256)) * 9_000
    (desk / "Große Rechnung.PDF").write_bytes(data)
    added = library.add_file(desk / "Große Rechnung.PDF")
    document = library.document(added.document_id)
    kept = library.original_path(added.document_id)
    assert kept.read_bytes() == data
    assert document.sha256 == hashlib.sha256(data).hexdigest() == kept.stem
    assert kept.suffix == ".pdf"
    assert document.name == "Große Rechnung.PDF"
    assert document.size == len(data)
    assert document.state is State.WAITING


def test_the_same_bytes_twice_are_one_document(library: Library, desk: Path) -> None:
    first = library.add_file(paper(desk, "a.pdf", "same"))
    second = library.add_file(paper(desk, "copy of a.pdf", "same"))
    assert second.already_there
    assert second.document_id == first.document_id
    assert not first.already_there
    assert len(files_of(library, "files")) == 1
    assert library.counts().documents == 1


def test_adding_bytes_that_lie_in_the_trash_restores_them(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.trash([1])
    assert library.add_file(desk / "a.pdf").already_there
    assert library.document(1).state is State.READY
    assert library.document(1).trashed_at is None
    assert library.table("invoice") == [record]


def test_adding_what_could_not_be_read_queues_it_again(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    job = library.claim_job()
    assert job is not None
    library.fail(job.id, Problem(Code.DAMAGED, "a.pdf"))
    assert library.document(1).state is State.FAILED
    library.add_file(desk / "a.pdf")
    assert library.document(1).state is State.WAITING
    assert library.document(1).problem is None
    assert library.claim_job() is not None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=300))
def test_any_name_of_any_length_is_kept(library: Library, desk: Path, name: str) -> None:
    source = desk / "source"
    source.write_bytes(b"x" + name.encode("utf-8", "surrogatepass"))
    added = library.add_file(source, name=name or "nameless")
    shown = library.document(added.document_id).name
    if name and not any("\ud800" <= letter <= "\udfff" for letter in name):
        assert shown == name or added.already_there
    kept = library.original_path(added.document_id)
    assert kept.is_file()
    assert library.folder in kept.resolve().parents


@posix
def test_a_name_that_is_no_unicode_is_shown_and_found(library: Library, desk: Path) -> None:
    raw = os.fsencode(desk) + b"/Rechnung \xff.pdf"
    Path(os.fsdecode(raw)).write_bytes(b"data")
    added = library.add_file(Path(os.fsdecode(raw)))
    assert library.document(added.document_id).name == "Rechnung \ufffd.pdf"


def test_what_is_no_ordinary_file_is_refused(library: Library, desk: Path) -> None:
    assert refused(library, desk).code is Code.NOT_A_FILE
    assert refused(library, desk / "missing.pdf").code is Code.VANISHED
    assert refused(library, desk / "missing" / "too.pdf").code is Code.VANISHED
    assert refused(library, desk / ("long" * 100)).code is Code.VANISHED
    (desk / "empty.pdf").touch()
    assert refused(library, desk / "empty.pdf").code is Code.EMPTY


@posix
def test_links_pipes_sockets_and_devices_are_refused(library: Library, desk: Path) -> None:
    (desk / "link.pdf").symlink_to(paper(desk, "a.pdf"))
    assert refused(library, desk / "link.pdf").code is Code.NOT_A_FILE
    os.mkfifo(desk / "pipe.pdf")
    assert refused(library, desk / "pipe.pdf").code is Code.NOT_A_FILE
    assert refused(library, Path("/dev/zero")).code is Code.NOT_A_FILE
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fsencode(desk)[:80] + b"/s")
        assert refused(library, desk / "s").code is Code.NOT_A_FILE


@posix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(library: Library, desk: Path) -> None:
    paper(desk, "a.pdf").chmod(0)
    assert refused(library, desk / "a.pdf").code is Code.UNREADABLE


def test_an_original_that_was_removed_comes_back_when_added_again(
    library: Library, desk: Path
) -> None:
    library.add_file(paper(desk, "a.pdf"))
    library.original_path(1).unlink()
    assert library.add_file(desk / "a.pdf").already_there
    assert library.original_path(1).read_bytes() == (desk / "a.pdf").read_bytes()


def test_pages_come_back_as_they_were_saved(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    pages = (page(1), page(2))
    read_next(library, invoice(pages=(1, 2)), pages=pages)
    stored = library.pages(1)
    assert [p.words for p in stored] == [p.words for p in pages]
    assert [p.image for p in stored] == ["0001.jpg", "0002.jpg"]
    picture = library.picture_path(1, 2)
    assert picture is not None
    assert picture.read_bytes() == b"picture of page 2"
    assert library.picture_path(1, 3) is None
    document = library.document(1)
    assert (document.pages, document.pages_read) == (2, 2)
    assert library.stored_document(1).pages == stored


def test_lists_are_narrowed_by_state_and_name(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "Straße 1.pdf", invoice("1"))
    add_and_read(library, desk, "Strasse 2.pdf", invoice("2", doubt=True))
    library.add_file(paper(desk, "other.pdf"))
    names = [d.name for d in library.documents(search="strasse")]
    assert names == ["Strasse 2.pdf", "Straße 1.pdf"]
    assert library.document_ids(states=[State.ATTENTION, State.WAITING]) == [3, 2]
    assert [d.name for d in library.documents(limit=1, offset=1)] == ["Strasse 2.pdf"]
    assert library.document_ids(newest_first=False) == [1, 2, 3]
    assert [d.id for d in library.document_rows([3, 99, 1])] == [3, 1]
    with pytest.raises(KeyError):
        library.document(99)


def test_the_sidebar_counts_what_is_there(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "1.pdf", invoice("1"), invoice("2", doubt=True))
    library.add_file(paper(desk, "2.pdf"))
    library.add_file(paper(desk, "3.pdf"))
    job = library.claim_job()
    assert job is not None
    library.fail(job.id, Problem(Code.PASSWORD_NEEDED, "2.pdf"))
    library.claim_job()
    add_and_trash = library.add_file(paper(desk, "4.pdf")).document_id
    library.trash([add_and_trash])
    counts = library.counts()
    assert [(t.document_type, t.records, t.needs_look) for t in counts.types] == [("invoice", 2, 1)]
    assert (counts.documents, counts.needs_look, counts.waiting) == (3, 1, 0)
    assert (counts.reading, counts.failed, counts.locked, counts.trash) == (1, 1, 1, 1)
