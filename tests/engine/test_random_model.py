"""Models of random weights load and decode through the real library."""

from __future__ import annotations

from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from PIL import Image

from models.random_model import QWEN_4B, RESOURCES, VISION_4B, text_tensors, vision_tensors
from models.random_vocabulary import CONTROL, THINKING, Vocabulary, vocabulary
from tests.tiny_model import TinyModels, tiny_models


@pytest.fixture(scope="module")
def tiny() -> TinyModels:
    return tiny_models()


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return vocabulary(RESOURCES, 20_000)


def greedy(llama: llama_cpp.Llama, prompt: str, count: int) -> list[int]:
    llama.reset()
    tokens = llama.tokenize(prompt.encode(), add_bos=False, special=True)
    return [token for token, _ in zip(llama.generate(tokens, temp=0.0), range(count), strict=False)]


def test_a_tiny_model_answers_the_same_each_time_and_not_one_token_for_ever(
    tiny: TinyModels,
) -> None:
    llama = llama_cpp.Llama(str(tiny.text), n_ctx=512, n_threads=1, verbose=False)
    first = greedy(llama, "<|im_start|>user\nHow much?<|im_end|>\n", 24)
    assert first == greedy(llama, "<|im_start|>user\nHow much?<|im_end|>\n", 24)
    assert len(set(first)) > 6
    assert first != greedy(llama, "<|im_start|>user\nHow many?<|im_end|>\n", 24)


def test_an_adapter_changes_what_it_answers(tiny: TinyModels) -> None:
    plain = llama_cpp.Llama(str(tiny.text), n_ctx=512, n_threads=1, verbose=False)
    adapted = llama_cpp.Llama(
        str(tiny.text), lora_path=str(tiny.adapter), n_ctx=512, n_threads=1, verbose=False
    )
    assert greedy(plain, "Total", 12) != greedy(adapted, "Total", 12)


def test_the_layer_that_predicts_ahead_loads_into_a_context_of_its_own(tiny: TinyModels) -> None:
    parameters = llama_cpp.llama_model_default_params()
    parameters.load_mtp = True
    model = llama_cpp.llama_model_load_from_file(str(tiny.mtp).encode(), parameters)
    assert model
    wanted = llama_cpp.llama_context_default_params()
    wanted.n_ctx = 256
    wanted.ctx_type = llama_cpp.LLAMA_CONTEXT_TYPE_MTP
    context = llama_cpp.llama_init_from_model(model, wanted)
    assert context
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)


def test_the_projector_turns_a_picture_into_tokens(tiny: TinyModels, tmp_path: Path) -> None:
    from llama_cpp import mtmd_cpp

    Image.new("RGB", (128, 96), "white").save(tmp_path / "page.png")
    model = llama_cpp.llama_model_load_from_file(
        str(tiny.text).encode(), llama_cpp.llama_model_default_params()
    )
    parameters = mtmd_cpp.mtmd_context_params_default()
    parameters.use_gpu = False
    parameters.warmup = False
    pictures = mtmd_cpp.mtmd_init_from_file(str(tiny.projector).encode(), model, parameters)
    assert pictures
    assert mtmd_cpp.mtmd_support_vision(pictures)
    mtmd_cpp.mtmd_free(pictures)
    llama_cpp.llama_model_free(model)


def test_business_words_are_few_tokens_and_digits_single(words: Vocabulary) -> None:
    tokens = words.tokens
    assert len(tokens) == len(set(tokens)) == 20_000
    assert tokens[-len(CONTROL) - len(THINKING) :] == (*CONTROL, *THINKING)
    assert tokens[words.id("<|im_end|>")] == "<|im_end|>"
    for word in ("ĠInvoice", "Rechnung", "Total", "invoice", "_number", '":'):
        assert word in tokens
    assert not [
        token for token in tokens if len(token) > 1 and any(c in "0123456789" for c in token)
    ]


def test_every_merge_joins_two_tokens_that_were_there_before(words: Vocabulary) -> None:
    place = {token: number for number, token in enumerate(words.tokens)}
    for pair in words.merges:
        first, second = pair.split(" ")
        assert max(place[first], place[second]) < place[first + second]


def test_the_full_shape_has_the_size_of_the_published_files() -> None:
    values = sum(int(np.prod(tensor.rows)) for tensor in text_tensors(QWEN_4B))
    assert values == pytest.approx(4.2e9, rel=0.01)
    vision = sum(int(np.prod(tensor.rows)) for tensor in vision_tensors(VISION_4B))
    assert 2 * vision == pytest.approx(672e6, rel=0.01)
