"""The network: Qwen3.5's own architecture, small, written so that training it is cheap.

Gated DeltaNet and gated attention layers in turn, and the vision tower with its merger.
The names of the weights are those of ``Qwen3_5ForConditionalGeneration`` in transformers,
so that its state can be loaded there and the two compared; the arithmetic here is written
anew, for one reason: every sequence of a training batch begins with the same instructions,
and those are computed once (:meth:`Network.answers`), not once for each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPS = 1e-6


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the network; every ``attention_every``-th layer is attention."""

    vocabulary: int
    hidden: int = 192
    layers: int = 4
    attention_every: int = 2
    feed_forward: int = 288
    heads: int = 4
    kv_heads: int = 2
    head: int = 64
    rotary: int = 32  # of each head, how many numbers carry the position
    sections: tuple[int, int, int] = (6, 5, 5)  # frequencies of time, height and width
    rope_base: float = 1e7
    delta_heads: int = 6
    delta_head: int = 32
    convolution: int = 4
    context: int = 4096
    vision_hidden: int = 96
    vision_layers: int = 3
    vision_heads: int = 3
    vision_feed_forward: int = 192
    vision_grid: int = 16  # learned positions along each side
    patch: int = 16
    merge: int = 2

    def is_attention(self, layer: int) -> bool:
        """Whether the layer (from 0) is attention."""
        return (layer + 1) % self.attention_every == 0

    def for_transformers(self, special: SpecialTokens) -> dict[str, object]:
        """The arguments of transformers' ``Qwen3_5Config`` for the same network."""
        kinds = [
            "full_attention" if self.is_attention(at) else "linear_attention"
            for at in range(self.layers)
        ]
        return {
            "text_config": {
                "vocab_size": self.vocabulary,
                "hidden_size": self.hidden,
                "intermediate_size": self.feed_forward,
                "num_hidden_layers": self.layers,
                "num_attention_heads": self.heads,
                "num_key_value_heads": self.kv_heads,
                "head_dim": self.head,
                "linear_key_head_dim": self.delta_head,
                "linear_value_head_dim": self.delta_head,
                "linear_num_key_heads": self.delta_heads,
                "linear_num_value_heads": self.delta_heads,
                "linear_conv_kernel_dim": self.convolution,
                "max_position_embeddings": self.context,
                "tie_word_embeddings": True,
                "layer_types": kinds,
                "pad_token_id": special.padding,
                "eos_token_id": special.end,
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": self.rope_base,
                    "partial_rotary_factor": self.rotary / self.head,
                    "mrope_section": list(self.sections),
                    "mrope_interleaved": True,
                },
            },
            "vision_config": {
                "depth": self.vision_layers,
                "hidden_size": self.vision_hidden,
                "intermediate_size": self.vision_feed_forward,
                "num_heads": self.vision_heads,
                "out_hidden_size": self.hidden,
                "num_position_embeddings": self.vision_grid**2,
            },
            "image_token_id": special.image,
            "video_token_id": special.video,
            "vision_start_token_id": special.vision_start,
            "vision_end_token_id": special.vision_end,
            "tie_word_embeddings": True,
        }

    def as_dict(self) -> dict[str, object]:
        """For the checkpoint."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The numbers of the tokens that mean something to the program around the network."""

    padding: int
    end: int
    vision_start: int
    vision_end: int
    image: int
    video: int


class Norm(nn.Module):
    """Root mean square norm whose weight is stored as its distance from 1."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), 1.0 + self.weight, EPS)


class GatedNorm(nn.Module):
    """Root mean square norm (its weight stored as it is), then a gate."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight, EPS) * F.silu(gate)


