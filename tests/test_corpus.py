"""The maker of unseen documents: any number of them, the same for the same seed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pymupdf
import pytest

from tests.data import make_corpus


def labels(folder: Path) -> list[dict[str, object]]:
    text = (folder / "labels.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    make_corpus.make(folder, 24, 5)
    return folder


def test_every_document_has_a_label_and_opens(corpus: Path) -> None:
    lines = labels(corpus)
    assert len(lines) == 24
    for line in lines:
        with pymupdf.open(corpus / str(line["file"])) as document:
            assert len(document) >= 1


def test_the_kinds_and_languages_are_mixed(corpus: Path) -> None:
    lines = labels(corpus)
    assert {line["kind"] for line in lines} == {"invoice", "receipt", "table"}
    assert len({line["lang"] for line in lines}) >= 5


def test_the_truth_adds_up(corpus: Path) -> None:
    for line in labels(corpus):
        truth = line["truth"]
        assert isinstance(truth, dict)
        if {"total_net", "total_tax", "total_gross"} <= truth.keys():
            net, tax, gross = (
                Decimal(truth[key]) for key in ("total_net", "total_tax", "total_gross")
            )
            assert net + tax == gross
            assert sum(Decimal(item["amount"]) for item in truth["line_items"]) == net


def test_what_the_truth_says_stands_on_the_page(corpus: Path) -> None:
    for line in labels(corpus):
        if line["variant"] != "original":
            continue
        truth = line["truth"]
        assert isinstance(truth, dict)
        with pymupdf.open(corpus / str(line["file"])) as document:
            printed = " ".join(" ".join(page.get_text().split()) for page in document)
        assert str(truth.get("invoice_number", "")) in printed
        assert str(truth.get("iban", "")) in printed.replace(" ", "")
        assert str(truth.get("seller", "")).replace(" ", "") in printed.replace(" ", "")


def test_the_same_seed_gives_the_same_documents(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        make_corpus.make(folder, 3, 11)
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
