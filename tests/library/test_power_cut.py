"""A power cut at any moment loses nothing that the window had shown as added or edited.

A busy program is killed again and again: at chosen steps (between any two statements,
flushes and renames) and at random times.  After each kill the library must open, be
sound, hold everything that was acknowledged, promise no file that is not there, keep no
file that belongs to nothing, and go on with its queue.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.document import Document, cell
from app.library import Library, State
from tests.library.facts_truth import check_facts
from tests.library.papers import add_and_read, invoice, page, paper, save_pages
from tests.library.search_truth import check_index

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Promised:
    """What the busy program was told to be done, over all of its lives."""

    documents: dict[int, str] = field(default_factory=dict)
    pages: dict[int, int] = field(default_factory=dict)
    records: dict[int, int] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    lines: set[tuple[int, int]] = field(default_factory=set)
    titles: dict[int, str] = field(default_factory=dict)
    answers: dict[int, dict[int, str]] = field(default_factory=dict)
    calls: int = 0

    def take(self, said: list[str]) -> None:
        """Take in what one life printed; what it was doing when it died may be either way."""
        open_call: dict[str, object] = {}
        for text in said:
            if not text.endswith("\n"):
                break  # it died while printing
            line = json.loads(text)
            if line["kind"] == "begin":
                open_call = line
                for document_id in line.get("forget", []):
                    self.documents.pop(document_id, None)
                if "forget_talk" in line:
                    self.titles.pop(line["forget_talk"], None)
            elif line["kind"] == "done":
                self.calls += 1
                open_call = {}
                if "sha256" in line:
                    self.documents[line["document"]] = line["sha256"]
                if "pages" in line:
                    self.pages[line["document"]] = line["pages"]
                    self.records[line["record"]] = line["document"]
                self.values.update(line.get("values", {}))
                self.lines.update((record, row) for record, row in line.get("lines", []))
                if "title" in line:
                    self.titles[line["talk"]] = line["title"]
                if "turn" in line:
                    self.answers.setdefault(line["talk"], {})[line["turn"]] = line["answer"]
        for touched in open_call.get("touches", []):  # type: ignore[attr-defined]
            self.values.pop(touched, None)


def live(folder: Path, seed: int, *, step: int = 0, seconds: float = 0.0) -> list[str]:
    """Let the busy program run until it dies; gives what it said."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.library.busy_child", str(folder), str(seed), str(step)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert child.stdout is not None
    assert child.stderr is not None
    said = []
    if seconds:
        said.append(child.stdout.readline())
        time.sleep(seconds)
        child.kill()
    said += child.stdout.readlines()
    errors = child.stderr.read()
    child.wait()
    child.stdout.close()
    child.stderr.close()
    assert not errors, errors
    return said


def check(folder: Path, promised: Promised) -> None:
    """Everything that was promised is there, and nothing that should not be."""
    with Library.open(folder) as library:
        with library._store.reading() as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert not list(library.work_folder.iterdir())
        assert not list((folder / "incoming").iterdir())
        there = set(library.document_ids()) | set(library.document_ids(trashed=True))
        stored = {library.original_path(document_id) for document_id in there}
        assert {p for p in (folder / "files").rglob("*") if p.is_file()} == stored
        for document in library.document_rows(sorted(there)):
            data = library.original_path(document.id).read_bytes()
            assert hashlib.sha256(data).hexdigest() == document.sha256
            assert document.state is not State.READING
        waiting = library.document_ids(states=[State.WAITING])
        with library._store.reading() as db:
            jobs = [row[0] for row in db.execute("SELECT document_id FROM jobs")]
        assert sorted(jobs) == sorted(waiting)
        check_promises(library, promised, there)
        check_talks(library, promised)
        check_index(library)
        check_facts(library)


