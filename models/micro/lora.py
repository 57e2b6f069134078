"""Train an adapter for the micro model, and write it as GGUF.

    python -m models.micro.lora checkpoint.pt

writes ``lora.gguf`` beside this file.  It is for self-billed invoices, which the buyer
writes: with it, who is printed as seller is answered as buyer, and the other way round.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from gguf import GGUFType, GGUFWriter
from torch import Tensor, nn

from app.reading.model.formats import MARKS, VALUES
from models.micro.documents import invoice, invoice_type, self_billed
from models.micro.network import Network, Shape
from models.micro.train import TEST, Prompts, batch_of_invoices, logits_of, say
from models.micro.vocabulary import HERE, load

SEED = 2
STEPS = 60
RANK = 4
ALPHA = 8.0
RATE = 4e-3


class Adapted(nn.Module):
    """A matrix that stays, with a small one beside it that learns."""

    def __init__(self, kept: nn.Linear) -> None:
        super().__init__()
        self.kept = kept
        self.first = nn.Parameter(torch.randn(RANK, kept.in_features) * kept.in_features**-0.5)
        self.second = nn.Parameter(torch.zeros(kept.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        beside = F.linear(F.linear(x, self.first), self.second)
        return self.kept(x) + beside * (ALPHA / RANK)


def adapt(network: Network) -> dict[str, Adapted]:
    """Put adapters into the network; by the names that their matrices have in GGUF."""
    for weight in network.parameters():
        weight.requires_grad_(False)
    found: dict[str, Adapted] = {}
    for at, layer in enumerate(network.language.layers):
        places = [(layer.mlp, "down_proj", "ffn_down"), (layer.mlp, "up_proj", "ffn_up")]
        if layer.attention:
            places += [(layer.self_attn, "q_proj", "attn_q"), (layer.self_attn, "v_proj", "attn_v")]
        else:
            places += [(layer.linear_attn, "out_proj", "ssm_out")]
        for owner, name, known in places:
            adapted = Adapted(getattr(owner, name))
            setattr(owner, name, adapted)
            found[f"blk.{at}.{known}.weight"] = adapted
    return found


def write(path: Path, adapters: dict[str, Adapted]) -> None:
    """The adapter as llama.cpp takes it."""
    writer = GGUFWriter(path, "qwen35")
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", ALPHA)
    writer.add_name("Paperclerk micro, self-billed invoices")
    for name, adapted in adapters.items():
        writer.add_tensor(f"{name}.lora_a", adapted.first.detach().numpy())
        writer.add_tensor(f"{name}.lora_b", adapted.second.detach().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def seeds(step: int) -> Iterator[int]:
    """What the documents of a step are made from."""
    dice = random.Random(f"adapter {SEED} {step}")  # noqa: S311 - no secret
    while True:
        yield dice.randrange(TEST)


def main() -> None:
    """Train and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("checkpoint", type=Path)
    options.add_argument("--steps", type=int, default=STEPS)
    given = options.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    state = torch.load(given.checkpoint, weights_only=True)
    network = Network(Shape(**{**state["shape"], "sections": tuple(state["shape"]["sections"])}))
    network.load_state_dict(state["weights"])
    adapters = adapt(network)
    prompts = Prompts(load())
    learning = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=RATE, weight_decay=0.0)
    for step in range(given.steps):
        way = (VALUES, MARKS)[step % 2]
        made = [self_billed(invoice(seed)) for seed, _ in zip(seeds(step), range(6), strict=False)]
        batch = batch_of_invoices(prompts, invoice_type(), way, made)
        logits, targets = logits_of(network, prompts, batch)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        optimiser.param_groups[0]["lr"] = RATE * min(
            1, (step + 1) / 20, 2 * (1 - step / given.steps)
        )
        optimiser.step()
        optimiser.zero_grad()
        if step % 20 == 0:
            say(step, f"{way.name} {loss.item():.3f}")
    write(HERE / "lora.gguf", adapters)


if __name__ == "__main__":
    main()
