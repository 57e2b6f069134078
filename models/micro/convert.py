"""Write the micro model as GGUF, and what transformers says to a few prompts.

    python -m models.micro.convert checkpoint.pt

writes ``micro.gguf``, ``micro-mmproj.gguf`` and ``logits.json`` beside this file.  The
logits come from transformers' own ``Qwen3_5ForConditionalGeneration`` with the weights as
the GGUF holds them (rounded to half precision), so that a test can hold llama.cpp to them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter, LlamaFileType, RopeScalingType, TokenType
from numpy.typing import NDArray

from app.reading.model.formats import MARKS, VALUES
from models.micro import pictures
from models.micro.documents import invoice, invoice_type
from models.micro.network import Network, Shape, SpecialTokens
from models.micro.train import TEST, Prompts
from models.micro.vocabulary import HERE, TEMPLATE, Vocabulary, load

NAME = "Paperclerk micro (a test fixture, not a reader of real documents)"
LICENCE = "agpl-3.0"

Weights = Mapping[str, NDArray[np.float32]]


def rounded(network: Network) -> None:
    """Round the matrices as the file does."""
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if is_matrix(name, weight.ndim):
                weight.copy_(weight.half().float())


def is_matrix(name: str, dimensions: int) -> bool:
    """Whether a weight is written in half precision."""
    return dimensions >= 2 and "conv1d" not in name and "pos_embed" not in name


def _put(writer: GGUFWriter, name: str, weight: NDArray[np.float32], *, half: bool) -> None:
    kind = np.float16 if half else np.float32
    writer.add_tensor(name, np.ascontiguousarray(weight.astype(kind)))


def _finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_language(path: Path, shape: Shape, weights: Weights, vocabulary: Vocabulary) -> None:
    """The language model, architecture ``qwen35``."""
    writer = GGUFWriter(path, "qwen35")
    writer.add_name(NAME)
    writer.add_license(LICENCE)
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_rope_scaling_type(RopeScalingType.NONE)
    writer.add_rope_dimension_count(shape.rotary)
    writer.add_rope_dimension_sections([*shape.sections, 0])
    writer.add_ssm_conv_kernel(shape.convolution)
    writer.add_ssm_state_size(shape.delta_head)
    writer.add_ssm_group_count(shape.delta_heads)
    writer.add_ssm_time_step_rank(shape.delta_heads)
    writer.add_ssm_inner_size(shape.delta_heads * shape.delta_head)
    writer.add_full_attention_interval(shape.attention_every)
    _add_vocabulary(writer, vocabulary)

    def put(name: str, source: str, add: float = 0.0) -> None:
        key = f"model.language_model.{source}"
        weight = weights[key]
        _put(writer, name, weight + add if add else weight, half=is_matrix(key, weight.ndim))

    put("token_embd.weight", "embed_tokens.weight")
    put("output_norm.weight", "norm.weight", 1)  # stored there as the distance from 1
    for at in range(shape.layers):
        to, of = f"blk.{at}", f"layers.{at}"
        put(f"{to}.attn_norm.weight", f"{of}.input_layernorm.weight", 1)
        put(f"{to}.post_attention_norm.weight", f"{of}.post_attention_layernorm.weight", 1)
        if shape.is_attention(at):
            for ours, theirs in (("q", "q"), ("k", "k"), ("v", "v"), ("output", "o")):
                put(f"{to}.attn_{ours}.weight", f"{of}.self_attn.{theirs}_proj.weight")
            put(f"{to}.attn_q_norm.weight", f"{of}.self_attn.q_norm.weight", 1)
            put(f"{to}.attn_k_norm.weight", f"{of}.self_attn.k_norm.weight", 1)
        else:
            inside = f"{of}.linear_attn"
            put(f"{to}.attn_qkv.weight", f"{inside}.in_proj_qkv.weight")
            put(f"{to}.attn_gate.weight", f"{inside}.in_proj_z.weight")
            put(f"{to}.ssm_beta.weight", f"{inside}.in_proj_b.weight")
            put(f"{to}.ssm_alpha.weight", f"{inside}.in_proj_a.weight")
            put(f"{to}.ssm_out.weight", f"{inside}.out_proj.weight")
            put(f"{to}.ssm_dt.bias", f"{inside}.dt_bias")
            put(f"{to}.ssm_norm.weight", f"{inside}.norm.weight")
            whole = f"model.language_model.{inside}"
            _put(
                writer,
                f"{to}.ssm_conv1d.weight",
                weights[f"{whole}.conv1d.weight"][:, 0],
                half=False,
            )
            _put(writer, f"{to}.ssm_a", -np.exp(weights[f"{whole}.A_log"]), half=False)
        for part in ("gate", "up", "down"):
            put(f"{to}.ffn_{part}.weight", f"{of}.mlp.{part}_proj.weight")
    _finish(writer)


def _add_vocabulary(writer: GGUFWriter, vocabulary: Vocabulary) -> None:
    tokens = vocabulary.tokens
    kinds = [TokenType.NORMAL] * len(tokens)
    for number in vocabulary.control:
        kinds[number] = TokenType.CONTROL
    for number in vocabulary.thinking:
        kinds[number] = TokenType.USER_DEFINED
    for number in range(vocabulary.thinking.stop, len(tokens)):
        kinds[number] = TokenType.UNUSED
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen35")
    writer.add_token_list(list(tokens))
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{first} {second}" for first, second in vocabulary.merges])
    writer.add_eos_token_id(vocabulary.special("<|im_end|>"))
    writer.add_pad_token_id(vocabulary.special("<|endoftext|>"))
    writer.add_bos_token_id(vocabulary.special("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def write_vision(path: Path, shape: Shape, weights: Weights) -> None:
    """The tower and its merger, projector ``qwen3vl_merger``."""
    writer = GGUFWriter(path, "clip")
    writer.add_name(NAME)
    writer.add_license(LICENCE)
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "qwen3vl_merger")
    writer.add_bool("clip.use_gelu", True)
    for key, value in (
        ("image_size", shape.vision_grid * shape.patch),
        ("patch_size", shape.patch),
        ("embedding_length", shape.vision_hidden),
        ("feed_forward_length", shape.vision_feed_forward),
        ("block_count", shape.vision_layers),
        ("attention.head_count", shape.vision_heads),
        ("projection_dim", shape.hidden),
        ("spatial_merge_size", shape.merge),
    ):
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])

    def put(name: str, source: str) -> None:
        for part in ("weight", "bias"):
            key = f"model.visual.{source}.{part}"
            if key in weights:
                weight = weights[key]
                _put(writer, f"{name}.{part}", weight, half=is_matrix(key, weight.ndim))

    first = weights["model.visual.patch_embed.proj.weight"]
    _put(writer, "v.patch_embd.weight", first[:, :, 0], half=True)
    _put(writer, "v.patch_embd.weight.1", first[:, :, 1], half=True)
    bias = weights["model.visual.patch_embed.proj.bias"]
    _put(writer, "v.patch_embd.bias", bias, half=False)
    put("v.position_embd", "pos_embed")
    for at in range(shape.vision_layers):
        for ours, theirs in (
            ("attn_qkv", "attn.qkv"),
            ("attn_out", "attn.proj"),
            ("ffn_up", "mlp.linear_fc1"),
            ("ffn_down", "mlp.linear_fc2"),
            ("ln1", "norm1"),
            ("ln2", "norm2"),
        ):
            put(f"v.blk.{at}.{ours}", f"blocks.{at}.{theirs}")
    put("v.post_ln", "merger.norm")
    put("mm.0", "merger.linear_fc1")
    put("mm.2", "merger.linear_fc2")
    _finish(writer)


def special_tokens(vocabulary: Vocabulary) -> SpecialTokens:
    """The numbers that transformers' configuration wants."""
    return SpecialTokens(
        padding=vocabulary.special("<|endoftext|>"),
        end=vocabulary.special("<|im_end|>"),
        vision_start=vocabulary.special("<|vision_start|>"),
        vision_end=vocabulary.special("<|vision_end|>"),
        image=vocabulary.special("<|image_pad|>"),
        video=vocabulary.special("<|video_pad|>"),
    )


