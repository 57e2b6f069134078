"""What a GGUF file says of itself, read in a child because the file is anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.child import Child, ChildError, command
from app.errors import Code, problem

_DEADLINE = 60.0  # seconds; the header of the largest vocabulary takes half of one
_MEMORY_LIMIT = 512 * 1024 * 1024


class Kind(StrEnum):
    """What a GGUF file is for."""

    MODEL = "model"
    PROJECTOR = "projector"
    ADAPTER = "adapter"


@dataclass(frozen=True, slots=True)
class TensorType:
    """How many tensors are kept in a number format (ggml's name of it), and their bytes."""

    name: str
    tensors: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Vision:
    """The sizes of a projector; ``projection`` must equal its model's embedding length."""

    projector_type: str
    projection: int
    width: int
    blocks: int
    feed_forward: int
    heads: int
    image: int
    patch: int
    merge: int


@dataclass(frozen=True, slots=True)
class Header:
    """A GGUF file's header; the file has been found to be as long as its header says.

    Numbers that a file of its kind does not have are 0.  ``size`` is bytes of the file,
    ``data`` those of them before the tensors.  ``parts`` > 1 says that the file is one of
    several.  ``blocks`` are those that text passes, of which ``attention_blocks`` keep
    keys and values for every token and the others a state of fixed size; ``nextn_blocks``
    come on top.  ``input_bytes`` are the embeddings of the vocabulary and ``output_bytes``
    those that make logits; one and the same tensor when ``tied``.  ``adapter_type`` is
    ``lora`` for what can be attached.  ``vision`` is what a projector has.
    """

    kind: Kind
    architecture: str
    name: str
    size: int
    data: int
    parts: int = 1
    quantisation: str = ""
    tensor_types: tuple[TensorType, ...] = ()
    context: int = 0
    embedding: int = 0
    blocks: int = 0
    attention_blocks: int = 0
    nextn_blocks: int = 0
    feed_forward: int = 0
    heads: int = 0
    kv_heads: int = 0
    key_length: int = 0
    value_length: int = 0
    conv_kernel: int = 0
    state_size: int = 0
    groups: int = 0
    time_steps: int = 0
    inner: int = 0
    vocabulary: int = 0
    input_bytes: int = 0
    output_bytes: int = 0
    nextn_bytes: int = 0
    tied: bool = True
    has_template: bool = False
    adapter_type: str = ""
    vision: Vision | None = None


@dataclass(frozen=True, slots=True)
class ReadHeader:
    """Ask the child for the header of the file ``path``."""

    path: str


def read_header(path: Path) -> Header:
    """The header of a GGUF file.

    Raises ``ProblemError``: ``vanished``, ``unreadable``, ``not_a_file``, ``empty``,
    ``not_a_model`` (no GGUF file), ``model_cut_off`` (shorter than its header says),
    ``model_kind`` (a version of GGUF that is not known) and ``model_damaged`` (it
    contradicts itself, or is made to do harm).
    """
    child = Child(command("header"), (Header,), _MEMORY_LIMIT)
    try:
        for reply in child.request(ReadHeader(str(path)), lambda: _DEADLINE):
            if isinstance(reply, Header):
                return reply
    except ChildError as error:
        raise problem(Code.MODEL_DAMAGED, path.name) from error
    finally:
        child.stop()
    raise problem(Code.MODEL_DAMAGED, path.name)
