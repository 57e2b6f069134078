"""Models in the words that the user reads."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.desktop import words
from app.desktop.model_state import Offer, Room
from app.desktop.model_work import Does, Underway
from app.desktop.tones import Tone
from app.engine.hardware import Machine
from app.engine.models.files import FileProgress, Step, amount
from app.engine.models.store import Broken, Model, Unfinished, Verified

_LICENCES = {"Apache-2.0": "Apache 2.0", "MIT": "MIT"}


def memory_amount(size: float) -> str:
    """Bytes of memory, as they are told on a computer's box."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else amount(size)


def good_for(offer: Offer) -> str:
    """What the catalogue says that a model is good for, translated."""
    text = offer.listed.good_for if offer.listed is not None else ""
    return QCoreApplication.translate("models", text) if text else ""


def facts(offer: Offer) -> str:
    """Size, memory, pictures and licence in one line."""
    model, listed = offer.model, offer.listed
    parts: list[str] = []
    if model is not None:
        parts.append(words.tr("{0} on the disk").format(amount(model.size)))
    elif listed is not None:
        parts.append(words.tr("{0} to download").format(amount(listed.size)))
    if offer.memory:
        parts.append(words.tr("needs {0} of memory").format(memory_amount(offer.memory)))
    if model is not None or listed is not None:
        sees = model.sees if model is not None else bool(listed and listed.projector)
        parts.append(words.tr("sees pictures") if sees else words.tr("reads text only"))
    licence = listed.licence if listed is not None else model.note.licence if model else ""
    if licence:
        parts.append(words.tr("licence: {0}").format(_LICENCES.get(licence, licence)))
    return " · ".join(parts)


def room(offer: Offer, here: Machine) -> str:
    """A plain warning where this computer has too little memory; "" where it has enough."""
    if offer.room is Room.TOO_LITTLE:
        return words.tr("This computer has {0} of memory: too little for this model.").format(
            memory_amount(here.total)
        )
    if offer.room is Room.TIGHT:
        return words.tr(
            "Only {0} of this computer's {1} of memory are free: close other programs "
            "before you use this model."
        ).format(memory_amount(here.free), memory_amount(here.total))
    return ""


def standing(offer: Offer) -> tuple[str, str, Tone]:
    """What is here of a model: its words, and the icon's name and tone; no words for nothing."""
    found = offer.standing
    if isinstance(found, Model):
        reads = offer.in_use and not offer.rests
        where = words.tr("In use") if reads else words.tr("On this computer")
        if offer.rests:
            where = words.tr("Rests while pages go to the server")
        text = f"{where}, {verified(found)}"
        return text, "confirmed", Tone.SURE if reads else Tone.QUIET
    if isinstance(found, Broken):
        return " ".join(words.problem_words(found.problem)), "warning", Tone.MISSING
    if isinstance(found, Unfinished):
        total = found.total
        if offer.listed is not None:
            total = max(total, offer.listed.size)
        done, whole = amount(found.done), amount(total)
        text = words.tr("Paused: {0} of {1} have been downloaded").format(done, whole)
        return text, "pause", Tone.DOUBT
    return "", "", Tone.QUIET


def verified(model: Model) -> str:
    """What its files were compared with when they came."""
    found = {file.verified for file in model.note.files[: 2 if model.sees else 1]}
    if Verified.COMPUTED in found:
        return words.tr("taken from a file; there was nothing to check it against")
    if Verified.ANNOUNCED in found:
        return words.tr("checked against what the server announced")
    return words.tr("checked against the catalogue")


def progress(work: Underway) -> str:
    """How far a piece of work is, with speed and time left."""
    report = work.report
    if work.stopping:
        return words.tr("Stopping…")
    if report is None:
        return (
            words.tr("Looking at the file…") if work.does is Does.IMPORT else words.tr("Starting…")
        )
    if report.step is Step.WAITING:
        return waiting(report)
    does = {
        Step.CONNECTING: words.tr("Connecting"),
        Step.DOWNLOADING: words.tr("Downloading"),
        Step.CHECKING: words.tr("Checking"),
        Step.COPYING: words.tr("Copying"),
    }[report.step]
    parts = [f"{does}: " + words.tr("{0} of {1}").format(amount(report.done), amount(report.total))]
    if not report.total:
        parts = [does]
    if report.speed:
        parts.append(words.tr("{0} a second").format(amount(report.speed)))
    if report.left is not None and report.done < report.total:
        parts.append(words.time_left(report.left))
    return ", ".join(parts)


def waiting(report: FileProgress) -> str:
    """Why a download waits for its next try."""
    why = words.problem_words(report.problem)[0] if report.problem is not None else ""
    again = words.tr("Trying again in {0} seconds.").format(max(1, round(report.left or 0)))
    return f"{why} {again}".strip()


def short_progress(work: Underway) -> str:
    """The same in the few words that the strip below the window has room for."""
    does = {
        Does.DOWNLOAD: words.tr("Downloading {0}"),
        Does.IMPORT: words.tr("Importing {0}"),
        Does.CHECK: words.tr("Checking {0}"),
        Does.ATTACH: words.tr("Adding an adapter to {0}"),
        Does.CHANGE: "{0}",
    }[work.does].format(work.label)
    report = work.report
    if report is None or not report.total:
        return f"{does}…"
    share = f"{min(report.done / report.total, 1):.0%}".replace("%", " %")
    if report.step is Step.WAITING:
        return words.tr("{0}: waiting to try again").format(does)
    if report.left is None:
        return f"{does}: {share}"
    return f"{does}: {share}, {words.time_left(report.left)}"