def at(x: Tensor, places: Tensor) -> Tensor:
    """(batch, count, size): of each sequence of ``x`` the vectors at its ``places``."""
    return x.gather(1, places[..., None].expand(-1, -1, x.shape[-1]))


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on the first ``cos.shape[-1]`` numbers of each head."""
    size = cos.shape[-1]
    rotated, rest = x[..., :size], x[..., size:]
    half = size // 2
    swapped = torch.cat((-rotated[..., half:], rotated[..., :half]), -1)
    return torch.cat((rotated * cos + swapped * sin, rest), -1)


def gated_delta_rule(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    decay: Tensor,
    beta: Tensor,
    state: Tensor | None,
    chunk: int = 32,
) -> tuple[Tensor, Tensor]:
    """What the memory answers at each position, and the memory at the end.

    ``query``, ``key`` (unit length) and ``value`` are (batch, heads, length, size),
    ``decay`` (a logarithm, at most 0) and ``beta`` (0 to 1) are (batch, heads, length),
    ``state`` is (batch, heads, key size, value size).  Within a chunk the rule is solved
    as a triangular system (Yang et al., "Gated Delta Networks", 2024), so that the loop
    runs over chunks only.
    """
    batch, heads, length, size = key.shape
    pad = -length % chunk
    if pad:  # keys of nothing with beta 0 and decay 0 change nothing
        query, key, value = (F.pad(x, (0, 0, 0, pad)) for x in (query, key, value))
        decay, beta = F.pad(decay, (0, pad)), F.pad(beta, (0, pad))
    query, key, value = (x.reshape(batch, heads, -1, chunk, size) for x in (query, key, value))
    total = decay.reshape(batch, heads, -1, chunk).cumsum(-1)
    beta = beta.reshape(batch, heads, -1, chunk, 1)
    later = torch.ones(chunk, chunk, dtype=torch.bool).triu(1)
    between = (total[..., :, None] - total[..., None, :]).masked_fill(later, -math.inf).exp()
    grown = total.exp()[..., None]
    transposed = key.transpose(-1, -2)
    weighted = key * beta
    system = (weighted @ transposed) * between
    solved = torch.linalg.solve_triangular(
        system, torch.cat((value * beta, weighted * grown), -1), upper=False, unitriangular=True
    )
    fresh, stale = solved[..., :size], solved[..., size:]
    inside = (query @ transposed) * between
    query = query * grown
    kept = (key * (total[..., -1:] - total).exp()[..., None]).transpose(-1, -2)
    fades = total[..., -1].exp()[..., None, None]
    if state is None:
        state = torch.zeros(batch, heads, size, size)
    answers: list[Tensor] = []
    # Taken apart once: the gradient of an index is a tensor as large as the whole.
    parts = (x.unbind(2) for x in (fresh, stale, query, inside, kept, fades))
    for new, old, asked, near, keys, fade in zip(*parts, strict=True):
        new = new - old @ state
        answers.append(asked @ state + near @ new)
        state = state * fade + keys @ new
    return torch.cat(answers, 2)[:, :, :length], state


class Fold(torch.autograd.Function):
    """The short convolution of each channel by itself, (batch, length + taps - 1, channels)
    with (taps, channels).  Written out, because its gradient then needs no copies."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, taps: Tensor) -> Tensor:
        ctx.save_for_backward(x, taps)
        length = x.shape[1] - taps.shape[0] + 1
        folded = x[:, :length] * taps[0]
        for number, tap in enumerate(taps[1:], 1):
            folded.addcmul_(x[:, number : number + length], tap)
        return folded

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, slope: Tensor) -> tuple[Tensor, Tensor]:
        x, taps = ctx.saved_tensors
        length = slope.shape[1]
        back, tapped = torch.zeros_like(x), torch.empty_like(taps)
        for number, tap in enumerate(taps):
            window = slice(number, number + length)
            back[:, window].addcmul_(slope, tap)
            tapped[number] = (x[:, window] * slope).sum((0, 1))
        return back, tapped


@dataclass(slots=True)
class Past:
    """What a layer keeps of the sequence before: inputs of the convolution, then memory."""

    first: Tensor
    second: Tensor

    def for_batch(self, size: int) -> Past:
        """The same past for every sequence of a batch."""
        return Past(*(x.expand(size, *x.shape[1:]) for x in (self.first, self.second)))


