"""Writes models of random weights in the true shape and format of Qwen3.5.

``python -m models.random_model OUT [--shape 4b|tiny] [--mtp]`` writes a text model and its
projector into the folder OUT.  Speed and memory depend on the shape and not on what the
weights say, so that the 4B shape serves the benchmarks: it is written as Q8_0 and
quantised by llama.cpp's own Q4_K_M recipe (about 4 minutes on 2 cores).  What such a model
answers means nothing.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType

from models.random_vocabulary import CHAT_TEMPLATE, CONTROL, THINKING, Vocabulary, vocabulary

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_MOST_VALUES = 1 << 24  # of a tensor made at once, so that writing needs little memory


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a ``qwen35`` text model, named as in its file's header."""

    name: str
    context: int
    embedding: int
    blocks: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_length: int
    rope_sections: tuple[int, int, int]
    state_size: int
    groups: int
    time_steps: int
    vocabulary: int
    tied: bool = True
    interval: int = 4
    kernel: int = 4

    @property
    def inner(self) -> int:
        return self.state_size * self.time_steps


@dataclass(frozen=True, slots=True)
class VisionShape:
    """The sizes of a ``qwen3vl_merger`` projector; ``projection`` is the text's embedding."""

    name: str
    width: int
    blocks: int
    feed_forward: int
    heads: int
    image: int
    projection: int
    patch: int = 16
    merge: int = 2


QWEN_4B = Shape(
    name="random-4b",
    context=262_144,
    embedding=2560,
    blocks=32,
    feed_forward=9216,
    heads=16,
    kv_heads=4,
    head_length=256,
    rope_sections=(11, 11, 10),
    state_size=128,
    groups=16,
    time_steps=32,
    vocabulary=248_320,
)
VISION_4B = VisionShape(
    name="random-4b-vision",
    width=1024,
    blocks=24,
    feed_forward=4096,
    heads=16,
    image=768,
    projection=2560,
)
TINY = Shape(
    name="tiny",
    context=16_384,
    embedding=128,
    blocks=4,
    feed_forward=256,
    heads=4,
    kv_heads=2,
    head_length=32,
    rope_sections=(3, 3, 2),
    state_size=32,
    groups=4,
    time_steps=4,
    vocabulary=768,
    # Tied to its input, an output of random weights says the same token again and again.
    tied=False,
)
TINY_VISION = VisionShape(
    name="tiny-vision", width=64, blocks=2, feed_forward=128, heads=2, image=256, projection=128
)


class Fill(Enum):
    """What a tensor is filled with, so that a random model neither explodes nor forgets."""

    WEIGHT = auto()  # random, of variance 1 / inputs
    CONVOLUTION = auto()  # as WEIGHT, but never quantised
    ONES = auto()
    ZEROS = auto()
    DECAY = auto()  # negative: how fast a head of the recurrent state forgets
    PLACES = auto()  # embeddings of positions


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor to be written: its dimensions are numpy's (rows first)."""

    name: str
    rows: tuple[int, ...]
    fill: Fill


def text_tensors(shape: Shape, nextn: bool = False) -> Iterator[Tensor]:
    """The tensors of a text model, ``nextn`` with one layer for multi-token prediction."""
    wide = shape.embedding
    yield Tensor("token_embd.weight", (shape.vocabulary, wide), Fill.WEIGHT)
    yield Tensor("output_norm.weight", (wide,), Fill.ONES)
    if not shape.tied:
        yield Tensor("output.weight", (shape.vocabulary, wide), Fill.WEIGHT)
    for block in range(shape.blocks):
        attends = (block + 1) % shape.interval == 0
        yield from _attention(shape, block) if attends else _delta_net(shape, block)
        yield from _feed_forward(shape, block)
    if nextn:
        name = f"blk.{shape.blocks}"
        yield from _attention(shape, shape.blocks)
        yield from _feed_forward(shape, shape.blocks)
        yield Tensor(f"{name}.nextn.eh_proj.weight", (wide, 2 * wide), Fill.WEIGHT)
        for norm in ("enorm", "hnorm", "shared_head_norm"):
            yield Tensor(f"{name}.nextn.{norm}.weight", (wide,), Fill.ONES)


