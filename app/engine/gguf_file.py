"""A strict and bounded reader of the header of a GGUF file.

Of its own because the format's own package takes seconds for a vocabulary of 248,320 and
trusts the lengths that a file states.  Here every length is checked against the size of
the file before it is believed, lists are walked and not kept, and the tensors must fill
the file as llama.cpp expects them to.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from app.engine.header import Header, Kind, TensorType, Vision
from app.errors import Code, problem

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_PAIRS = 4096
_MOST_TENSORS = 65_536
_MOST_HEADER = 256 * 1024 * 1024
_LONGEST_KEY = 65_535
_LONGEST_TENSOR_NAME = 63
_LONGEST_KEPT = 4096  # bytes of a text value; longer ones are passed over
_MOST_KEPT = 4096  # numbers of a list; longer ones are passed over
_LONGEST_NAME = 200
_CHUNK = 1 << 20
_LARGEST = 1 << 40  # of any size that a model has

_U32, _U64 = Struct("<I"), Struct("<Q")
_STRING, _ARRAY = 8, 9
_NUMBERS = {
    0: Struct("<B"),
    1: Struct("<b"),
    2: Struct("<H"),
    3: Struct("<h"),
    4: _U32,
    5: Struct("<i"),
    6: Struct("<f"),
    7: Struct("<?"),
    10: _U64,
    11: Struct("<q"),
    12: Struct("<d"),
}
"""Value types of fixed size by GGUF's number for them."""

TENSOR_TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}
"""Number formats by ggml's number for them: name, values in a block, bytes of a block."""

FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4",
    39: "NVFP4",
    40: "Q1_0",
}
"""The recipes of llama.cpp by the number that stands in ``general.file_type``."""

_BLOCK = re.compile(r"blk\.(\d{1,5})\.(.+)")

Number = int | float


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list of values: how many, and the values where they are few numbers."""

    count: int
    values: tuple[Number, ...] = ()


_Value = Number | str | _Listed


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    type: str
    bytes: int
    rows: tuple[int, ...]


class _DamagedError(Exception):
    """The file contradicts itself."""


class _CutOffError(Exception):
    """The file ends before what its header announces."""


def read_file(path: Path) -> Header:
    """The header of the GGUF file ``path``; problems as in :func:`app.engine.header.read_header`.

    Only a child calls this.
    """
    name = path.name
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise problem(Code.NOT_A_FILE, name)
        if not state.st_size:
            raise problem(Code.EMPTY, name)
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise problem(Code.NOT_A_MODEL, name)
            (version,) = _U32.unpack(file.read(_U32.size).ljust(_U32.size, b"\0"))
            if state.st_size < len(_MAGIC) + _U32.size:
                raise problem(Code.MODEL_CUT_OFF, name)
            if version not in _VERSIONS:
                raise problem(Code.MODEL_KIND, name, f"GGUF {min(version, 99)}")
            return _read(_Source(file, state.st_size))
    except FileNotFoundError as error:
        raise problem(Code.VANISHED, name) from error
    except PermissionError as error:
        raise problem(Code.UNREADABLE, name) from error
    except _CutOffError as error:
        raise problem(Code.MODEL_CUT_OFF, name) from error
    except _DamagedError as error:
        raise problem(Code.MODEL_DAMAGED, name) from error


class _Source:
    """A file that is read from front to back in large pieces, never beyond its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self._piece = b""
        self._at = 0
        self._end = file.tell()  # offset in the file of the end of the piece

    @property
    def offset(self) -> int:
        return self._end - len(self._piece) + self._at

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        self._expect(count)
        if self._at + count > len(self._piece):
            self._refill(count)
        taken = self._piece[self._at : self._at + count]
        self._at += count
        return taken

    def skip(self, count: int) -> None:
        """Pass over ``count`` bytes without reading them."""
        self._expect(count)
        self._at += count
        if self._at > len(self._piece):
            self._end = self._file.seek(self.offset, os.SEEK_SET)
            self._piece, self._at = b"", 0

    def skip_strings(self, count: int) -> None:
        """Pass over ``count`` texts; a vocabulary has hundreds of thousands."""
        unpack, width = _U64.unpack_from, _U64.size
        self._expect(count * width)
        for _ in range(count):
            if self._at + width > len(self._piece):
                self._refill(width)
            (length,) = unpack(self._piece, self._at)
            self._at += width
            if self._at + length <= len(self._piece):
                self._at += length
            else:
                self.skip(length)

    def number(self, form: Struct) -> Number:
        value: Number = form.unpack(self.take(form.size))[0]
        return value

    def whole(self, form: Struct = _U64) -> int:
        return int(form.unpack(self.take(form.size))[0])

    def text(self, longest: int) -> str | None:
        """The next text, ``None`` where it is longer than ``longest`` bytes."""
        length = self.whole()
        if length > longest:
            self.skip(length)
            return None
        return self.take(length).decode(errors="replace")

    def _expect(self, count: int) -> None:
        # A length that reaches beyond the end is a file cut off in its header, or a lie;
        # which of the two cannot be told, and the advice for both is to get it again.
        if count > self.size - self.offset:
            raise _CutOffError
        if self.offset + count > _MOST_HEADER:
            raise _DamagedError("the header is too long")

    def _refill(self, count: int) -> None:
        rest = self._piece[self._at :]
        more = self._file.read(max(_CHUNK, count))
        self._end += len(more)
        self._piece, self._at = rest + more, 0
        if len(self._piece) < count:
            raise _CutOffError