class DeltaNet(nn.Module):
    """Gated DeltaNet: a short convolution, then a memory written by the delta rule."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        inner = shape.delta_heads * shape.delta_head
        self.shape = shape
        self.in_proj_qkv = nn.Linear(shape.hidden, 3 * inner, bias=False)
        self.in_proj_z = nn.Linear(shape.hidden, inner, bias=False)
        self.in_proj_b = nn.Linear(shape.hidden, shape.delta_heads, bias=False)
        self.in_proj_a = nn.Linear(shape.hidden, shape.delta_heads, bias=False)
        self.conv1d = nn.Conv1d(
            3 * inner, 3 * inner, shape.convolution, groups=3 * inner, bias=False
        )
        self.dt_bias = nn.Parameter(torch.zeros(shape.delta_heads))
        self.A_log = nn.Parameter(torch.zeros(shape.delta_heads))
        self.norm = GatedNorm(shape.delta_head)
        self.out_proj = nn.Linear(inner, shape.hidden, bias=False)

    def forward(self, x: Tensor, past: Past | None) -> tuple[Tensor, Past]:
        batch, length, _ = x.shape
        heads, size, back = (
            self.shape.delta_heads,
            self.shape.delta_head,
            self.conv1d.kernel_size[0],
        )
        mixed = self.in_proj_qkv(x)
        before = mixed.new_zeros(batch, back - 1, mixed.shape[-1]) if past is None else past.first
        mixed = torch.cat((before, mixed), 1)
        folded = Fold.apply(mixed, self.conv1d.weight[:, 0].T)
        query, key, value = (
            part.view(batch, length, heads, size).transpose(1, 2)
            for part in F.silu(folded).chunk(3, -1)
        )
        query = query * torch.rsqrt(query.pow(2).sum(-1, keepdim=True) + EPS) * size**-0.5
        key = key * torch.rsqrt(key.pow(2).sum(-1, keepdim=True) + EPS)
        decay = -self.A_log.exp() * F.softplus(self.in_proj_a(x) + self.dt_bias)
        beta = self.in_proj_b(x).sigmoid()
        out, state = gated_delta_rule(
            query,
            key,
            value,
            decay.transpose(1, 2),
            beta.transpose(1, 2),
            None if past is None else past.second,
        )
        gate = self.in_proj_z(x).view(batch, length, heads, size)
        out = self.norm(out.transpose(1, 2), gate).reshape(batch, length, heads * size)
        return self.out_proj(out), Past(mixed[:, -(back - 1) :], state)


class Attention(nn.Module):
    """Grouped-query attention with normed queries and keys, partial rotary, and a gate."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.q_proj = nn.Linear(shape.hidden, 2 * shape.heads * shape.head, bias=False)
        self.k_proj = nn.Linear(shape.hidden, shape.kv_heads * shape.head, bias=False)
        self.v_proj = nn.Linear(shape.hidden, shape.kv_heads * shape.head, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.head, shape.hidden, bias=False)
        self.q_norm = Norm(shape.head)
        self.k_norm = Norm(shape.head)

    def forward(
        self,
        x: Tensor,
        past: Past | None,
        rope: tuple[Tensor, Tensor],
        wanted: Tensor | None = None,
    ) -> tuple[Tensor, Past]:
        """What the sequence is told at each position, or at the ``wanted`` ones only."""
        batch, length, _ = x.shape
        asking = x if wanted is None else at(x, wanted)
        pairs = self.q_proj(asking).view(batch, -1, self.shape.heads, 2 * self.shape.head)
        query, gate = pairs.chunk(2, -1)
        key = self.k_proj(x).view(batch, length, self.shape.kv_heads, -1)
        value = self.v_proj(x).view(batch, length, self.shape.kv_heads, -1).transpose(1, 2)
        turn = rope if wanted is None else (rope[0][wanted][:, None], rope[1][wanted][:, None])
        query = turned(self.q_norm(query).transpose(1, 2), *turn)
        key = turned(self.k_norm(key).transpose(1, 2), *rope)
        before = 0
        if past is not None:
            before = past.first.shape[2]
            key, value = torch.cat((past.first, key), 2), torch.cat((past.second, value), 2)
        mask = None
        if wanted is not None:
            seen = torch.arange(before + length) - before
            mask = (seen <= wanted[..., None])[:, None]
        elif before:
            mask = torch.ones(length, before + length, dtype=torch.bool).tril(before)
        out = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=True
        )
        out = out.transpose(1, 2) * gate.sigmoid()
        return self.o_proj(out.flatten(2)), Past(key, value)


class FeedForward(nn.Module):
    """SwiGLU."""

    def __init__(self, hidden: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.up_proj = nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    """One layer of the language model."""

    def __init__(self, shape: Shape, attention: bool) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape.hidden)
        self.post_attention_layernorm = Norm(shape.hidden)
        self.mlp = FeedForward(shape.hidden, shape.feed_forward)
        if attention:
            self.self_attn = Attention(shape)
        else:
            self.linear_attn = DeltaNet(shape)
        self.attention = attention

    def forward(
        self,
        x: Tensor,
        past: Past | None,
        rope: tuple[Tensor, Tensor],
        wanted: Tensor | None = None,
    ) -> tuple[Tensor, Past]:
        normed = self.input_layernorm(x)
        if self.attention:
            mixed, kept = self.self_attn(normed, past, rope, wanted)
            x = x if wanted is None else at(x, wanted)
        else:
            mixed, kept = self.linear_attn(normed, past)
        x = x + mixed
        return x + self.mlp(self.post_attention_layernorm(x)), kept


