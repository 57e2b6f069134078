"""A program that works on a library without a rest, until it is killed.

``python -m tests.library.busy_child FOLDER SEED STEP`` prints a JSON line before each
call (``begin``, with what it touches) and one after it (``done``, with what must be true
from then on).  With STEP > 0 it kills itself at its STEPth write: SQL statement, flush
to the disk, rename or removal; so a test can pull the plug between any two of them.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.document import Document
from app.library import Library, Part, State
from tests.library.papers import invoice, page, paper, row

T = TypeVar("T")


class Plug:
    """Pulled after a number of steps; with none it stays in."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    def before(self, call: Callable[..., T]) -> Callable[..., T]:
        def stepped(*args: object, **options: object) -> T:
            self.step()
            return call(*args, **options)

        return stepped


def say(kind: str, **what: object) -> None:
    print(json.dumps({"kind": kind, **what}), flush=True)


class Busy:
    def __init__(self, library: Library, folder: Path, luck: random.Random) -> None:
        self.library = library
        self.desk = folder
        self.luck = luck

    def add(self) -> None:
        name = f"{self.luck.getrandbits(48):x}.pdf"
        path = paper(self.desk, name, name * self.luck.randrange(1, 3_000))
        say("begin", touches=[])
        added = self.library.add_file(path)
        sha256 = self.library.document(added.document_id).sha256
        say("done", document=added.document_id, sha256=sha256)

    def read(self) -> None:
        say("begin", touches=[])
        job = self.library.claim_job()
        if job is None:
            say("done")
            return
        if not job.from_pages:
            self.library.progress(job.id, 2, 0, "application/pdf")
            for number in (1, 2):
                picture = self.library.work_folder / f"{job.id}-{number}.jpg"
                picture.write_bytes(b"picture" * 1_000)
                self.library.save_page(job.id, page(number), picture)
        if not job.from_pages and self.luck.random() < 0.3:
            inside = paper(self.desk, "inside.pdf", f"inside {job.id} {job.name}")
            added = self.library.contained(job.id, inside, f"{job.id}.pdf")
            if added is not None:
                sha256 = self.library.document(added.document_id).sha256
                say("done", document=added.document_id, sha256=sha256)
                say("begin", touches=[])
        read = invoice(job.name, lines=(row("Paper", "1"), row("Ink", "2")), doubt=True)
        document = Document(job.name, job.sha256, "application/pdf", ())
        ids = self.library.finish(job.id, document, [read])
        for record_id in ids:
            say("done", record=record_id, document=job.document_id, sha256=job.sha256, pages=2)

    def edit(self) -> None:
        if record_id := self.some_record():
            value = f"{self.luck.getrandbits(32):x}"
            key = self.luck.choice(("invoice_number", "buyer_name", "seller_name"))
            say("begin", touches=[f"{record_id} {key}"])
            self.library.edit(record_id, key, value)
            say("done", record=record_id, values={f"{record_id} {key}": value})

    def add_line(self) -> None:
        if record_id := self.some_record():
            say("begin", touches=[])
            line = self.library.add_line(record_id)
            say("done", record=record_id, lines=[[record_id, line]])
            value = f"{self.luck.getrandbits(32):x}"
            say("begin", touches=[f"{record_id} line {line}"])
            self.library.edit(record_id, "description", value, part=Part.LINES, line=line)
            say("done", record=record_id, values={f"{record_id} line {line}": value})

    def read_again(self) -> None:
        ids = self.library.document_ids(states=[State.READY, State.ATTENTION])
        if ids:
            say("begin", touches=[])
            self.library.requeue([self.luck.choice(ids)])
            say("done")

    def undo_and_redo(self) -> None:
        change = self.library.undoable()
        if change is not None and change.key:
            where = f"line {change.line}" if change.line else change.key
            say("begin", touches=[f"{change.record_id} {where}"])
            self.library.undo()
            self.library.redo()
            say("done")

    def throw_away(self) -> None:
        ids = self.library.document_ids()
        if len(ids) > 3:
            document_id = self.luck.choice(ids)
            say("begin", touches=[], forget=self.family(document_id))
            self.library.trash([document_id])
            if self.luck.random() < 0.5:
                self.library.restore([document_id])
            else:
                self.library.empty_trash()
            say("done")

    def talk(self) -> None:
        say("begin", touches=[])
        title = f"{self.luck.getrandbits(32):x}"
        talk = self.library.begin_conversation(title, self.library.document_ids()[:2])
        say("done", talk=talk, title=title)
        for _ in range(self.luck.randrange(3)):
            self.add_turn(talk)

    def ask_on(self) -> None:
        talks = self.library.conversations()
        if talks:
            self.add_turn(self.luck.choice(talks).id)

    def add_turn(self, talk: int) -> None:
        answer = f"{self.luck.getrandbits(4_000):x}"
        say("begin", touches=[])
        documents = self.library.document_ids()[:2]
        turn = self.library.add_turn(talk, "?", answer, answer.encode(), documents)
        say("done", talk=talk, turn=turn, answer=answer)

    def delete_talk(self) -> None:
        talks = self.library.conversations()
        if len(talks) > 3:
            talk = self.luck.choice(talks).id
            say("begin", touches=[], forget_talk=talk)
            self.library.delete_conversation(talk)
            if self.luck.random() < 0.5:
                self.library.restore_conversation(talk)
            say("done")

    def family(self, document_id: int) -> list[int]:
        inside = [self.family(child) for child in self.library.children(document_id)]
        return [document_id, *(one for family in inside for one in family)]

    def some_record(self) -> int | None:
        ids = self.library.table("")
        return self.luck.choice(ids) if ids else None

    def work(self) -> None:
        often = [self.add, self.read, self.edit, self.add_line] * 3
        seldom = [self.read_again, self.undo_and_redo, self.throw_away, self.delete_talk]
        steps = [*often, *seldom, self.talk, self.ask_on, self.ask_on]
        while True:
            self.luck.choice(steps)()


def main(folder: Path, seed: int, step: int) -> None:
    plug = Plug(step)
    os.fsync = plug.before(os.fsync)
    Path.replace = plug.before(Path.replace)  # type: ignore[method-assign, assignment]
    Path.unlink = plug.before(Path.unlink)  # type: ignore[method-assign, assignment]
    desk = folder.parent / "desk"
    desk.mkdir(exist_ok=True)
    with Library.open(folder) as library:
        library._store._writer.conn.set_trace_callback(lambda _: plug.step())
        say("opened")
        Busy(library, desk, random.Random(seed)).work()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
