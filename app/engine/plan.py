"""How a model is loaded and run on this computer, chosen before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CacheType(StrEnum):
    """The number format of the attention cache."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that llama.cpp is told when a model is loaded.

    ``context`` is cells of the attention cache for all ``sequences`` together (one of them
    keeps the shared prefix); ``batch`` and ``micro_batch`` are tokens.  ``drafts`` is how
    many tokens a sequence can take back (0: no speculation).  ``yarn_factor`` > 1 stretches
    the positions beyond what the model was trained on.  ``memory`` is the predicted
    resident size in bytes.
    """

    context: int = 8192
    sequences: int = 5
    batch: int = 512
    micro_batch: int = 256
    cache_type: CacheType = CacheType.F16
    mapped: bool = True
    repacked: bool = False
    threads: int = 2
    gpu_layers: int = 0
    flash_attention: bool = True
    yarn_factor: float = 1.0
    drafts: int = 0
    memory: int = 0
    notes: tuple[str, ...] = ()