@torch.no_grad()
def expected_logits(network: Network, prompts: Prompts) -> list[dict[str, object]]:
    """Of some prompts: the logits at every token of the true answer, by transformers."""
    from transformers.models.qwen3_5 import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    special = special_tokens(prompts.vocabulary)
    config = Qwen3_5Config(**network.shape.for_transformers(special))
    model = Qwen3_5ForConditionalGeneration(config).eval()
    model.load_state_dict(network.state_dict(), strict=False)
    model.tie_weights()
    definition = invoice_type()
    told: list[dict[str, object]] = []

    def tell(kind: str, seed: int, prompt: list[int], answer: list[int], **more: object) -> None:
        logits = model(input_ids=torch.tensor([prompt + answer]), **more).logits[0]
        at = range(len(prompt) - 1, len(prompt) + len(answer) - 1, 8)
        rows = [[round(value, 3) for value in logits[each].tolist()[::12]] for each in at]
        told.append({"kind": kind, "seed": seed, "every": 8, "of": 12, "logits": rows})

    for way in (VALUES, MARKS):
        made = invoice(TEST + 1)
        prefix = prompts.prefix(way.instructions(definition))
        prompt = prefix + prompts.document(made.prompt(way))
        tell(way.name, TEST + 1, prompt, prompts.answer(made.answer(way, definition)))
    shown = pictures.slip(TEST + 1, 5, 11)
    prefix = prompts.prefix(VALUES.instructions(pictures.slip_type()))
    prompt = prefix + prompts.picture(shown.height * shown.width)
    answer = prompts.answer(shown.answer)
    pixels = torch.from_numpy(pictures.patches(shown.pixels())).reshape(-1, 3, 1, 256)
    tell(
        "slip",
        TEST + 1,
        prompt,
        answer,
        pixel_values=pixels.expand(-1, 3, 2, 256).reshape(-1, 1536),
        image_grid_thw=torch.tensor([[1, 2 * shown.height, 2 * shown.width]]),
        mm_token_type_ids=(torch.tensor([prompt + answer]) == special.image).int(),
    )
    return told


def main() -> None:
    """Convert."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("checkpoint", type=Path)
    options.add_argument("--into", type=Path, default=HERE)
    given = options.parse_args()
    vocabulary = load()
    state = torch.load(given.checkpoint, weights_only=True)
    shape = Shape(**{**state["shape"], "sections": tuple(state["shape"]["sections"])})
    network = Network(shape)
    network.load_state_dict(state["weights"])
    rounded(network)
    weights = {name: weight.numpy() for name, weight in network.state_dict().items()}
    write_language(given.into / "micro.gguf", shape, weights, vocabulary)
    write_vision(given.into / "micro-mmproj.gguf", shape, weights)
    told = expected_logits(network, Prompts(vocabulary))
    text = json.dumps(told, separators=(",", ":"))
    (given.into / "logits.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
