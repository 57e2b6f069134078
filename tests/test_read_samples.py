"""The sample documents, read by the program and compared with their truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.document import Record, Status
from app.reading.messages import Contained, Finished, ReadFile
from app.reading.reading_child import handle
from tests.data.build_samples import FOLDER, PASSWORD, TRUTH

NAMES = sorted(path.name for path in FOLDER.iterdir())
PICTURES = [n for n in NAMES if n.endswith((".jpg", ".heic", ".png", "-scan.pdf"))]
TEXTS = [n for n in NAMES if n.endswith((".pdf", ".xml", ".eml")) and n not in PICTURES]


@dataclass(frozen=True, slots=True)
class Compared:
    """A value of the truth beside what was read for it."""

    file: str
    key: str
    wanted: str
    read: str | None
    status: Status


def records_of(path: Path, work: Path) -> list[Record]:
    """The records of a file and of what is attached to it."""
    found: list[Record] = []
    request = ReadFile(str(path), path.name, str(work), password=PASSWORD, images=False)
    for reply in handle(request):
        if isinstance(reply, Contained):
            found += records_of(Path(reply.attached.path), work)
        elif isinstance(reply, Finished):
            found += reply.records
    return found


def truth_of(name: str) -> list[dict[str, object]]:
    lines = map(json.loads, (FOLDER / TRUTH).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["file"] == name]


def compared(name: str, work: Path) -> Iterator[Compared]:
    """Each field of each record of the truth, with what the program reads."""
    records = records_of(FOLDER / name, work)
    for line in truth_of(name):
        same = (r for r in records if r.document_type == line["document_type"])
        record = next((r for r in same if r.first_page == line["first_page"]), None)
        fields = line["fields"]
        assert isinstance(fields, dict)
        for key, wanted in fields.items():
            field = record.field(key) if record else None
            status = field.status if field else Status.MISSING
            yield Compared(name, key, wanted, field.value if field else None, status)


def check(names: list[str], work: Path, share: float) -> None:
    found = [value for name in names for value in compared(name, work)]
    wrong = [value for value in found if value.read != value.wanted]
    assert [value for value in wrong if value.status is Status.VERIFIED] == []
    assert len(found) - len(wrong) >= share * len(found), wrong


def test_the_documents_with_text_are_read_as_their_truth_says(tmp_path: Path) -> None:
    check(TEXTS, tmp_path, 0.97)


def test_every_invoice_in_one_file_is_a_record_of_its_own(tmp_path: Path) -> None:
    records = records_of(FOLDER / "drei-rechnungen.pdf", tmp_path)
    assert [(r.first_page, r.last_page) for r in records] == [(1, 1), (2, 3), (4, 4)]


@pytest.mark.parametrize("name", ["invoice-three-pages.pdf", "kontoauszug.pdf", "xrechnung.xml"])
def test_the_amounts_of_all_lines_are_read(name: str, tmp_path: Path) -> None:
    (record,) = records_of(FOLDER / name, tmp_path)
    (line,) = truth_of(name)
    wanted = line["lines"]
    assert isinstance(wanted, list)
    read = [next(cell.value for cell in row if cell.key == "amount") for row in record.lines]
    assert read == [row["amount"] for row in wanted]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_pictures_are_read_as_their_truth_says(tmp_path: Path) -> None:
    check(PICTURES, tmp_path, 0.9)
