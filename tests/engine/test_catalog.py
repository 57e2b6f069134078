"""The catalogue is well formed, and what it promises about files holds."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest

from app.engine.models.catalog import CATALOGUE, CatalogueModel, catalogue, parse
from app.errors import Code, ProblemError

MODELS = list(catalogue().models.values())
NAMES = [model.name for model in MODELS]


def test_the_models_that_are_wanted_are_there() -> None:
    assert catalogue().default == "qwen3.5-4b-q4_k_m"
    kinds = {(model.label.split(",")[0], model.quantisation) for model in MODELS}
    for kind in ("Q4_K_M", "Q5_K_M", "Q8_0", "UD-Q4_K_XL"):
        assert ("Qwen3.5 4B", kind) in kinds
    for label in ("Qwen3.5 9B", "Qwen3.5 2B", "Qwen3.5 0.8B", "Phi-4 mini"):
        assert (label, "Q4_K_M") in kinds
    assert any(model.looks_ahead for model in MODELS)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_an_address_names_one_commit_over_https_and_a_hash_is_one(model: CatalogueModel) -> None:
    for file in model.files:
        parts = urlsplit(file.address)
        assert parts.scheme == "https"
        assert re.fullmatch(r"/[^/]+/[^/]+/resolve/[0-9a-f]{40}/[^/]+\.gguf", parts.path)
        assert re.fullmatch(r"[0-9a-f]{64}|", file.sha256)
        assert PurePosixPath(file.name).name == file.name
    assert len({file.name for file in model.files}) == len(model.files)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_sizes_licences_and_sentences_are_plausible(model: CatalogueModel) -> None:
    assert model.licence == ("MIT" if model.architecture == "phi3" else "Apache-2.0")
    assert model.size < model.memory < 3 * model.size + 500_000_000
    assert model.good_for.endswith(".")
    assert (model.projector is None) == (model.architecture == "phi3")


def test_models_of_one_size_share_their_projector() -> None:
    by_size: dict[str, set[str]] = {}
    for model in MODELS:
        if model.projector is not None:
            by_size.setdefault(model.label.split(",")[0], set()).add(model.projector.sha256)
    assert all(len(hashes) == 1 for hashes in by_size.values())


def test_no_hash_stands_for_two_files() -> None:
    hashes = [model.file.sha256 for model in MODELS if model.file.sha256]
    assert len(hashes) == len(set(hashes))
    assert catalogue().by_hash(hashes[0]) == MODELS[0]
    assert catalogue().by_hash("") is None


def test_a_model_that_is_not_offered_is_named_with_those_that_are() -> None:
    with pytest.raises(ProblemError) as caught:
        catalogue().model("gpt-9")
    assert caught.value.problem.code is Code.MODEL_UNKNOWN
    assert "qwen3.5-4b-q4_k_m" in caught.value.problem.advice


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('default = "qwen3.5-4b-q4_k_m"', 'default = "none"'),
        ('projector = "qwen3_5-9b"', 'projector = "other"'),
        ('name = "qwen3.5-9b-q4_k_m"', 'name = "qwen3.5-2b-q4_k_m"'),
        ("size = 672_423_616", 'size = "large"'),
        ("memory = 4_400_000_000\n", ""),
        ('label = "Qwen3.5 4B"', 'labels = "Qwen3.5 4B"'),
        ("default", "=default"),
    ],
)
def test_a_catalogue_that_is_not_well_formed_is_refused(old: str, new: str) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ValueError, match=r"\w"):
        parse(text.replace(old, new))
