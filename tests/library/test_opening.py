"""Opening: one writer, readers beside it, copies anywhere, old, new and damaged libraries."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.errors import Code, Problem, ProblemError
from app.library import Library, Part, State
from app.library.schema import migrations
from tests.library.papers import add_and_read, invoice, paper, row

ROOT = Path(__file__).resolve().parent.parent.parent
FIXTURES = Path(__file__).resolve().parent / "fixtures"

AFTER_FIRST = """
import sys
from pathlib import Path
from app.errors import ProblemError
from app.library import Library
try:
    with Library.open(Path(sys.argv[1]), read_only=sys.argv[2] == "read") as library:
        print(library.counts().documents)
except ProblemError as error:
    print(error.problem.code)
"""


def opened_elsewhere(folder: Path, how: str) -> str:
    """What another process sees when it opens the library."""
    command = [sys.executable, "-c", AFTER_FIRST, str(folder), how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def cannot_open(folder: Path, *, read_only: bool = False) -> Code:
    with pytest.raises(ProblemError) as caught:
        Library.open(folder, read_only=read_only)
    return caught.value.problem.code


def test_a_second_program_is_told_and_changes_nothing(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    job = library.claim_job()
    assert job is not None
    assert cannot_open(library.folder) is Code.LIBRARY_IN_USE
    assert opened_elsewhere(library.folder, "write").strip() == Code.LIBRARY_IN_USE
    assert library.document(1).state is State.READING
    library.close()
    assert opened_elsewhere(library.folder, "write").strip() == "1"


def test_others_may_read_while_it_is_written(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    assert opened_elsewhere(library.folder, "read").strip() == "1"
    with Library.open(library.folder, read_only=True) as reader:
        library.add_file(paper(desk, "b.pdf"))
        assert reader.counts().documents == 2
        for change in (
            lambda: reader.add_file(paper(desk, "c.pdf")),
            reader.pause,
            lambda: reader.set_setting("a", 1),
        ):
            with pytest.raises(ProblemError) as caught:
                change()
            assert caught.value.problem.code is Code.LIBRARY_READ_ONLY
        assert not reader.backup_due


def test_a_lock_left_by_a_crash_does_not_shut_anyone_out(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from app.library import Library\n"
        "Library.open(Path(sys.argv[1])).pause(); os._exit(9)"
    )
    folder = tmp_path / "library"
    command = [sys.executable, "-c", program, str(folder)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    with Library.open(folder) as library:
        assert library.paused


def test_a_copied_folder_opens_elsewhere(library: Library, desk: Path, tmp_path: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice(lines=(row("Paper", "1"),)))
    library.edit(record, "invoice_number", "MINE")
    library.close()
    copy = tmp_path / "Kopie #1 100% ?" / "Bücher"
    shutil.copytree(library.folder, copy)
    shutil.rmtree(library.folder)
    with Library.open(copy) as again:
        assert again.table("invoice", search="mine") == [record]
        assert again.original_path(1).read_bytes() == (desk / "a.pdf").read_bytes()
        assert copy in again.original_path(1).parents
        picture = again.picture_path(1, 1)
        assert picture is not None
        assert picture.is_file()
        assert len(again.pages(1)) == 1
        assert again.undo() is not None


def test_a_library_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    assert cannot_open(tmp_path / "none", read_only=True) is Code.NO_LIBRARY
    assert not (tmp_path / "none").exists()


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("not a folder")
    assert cannot_open(tmp_path / "library") is Code.LIBRARY_READ_ONLY


def test_damage_is_told_and_nothing_is_overwritten(library: Library, desk: Path) -> None:
    for number in range(30):
        add_and_read(library, desk, f"{number}.pdf", invoice(str(number)))
    library.close()
    database = library.folder / "library.sqlite"
    whole = database.read_bytes()
    luck = random.Random(1)
    damaged = whole[:100] + luck.randbytes(len(whole) - 100)
    database.write_bytes(damaged)
    assert cannot_open(library.folder) is Code.LIBRARY_DAMAGED
    assert cannot_open(library.folder, read_only=True) is Code.LIBRARY_DAMAGED
    database.write_bytes(b"this was never a database " * 1_000)
    assert cannot_open(library.folder) is Code.LIBRARY_DAMAGED
    database.write_bytes(whole[: len(whole) // 2])
    assert cannot_open(library.folder) is Code.LIBRARY_DAMAGED
    database.write_bytes(whole)
    Library.open(library.folder).close()


def test_the_look_for_damage_ends_in_time(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    library._store.check(0.0)  # interrupted at once, and that is no damage
    library._store.check(60.0)
    assert library.table("invoice") == [1]


def test_a_newer_library_is_left_alone(library: Library) -> None:
    library.close()
    with sqlite3.connect(library.folder / "library.sqlite") as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('paperclerk', 'm999_future', 'then')"
        )
    db.close()
    assert cannot_open(library.folder) is Code.LIBRARY_NEWER
    assert cannot_open(library.folder, read_only=True) is Code.LIBRARY_NEWER


@pytest.mark.parametrize("dump", sorted(FIXTURES.glob("*.sql")), ids=lambda p: p.stem)
def test_libraries_of_every_older_version_open(dump: Path, tmp_path: Path) -> None:
    """Each fixture is a whole library as that version left it, with an edit and a flag."""
    folder = tmp_path / "library"
    folder.mkdir()
    with sqlite3.connect(folder / "library.sqlite") as db:
        db.executescript(dump.read_text(encoding="utf-8"))
    db.close()
    with Library.open(folder) as library:
        assert not library._store.pending()
        stored = library.record(1)
        number = stored.record.field("invoice_number")
        assert number is not None
        assert (number.value, number.alternatives[0].value) == ("MINE", "R-1")
        assert stored.record.flags[0].code == "sum"
        assert len(stored.record.lines) == 2
        assert library.table("invoice", search="mine glue", sort="total_gross") == [1]
        assert library.undo() is not None
        assert library.claim_job() is not None
        assert library.setting("columns", list[str], []) == ["invoice_number"]
        assert len(library.conversations("owed 119.00")) == (dump.stem >= "m005")


def test_a_backup_is_made_before_the_tables_change(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.close()
    known = list(migrations._migrations)
    monkeypatch.setattr(migrations, "_migrations", known)

    @migrations(name="m998_test")  # type: ignore[untyped-decorator, unused-ignore]
    def add_table(db: object) -> None:
        db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY)")  # type: ignore[attr-defined]

    assert cannot_open(library.folder, read_only=True) is Code.LIBRARY_OLDER
    with Library.open(library.folder) as again:
        assert again.table("invoice") == [record]
    backups = list((library.folder / "backups").iterdir())
    assert len(backups) == 1
    db = sqlite3.connect(backups[0])
    assert db.execute("SELECT count(*) FROM records").fetchone() == (1,)
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'later'").fetchall()
    db.close()


def test_a_migration_that_fails_changes_nothing(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.close()
    known = list(migrations._migrations)
    monkeypatch.setattr(migrations, "_migrations", list(known))

    @migrations(name="m998_test")  # type: ignore[untyped-decorator, unused-ignore]
    def fail(db: object) -> None:
        db.execute("DELETE FROM documents")  # type: ignore[attr-defined]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Library.open(library.folder)
    monkeypatch.setattr(migrations, "_migrations", known)
    with Library.open(library.folder) as again:
        assert again.table("invoice") == [record]


def test_backups_open_as_libraries_and_the_latest_are_kept(
    library: Library, desk: Path, tmp_path: Path
) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    assert library.backup_due
    backup = library.backup()
    assert not library.backup_due
    copy = tmp_path / "restored"
    copy.mkdir()
    shutil.copy(backup, copy / "library.sqlite")
    with Library.open(copy) as restored:
        assert restored.table("invoice") == [1]
    for day in range(1, 9):
        (backup.parent / f"library-2020010{day}T000000Z.sqlite").write_bytes(b"old")
    library.backup()
    kept = sorted(path.name for path in backup.parent.iterdir())
    assert len(kept) == 5
    assert backup.name in kept


def test_a_small_library_is_backed_up_once_a_day(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    backups = library.folder / "backups"
    for _ in range(3):
        library.close()
        library = Library.open(library.folder)
    assert len(list(backups.iterdir())) == 1
    two_days_ago = time.time() - 2 * 86_400
    os.utime(next(backups.iterdir()), (two_days_ago, two_days_ago))
    (backups / "library-cut-short.part").touch()
    library.close()
    time.sleep(1.1)  # a backup is named by its second
    with Library.open(library.folder):
        assert [p.suffix for p in backups.iterdir()] == [".sqlite"] * 2


def test_settings_are_typed_and_forgiving(library: Library) -> None:
    library.set_setting("columns", ["a", "b"])
    assert library.setting("columns", list[str], []) == ["a", "b"]
    assert library.setting("columns", int, 7) == 7
    assert library.setting("none", str, "x") == "x"
    library.set_setting("part", Part.LINES)
    assert library.setting("part", Part, Part.FIELDS) is Part.LINES


def test_readers_do_not_wait_for_a_writer(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with library._store.writing() as db:
            db.execute("DELETE FROM records")
            holding.set()
            done.wait(20)
            db.execute("ROLLBACK")
            db.execute("BEGIN")

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(20)
    start = time.monotonic()
    assert library.table("invoice") == [1]
    assert library.rows([1])[0].document_name == "a.pdf"
    assert library.counts().documents == 1
    waited = time.monotonic() - start
    done.set()
    thread.join()
    assert waited < 15


def test_many_threads_work_at_once(library: Library, desk: Path) -> None:
    for number in range(12):
        add_and_read(library, desk, f"{number}.pdf", invoice(str(number)))
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        luck = random.Random(seed)
        try:
            for _ in range(15):
                record = luck.randrange(1, 13)
                library.edit(record, "invoice_number", str(luck.random()))
                assert len(library.rows(library.table("invoice", search="pdf"))) == 12
                library.set_reviewed(record, luck.random() < 0.5)
                library.counts()
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(library.history(1)) + sum(len(library.history(r)) for r in range(2, 13)) == 180


def test_closing_twice_is_harmless_and_ends_its_use(library: Library) -> None:
    library.close()
    library.close()
    with pytest.raises(RuntimeError):
        library.counts()
    assert sorted(p.name for p in library.folder.iterdir() if p.name.startswith("library.")) == [
        "library.sqlite"
    ]


def mounted(folder: Path, *options: str) -> bool:
    """Mount a small disk of its own at ``folder``, where that is allowed."""
    mount = shutil.which("mount")
    if mount is None or sys.platform == "win32" or os.geteuid() != 0:
        return False
    command = [mount, "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=True)


def test_a_read_only_disk_can_be_read(library: Library, desk: Path, tmp_path: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.close()
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "size=8m"):
        pytest.skip("may not mount a disk")
    try:
        shutil.copytree(library.folder, disk / "library")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert cannot_open(disk / "library") is Code.LIBRARY_READ_ONLY
        assert cannot_open(disk / "new") is Code.LIBRARY_READ_ONLY
        with Library.open(disk / "library", read_only=True) as reader:
            assert reader.table("invoice") == [record]
            assert reader.record(record).record.field("invoice_number") is not None
    finally:
        unmount(disk)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that refuses writes"
)
def test_a_read_only_folder_can_be_read(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.close()
    library.folder.chmod(0o555)
    try:
        assert cannot_open(library.folder) is Code.LIBRARY_READ_ONLY
        with Library.open(library.folder, read_only=True) as reader:
            assert reader.table("invoice") == [record]
    finally:
        library.folder.chmod(0o755)


def test_a_full_disk_loses_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "size=3m"):
        pytest.skip("may not mount a disk")
    try:
        fill_the_disk(disk, tmp_path)
    finally:
        unmount(disk)


def fill_the_disk(disk: Path, tmp_path: Path) -> None:
    luck = random.Random(3)
    folder = disk / "library"
    (disk / "reserve").write_bytes(b"x" * 300_000)
    with Library.open(folder) as library:
        record = add_and_read(library, tmp_path, "first.pdf", invoice())
        kept = 1
        added, why = add_until_full(library, tmp_path / "new.pdf", luck)
        assert (why.code, why.file) == (Code.DISK_FULL, f"{added}.pdf")
        kept += added
        fill_up(disk / "ballast")
        # Not one byte is free: whatever still fits into what the log holds is kept whole.
        edits, why = edit_until_full(library, record, luck)
        assert why.code is Code.DISK_FULL
        assert library.counts().documents == kept
        number = library.record(record).record.field("invoice_number")
        assert number is not None
        assert (number.value or "").split()[0] == (str(edits - 1) if edits else "R-1")
        assert not list((folder / "incoming").iterdir())
        (disk / "reserve").unlink()
        library.edit(record, "invoice_number", "room again")
        assert len([p for p in (folder / "files").rglob("*") if p.is_file()]) == kept
        assert len(list(library.work_folder.iterdir())) <= 1
    with Library.open(folder) as library:
        assert library.counts().documents == kept
        assert library.table("invoice", search="room again") == [record]


def add_until_full(library: Library, path: Path, luck: random.Random) -> tuple[int, Problem]:
    """Add files until one does not fit; gives how many did, and what was said then."""
    for number in range(1_000):
        path.write_bytes(luck.randbytes(60_000))
        try:
            library.add_file(path, name=f"{number}.pdf")
        except ProblemError as error:
            return number, error.problem
    raise AssertionError("the disk was never full")


def edit_until_full(library: Library, record: int, luck: random.Random) -> tuple[int, Problem]:
    """Edit until the disk is full; gives how many edits were kept, and what was said then."""
    for number in range(100_000):
        try:
            value = f"{number} {luck.getrandbits(4000):x}"
            library.edit(record, "invoice_number", value)
        except ProblemError as error:
            return number, error.problem
    raise AssertionError("the disk was never full")


def fill_up(path: Path) -> None:
    """Write a file until nothing more fits."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as ballast:
        while ballast.write(b"x" * 4096):
            pass


LIMITED = """
import resource, sys
from pathlib import Path
from app.errors import ProblemError
from app.library import Library
desk = Path(sys.argv[2])
with Library.open(Path(sys.argv[1])) as library:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    try:
        (desk / "large.pdf").open("rb").close()
        library.add_file(desk / "large.pdf")
    except ProblemError as error:
        print(error.problem.code)
    print(library.counts().documents, len(list(library.work_folder.iterdir())))
    try:
        for number in range(100_000):
            library.set_setting(f"setting {number}", "x" * 10_000)
    except ProblemError as error:
        print(error.problem.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(library.add_file(desk / "large.pdf").already_there)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "large.pdf").write_bytes(b"x" * 600_000)
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "library"), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.split() == ["disk_full", "0", "0", "disk_full", "False"]
