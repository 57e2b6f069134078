"""The engine against the stock ``Llama`` class, both in one run, each in its own process.

    python -m tests.bench.bench_engine [PIECE …] [--models FOLDER] [--json FILE]

Pieces: text picture pile load cancel tokens overhead prefill; all without any.  The models
are those of ``models.random_model`` in the 4B shape, written into the folder if they are
not there (4 minutes, 8 GB while it works).  Whether figures mean anything depends on the
machine being otherwise idle; its load is printed with them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs
from rich.console import Console
from rich.table import Table

from app.engine.hardware import machine
from tests.bench.engine_papers import invoice, page_picture
from tests.bench.engine_peer import PeerPaper

ROOT = Path(__file__).resolve().parent.parent.parent
MICRO = ROOT / "models" / "micro" / "micro.gguf"
PIECES = ("text", "picture", "pile", "load", "cancel", "tokens", "overhead", "prefill")
MODELS = Path(platformdirs.user_cache_dir("Paperclerk", appauthor=False)) / "bench"
GB = 1e9


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, here and by the peer, and what was to be reached."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None


class Bench:
    """The measurements on one pair of files."""

    def __init__(self, text: Path, projector: Path, long: Path, work: Path, *, rows: bool) -> None:
        self.text_model = text
        self.projector = projector
        self.long_model = long
        self.work = work
        self.rows = rows
        self.found: dict[str, object] = {}
        self._peers: dict[str, dict] = {}
        paper = invoice(rows=rows)
        said = PeerPaper(paper.peer_instructions, paper.text, paper.json, paper.schema)
        self._paper = work / "paper.json"
        self._paper.write_text(json.dumps(asdict(said)), encoding="utf-8")
        self._picture = page_picture(work)

    def text(self) -> list[Row]:
        ours = self._ours("text")
        rows = []
        for way in ours:
            for which in ("first", "second"):
                seconds = ours[way][which]["seconds"]
                told = f"{seconds:.1f} s"
                for name, kind, goal in (("text", "default", 2.5), ("picture", "default", 6.0)):
                    peer = self._peer(name, kind)["asked"][0]["seconds"]
                    what = f"invoice as text, {way}, {which} of its type, peer given {name}"
                    rows.append(_against(what, told, f"{peer:.1f} s", peer / seconds, goal))
            counts = ours[way]["second"]
            rows.append(Row(f"  tokens of it ({way})", _counts(counts)))
            rows.append(
                _under(f"memory, text ({way})", ours[way]["peak"] / GB, 3.6, "GB", self._memory())
            )
        fair = self._peer("text", "all cores")["asked"][0]["seconds"]
        rows.append(Row("peer told to use all cores, text", "", f"{fair:.1f} s"))
        return rows

    def _memory(self) -> str:
        return f"{self._peer('text', 'default')['peak'] / GB:.2f} GB"

    def picture(self) -> list[Row]:
        ours = self._ours("picture", "--projector", str(self.projector))
        peer = self._peer("picture", "default")
        seconds = ours["first"]["seconds"]
        theirs = peer["asked"][0]["seconds"]
        again = ours["again, encoded before"]["seconds"]
        return [
            _against(
                "invoice as picture", f"{seconds:.1f} s", f"{theirs:.1f} s", theirs / seconds, 1.7
            ),
            Row("the same picture again (encoded before)", f"{again:.1f} s"),
            Row("  tokens of it", _counts(ours["first"])),
            _under("memory, picture", ours["peak"] / GB, 4.4, "GB", f"{peer['peak'] / GB:.2f} GB"),
        ]

    def pile(self) -> list[Row]:
        ours = self._ours("pile")
        peer = self._peer("text", "default")["asked"][0]["seconds"]
        each = ours["seconds"] / ours["count"]
        what = f"pile of {ours['count']}, seconds each"
        told = f"{ours['first']:.1f} s (peak memory {ours['peak'] / GB:.2f} GB)"
        return [
            _against(what, f"{each:.2f} s", f"{peer:.1f} s", peer / each, 3.0),
            Row("  first answer of the pile", told),
        ]

    def load(self) -> list[Row]:
        ours = self._ours("load")
        peer = self._peer("text", "default")["load"]
        within = f"(of it loading {ours['of it loading']:.1f} s)"
        return [
            _under("model load from page cache", ours["seconds"], 4.0, "s", f"{peer:.1f} s"),
            Row("  " + within, ""),
        ]

    def cancel(self) -> list[Row]:
        return [_under("cancelled until at rest", self._ours("cancel")["longest"], 0.3, "s", "")]

    def tokens(self) -> list[Row]:
        rows = []
        for layout, found in self._run("engine_steps", "tokens", str(self.text_model)).items():
            for what, values in found.items():
                told = "  ".join(f"{n}: {value}" for n, value in values.items())
                unit = "acceptance by drafts" if what == "break-even" else "ms a token"
                rows.append(Row(f"weights {layout}, {what} ({unit})", told))
        self.found["tokens"] = rows
        return rows

    def overhead(self) -> list[Row]:
        ours = self._run("engine_steps", "overhead", str(self.text_model))
        self.found["overhead"] = ours
        return [
            _under(f"overhead, {what}", 100 * found["outside of llama_decode"], 5.0, "%", "")
            for what, found in ours.items()
        ]

    def prefill(self) -> list[Row]:
        ours = self._ours("prefill", model=self.long_model)
        off = abs(ours["peak / predicted"] - 1)
        return [
            _under(f"prefill of {ours['tokens']:,} tokens: off prediction", 100 * off, 3, "%", ""),
            Row(
                "  its memory, predicted, seconds",
                f"{ours['peak'] / GB:.3f} GB, {ours['predicted'] / GB:.3f} GB, "
                f"{ours['seconds']:.0f} s",
            ),
        ]

    def _ours(self, piece: str, *more: str, model: Path | None = None) -> dict:
        options = [*more, "--work", str(self.work), *(["--rows"] if self.rows else [])]
        found = self._run("engine_ours", piece, str(model or self.text_model), *options)
        self.found[piece] = found
        return found

    def _peer(self, kind: str, threads: str) -> dict:
        name = f"peer, {kind}, {threads}"
        if name not in self._peers:
            options = [str(self.text_model), str(self._paper)]
            if kind == "picture":
                options += ["--projector", str(self.projector), "--picture", str(self._picture)]
            if threads != "default":
                options += ["--threads", str(machine().cores)]
            self._peers[name] = self._run("engine_peer", *options)
            self.found[name] = self._peers[name]
        return self._peers[name]

    def _run(self, module: str, *arguments: str) -> dict:
        print(f"  … {module} {arguments[0] if arguments else ''}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}", *arguments],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} failed: {done.stderr.decode()[-2000:]}")
        result: dict = json.loads(done.stdout.decode().splitlines()[-1])
        return result


def _against(what: str, ours: str, peer: str, ratio: float, goal: float) -> Row:
    return Row(what, ours, peer, f"{ratio:.2f}×", f"≥ {goal}×", ratio >= goal)


def _under(what: str, value: float, goal: float, unit: str, peer: str) -> Row:
    return Row(what, f"{value:.2f} {unit}", peer, "", f"≤ {goal} {unit}", value <= goal)


def _counts(counts: dict) -> str:
    return (
        f"prompt {counts['prompt']} (cached {counts['cached']}, pictures {counts['pictures']}), "
        f"sampled {counts['sampled']}, forced {counts['forced']}, "
        f"drafted {counts['drafted']}, accepted {counts['accepted']}"
    )


def _table(rows: list[Row], began: float) -> None:
    title = f"load {began:.1f} before, {os.getloadavg()[0]:.1f} after; {machine()}"
    table = Table(title=title)
    for column in ("what", "here", "peer", "ratio", "goal", ""):
        table.add_column(column, overflow="fold")
    for row in rows:
        mark = {True: "reached", False: "missed", None: ""}[row.reached]
        table.add_row(row.what, row.ours, row.peer, row.ratio, row.goal, mark)
    Console(width=150).print(table)


def _models(folder: Path) -> tuple[Path, Path]:
    text = folder / "random-4b-Q4_K_M.gguf"
    projector = folder / "random-4b-mmproj-F16.gguf"
    if not (text.exists() and projector.exists()):
        print(f"  … writing models of the full shape into {folder}", file=sys.stderr, flush=True)
        write = [sys.executable, "-m", "models.random_model", str(folder)]
        subprocess.run(write, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return text, projector


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pieces", nargs="*", choices=[*PIECES, []])
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--text-model", type=Path)
    parser.add_argument("--projector", type=Path)
    parser.add_argument("--long-model", type=Path, default=MICRO, help="for the long prompt")
    parser.add_argument("--rows", action="store_true", help="with the invoice's line items")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if chosen.text_model:
        text, projector = chosen.text_model, chosen.projector
    else:
        text, projector = _models(chosen.models)
    began = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(text, projector, chosen.long_model, Path(folder), rows=chosen.rows)
        rows: list[Row] = []
        for piece in chosen.pieces or PIECES:
            try:
                rows += getattr(bench, piece)()
            except RuntimeError as error:
                print(error, file=sys.stderr)
                rows.append(Row(piece, "could not be measured"))
        _table(rows, began)
        if chosen.json:
            found = {"rows": [asdict(row) for row in rows], "found": bench.found}
            chosen.json.write_text(json.dumps(found, indent=2, default=asdict), encoding="utf-8")
    return 0 if all(row.reached is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