def _read(source: _Source) -> Header:
    tensor_count, pair_count = source.whole(), source.whole()
    if tensor_count > _MOST_TENSORS or pair_count > _MOST_PAIRS:
        raise _DamagedError("too many tensors or values")
    pairs: dict[str, _Value] = {}
    for _ in range(pair_count):
        key = source.text(_LONGEST_KEY)
        if not key or key in pairs:
            raise _DamagedError("a key is empty, too long or given twice")
        pairs[key] = _value(source)
    values = _Values(pairs)
    tensors = _tensors(source, tensor_count)
    alignment = values.whole("general.alignment", 32)
    if alignment & (alignment - 1) or not 1 <= alignment <= 1 << 16:
        raise _DamagedError("the alignment is no power of two")
    data = source.offset if not tensors else -(-source.offset // alignment) * alignment
    end = 0
    for tensor, offset in tensors:
        if offset != end:
            raise _DamagedError("a tensor is not where the one before it ends")
        end += -(-tensor.bytes // alignment) * alignment
    # The padding after the last tensor may be missing.
    last = end - (-tensors[-1][0].bytes % alignment) if tensors else 0
    if data + last > source.size:
        raise _CutOffError
    return _header(values, [tensor for tensor, _ in tensors], source.size, data)


def _value(source: _Source) -> _Value:
    kind = source.whole(_U32)
    if kind == _STRING:
        text = source.text(_LONGEST_KEPT)
        return text if text is not None else _Listed(1)
    if kind in _NUMBERS:
        return source.number(_NUMBERS[kind])
    if kind != _ARRAY:
        raise _DamagedError("an unknown type of value")
    kind, count = source.whole(_U32), source.whole()
    if kind == _STRING:
        source.skip_strings(count)
        return _Listed(count)
    if kind not in _NUMBERS:
        raise _DamagedError("a list of an unknown type")
    form = _NUMBERS[kind]
    if count > _MOST_KEPT:
        source.skip(count * form.size)
        return _Listed(count)
    return _Listed(count, tuple(source.number(form) for _ in range(count)))


def _tensors(source: _Source, count: int) -> list[tuple[_Tensor, int]]:
    """The tensors with their offsets in the data."""
    found: list[tuple[_Tensor, int]] = []
    names: set[str] = set()
    for _ in range(count):
        name = source.text(_LONGEST_TENSOR_NAME)
        if name is None or name in names:
            raise _DamagedError("a tensor's name is too long or given twice")
        names.add(name)
        dimensions = source.whole(_U32)
        if dimensions > 4:
            raise _DamagedError("a tensor of more than four dimensions")
        sizes = tuple(source.whole() for _ in range(dimensions))
        kind = source.whole(_U32)
        if kind not in TENSOR_TYPES:
            raise _DamagedError("a number format that is not known")
        named, block, size = TENSOR_TYPES[kind]
        values = math.prod(sizes)
        if any(side > _LARGEST for side in sizes) or values > _LARGEST:
            raise _DamagedError("a tensor beyond every size")
        if (sizes[0] if sizes else 1) % block:
            raise _DamagedError("a tensor's rows are no whole blocks")
        found.append((_Tensor(name, named, values // block * size, sizes), source.whole()))
    return found


class _Values:
    """The header's values, asked for by key and expected type."""

    def __init__(self, pairs: dict[str, _Value]) -> None:
        self._pairs = pairs

    def text(self, key: str) -> str:
        """A short text with nothing in it that does not print; "" without one."""
        value = self._pairs.get(key, "")
        if not isinstance(value, str):
            return ""
        return "".join(c if c.isprintable() else " " for c in value).strip()[:_LONGEST_NAME]

    def whole(self, key: str, default: int = 0) -> int:
        """A number that is not negative; of a list (one for each block) the largest."""
        value = self._pairs.get(key, default)
        if isinstance(value, _Listed):
            value = max(value.values, default=default)
        if not isinstance(value, int) or not 0 <= value <= _LARGEST:
            raise _DamagedError(f"{key} is no sensible number")
        return int(value)

    def count(self, key: str) -> int:
        """How long a list is; 0 without one."""
        value = self._pairs.get(key)
        return value.count if isinstance(value, _Listed) else 0

    def has(self, key: str) -> bool:
        return key in self._pairs


def _header(values: _Values, tensors: list[_Tensor], size: int, data: int) -> Header:
    architecture = values.text("general.architecture")
    if not architecture:
        raise _DamagedError("no architecture")
    kind = _kind(values, architecture)
    recipe = values.whole("general.file_type", -1) if values.has("general.file_type") else -1
    common = Header(
        kind=kind,
        architecture=architecture,
        name=values.text("general.name"),
        size=size,
        data=data,
        parts=max(1, values.whole("split.count", 1)),
        quantisation=FILE_TYPES.get(recipe, ""),
        tensor_types=_types(tensors),
        adapter_type=values.text("adapter.type"),
    )
    if kind is Kind.PROJECTOR:
        return _with_vision(common, values)
    if kind is Kind.ADAPTER:
        return common
    return _with_sizes(common, values, tensors)


def _kind(values: _Values, architecture: str) -> Kind:
    if values.text("general.type") == "adapter":
        return Kind.ADAPTER
    return Kind.PROJECTOR if architecture == "clip" else Kind.MODEL


def _types(tensors: list[_Tensor]) -> tuple[TensorType, ...]:
    counts: defaultdict[str, int] = defaultdict(int)
    sizes: defaultdict[str, int] = defaultdict(int)
    for tensor in tensors:
        counts[tensor.type] += 1
        sizes[tensor.type] += tensor.bytes
    return tuple(TensorType(name, counts[name], sizes[name]) for name in sorted(counts))


def _with_vision(common: Header, values: _Values) -> Header:
    kind = values.text("clip.projector_type") or values.text("clip.vision.projector_type")
    vision = Vision(
        projector_type=kind,
        projection=values.whole("clip.vision.projection_dim"),
        width=values.whole("clip.vision.embedding_length"),
        blocks=values.whole("clip.vision.block_count"),
        feed_forward=values.whole("clip.vision.feed_forward_length"),
        heads=values.whole("clip.vision.attention.head_count"),
        image=values.whole("clip.vision.image_size"),
        patch=values.whole("clip.vision.patch_size"),
        merge=values.whole("clip.vision.spatial_merge_size", 1),
    )
    return replace(common, vision=vision)


def _with_sizes(common: Header, values: _Values, tensors: list[_Tensor]) -> Header:
    prefix = common.architecture
    blocks = values.whole(f"{prefix}.block_count")
    nextn = values.whole(f"{prefix}.nextn_predict_layers")
    heads = values.whole(f"{prefix}.attention.head_count")
    embedding = values.whole(f"{prefix}.embedding_length")
    if nextn > blocks or not blocks or not embedding:
        raise _DamagedError("no blocks")
    length = embedding // heads if heads else 0
    by_name = {tensor.name: tensor for tensor in tensors}
    recurrent = 0
    ahead = 0
    for tensor in tensors:
        match = _BLOCK.fullmatch(tensor.name)
        if match is None:
            continue
        recurrent += match[2] == "ssm_conv1d.weight"
        ahead += tensor.bytes if int(match[1]) >= blocks - nextn else 0
    inputs, outputs = by_name.get("token_embd.weight"), by_name.get("output.weight")
    vocabulary = values.count("tokenizer.ggml.tokens")
    if inputs is not None and len(inputs.rows) > 1:
        vocabulary = max(vocabulary, inputs.rows[1])
    input_bytes = inputs.bytes if inputs is not None else 0
    return replace(
        common,
        context=values.whole(f"{prefix}.context_length"),
        embedding=embedding,
        blocks=blocks - nextn,
        attention_blocks=max(0, blocks - nextn - recurrent),
        nextn_blocks=nextn,
        feed_forward=values.whole(f"{prefix}.feed_forward_length"),
        heads=heads,
        kv_heads=values.whole(f"{prefix}.attention.head_count_kv", heads),
        key_length=values.whole(f"{prefix}.attention.key_length", length),
        value_length=values.whole(f"{prefix}.attention.value_length", length),
        conv_kernel=values.whole(f"{prefix}.ssm.conv_kernel"),
        state_size=values.whole(f"{prefix}.ssm.state_size"),
        groups=values.whole(f"{prefix}.ssm.group_count"),
        time_steps=values.whole(f"{prefix}.ssm.time_step_rank"),
        inner=values.whole(f"{prefix}.ssm.inner_size"),
        vocabulary=vocabulary,
        input_bytes=input_bytes,
        output_bytes=outputs.bytes if outputs is not None else input_bytes,
        nextn_bytes=ahead,
        tied=outputs is None,
        has_template=values.has("tokenizer.chat_template"),
    )
