"""Train the micro model, by steps and a seed.

    python -m models.micro.train --out checkpoint.pt [--resume checkpoint.pt] [--until STEP]

Every batch follows from (seed, step), and a checkpoint holds the optimiser too, so a run
that is broken off and resumed is the run that was not.  Needs torch; one thread is fastest
where other programs want the processor as well.
"""

# ruff: noqa: S311 - what is made up here is no secret
from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, distributed

from app.document_types import DocumentType
from app.reading.model.formats import MARKS, NOTHING, VALUES, AnswerFormat
from models.micro import pictures
from models.micro.documents import Effort, Made, digits, identifier, invoice, invoice_type, word
from models.micro.network import Network, Place, Shape
from models.micro.vocabulary import Vocabulary, load

SEED = 1
TOWER_STEPS = 300
STEPS = 2350
COOLING = 0.35  # share of the steps over which the rate falls to nothing
MATRIX_RATE = 0.02
RATE = 3e-3
TEST = 1_000_000_000  # seeds from here on are never trained on


@dataclass(frozen=True, slots=True)
class Lesson:
    """One prompt with its answer, tokens; the prompt begins with what its batch shares.

    ``weighty`` is the place of the answer's token that is hardest to learn, if there is
    one: the currency's code, which is not copied but follows from a sign.
    """

    document: list[int]
    answer: list[int]
    weighty: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Lessons after one prefix; ``slips`` are their pictures, if they have some."""

    name: str
    prefix: list[int]
    lessons: list[Lesson]
    slips: tuple[pictures.Slip, ...] = ()

    @property
    def size(self) -> int:
        """Tokens."""
        return len(self.prefix) + sum(
            len(each.document) + len(each.answer) for each in self.lessons
        )


@dataclass(frozen=True, slots=True)
class Prompts:
    """The chat format in tokens."""

    vocabulary: Vocabulary

    def control(self, token: str) -> int:
        return self.vocabulary.special(token)

    def prefix(self, instructions: str) -> list[int]:
        """Up to where the document begins."""
        start, end = self.control("<|im_start|>"), self.control("<|im_end|>")
        encode = self.vocabulary.encode
        system = [start, *encode("system\n"), *encode(instructions), end, *encode("\n")]
        return [*system, start, *encode("user\n")]

    def document(self, text: str) -> list[int]:
        """The document and what stands between it and the answer."""
        return [*self.vocabulary.encode(text), *self.turn()]

    def picture(self, tokens: int) -> list[int]:
        """The same for a picture of so many tokens."""
        inside = [self.control("<|image_pad|>")] * tokens
        vision = (self.control("<|vision_start|>"), self.control("<|vision_end|>"))
        return [vision[0], *inside, vision[1], *self.turn()]

    def turn(self) -> list[int]:
        """From the end of the user's words to the answer, without thinking."""
        encode = self.vocabulary.encode
        closed = [self.control("<|im_end|>"), *encode("\n")]
        opened = [self.control("<|im_start|>"), *encode("assistant\n")]
        think = [self.control("<think>"), *encode("\n\n"), self.control("</think>")]
        return [*closed, *opened, *think, *encode("\n\n")]

    def answer(self, text: str) -> list[int]:
        return [*self.vocabulary.encode(text), self.control("<|im_end|>")]


def repeats(prompts: Prompts, dice: random.Random) -> Batch:
    """What stood once, again: the first thing that a memory must learn."""
    lessons = []
    for _ in range(24):
        thing = " ".join(_thing(dice) for _ in range(dice.randint(3, 6))) + "\n"
        lessons.append(Lesson(prompts.vocabulary.encode(thing), prompts.vocabulary.encode(thing)))
    return Batch("repeat", [prompts.control("<|im_start|>")], lessons)


def lookups(prompts: Prompts, dice: random.Random) -> Batch:
    """Pairs, and the question what belongs to some of them."""
    lessons = []
    for _ in range(16):
        names = list({word(dice).capitalize() for _ in range(dice.randint(2, 5))})
        pairs = [(name, _thing(dice)) for name in names]
        lines = "\n".join(f"{name}{dice.choice((': ', ' ', '  '))}{told}" for name, told in pairs)
        asked = dice.sample(pairs, min(len(pairs), 3))
        question = "\n\n" + " ".join(name for name, _ in asked) + "\n"
        answer = "\n".join(f"{name} {told}" for name, told in asked) + "\n"
        encode = prompts.vocabulary.encode
        lessons.append(Lesson(encode(lines + question), encode(answer)))
    return Batch("lookup", [prompts.control("<|im_start|>")], lessons)


