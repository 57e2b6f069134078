"""The questions that a model is tried on, and the library that they are asked over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.asking.filling import READ
from app.library import Library
from tests.data.answer_questions import questions
from tests.data.made_library import TODAY, fill
from tests.eval.filling import Case

__all__ = ["TODAY", "cases", "made_library"]

_ABOUT_TEXTS = [
    Case("What is the notice period of the lease?", "en", READ),
    Case("Does the offer of Stadtwerke include delivery?", "en", READ),
    Case("Welche Garantie gibt der Hersteller auf den Drucker?", "de", READ),
    Case("Warum hat die Telekom den Vertrag gekündigt?", "de", READ),
    Case("Que dit le contrat sur la résiliation ?", "fr", READ),
    Case("Résume la lettre de l’assurance.", "fr", READ),
    Case("¿Qué condiciones pone el banco para el crédito?", "es", READ),
    Case("¿Quién firmó el contrato de alquiler?", "es", READ),
]

_MARCH = 'sum gross where seller has "Miller" when 2026-03'
_GOING_ON = [
    Case(
        "And in April?",
        "en",
        'sum gross where seller has "Miller" when 2026-04',
        (("What did we pay Miller in March?", _MARCH),),
    ),
    Case(
        "Und im Jahr davor?",
        "de",
        "count of invoice when 2025",
        (("Wie viele Rechnungen gab es 2026?", "count of invoice when 2026"),),
    ),
    Case(
        "Et par fournisseur ?",
        "fr",
        "sum gross when 2026 by seller",
        (("Combien avons-nous dépensé en 2026 ?", "sum gross when 2026"),),
    ),
    Case(
        "¿Y los recibos?",
        "es",
        "count of receipt when last-month",
        (("¿Cuántas facturas hubo el mes pasado?", "count of invoice when last-month"),),
    ),
]


def cases() -> list[Case]:
    """Those with a true result in the data, some about texts, some that go on with another."""
    known = [Case(each.question, each.language, each.notation) for each in questions()]
    return known + _ABOUT_TEXTS + _GOING_ON


@contextmanager
def made_library(folder: Path) -> Iterator[Library]:
    """The made library in an empty folder."""
    desk = folder / "desk"
    desk.mkdir()
    with Library.open(folder / "library") as library:
        fill(library, desk)
        yield library
