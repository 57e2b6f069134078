"""Headers of model files are read exactly, and nothing that a file says is believed."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import gguf
import pytest
from gguf import GGUFWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.gguf_file import FILE_TYPES, TENSOR_TYPES, read_file
from app.engine.header import Header, Kind, TensorType, Vision, read_header
from app.errors import Code, ProblemError
from models.random_model import TINY, TINY_VISION
from tests.tiny_model import TinyModels, tiny_models


@pytest.fixture(scope="module")
def tiny() -> TinyModels:
    return tiny_models()


def code_of(path: Path) -> Code:
    with pytest.raises(ProblemError) as caught:
        read_file(path)
    return caught.value.problem.code


def outcome(path: Path) -> Header | Code:
    try:
        return read_file(path)
    except ProblemError as error:
        return error.problem.code


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def pair(key: bytes, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def tensor(name: bytes, sizes: tuple[int, ...], kind: int, offset: int) -> bytes:
    head = text(name) + struct.pack("<I", len(sizes))
    return head + struct.pack(f"<{len(sizes)}Q", *sizes) + struct.pack("<IQ", kind, offset)


ARCHITECTURE = pair(b"general.architecture", 8, text(b"clip"))


def made(tmp_path: Path, *parts: bytes, tensors: int = 0, pairs: int = 1, tail: int = 64) -> Path:
    path = tmp_path / "made.gguf"
    counts = struct.pack("<IQQ", 3, tensors, pairs)
    path.write_bytes(b"GGUF" + counts + b"".join(parts) + bytes(tail))
    return path


def test_a_text_model_says_its_sizes(tiny: TinyModels) -> None:
    header = read_header(tiny.text)
    assert header == Header(
        kind=Kind.MODEL,
        architecture="qwen35",
        name="tiny",
        size=tiny.text.stat().st_size,
        data=header.data,
        quantisation="F16",
        tensor_types=header.tensor_types,
        context=TINY.context,
        embedding=TINY.embedding,
        blocks=4,
        attention_blocks=1,
        feed_forward=TINY.feed_forward,
        heads=4,
        kv_heads=2,
        key_length=32,
        value_length=32,
        conv_kernel=4,
        state_size=32,
        groups=4,
        time_steps=4,
        inner=128,
        vocabulary=TINY.vocabulary,
        input_bytes=2 * 768 * 128,
        output_bytes=2 * 768 * 128,
        tied=False,
        has_template=True,
    )


def test_the_layer_that_predicts_ahead_is_counted_apart(tiny: TinyModels) -> None:
    plain, ahead = read_header(tiny.text), read_header(tiny.mtp)
    assert (ahead.blocks, ahead.attention_blocks, ahead.nextn_blocks) == (4, 1, 1)
    assert ahead.nextn_bytes == pytest.approx(ahead.size - plain.size, rel=0.01)


def test_a_projector_and_an_adapter_are_known_as_such(tiny: TinyModels) -> None:
    projector = read_header(tiny.projector)
    assert projector.kind is Kind.PROJECTOR
    assert projector.vision == Vision(
        "qwen3vl_merger", TINY.embedding, TINY_VISION.width, 2, 128, 2, 256, 16, 2
    )
    adapter = read_header(tiny.adapter)
    assert (adapter.kind, adapter.architecture, adapter.adapter_type) == (
        Kind.ADAPTER,
        "qwen35",
        "lora",
    )


def test_tensor_types_are_counted_as_the_formats_own_package_counts(tiny: TinyModels) -> None:
    counts: dict[str, TensorType] = {}
    for each in gguf.GGUFReader(tiny.text).tensors:
        name = each.tensor_type.name
        before = counts.get(name, TensorType(name, 0, 0))
        counts[name] = TensorType(name, before.tensors + 1, before.bytes + int(each.n_bytes))
    assert set(read_file(tiny.text).tensor_types) == set(counts.values())


def test_number_formats_and_recipes_are_those_of_the_library() -> None:
    assert {
        kind.value: (kind.name, *sizes) for kind, sizes in gguf.GGML_QUANT_SIZES.items()
    } == TENSOR_TYPES
    names = {
        kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_").removesuffix("_MOE")
        for kind in gguf.LlamaFileType
        if kind is not gguf.LlamaFileType.GUESSED
    }
    assert names == FILE_TYPES


def test_a_model_of_another_architecture_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "phi.gguf"
    writer = GGUFWriter(path, "phi3")
    writer.add_context_length(131_072)
    writer.add_embedding_length(3072)
    writer.add_block_count(32)
    writer.add_head_count(24)
    writer.add_head_count_kv([8] * 32)
    writer.add_token_list(["a", "b"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    header = read_file(path)
    assert (header.heads, header.kv_heads, header.key_length) == (24, 8, 128)
    assert (header.blocks, header.attention_blocks, header.vocabulary) == (32, 32, 2)


def test_what_is_no_model_file_is_said_to_be_none(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"%PDF-1.7 and more")
    assert code_of(other) is Code.NOT_A_MODEL
    other.write_bytes(b"")
    assert code_of(other) is Code.EMPTY
    other.write_bytes(b"GGUF\x03\x00\x00")
    assert code_of(other) is Code.MODEL_CUT_OFF
    other.write_bytes(b"GGUF" + struct.pack("<IQQ", 1, 0, 0))
    assert code_of(other) is Code.MODEL_KIND
    other.write_bytes(b"GGUF" + struct.pack(">IQQ", 3, 0, 0))  # of a big-endian computer
    assert code_of(other) is Code.MODEL_KIND
    assert code_of(tmp_path) is Code.NOT_A_FILE
    assert code_of(tmp_path / "none.gguf") is Code.VANISHED


def test_problems_cross_from_the_child(tmp_path: Path) -> None:
    other = tmp_path / "Rechnung.gguf"
    other.write_bytes(b"%PDF-1.7 and more")
    with pytest.raises(ProblemError) as caught:
        read_header(other)
    assert caught.value.problem.code is Code.NOT_A_MODEL
    assert caught.value.problem.file == "Rechnung.gguf"


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, deadline=None)
def test_a_file_that_is_cut_off_anywhere_is_found_out(share: float) -> None:
    whole = tiny_models().projector.read_bytes()
    path = tiny_models().projector.with_name("cut.gguf")
    length = max(1, int(share * (len(whole) - 32)))
    path.write_bytes(whole[:length])
    assert code_of(path) in {Code.MODEL_CUT_OFF, Code.NOT_A_MODEL}


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_of_bytes_does_more_than_raise_a_problem(data: st.DataObject) -> None:
    models = tiny_models()
    source = data.draw(st.sampled_from([models.text, models.projector, models.adapter]))
    content = bytearray(source.read_bytes())
    end = read_file(source).data
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, end - 9))
        content[at : at + 8] = data.draw(
            st.sampled_from([b"\xff" * 8, bytes(8), b"\x01" + bytes(7), b"\xff" * 4 + bytes(4)])
        )
    path = source.with_name("changed.gguf")
    path.write_bytes(content)
    found = outcome(path)
    if isinstance(found, Code):
        assert found in {Code.MODEL_CUT_OFF, Code.MODEL_DAMAGED, Code.MODEL_KIND}
        return
    assert found.size == len(content)
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        assert not isinstance(value, int) or 0 <= value <= 1 << 40


def test_counts_and_lengths_beyond_the_file_are_not_believed(tmp_path: Path) -> None:
    huge = struct.pack("<Q", 1 << 60)
    assert code_of(made(tmp_path, ARCHITECTURE, pairs=1 << 40)) is Code.MODEL_DAMAGED
    assert code_of(made(tmp_path, ARCHITECTURE, tensors=1 << 40)) is Code.MODEL_DAMAGED
    for kind in (0, 4, 8, 12):
        listed = pair(b"list", 9, struct.pack("<I", kind) + huge)
        assert code_of(made(tmp_path, ARCHITECTURE, listed, pairs=2)) is Code.MODEL_CUT_OFF
    assert code_of(made(tmp_path, huge)) is Code.MODEL_CUT_OFF
    many = pair(b"list", 9, struct.pack("<IQ", 8, 8) + huge * 8)
    assert code_of(made(tmp_path, ARCHITECTURE, many, pairs=2)) is Code.MODEL_CUT_OFF


def test_what_contradicts_itself_is_damaged(tmp_path: Path) -> None:
    nested = pair(b"list", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ", 0, 1) + b"\0")
    unknown = pair(b"value", 77, bytes(8))
    odd = pair(b"general.alignment", 4, struct.pack("<I", 33))
    none = pair(b"general.alignment", 4, struct.pack("<I", 0))
    for second in (nested, unknown, ARCHITECTURE, odd, none, pair(b"", 0, b"\0")):
        assert code_of(made(tmp_path, ARCHITECTURE, second, pairs=2)) is Code.MODEL_DAMAGED
    assert code_of(made(tmp_path, pair(b"general.name", 8, text(b"x")))) is Code.MODEL_DAMAGED


def test_tensors_must_fit_each_other_and_the_file(tmp_path: Path) -> None:
    def with_tensors(*tensors: bytes, tail: int = 4096) -> Path:
        return made(tmp_path, ARCHITECTURE, *tensors, tensors=len(tensors), tail=tail)

    first = tensor(b"a", (32,), 0, 0)
    assert read_file(with_tensors(first, tensor(b"b", (4,), 0, 128))).tensor_types == (
        TensorType("F32", 2, 144),
    )
    assert code_of(with_tensors(first, tensor(b"b", (4,), 0, 160))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(first, tensor(b"a", (4,), 0, 128))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(first, tensor(b"b", (4,), 0, 0))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(tensor(b"a", (33,), 8, 0))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(tensor(b"a", (1,) * 5, 0, 0))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(tensor(b"a", (1,), 99, 0))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(tensor(b"a", (1 << 50, 1 << 50), 0, 0))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(tensor(b"a" * 64, (1,), 0, 0))) is Code.MODEL_DAMAGED
    assert code_of(with_tensors(tensor(b"a", (1 << 20,), 0, 0))) is Code.MODEL_CUT_OFF


def test_a_name_cannot_bring_control_characters_or_a_page_of_text(tmp_path: Path) -> None:
    name = "Gut\n\x1b[31m\u202e" + "x" * 3000
    named = pair(b"general.name", 8, text(name.encode()))
    found = read_file(made(tmp_path, ARCHITECTURE, named, pairs=2)).name
    assert found.isprintable()
    assert found.startswith("Gut")
    assert len(found) <= 200