def _thing(dice: random.Random) -> str:
    return dice.choice(
        (
            lambda: word(dice, 2, 3).capitalize(),
            lambda: word(dice),
            lambda: identifier(dice),
            lambda: digits(dice, dice.randint(3, 6)),
            lambda: f"{digits(dice, 2)}.{digits(dice, 2)}",
        )
    )()


def invoices(way: AnswerFormat, effort: Effort, count: int) -> Lessons:
    """Made invoices, read in one of the engine's formats."""
    definition = invoice_type()

    def batch(prompts: Prompts, dice: random.Random) -> Batch:
        seeds = [dice.randrange(TEST) for _ in range(_POOL * count)]
        whole = batch_of_invoices(
            prompts, definition, way, [invoice(seed, effort) for seed in seeds]
        )
        # Of similar length, so that little is padding.
        lessons = sorted(whole.lessons, key=lambda each: len(each.document) + len(each.answer))
        start = dice.randrange(_POOL) * count
        return Batch(whole.name, whole.prefix, lessons[start : start + count])

    return batch


_POOL = 6


def batch_of_invoices(
    prompts: Prompts, definition: DocumentType, way: AnswerFormat, made: Sequence[Made]
) -> Batch:
    """Some made documents, read in a format."""

    def lesson(each: Made) -> Lesson:
        answer = each.answer(way, definition)
        before = "\nf " if way is VALUES else "f"
        start = answer.index(before + (each.currency or NOTHING)) + len(before)
        weighty = len(prompts.vocabulary.encode(answer[:start]))
        return Lesson(prompts.document(each.prompt(way)), prompts.answer(answer), weighty)

    prefix = prompts.prefix(way.instructions(definition))
    return Batch(way.name, prefix, [lesson(each) for each in made])


def slips(prompts: Prompts, dice: random.Random) -> Batch:
    """Pictures of one size."""
    rows, columns = dice.choice(pictures.ROWS), dice.choice(pictures.COLUMNS)
    return slip_batch(prompts, [dice.randrange(TEST) for _ in range(16)], rows, columns)


def slip_batch(prompts: Prompts, seeds: Iterable[int], rows: int, columns: int) -> Batch:
    """The pictures of these seeds."""
    shown = tuple(pictures.slip(seed, rows, columns) for seed in seeds)
    lessons = [
        Lesson(prompts.picture(rows * columns), prompts.answer(each.answer)) for each in shown
    ]
    prefix = prompts.prefix(VALUES.instructions(pictures.slip_type()))
    return Batch("slips", prefix, lessons, shown)


Lessons = Callable[[Prompts, random.Random], Batch]


@dataclass(frozen=True, slots=True)
class Stage:
    """From this step on, these lessons with these shares."""

    start: int
    lessons: tuple[tuple[float, Lessons], ...]
    currency: float = 1.0  # how much more the currency's token counts than another


