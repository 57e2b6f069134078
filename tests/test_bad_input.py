"""Bad files in one pile, and a program that is stopped: nothing is lost, all is said in words."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pymupdf
import pytest

from app.errors import Code
from app.journey import Journey
from app.library import Library, State
from tests.paper import invoice_pdf, locked_pdf

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and odd names")

GOOD = (State.READY, State.ATTENTION)


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these numbered objects, the first its catalogue."""
    out = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        len(out),
    )
    return out + end + trailer


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return len(data).to_bytes(4, "big") + kind + data + checksum.to_bytes(4, "big")


def png(width: int, height: int) -> bytes:
    """A picture that says it is this large and holds next to nothing."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def nested(depth: int) -> bytes:
    data = packed({"a.pdf": b"%PDF-1.4"})
    for _ in range(depth):
        data = packed({"a.zip": data, "b.zip": data})
    return data


def many_pages(count: int) -> bytes:
    with pymupdf.open() as document:
        for _ in range(count):
            document.new_page(width=50, height=50)
        return document.tobytes(no_new_id=True)


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
XML = b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:Cross'
XML += b'IndustryInvoice:100">'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'

BAD: dict[str, tuple[Callable[[], bytes], Code]] = {
    "cut off.pdf": (lambda: b"%PDF-1.7\n1 0 obj\n<</Type/Cat", Code.DAMAGED),
    "no pages.pdf": (
        lambda: pdf_of(CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>"),
        Code.NO_PAGES,
    ),
    "10000 pages.pdf": (lambda: many_pages(10_000), Code.TOO_MANY_PAGES),
    "wrong ending.pdf": (lambda: b"MZ\x90\0" + bytes(range(256)), Code.UNSUPPORTED),
    "large.png": (lambda: png(2**31 - 1, 2**31 - 1), Code.TOO_LARGE),
    "without size.png": (lambda: png(0, 0), Code.DAMAGED),
    "bomb.zip": (lambda: packed({"a.pdf": b"%PDF-1.4\n" + bytes(150_000_000)}), Code.TOO_LARGE),
    "boxes in boxes.zip": (lambda: nested(6), Code.TOO_DEEP),
    "no archive.zip": (lambda: b"PK\x03\x04" + b"\xff" * 500, Code.DAMAGED),
    "letters in letters.eml": (
        lambda: b"Content-Type: message/rfc822\nFrom: a\nTo: b\nSubject: c\nDate: d\n\n" * 5_000,
        Code.DAMAGED,
    ),
    "laughs.xml": (lambda: LAUGHS + XML + b"&b;</rsm:CrossIndustryInvoice>", Code.DAMAGED),
    "deep.xml": (lambda: XML + b"<a>" * 100_000, Code.DAMAGED),
    "[red]-{file}%s.pdf": (lambda: b"%PDF-1.7 nothing", Code.DAMAGED),
}


def paperclerk(*arguments: object, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "app", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


def test_every_bad_file_is_refused_in_words_and_the_good_one_after_them_is_read(
    tmp_path: Path,
) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    files = [desk / name for name in BAD]
    for file in files:
        file.write_bytes(BAD[file.name][0]())
    locked = locked_pdf(desk / "locked.pdf", "sesame")
    good = invoice_pdf(desk / "good.pdf")
    with Library.open(tmp_path / "library") as library:
        journey = Journey(library, workers=1)
        try:
            rows = {}
            for path in (*files, locked, good):
                [added] = journey.add([path])
                assert not hasattr(added, "code"), path
                rows[path.name] = added.document_id
                path.unlink()  # what was added no longer needs the file
            journey.start()
            journey.drain()
        finally:
            journey.stop()
        for name, (_, code) in BAD.items():
            row = library.document(rows[name])
            assert row.state is State.FAILED, name
            assert row.problem is not None
            assert (name, row.problem.code) == (name, code)
            assert name in row.problem.message
            assert row.problem.advice
        assert library.document(rows[locked.name]).state is State.LOCKED
        assert library.document(rows[good.name]).state in GOOD
        assert not list(library.work_folder.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk", "library"]
    assert not list(desk.iterdir())


@posix
def test_a_name_of_any_bytes_is_read_and_written_as_utf_8(tmp_path: Path) -> None:
    data = invoice_pdf(tmp_path / "a.pdf").read_bytes()
    names = [b"\xff\xfe.pdf", b"new\nline.pdf", b"\xe2\x80\xaefdp.pdf", b"a" * 251 + b".pdf"]
    files = [Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)) for name in names]
    try:
        for file in files:
            file.write_bytes(data)
    except OSError:
        pytest.skip("this file system does not take such names")
    reading = [sys.executable, "-m", "app", "read", "--format", "json", "--", *files]
    done = subprocess.run(
        reading, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "latin-1"}
    )
    assert (done.returncode, done.stderr) == (0, b"")
    rows = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert [row["error"] for row in rows] == [None] * len(names)
    assert rows[0]["file"] == f"{tmp_path}/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.pdf"
    with Library.open(tmp_path / "library") as library:
        journey = Journey(library, workers=1)
        for file in files:
            file.write_bytes(b"%PDF nothing " + os.fsencode(file.name))
        ids = [getattr(outcome, "document_id", 0) for outcome in journey.add(files)]
        shown = [library.document(document_id).name for document_id in ids]
    assert shown[1:3] == ["new line.pdf", "fdp.pdf"]
    assert all(name.isprintable() for name in shown)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_reading_leaves_no_child_and_no_scratch(tmp_path: Path, number: int) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    inside = {f"{n}.pdf": invoice_pdf(tmp_path / "a.pdf", f"A-{n}").read_bytes() for n in range(40)}
    archive = tmp_path / "many.zip"
    archive.write_bytes(packed(inside))
    running = paperclerk("read", "--format", "json", archive, TMPDIR=str(scratch))
    children = wait_for_children(running)
    wait_until(lambda: any(scratch.rglob("unpacked-*")))
    running.send_signal(number)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert b"Traceback" not in said
    assert b"Stopped" in said
    assert not any(alive(child) for child in children)
    assert not list(scratch.iterdir())


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_was_added_is_read_after_the_program_was_stopped(tmp_path: Path, number: int) -> None:
    files = [invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in range(6)]
    folder = tmp_path / "library"
    running = paperclerk("add", "--library", folder, *files)
    children = wait_for_children(running)
    second = paperclerk("add", "--library", folder, files[0])
    _, said = second.communicate(timeout=20)
    assert second.returncode == 1
    assert "already open" in said.decode()
    running.send_signal(number)
    _, said = running.communicate(timeout=20)
    assert running.returncode == (130 if number == signal.SIGINT else -number)
    assert b"Traceback" not in said
    wait_until(lambda: not any(alive(child) for child in children))
    with Library.open(folder) as library:
        rows = library.document_rows(library.document_ids())
        assert len(rows) == len(files)
        assert {row.state for row in rows} <= {State.WAITING, *GOOD}
        journey = Journey(library, workers=1)
        journey.start()
        journey.drain()
        journey.stop()
        rows = library.document_rows(library.document_ids())
        assert {row.state for row in rows} <= set(GOOD)
        assert not list(library.work_folder.iterdir())


def test_without_room_for_scratch_files_each_file_says_so(tmp_path: Path) -> None:
    file = invoice_pdf(tmp_path / "a.pdf")
    gone = tmp_path / "gone"
    running = paperclerk("read", "--format", "json", file, **no_scratch(gone))
    output, said = running.communicate(timeout=60)
    assert running.returncode == 1
    assert said == b""
    assert json.loads(output)["error"]["code"] == "disk_full"


def no_scratch(folder: Path) -> dict[str, str]:
    """An environment in which no scratch folder can be made."""
    start = folder.with_name("sitecustomize.py")
    start.write_text(f"import tempfile\ntempfile.tempdir = {str(folder)!r}\n", encoding="utf-8")
    return {"PYTHONPATH": str(start.parent)}


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def wait_for_children(running: subprocess.Popen[bytes]) -> list[psutil.Process]:
    program = psutil.Process(running.pid)
    wait_until(lambda: bool(program.children(recursive=True)))
    return program.children(recursive=True)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
