"""Learn the quick reader's weights from made-up documents and write them as plain numbers.

    python -m tests.data.train_quick [--documents 1500] [--pull 0.02] [--write]

For each role and document the candidates compete, together with "not on the page" (log-odds
0); the weights maximise the likelihood of the true one, held to the hand-set starting
weights (``start.json``) by a quadratic pull so that what a clerk knows in general outweighs
the habits of the documents that happen to be generated.  Every fifth document is kept aside
and only measured.  The result is deterministic for a given seed and version of SciPy.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from scipy.optimize import minimize

from app.document_types import RESOURCES, Kind, document_type
from app.reading.candidates import scene_of
from app.reading.conventions import infer
from app.reading.names import compact
from app.reading.parties import Parties
from app.reading.quick import is_narrow
from app.reading.scores import Judge
from tests.data.train_pages import Made, Maker

WEIGHTS = RESOURCES / "weights"
AMOUNT_ROLES = ("gross", "net", "tax", "due", "prepaid")
DATE_ROLES = ("issue_date", "due_date")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """The candidates of one role on one document: features by row, and which are right."""

    rows: list[dict[str, float]]
    right: list[bool]


def cases_of(made: Made) -> dict[str, Case]:
    """What the document teaches about each role."""
    convention = infer(made.pages)
    scene = scene_of(made.pages, convention)
    narrow = made.receipt and is_narrow(scene)
    judge = Judge(scene, narrow)
    parties = Parties(scene, judge)
    definition = document_type("receipt" if made.receipt else "invoice")
    found: dict[str, Case] = {}
    for role in (*AMOUNT_ROLES, *DATE_ROLES, "number"):
        if definition.key_of(role) is None:
            continue
        kinds = (
            (Kind.AMOUNT, Kind.NUMBER)
            if role in AMOUNT_ROLES
            else (Kind.DATE,)
            if role in DATE_ROLES
            else (Kind.IDENTIFIER,)
        )
        candidates = [c for c in scene.of_kind(*kinds) if not c.raw.endswith("%")]
        truth = made.truth.get(role, "")
        if role == "number":
            right = [bool(truth) and compact(c.value) == compact(truth) for c in candidates]
        elif role in AMOUNT_ROLES:
            right = [bool(truth) and abs(float(c.value) - float(truth)) < 0.005 for c in candidates]
        else:
            right = [c.value == truth for c in candidates]
        found[role] = Case([judge.features(role, c) for c in candidates], right)
    for role in ("seller", "buyer"):
        if definition.key_of(role) is None:
            continue
        truth = compact(made.truth.get(role, ""))
        right = [
            bool(truth) and fuzz.ratio(compact(parties.whole(c).raw), truth) >= 90
            for c in parties.names
        ]
        name = "seller_narrow" if narrow and role == "seller" else role
        found[name] = Case([parties.features(role, c) for c in parties.names], right)
    return found


def fit(cases: list[Case], start: dict[str, float], pull: float) -> dict[str, float]:
    """Weights that make the true candidates likely, not far from ``start``."""
    names = sorted({name for case in cases for row in case.rows for name in row} | set(start))
    index = {name: at for at, name in enumerate(names)}
    prior = np.array([start.get(name, 0.0) for name in names])
    blocks: list[tuple[Array, NDArray[np.bool_]]] = []
    for case in cases:
        if not case.rows:
            continue
        matrix = np.zeros((len(case.rows), len(names)))
        for at, row in enumerate(case.rows):
            for name, value in row.items():
                matrix[at, index[name]] = value
        blocks.append((matrix, np.array(case.right, dtype=bool)))

    def loss(weights: Array) -> tuple[float, Array]:
        total, slope = 0.0, np.zeros_like(weights)
        for matrix, right in blocks:
            odds = matrix @ weights
            top = max(0.0, float(odds.max()))
            powers = np.exp(odds - top)
            none = np.exp(-top)
            whole = none + powers.sum()
            good = powers[right].sum() if right.any() else none
            good = max(good, 1e-12 * whole)
            total -= float(np.log(good / whole))
            slope += matrix.T @ (powers / whole)
            if right.any():
                slope -= matrix[right].T @ (powers[right] / good)
        away = weights - prior
        return (
            total / len(blocks) + pull * float(away @ away),
            slope / len(blocks) + 2 * pull * away,
        )

    result = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return {name: round(float(result.x[at]), 3) for name, at in index.items()}


def measure(cases: list[Case], weights: dict[str, float]) -> tuple[float, float, float]:
    """Share of documents chosen right, mean confidence, and precision of the claims."""
    right, trusted, claimed, good = 0, 0.0, 0, 0
    for case in cases:
        odds = np.array(
            [sum(weights.get(n, 0.0) * v for n, v in row.items()) for row in case.rows] or [-99.0]
        )
        flags = case.right or [False]
        powers = np.exp(np.clip(odds, -50, 50))
        share = powers / (1 + powers.sum())
        at = int(odds.argmax())
        if odds[at] > 0:
            claimed += 1
            good += flags[at]
            right += flags[at]
            trusted += float(share[at])
        else:
            right += not any(flags)
    return right / len(cases), trusted / max(claimed, 1), good / max(claimed, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--pull", type=float, default=0.003)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    start = json.loads((WEIGHTS / "start.json").read_text(encoding="utf-8"))["roles"]
    train: dict[str, list[Case]] = defaultdict(list)
    aside: dict[str, list[Case]] = defaultdict(list)
    for number in range(options.documents):
        for role, case in cases_of(Maker(options.seed * 100_000 + number).document()).items():
            (aside if number % 5 == 0 else train)[role].append(case)
    learned = dict(start)
    for role, cases in sorted(train.items()):
        before = measure(aside[role], start[role])
        weights = fit(cases, start[role], options.pull)
        after = measure(aside[role], weights)
        learned[role] = {name: value for name, value in weights.items() if abs(value) >= 0.02}
        print(
            f"{role:14} {len(cases):5} documents; "
            f"kept aside: right {before[0]:.3f} -> {after[0]:.3f}; "
            f"claims right {after[2]:.3f}, believed {after[1]:.3f}"
        )
    if options.write:
        text = json.dumps(
            {"about": "Written by tests/data/train_quick.py; log-odds by role and feature.",
             "roles": learned}, indent=1, sort_keys=True)  # fmt: skip
        (WEIGHTS / "header.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