_BARE = Effort(rows=0, noise=0, present=0.3)
_EASY = Effort(rows=1, noise=1, present=0.5)
_FULL = Effort()
_SIGNS = Effort(rows=0, present=0.3, head=False)
PLAN = (
    Stage(0, ((1, repeats),)),
    Stage(60, ((0.4, repeats), (0.6, lookups))),
    Stage(
        160,
        (
            (0.1, repeats),
            (0.2, lookups),
            (0.35, invoices(VALUES, _BARE, 10)),
            (0.35, invoices(MARKS, _BARE, 10)),
        ),
    ),
    Stage(
        330,
        (
            (0.06, lookups),
            (0.47, invoices(VALUES, _EASY, 7)),
            (0.47, invoices(MARKS, _EASY, 7)),
        ),
    ),
    Stage(
        560,
        (
            (0.1, slips),
            (0.45, invoices(VALUES, _FULL, 6)),
            (0.45, invoices(MARKS, _FULL, 6)),
        ),
    ),
    Stage(
        600,
        (
            (0.16, slips),
            (0.42, invoices(VALUES, _FULL, 6)),
            (0.42, invoices(MARKS, _FULL, 6)),
        ),
    ),
    Stage(
        1500,
        (
            (0.1, slips),
            (0.47, invoices(VALUES, _FULL, 6)),
            (0.43, invoices(MARKS, _FULL, 6)),
        ),
        currency=8.0,
    ),
    Stage(
        1700,
        (
            (0.05, slips),
            (0.3, invoices(VALUES, _SIGNS, 16)),
            (0.3, invoices(MARKS, _SIGNS, 16)),
            (0.2, invoices(VALUES, _FULL, 6)),
            (0.15, invoices(MARKS, _FULL, 6)),
        ),
        currency=8.0,
    ),
    Stage(
        1850,
        (
            (0.08, slips),
            (0.04, invoices(VALUES, _SIGNS, 16)),
            (0.04, invoices(MARKS, _SIGNS, 16)),
            (0.46, invoices(VALUES, _FULL, 6)),
            (0.38, invoices(MARKS, _FULL, 6)),
        ),
        currency=4.0,
    ),
)


def stage_of(step: int) -> Stage:
    """The stage that a step belongs to."""
    return max((each for each in PLAN if each.start <= step), key=lambda each: each.start)


PARTS = 2  # batches in a step; two processes can take one each


def batch_of(prompts: Prompts, seed: int, step: int, part: int) -> Batch:
    """A batch of a step."""
    dice = random.Random(f"{seed} {step} {part}")
    stage = stage_of(step)
    shares = [share for share, _ in stage.lessons]
    return dice.choices([lesson for _, lesson in stage.lessons], shares)[0](prompts, dice)


@dataclass(frozen=True, slots=True)
class Tensors:
    """A batch as the network takes it; ``targets`` is -100 where nothing is asked."""

    prefix: Tensor
    tokens: Tensor
    wanted: Tensor
    targets: Tensor


def tensors(batch: Batch, padding: int) -> Tensors:
    """The tokens of the lessons, each without its last, and where the answers are."""
    rows = [lesson.document + lesson.answer[:-1] for lesson in batch.lessons]
    length, most = max(map(len, rows)), max(len(lesson.answer) for lesson in batch.lessons)
    tokens = torch.full((len(rows), length), padding)
    wanted = torch.zeros(len(rows), most, dtype=torch.long)
    targets = torch.full((len(rows), most), -100)
    for at, (row, lesson) in enumerate(zip(rows, batch.lessons, strict=True)):
        count, start = len(lesson.answer), len(lesson.document) - 1
        tokens[at, : len(row)] = torch.tensor(row)
        wanted[at, :count] = torch.arange(start, start + count)
        targets[at, :count] = torch.tensor(lesson.answer)
    return Tensors(torch.tensor(batch.prefix), tokens, wanted, targets)


def logits_of(network: Network, prompts: Prompts, batch: Batch) -> tuple[Tensor, Tensor]:
    """Logits and targets of the answers, (lessons, longest answer, …)."""
    given = tensors(batch, prompts.control("<|endoftext|>"))
    seen, place = None, None
    if batch.slips:
        first = batch.slips[0]
        place = Place(1, first.height, first.width)
        with torch.no_grad():  # the tower is trained before, and stays
            seen = look(network, batch.slips)
    hidden = network.answers(given.prefix, given.tokens, seen, place, given.wanted)
    return network.head(hidden), given.targets


def look(network: Network, shown: Sequence[pictures.Slip]) -> Tensor:
    """The tokens that the tower makes of pictures of one size."""
    pixels = torch.stack([torch.from_numpy(pictures.patches(each.pixels())) for each in shown])
    return network.vision(pixels, 2 * shown[0].height, 2 * shown[0].width)