class Language(nn.Module):
    """The language model without its head."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(
            Layer(shape, shape.is_attention(at)) for at in range(shape.layers)
        )
        self.norm = Norm(shape.hidden)

    def rope(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of (3, length) positions: time, height, width interleaved."""
        count = self.shape.rotary // 2
        steps = self.shape.rope_base ** -(torch.arange(count) * 2 / self.shape.rotary)
        which = torch.zeros(count, dtype=torch.long)
        for axis in (1, 2):
            which[axis : 3 * self.shape.sections[axis] : 3] = axis
        angles = positions.float()[which].T * steps
        angles = torch.cat((angles, angles), -1)
        return angles.cos(), angles.sin()

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        past: Sequence[Past] | None = None,
        wanted: Tensor | None = None,
    ) -> tuple[Tensor, list[Past]]:
        """Hidden states of embedded tokens (batch, length, hidden), and what to go on from.

        With ``wanted`` (batch, count) only those of these places: the last layer, which
        must be attention, is not computed elsewhere.
        """
        rope = self.rope(positions)
        kept: list[Past] = []
        for number, layer in enumerate(self.layers):
            before = past[number] if past is not None else None
            last = number == len(self.layers) - 1
            x, left = layer(x, before, rope, wanted if last else None)
            kept.append(left)
        return self.norm(x), kept


class VisionAttention(nn.Module):
    """Full attention among the patches of one picture."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.vision_heads
        self.qkv = nn.Linear(shape.vision_hidden, 3 * shape.vision_hidden)
        self.proj = nn.Linear(shape.vision_hidden, shape.vision_hidden)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
        batch, length, size = x.shape
        query, key, value = (
            self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        )
        out = F.scaled_dot_product_attention(turned(query, *rope), turned(key, *rope), value)
        return self.proj(out.transpose(1, 2).reshape(batch, length, size))


class VisionFeedForward(nn.Module):
    """Two layers and a GELU (in its tanh form)."""

    def __init__(self, hidden: int, inner: int) -> None:
        super().__init__()
        self.linear_fc1 = nn.Linear(hidden, inner)
        self.linear_fc2 = nn.Linear(inner, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_fc2(F.gelu(self.linear_fc1(x), approximate="tanh"))


class VisionBlock(nn.Module):
    """One layer of the tower."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(shape.vision_hidden, eps=EPS)
        self.norm2 = nn.LayerNorm(shape.vision_hidden, eps=EPS)
        self.attn = VisionAttention(shape)
        self.mlp = VisionFeedForward(shape.vision_hidden, shape.vision_feed_forward)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.attn(self.norm1(x), rope)
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    """Patches to vectors; the weight keeps its two halves in time, which see the same picture."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.proj = nn.Conv3d(3, shape.vision_hidden, (2, shape.patch, shape.patch))

    def forward(self, patches: Tensor) -> Tensor:
        return F.linear(patches, self.proj.weight.sum(2).flatten(1), self.proj.bias)


class Merger(nn.Module):
    """Four neighbouring patches to one token of the language model."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        wide = shape.vision_hidden * shape.merge**2
        self.norm = nn.LayerNorm(shape.vision_hidden, eps=EPS)
        self.linear_fc1 = nn.Linear(wide, wide)
        self.linear_fc2 = nn.Linear(wide, shape.hidden)

    def forward(self, x: Tensor) -> Tensor:
        merged = self.norm(x).reshape(x.shape[0], -1, self.linear_fc1.in_features)
        return self.linear_fc2(F.gelu(self.linear_fc1(merged)))


