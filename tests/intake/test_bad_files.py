"""Whatever is dropped ends in pages or in a problem that can be put in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Code, ProblemError
from app.intake.media import MediaType, kind_of
from app.intake.open_child import open_document
from tests.intake.conftest import TakeIn


def pdf() -> bytes:
    with pymupdf.open() as document:
        document.new_page(width=200, height=200).insert_text((20, 90), "Rechnung 12")
        return document.tobytes(no_new_id=True)


def test_an_empty_file(problem_of: Callable[..., Code]) -> None:
    assert problem_of(b"", "a.pdf") is Code.EMPTY


@pytest.mark.parametrize(
    "data",
    [b"\0" * 5_000, b"plain text, nothing else", b"MZ\x90\0", b"{\\rtf1 hello}", b"a,b\n1,2\n"],
)
def test_a_kind_that_cannot_be_read(problem_of: Callable[..., Code], data: bytes) -> None:
    assert problem_of(data, "a.pdf") is Code.UNSUPPORTED


def test_a_folder(problem_of: Callable[..., Code], tmp_path: Path) -> None:
    assert problem_of(tmp_path, "a") is Code.NOT_A_FILE


def test_a_file_that_is_gone(problem_of: Callable[..., Code], tmp_path: Path) -> None:
    assert problem_of(tmp_path / "gone.pdf", "gone.pdf") is Code.VANISHED


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_pipe_does_not_block(problem_of: Callable[..., Code], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert problem_of(tmp_path / "pipe", "pipe") is Code.NOT_A_FILE
    assert problem_of(Path("/dev/null"), "null") is Code.NOT_A_FILE


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_links(take_in: TakeIn, problem_of: Callable[..., Code], tmp_path: Path) -> None:
    (tmp_path / "real.pdf").write_bytes(pdf())
    (tmp_path / "good").symlink_to(tmp_path / "real.pdf")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert take_in(tmp_path / "good", "good").pages
    assert problem_of(tmp_path / "dangling", "a") is Code.VANISHED
    assert problem_of(tmp_path / "loop", "a") is Code.NOT_A_FILE


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may read everything"
)
def test_a_file_that_may_not_be_read(problem_of: Callable[..., Code], tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf())
    path.chmod(0)
    assert problem_of(path, "a.pdf") is Code.UNREADABLE


@pytest.mark.parametrize("name", ["ü" * 120 + ".pdf", "a\nb.pdf", "  .pdf", "%s{file}.pdf", "-rf"])
def test_names_of_any_kind(take_in: TakeIn, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pdf())
    taken = take_in(path, name)
    assert taken.document is not None
    assert taken.document.name == name


def test_names_that_no_system_allows(problem_of: Callable[..., Code], tmp_path: Path) -> None:
    assert problem_of(tmp_path / ("x" * 5_000), "x") is Code.NOT_A_FILE
    assert problem_of(tmp_path / "a\0b", "a") is Code.NOT_A_FILE


def test_a_pdf_without_pages(problem_of: Callable[..., Code]) -> None:
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    assert problem_of(data, "a.pdf") in {Code.NO_PAGES, Code.DAMAGED}


def test_a_pdf_whose_pages_run_in_a_circle(problem_of: Callable[..., Code]) -> None:
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    assert problem_of(data, "a.pdf") in {Code.NO_PAGES, Code.DAMAGED}


def test_nothing_is_written_outside_the_working_folder(
    take_in: TakeIn, tmp_path: Path, work: Path
) -> None:
    take_in(pdf(), "../../a.pdf")
    assert {path.name for path in tmp_path.iterdir()} == {"content", "work"}
    assert [path.name for path in work.iterdir()] == ["page-0001.jpg"]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf())
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    (tmp_path / "page-0001.jpg").symlink_to("/dev/full")
    with pytest.raises(ProblemError) as caught:
        list(open_document(path, "a.pdf", tmp_path))
    assert caught.value.problem.code is Code.DISK_FULL


SPOILED = st.tuples(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
    st.floats(0.02, 1),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(spoiled=SPOILED)
def test_a_spoiled_pdf_ends_in_pages_or_a_problem(
    tmp_path: Path, spoiled: tuple[list[tuple[float, int]], float]
) -> None:
    changes, kept = spoiled
    content = bytearray(pdf())
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    path = tmp_path / "spoiled.pdf"
    path.write_bytes(bytes(content[: int(kept * len(content))]))
    try:
        parts = list(open_document(path, "spoiled.pdf", tmp_path, images=False))
    except ProblemError:
        return
    assert parts


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"%PDF-1.7", "a.jpg", MediaType.PDF),
        (b"PK\x03\x04" + bytes(30), "a.pdf", MediaType.ZIP),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "a.zip", MediaType.OFFICE),
        (b"\xff\xd8\xff\xe0", "a.png", MediaType.JPEG),
        (b"BM tells a story about a picture that is none", "a.bmp", MediaType.UNKNOWN),
        (b"Dear Sir: hello\n", "a.txt", MediaType.UNKNOWN),
        (b"Note: this\nFrom: that\n", "a.txt", MediaType.UNKNOWN),
        (b"From: a\nb@@d line\nSubject: c\n\n", "a.eml", MediaType.MAIL),
        (b"From: a\nb@@d line\nSubject: c\nDate: d\n\n", "a.txt", MediaType.UNKNOWN),
        (b"<html><body>", "a.xml", MediaType.UNKNOWN),
        (b"\0\0\0\x18ftypheic", "a.jpg", MediaType.HEIF),
        (b"\0\0\0\x18ftypmp42", "a.heic", MediaType.UNKNOWN),
    ],
)
def test_the_kind_is_told_from_the_bytes(head: bytes, name: str, kind: MediaType) -> None:
    assert kind_of(head, name) is kind
