"""The house's rules that import-linter cannot say: who may import what from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "app"
FILES = sorted(APP.rglob("*.py"))
PARSERS = {"pymupdf", "fitz", "PIL", "pillow_heif", "cv2", "rapidocr", "onnxruntime", "llama_cpp"}
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx"}
CONNECTS = (APP / "engine" / "server", APP / "engine" / "models" / "download")
"""What may open connections: the paths of its files begin so."""


def outside_imports(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(APP)))
def test_only_children_import_parsers(file: Path) -> None:
    if file.stem.endswith("_child"):
        return
    found = [(name, line) for name, line in outside_imports(file) if name in PARSERS]
    assert not found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(APP)))
def test_only_the_window_imports_qt(file: Path) -> None:
    # The doctor imports Qt to say whether it can start.
    if "desktop" in file.relative_to(APP).parts or file.name == "doctor.py":
        return
    assert not [line for name, line in outside_imports(file) if name == "PySide6"]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(APP)))
def test_only_downloads_and_the_office_server_import_the_network(file: Path) -> None:
    if any(str(file).startswith(str(begin)) for begin in CONNECTS):
        return
    assert not [(name, line) for name, line in outside_imports(file) if name in NETWORK]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(APP)))
def test_every_module_says_what_it_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))
