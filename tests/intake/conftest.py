"""What the intake tests share: taking a file in, and a folder to work in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.document import Attached, Document, Page
from app.errors import Code, ProblemError
from app.intake import Opened
from app.intake.open_child import open_document


@dataclass
class Taken:
    """All that came out of one file."""

    opened: list[Opened] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    document: Document | None = None

    @property
    def text(self) -> str:
        return " ".join(word.text for page in self.pages for word in page.words)


TakeIn = Callable[..., Taken]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def take_in(tmp_path: Path, work: Path) -> TakeIn:
    """``take_in(bytes or path, name, password=…)``; checks the order that is promised."""

    def take(content: bytes | Path, name: str = "file.bin", password: str = "") -> Taken:
        path = content if isinstance(content, Path) else tmp_path / "content"
        if isinstance(content, bytes):
            path.write_bytes(content)
        taken = Taken()
        for part in open_document(path, name, work, password):
            assert taken.document is None, "nothing comes after the document"
            if isinstance(part, Opened):
                taken.opened.append(part)
                continue
            assert taken.opened, "Opened comes first"
            if isinstance(part, Page):
                taken.pages.append(part)
            elif isinstance(part, Attached):
                taken.attached.append(part)
            else:
                taken.document = part
        assert taken.document is not None
        assert taken.document.pages == ()
        assert [page.number for page in taken.pages] == list(range(1, len(taken.pages) + 1))
        return taken

    return take


@pytest.fixture
def problem_of(take_in: TakeIn) -> Callable[..., Code]:
    """The code of the problem that taking a file in ends with."""

    def code(content: bytes | Path, name: str = "file.bin", password: str = "") -> Code:
        with pytest.raises(ProblemError) as caught:
            take_in(content, name, password)
        assert caught.value.problem.file == name
        return caught.value.problem.code

    return code