class Muon:
    """Momentum whose steps are made orthogonal (Jordan et al., 2024), for matrices."""

    def __init__(self, weights: Iterable[torch.nn.Parameter], rate: float) -> None:
        groups: dict[tuple[int, int], list[torch.nn.Parameter]] = {}
        for weight in weights:
            groups.setdefault((weight.shape[0], weight[0].numel()), []).append(weight)
        self.groups = list(groups.values())
        self.rate = rate
        self.momentum = [torch.zeros(len(group), *shape) for shape, group in groups.items()]

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Move every matrix that has a gradient."""
        for group, momentum in zip(self.groups, self.momentum, strict=True):
            for at, weight in enumerate(group):
                if weight.grad is None:
                    continue
                slope = weight.grad.flatten(1)
                momentum[at].lerp_(slope, 0.05)
                step = orthogonal(slope.lerp(momentum[at], 0.95))
                size = self.rate * scale * max(1, step.shape[0] / step.shape[1]) ** 0.5
                weight.mul_(1 - 0.1 * self.rate * scale).sub_(
                    step.reshape(weight.shape), alpha=size
                )


def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly the nearest orthogonal matrix, by five Newton-Schulz steps."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.T if tall else x


@dataclass(slots=True)
class Trainer:
    """A network with its optimisers and how far it has come."""

    network: Network
    matrices: Muon
    rest: torch.optim.AdamW
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, network: Network, part: torch.nn.Module) -> Trainer:
        """To train ``part`` of the network."""
        matrices, rest = [], []
        for name, weight in part.named_parameters():
            whole = weight.ndim == 2 or ("patch_embed" in name and weight.ndim > 2)
            small = any(
                each in name for each in ("embed_tokens", "pos_embed", "in_proj_a", "in_proj_b")
            )
            (matrices if whole and not small else rest).append(weight)
        adam = torch.optim.AdamW(rest, lr=RATE, betas=(0.9, 0.98), weight_decay=0.0)
        return cls(network, Muon(matrices, MATRIX_RATE), adam)

    def learn(self, of: int) -> None:
        """One step of ``of`` down the gradients: warm at first, cooling at the end."""
        torch.nn.utils.clip_grad_norm_(self.rest.param_groups[0]["params"], 1.0)
        left = (of - self.step) / (COOLING * of)
        scale = min(1.0, (self.step + 1) / 60, max(0.02, left))
        self.rest.param_groups[0]["lr"] = RATE * scale
        self.rest.step()
        self.matrices.step(scale)
        self.network.zero_grad(set_to_none=True)
        self.step += 1

    def save(self, path: Path) -> None:
        """Write everything that resuming needs."""
        state = {
            "shape": self.network.shape.as_dict(),
            "weights": self.network.state_dict(),
            "momentum": self.matrices.momentum,
            "adam": self.rest.state_dict(),
            "step": self.step,
            "tokens": self.tokens,
            "seconds": self.seconds,
        }
        beside = path.with_suffix(".part")
        torch.save(state, beside)
        beside.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["weights"])
        self.matrices.momentum = state["momentum"]
        self.rest.load_state_dict(state["adam"])
        self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]


def say(*what: object) -> None:
    """To the terminal, at once."""
    print(*what, flush=True)  # noqa: T201 - this is a script


def train_tower(network: Network, prompts: Prompts, steps: int, seed: int) -> None:
    """Teach the tower to give, for each cell, the embedding of the character in it."""
    trainer = Trainer.of(network, network.vision)
    names = network.language.embed_tokens.weight.detach()
    right = 0.0
    for step in range(steps):
        dice = random.Random(f"tower {seed} {step}")
        rows, columns = dice.choice(pictures.ROWS), dice.choice(pictures.COLUMNS)
        make = pictures.scatter if dice.random() < 0.8 else pictures.slip
        shown = [make(dice.randrange(TEST), rows, columns) for _ in range(6)]
        text = "".join("".join(each.cells) for each in shown)
        targets = torch.tensor([prompts.vocabulary.encode(letter)[0] for letter in text])
        logits = (look(network, shown) @ names.T).flatten(0, 1)
        weights = torch.where(
            targets == targets.new_tensor(prompts.vocabulary.encode(" ")), 0.3, 1.0
        )
        loss = (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()
        loss.backward()
        trainer.learn(steps)
        printed = weights == 1
        hits = (logits.argmax(-1) == targets)[printed].float().mean().item()
        right += 0.05 * (hits - right)
        if (step + 1) % 50 == 0:
            say(f"tower {step + 1}: {right:.3f} of the characters")


@torch.no_grad()
def measure(network: Network, prompts: Prompts) -> str:
    """How many whole answers to unseen documents are right, each token after the true ones."""
    told = []
    for name, batch in _tests(prompts):
        logits, targets = logits_of(network, prompts, batch)
        asked = targets != -100
        right = (logits.argmax(-1) == targets) | ~asked
        tokens = (right & asked).sum().item() / asked.sum().item()
        told.append(f"{name} {right.all(-1).float().mean().item():.2f} ({tokens:.3f})")
    return ", ".join(told)


def _tests(prompts: Prompts) -> Iterable[tuple[str, Batch]]:
    definition = invoice_type()
    for way in (VALUES, MARKS):
        made = [invoice(TEST + seed) for seed in range(16)]
        yield way.name, batch_of_invoices(prompts, definition, way, made)
        made = [invoice(TEST + seed, Effort(unseen=True)) for seed in range(16)]
        yield f"{way.name} unseen", batch_of_invoices(prompts, definition, way, made)
    yield "slips", slip_batch(prompts, range(TEST, TEST + 16), 5, 11)


def main() -> None:
    """Train."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--resume", type=Path)
    options.add_argument("--steps", type=int, default=STEPS)
    options.add_argument("--until", type=int, default=0)
    options.add_argument("--meet", default="", help="file where two processes meet")
    options.add_argument("--rank", type=int, default=0, choices=range(PARTS))
    given = options.parse_args()
    torch.set_num_threads(1)
    if given.meet:
        distributed.init_process_group(
            "gloo", init_method=f"file://{given.meet}", rank=given.rank, world_size=PARTS
        )
    parts = [given.rank] if given.meet else list(range(PARTS))
    torch.set_flush_denormal(True)
    vocabulary = load()
    prompts = Prompts(vocabulary)
    network = Network(Shape(len(vocabulary.tokens)))
    network.begin(SEED)
    trainer = Trainer.of(network, network.language)
    if given.resume:
        trainer.resume(given.resume)
    else:
        train_tower(network, prompts, TOWER_STEPS, SEED)
        trainer.save(given.out)
    running: dict[str, float] = {}
    begun = time.monotonic() - trainer.seconds
    while trainer.step < (given.until or given.steps):
        for part in parts:
            batch = batch_of(prompts, SEED, trainer.step, part)
            logits, targets = logits_of(network, prompts, batch)
            each = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
            weights = weights_of(batch, targets, stage_of(trainer.step).currency)
            loss = (each * weights).sum() / weights.sum()
            loss.backward()
            trainer.tokens += PARTS // len(parts) * batch.size
            before = running.get(batch.name, loss.item())
            running[batch.name] = before + 0.1 * (loss.item() - before)
        if given.meet:
            add_up(network.language)
        trainer.learn(given.steps)
        trainer.seconds = time.monotonic() - begun
        if given.rank > 0:
            continue
        if trainer.step % 50 == 0:
            losses = {name: round(value, 3) for name, value in running.items()}
            speed = trainer.tokens / trainer.seconds
            say(trainer.step, f"{trainer.seconds:.0f} s", f"{speed:.0f} tokens/s", losses)
        if trainer.step % 100 == 0:
            trainer.save(given.out)
        if trainer.step % 200 == 0 and trainer.step > 400:
            say(trainer.step, measure(network, prompts))
    if given.rank == 0:
        trainer.save(given.out)


def weights_of(batch: Batch, targets: Tensor, currency: float) -> Tensor:
    """How much each token of the answers counts."""
    weights = (targets != -100).float()
    for at, lesson in enumerate(batch.lessons):
        if lesson.weighty is not None:
            weights[at, lesson.weighty] *= currency
    return weights


def add_up(part: torch.nn.Module) -> None:
    """Add the gradients of all processes."""
    weights = list(part.parameters())
    slopes = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
    together = torch.cat([slope.flatten() for slope in slopes])
    distributed.all_reduce(together)
    for weight, slope in zip(weights, together.split([w.numel() for w in weights]), strict=True):
        weight.grad = slope.view_as(weight).clone()


if __name__ == "__main__":
    main()