def _attention(shape: Shape, block: int) -> Iterator[Tensor]:
    name, wide, length = f"blk.{block}", shape.embedding, shape.head_length
    yield Tensor(f"{name}.attn_q.weight", (2 * shape.heads * length, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.attn_k.weight", (shape.kv_heads * length, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.attn_v.weight", (shape.kv_heads * length, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.attn_output.weight", (wide, shape.heads * length), Fill.WEIGHT)
    yield Tensor(f"{name}.attn_q_norm.weight", (length,), Fill.ONES)
    yield Tensor(f"{name}.attn_k_norm.weight", (length,), Fill.ONES)


def _delta_net(shape: Shape, block: int) -> Iterator[Tensor]:
    name, wide, steps = f"blk.{block}", shape.embedding, shape.time_steps
    mixed = 2 * shape.groups * shape.state_size + shape.inner
    yield Tensor(f"{name}.attn_qkv.weight", (mixed, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.attn_gate.weight", (shape.inner, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.ssm_conv1d.weight", (mixed, shape.kernel), Fill.CONVOLUTION)
    yield Tensor(f"{name}.ssm_dt.bias", (steps,), Fill.ZEROS)
    yield Tensor(f"{name}.ssm_a", (steps,), Fill.DECAY)
    yield Tensor(f"{name}.ssm_alpha.weight", (steps, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.ssm_beta.weight", (steps, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.ssm_norm.weight", (shape.state_size,), Fill.ONES)
    yield Tensor(f"{name}.ssm_out.weight", (wide, shape.inner), Fill.WEIGHT)


def _feed_forward(shape: Shape, block: int) -> Iterator[Tensor]:
    name, wide = f"blk.{block}", shape.embedding
    yield Tensor(f"{name}.attn_norm.weight", (wide,), Fill.ONES)
    yield Tensor(f"{name}.post_attention_norm.weight", (wide,), Fill.ONES)
    yield Tensor(f"{name}.ffn_gate.weight", (shape.feed_forward, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.ffn_up.weight", (shape.feed_forward, wide), Fill.WEIGHT)
    yield Tensor(f"{name}.ffn_down.weight", (wide, shape.feed_forward), Fill.WEIGHT)


def vision_tensors(shape: VisionShape) -> Iterator[Tensor]:
    """The tensors of a projector."""
    wide, patch = shape.width, shape.patch
    places = (shape.image // patch) ** 2
    for name in ("v.patch_embd.weight", "v.patch_embd.weight.1"):  # the two temporal halves
        yield Tensor(name, (wide, 3, patch, patch), Fill.WEIGHT)
    yield Tensor("v.patch_embd.bias", (wide,), Fill.ZEROS)
    yield Tensor("v.position_embd.weight", (places, wide), Fill.PLACES)
    for block in range(shape.blocks):
        name = f"v.blk.{block}"
        yield from _layer(f"{name}.attn_qkv", 3 * wide, wide)
        yield from _layer(f"{name}.attn_out", wide, wide)
        yield from _layer(f"{name}.ffn_up", shape.feed_forward, wide)
        yield from _layer(f"{name}.ffn_down", wide, shape.feed_forward)
        yield from _norm(f"{name}.ln1", wide)
        yield from _norm(f"{name}.ln2", wide)
    yield from _norm("v.post_ln", wide)
    merged = wide * shape.merge**2
    yield from _layer("mm.0", merged, merged)
    yield from _layer("mm.2", shape.projection, merged)


def _layer(name: str, outputs: int, inputs: int) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (outputs, inputs), Fill.WEIGHT)
    yield Tensor(f"{name}.bias", (outputs,), Fill.ZEROS)


def _norm(name: str, wide: int) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (wide,), Fill.ONES)
    yield Tensor(f"{name}.bias", (wide,), Fill.ZEROS)


def write_text_model(
    path: Path,
    shape: Shape,
    words: Vocabulary,
    *,
    nextn: bool = False,
    weights: GGMLQuantizationType = GGMLQuantizationType.F16,
    seed: int | None = 1,
) -> None:
    """Write the text model ``path``; ``weights`` is the type of its matrices (F16 or Q8_0).

    Without a ``seed`` the tensors are left as a hole in the file, which takes no room on
    most disks: enough for what only looks at headers.
    """
    writer = GGUFWriter(path, "qwen35")
    writer.add_name(shape.name)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.embedding)
    writer.add_block_count(shape.blocks + nextn)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_length)
    writer.add_value_length(shape.head_length)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e7)
    writer.add_rope_dimension_count(2 * sum(shape.rope_sections))
    writer.add_rope_dimension_sections([*shape.rope_sections, 0])
    writer.add_ssm_conv_kernel(shape.kernel)
    writer.add_ssm_state_size(shape.state_size)
    writer.add_ssm_group_count(shape.groups)
    writer.add_ssm_time_step_rank(shape.time_steps)
    writer.add_ssm_inner_size(shape.inner)
    writer.add_full_attention_interval(shape.interval)
    if nextn:
        writer.add_nextn_predict_layers(1)
    writer.add_file_type(_file_type(weights))
    _add_vocabulary(writer, words)
    _write(writer, list(text_tensors(shape, nextn)), weights, seed)


def write_projector(
    path: Path,
    shape: VisionShape,
    *,
    weights: GGMLQuantizationType = GGMLQuantizationType.F16,
    seed: int | None = 2,
) -> None:
    """Write the projector ``path``."""
    writer = GGUFWriter(path, "clip")
    writer.add_name(shape.name)
    writer.add_file_type(_file_type(weights))
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("qwen3vl_merger")
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_size(shape.image)
    writer.add_vision_patch_size(shape.patch)
    writer.add_vision_embedding_length(shape.width)
    writer.add_vision_feed_forward_length(shape.feed_forward)
    writer.add_vision_block_count(shape.blocks)
    writer.add_vision_head_count(shape.heads)
    writer.add_vision_projection_dim(shape.projection)
    writer.add_vision_spatial_merge_size(shape.merge)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.5, 0.5, 0.5])
    _write(writer, list(vision_tensors(shape)), weights, seed)


def write_adapter(path: Path, shape: Shape, *, rank: int = 4, seed: int = 3) -> None:
    """Write a LoRA adapter for a model of this shape: it changes every feed-forward layer."""
    writer = GGUFWriter(path, "qwen35")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 2.0 * rank)
    tensors = []
    for block in range(shape.blocks):
        name = f"blk.{block}.ffn_down.weight"
        tensors += [
            Tensor(f"{name}.lora_a", (rank, shape.feed_forward), Fill.WEIGHT),
            Tensor(f"{name}.lora_b", (shape.embedding, rank), Fill.WEIGHT),
        ]
    _write(writer, tensors, GGMLQuantizationType.F32, seed)