def check_promises(library: Library, promised: Promised, there: set[int]) -> None:
    for document_id, sha256 in promised.documents.items():
        assert library.document(document_id).sha256 == sha256
    for document_id, count in promised.pages.items():
        if document_id in there:
            assert len(library.pages(document_id)) == count
            for number in range(1, count + 1):
                picture = library.picture_path(document_id, number)
                assert picture is not None
                assert picture.stat().st_size > 0
    records = {r: d for r, d in promised.records.items() if d in there}
    for record_id in records:
        library.record(record_id)
    for place, value in promised.values.items():
        record_id, key = place.split(" ", 1)
        if int(record_id) not in records:
            continue
        shown = library.record(int(record_id))
        if key.startswith("line "):
            line = shown.record.lines[shown.line_ids.index(int(key.split()[1]))]
            found = cell(line, "description")
        else:
            found = shown.record.field(key)
        assert found is not None
        assert found.value == value
    for record_id, line_id in promised.lines:
        if record_id in records:
            assert line_id in library.record(record_id).line_ids


def check_talks(library: Library, promised: Promised) -> None:
    for talk, title in promised.titles.items():
        assert library.conversation(talk).title == title
        kept = {turn.id: turn for turn in library.turns(talk)}
        for turn_id, answer in promised.answers.get(talk, {}).items():
            assert kept[turn_id].text == answer
            assert kept[turn_id].reply == answer.encode()


def drain(folder: Path) -> None:
    """The queue goes on after it all."""
    with Library.open(folder) as library:
        while job := library.claim_job():
            if not job.from_pages:
                save_pages(library, job, (page(1), page(2)))
            document = Document(job.name, job.sha256, "application/pdf", ())
            assert library.finish(job.id, document, [invoice()])
        assert library.counts().waiting == library.counts().reading == 0


def suffer(tmp_path: Path, lives: list[tuple[int, float]], seed: int) -> None:
    """Live and die in the same library as often as there are ``lives`` (step, seconds)."""
    folder = tmp_path / "library"
    promised = Promised()
    for number, (step, seconds) in enumerate(lives):
        promised.take(live(folder, seed * 1_000 + number, step=step, seconds=seconds))
        check(folder, promised)
    assert promised.calls > len(lives)
    assert any(promised.answers.get(talk) for talk in promised.titles)
    drain(folder)
    check(folder, promised)


def test_killed_between_any_two_steps(tmp_path: Path) -> None:
    suffer(tmp_path, [(step, 0.0) for step in range(1, 420, 29)], seed=1)


def test_killed_at_random_times(tmp_path: Path) -> None:
    luck = random.Random(2)
    suffer(tmp_path, [(0, luck.uniform(0.001, 0.6)) for _ in range(5)], seed=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3, 9))
def test_killed_very_often(tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    steps = [(luck.randrange(1, 900), 0.0) for _ in range(60)]
    suffer(tmp_path, steps + [(0, luck.uniform(0.001, 1.5)) for _ in range(15)], seed)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are flushed by the system there")
def test_all_that_is_acknowledged_was_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill leaves the system's cache; a power cut does not: so count the flushes too."""
    flushed: set[int] = set()
    flush = os.fsync

    def noted(handle: int) -> None:
        flush(handle)
        flushed.add(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", noted)
    with Library.open(tmp_path / "library") as library:
        db = library._store._writer
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        library.add_file(paper(tmp_path, "a.pdf"))
        original = library.original_path(1)
        for path in (original, original.parent, original.parent.parent, library.folder):
            assert path.stat().st_ino in flushed, path
        job = library.claim_job()
        assert job is not None
        save_pages(library, job, (page(),))
        picture = library.picture_path(1, 1)
        assert picture is not None
        for path in (picture, picture.with_suffix(".words"), picture.parent, picture.parent.parent):
            assert path.stat().st_ino in flushed, path
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_crash_between_deleting_rows_and_files_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "library"
    library = Library.open(folder)
    add_and_read(library, tmp_path, "a.pdf", invoice())
    library.trash([1])
    monkeypatch.setattr("app.library.upkeep.remove_doomed", lambda _: None)
    library.empty_trash()
    library.close()
    assert any(p.is_file() for p in (folder / "files").rglob("*"))
    with Library.open(folder):
        assert not any(p.is_file() for p in (folder / "files").rglob("*"))
        assert not any(p.is_file() for p in (folder / "pages").rglob("*"))