class Vision(nn.Module):
    """The tower: pictures of one size to tokens of the language model."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.patch_embed = PatchEmbedding(shape)
        self.pos_embed = nn.Embedding(shape.vision_grid**2, shape.vision_hidden)
        self.blocks = nn.ModuleList(VisionBlock(shape) for _ in range(shape.vision_layers))
        self.merger = Merger(shape)

    def blockwise(self, grid: Tensor) -> Tensor:
        """(…, height, width) reordered so that the patches of one token stand together."""
        height, width = grid.shape[-2:]
        merge = self.shape.merge
        split = grid.reshape(*grid.shape[:-2], height // merge, merge, width // merge, merge)
        return split.transpose(-3, -2).flatten(-4)

    def forward(self, patches: Tensor, height: int, width: int) -> Tensor:
        """Tokens (pictures, height × width / 4, hidden) of patches (pictures, height × width, 768).

        The patches stand in block order (:meth:`blockwise`), colours outermost.
        """
        side = self.shape.vision_grid
        learned = self.pos_embed.weight.T.reshape(1, -1, side, side)
        grid = F.interpolate(learned, (height, width), mode="bilinear", align_corners=True)
        x = self.patch_embed(patches) + self.blockwise(grid[0]).T
        rows = torch.arange(height)[:, None].expand(height, width)
        columns = torch.arange(width)[None].expand(height, width)
        size = self.shape.vision_hidden // self.shape.vision_heads
        steps = 10000.0 ** -(torch.arange(0, size // 2, 2) / (size // 2))
        angles = [self.blockwise(axis).float()[:, None] * steps for axis in (rows, columns)]
        both = torch.cat((*angles, *angles), -1)
        rope = both.cos(), both.sin()
        for block in self.blocks:
            x = block(x, rope)
        return self.merger(x)


class Body(nn.Module):
    """Tower and language model, named as in transformers."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.visual = Vision(shape)
        self.language_model = Language(shape)


class Network(nn.Module):
    """The whole model; the head is the embedding itself."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.model = Body(shape)

    @property
    def language(self) -> Language:
        return self.model.language_model

    @property
    def vision(self) -> Vision:
        return self.model.visual

    def begin(self, seed: int) -> None:
        """Fill in the first weights.

        The DeltaNet starts with long memory (its library default forgets within a few
        tokens, and then nothing is ever copied), and layers start near the identity.
        """
        torch.manual_seed(seed)
        with torch.no_grad():
            for name, weight in self.named_parameters():
                if name.endswith("A_log"):
                    weight.uniform_(1, 8).log_()
                elif name.endswith("dt_bias"):
                    step = torch.empty_like(weight).uniform_(math.log(1e-3), math.log(1e-1)).exp()
                    weight.copy_(step + torch.log(-torch.expm1(-step)))
                elif "conv1d" in name:
                    weight.uniform_(-0.5, 0.5)
                elif "embed_tokens" in name:
                    weight.normal_(0, 0.1)
                elif "pos_embed" in name:
                    weight.normal_(0, 0.05)
                elif weight.ndim >= 2:
                    weight.normal_(0, weight[0].numel() ** -0.5)
                    ends = ("o_proj", "out_proj", "down_proj", "attn.proj", "mlp.linear_fc2")
                    if any(end in name for end in ends):
                        weight.mul_(0.1)
                elif name.endswith("bias"):
                    weight.zero_()

    def head(self, hidden: Tensor) -> Tensor:
        """Logits."""
        return F.linear(hidden, self.language.embed_tokens.weight)

    def answers(
        self,
        prefix: Tensor,
        tokens: Tensor,
        pictures: Tensor | None = None,
        place: Place | None = None,
        wanted: Tensor | None = None,
    ) -> Tensor:
        """Hidden states of ``tokens`` (batch, length), all of them after the same ``prefix``.

        With ``wanted`` (batch, count) only at these places of each.  ``pictures``
        (batch, picture tokens, hidden) take the place of the tokens at ``place``.
        """
        start = prefix.shape[0]
        _, past = self.language(
            self.language.embed_tokens(prefix)[None], torch.arange(start).expand(3, -1)
        )
        x = self.language.embed_tokens(tokens)
        if pictures is None or place is None:
            positions = (torch.arange(tokens.shape[1]) + start).expand(3, -1)
        else:
            end = place.start + pictures.shape[1]
            x = torch.cat((x[:, : place.start], pictures, x[:, end:]), 1)
            positions = place.positions(tokens.shape[1]) + start
        batch = [layer.for_batch(tokens.shape[0]) for layer in past]
        return self.language(x, positions, batch, wanted)[0]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture of ``height`` × ``width`` tokens stands in a sequence."""

    start: int
    height: int
    width: int

    def positions(self, length: int) -> Tensor:
        """(3, length): a picture's tokens share their time and have a row and a column; what
        follows goes on after the longer side."""
        count = self.height * self.width
        rows = torch.arange(self.height).repeat_interleave(self.width)
        columns = torch.arange(self.width).repeat(self.height)
        inside = torch.stack((torch.zeros(count, dtype=torch.long), rows, columns)) + self.start
        after = torch.arange(length - self.start - count) + self.start
        after = after + max(self.height, self.width)
        return torch.cat((torch.arange(self.start).expand(3, -1), inside, after.expand(3, -1)), 1)