def _file_type(weights: GGMLQuantizationType) -> LlamaFileType:
    quantised = weights is GGMLQuantizationType.Q8_0
    return LlamaFileType.MOSTLY_Q8_0 if quantised else LlamaFileType.MOSTLY_F16


def _add_vocabulary(writer: GGUFWriter, words: Vocabulary) -> None:
    plain = 256 + len(words.merges)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen35")
    writer.add_token_list(words.tokens)
    writer.add_token_types(
        [TokenType.NORMAL] * plain
        + [TokenType.CONTROL] * len(CONTROL)
        + [TokenType.USER_DEFINED] * len(THINKING)
    )
    writer.add_token_merges(words.merges)
    writer.add_eos_token_id(words.id("<|im_end|>"))
    writer.add_pad_token_id(words.id("<|endoftext|>"))
    writer.add_bos_token_id(words.id("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _write(
    writer: GGUFWriter, tensors: list[Tensor], weights: GGMLQuantizationType, seed: int | None
) -> None:
    """Write header and tensors one after the other, so that little memory is needed."""
    types = [_type(tensor, weights) for tensor in tensors]
    for tensor, kind in zip(tensors, types, strict=True):
        count = math.prod(tensor.rows)
        block, size = gguf.GGML_QUANT_SIZES[kind]
        if kind is GGMLQuantizationType.Q8_0:
            rows = gguf.quant_shape_to_byte_shape(tensor.rows, kind)
            dtype = np.dtype(np.uint8)
        else:
            rows = tensor.rows
            dtype = np.dtype(np.float32 if kind is GGMLQuantizationType.F32 else np.float16)
        writer.add_tensor_info(tensor.name, rows, dtype, count // block * size, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    if seed is None:
        _leave_hole(writer)
        return
    chance = np.random.default_rng(seed)
    for tensor, kind in zip(tensors, types, strict=True):
        writer.write_tensor_data(_values(tensor, kind, chance))
    writer.close()


def _leave_hole(writer: GGUFWriter) -> None:
    """Make the file as long as its tensors need, without writing them."""
    align = writer.data_alignment
    room = sum(-(-info.nbytes // align) * align for info in writer.tensors[0].values())
    path = writer.path
    writer.close()
    if path is None:
        raise ValueError("a writer without a path")
    start = -(-path.stat().st_size // align) * align
    os.truncate(path, start + room)


def _type(tensor: Tensor, weights: GGMLQuantizationType) -> GGMLQuantizationType:
    return weights if tensor.fill is Fill.WEIGHT else GGMLQuantizationType.F32


def _values(tensor: Tensor, kind: GGMLQuantizationType, chance: np.random.Generator) -> np.ndarray:
    count = math.prod(tensor.rows)
    if tensor.fill is Fill.ONES:
        return np.ones(count, np.float32)
    if tensor.fill is Fill.ZEROS:
        return np.zeros(count, np.float32)
    if tensor.fill is Fill.DECAY:
        return -np.exp(chance.uniform(-4, 0, count)).astype(np.float32)
    if tensor.fill is Fill.PLACES:
        return (0.02 * chance.standard_normal(count)).astype(np.float32)
    spread = 1 / math.sqrt(math.prod(tensor.rows[1:]))
    if kind is not GGMLQuantizationType.Q8_0:
        values = spread * chance.standard_normal(count, np.float32)
        return values.astype(np.float32 if kind is GGMLQuantizationType.F32 else np.float16)
    # A block is a scale (half precision) and 32 whole numbers, whose spread is about 74.
    blocks = np.empty((count // 32, 34), np.uint8)
    blocks[:, :2] = np.frombuffer(np.float16(spread / 74).tobytes(), np.uint8)
    for start in range(0, len(blocks), _MOST_VALUES // 32):
        part = blocks[start : start + _MOST_VALUES // 32, 2:]
        part[:] = chance.integers(0, 256, part.shape, np.uint8)
    return blocks


def quantise(source: Path, target: Path) -> None:
    """Quantise a text model by llama.cpp's own Q4_K_M recipe.

    Raises ``OSError`` when llama.cpp could not.
    """
    import llama_cpp  # only here: the small models need no library to be written

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
    parameters.allow_requantize = True
    failed = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(parameters)
    )
    if failed:
        raise OSError(f"llama.cpp could not quantise {source.name} ({failed})")


def main() -> int:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m models.random_model", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder to write into")
    parser.add_argument("--shape", choices=("4b", "tiny"), default="4b")
    parser.add_argument("--mtp", action="store_true", help="with a layer that predicts ahead")
    chosen = parser.parse_args()
    out: Path = chosen.out
    out.mkdir(parents=True, exist_ok=True)
    full = chosen.shape == "4b"
    shape, vision = (QWEN_4B, VISION_4B) if full else (TINY, TINY_VISION)
    name = f"{shape.name}-mtp" if chosen.mtp else shape.name
    words = vocabulary(RESOURCES, shape.vocabulary)
    if full:
        large = out / f"{name}-Q8_0.gguf"
        eight = GGMLQuantizationType.Q8_0
        write_text_model(large, shape, words, nextn=chosen.mtp, weights=eight)
        quantise(large, out / f"{name}-Q4_K_M.gguf")
        large.unlink()
    else:
        write_text_model(out / f"{name}-F16.gguf", shape, words, nextn=chosen.mtp)
    write_projector(out / f"{shape.name}-mmproj-F16.gguf", vision)
    return 0


if __name__ == "__main__":
    sys.exit(main())
