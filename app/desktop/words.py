"""Values, states and problems in the words and forms that the user reads."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from app.desktop.tones import Tone
from app.document import Field, Status, date_of, decimal_of
from app.document_types import FieldType, Kind
from app.errors import Problem, templates
from app.library import Change, ChangeKind, DocumentRow, State

NUMERIC = (Kind.AMOUNT, Kind.NUMBER)
_TEMPLATES = {code: (message, advice) for code, message, advice in templates()}


def tr(text: str) -> str:
    """A text that stands in no class, translated.

    The tool that collects texts files them under no context where this module calls the
    function, and under its name where others do.
    """
    translated = QCoreApplication.translate("words", text)
    return translated if translated != text else QCoreApplication.translate("", text)


def type_label(label: str) -> str:
    """A label of a document type's definition, translated."""
    return QCoreApplication.translate("document_types", label)


def shown(value: str | None, kind: Kind) -> str:
    """A canonical value as it is read in this computer's language; "" for none."""
    if not value:
        return ""
    if kind in NUMERIC:
        return _number(value)
    if kind is Kind.DATE:
        day = date_of(value)
        return value if day is None else shown_date(day)
    if kind is Kind.IBAN:
        return " ".join(value[i : i + 4] for i in range(0, len(value), 4))
    return " ".join(value.split())


def shown_date(day: dt.date) -> str:
    """A day with its month's name, so that day and month cannot be mistaken."""
    return QLocale().toString(QDate(day.year, day.month, day.day), "d MMM yyyy")


def shown_time(text: str) -> str:
    """A time of the library (ISO 8601, UTC) on this computer's clock."""
    try:
        moment = dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    return f"{shown_date(moment.date())} {moment:%H:%M}"


def _number(value: str) -> str:
    """Digit by digit rather than through a float: not one cent may change."""
    if decimal_of(value) is None or "e" in value.lower():
        return value
    locale = QLocale()
    sign, digits = ("−", value[1:]) if value.startswith("-") else ("", value)
    whole, _, part = digits.partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    groups.insert(0, whole)
    separator = locale.groupSeparator() if locale.language() != QLocale.Language.C else ","
    text = separator.join(groups)
    return sign + text + (locale.decimalPoint() + part if part else "")


def editable(field: Field | None, kind: Kind) -> str:
    """The text to start from when a value is edited.

    Numbers and dates are edited as printed, because what is typed is read in the
    document's own convention.
    """
    if field is None or field.value is None:
        return ""
    if kind in NUMERIC or kind is Kind.DATE:
        return field.raw or field.value
    return field.value


def status_words(status: Status) -> str:
    return {
        Status.CONFIRMED: tr("Confirmed by you"),
        Status.VERIFIED: tr("Checked twice"),
        Status.FOUND: tr("Read from the page"),
        Status.DOUBTFUL: tr("Doubtful"),
        Status.MISSING: tr("Not found on the page"),
    }[status]


def status_icon(status: Status, required: bool) -> tuple[str, Tone] | None:
    """The icon's name and tone for a value's status; ``None`` where none is needed."""
    if status is Status.MISSING:
        return ("missing", Tone.MISSING) if required else None
    return {
        Status.DOUBTFUL: ("doubtful", Tone.DOUBT),
        Status.CONFIRMED: ("confirmed", Tone.SURE),
        Status.VERIFIED: ("verified", Tone.QUIET),
    }.get(status)


def explanation(field: Field | None, definition: FieldType) -> str:
    """One sentence about a value for tooltips and screen readers."""
    label = type_label(definition.label)
    if field is None or field.value is None:
        missing = tr("not found on the page") if field is None or not field.reason else field.reason
        return f"{label}: {missing}"
    text = f"{label}: {shown(field.value, definition.kind)} – {status_words(field.status)}"
    return f"{text} ({field.reason})" if field.reason else text


def problem_words(problem: Problem) -> tuple[str, str]:
    """What happened and what to do next, translated."""
    message, advice = _TEMPLATES[problem.code]
    translate = QCoreApplication.translate
    return (
        translate("errors", message).format(file=problem.file, detail=problem.detail),
        translate("errors", advice).format(file=problem.file, detail=problem.detail),
    )


def error_words(error: Exception) -> tuple[str, str]:
    """The same for any exception that reached the window."""
    problem = getattr(error, "problem", None)
    if isinstance(problem, Problem):
        return problem_words(problem)
    if isinstance(error, KeyError):  # the library's word for what is gone
        return (
            tr("This is not there any more: the document was read again meanwhile."),
            tr("Look at what took its place, and type it there."),
        )
    return (
        tr("Something went wrong inside the program."),
        tr("Your documents are safe. Try again, or close the program and open it again."),
    )


def state_words(row: DocumentRow) -> str:
    """Where a document stands, in a few words."""
    if row.state is State.READING:
        if not row.pages:
            return tr("Opening…")
        page = min(row.pages_read + 1, row.pages)
        return tr("Reading page {0} of {1}").format(page, row.pages)
    if row.state is State.FAILED and row.problem is not None:
        return tr("Could not be read")
    return {
        State.WAITING: tr("Waiting"),
        State.READY: tr("Ready"),
        State.ATTENTION: tr("Needs a look"),
        State.FAILED: tr("Could not be read"),
        State.LOCKED: tr("Needs its password"),
        State.CANCELLED: tr("Not read, because it was cancelled"),
        State.CONTAINER: tr("Unpacked: what was inside is listed by itself"),
    }[row.state]


def state_icon(state: State) -> tuple[str, Tone]:
    return {
        State.WAITING: ("waiting", Tone.QUIET),
        State.READING: ("reading", Tone.QUIET),
        State.READY: ("confirmed", Tone.SURE),
        State.ATTENTION: ("doubtful", Tone.DOUBT),
        State.FAILED: ("failed", Tone.MISSING),
        State.LOCKED: ("lock", Tone.DOUBT),
        State.CANCELLED: ("cancel", Tone.QUIET),
        State.CONTAINER: ("folder", Tone.QUIET),
    }[state]


def time_left(seconds: float) -> str:
    """How long something still takes, roughly."""
    if seconds < 50:
        return tr("less than a minute left")
    minutes = round(seconds / 60)
    if minutes <= 1:
        return tr("about 1 minute left")
    if minutes < 90:
        return tr("about {0} minutes left").format(minutes)
    return tr("about {0} hours left").format(round(minutes / 60))


def pages_words(pages: int) -> str:
    return tr("1 page") if pages == 1 else tr("{0} pages").format(pages)


def change_words(change: Change, label: str) -> str:
    """What a change did; ``label`` is the field's."""
    documents = len(change.document_ids)
    many = tr("{0} documents").format(documents)
    if change.kind is ChangeKind.VALUE:
        if change.before == change.after:
            return tr("confirm “{0}”").format(label)
        return tr("change of “{0}”").format(label)
    return {
        ChangeKind.ADD_LINE: tr("added row"),
        ChangeKind.REMOVE_LINE: tr("removed row"),
        ChangeKind.REVIEWED: tr("mark as looked over"),
        ChangeKind.TYPE: tr("change of document type"),
        ChangeKind.TRASH: tr("move to trash") if documents == 1 else tr("move to trash: ") + many,
        ChangeKind.RESTORE: tr("restore") if documents == 1 else tr("restore: ") + many,
        ChangeKind.READ: tr("reading"),
        ChangeKind.NOTE: tr("change of the note"),
    }[change.kind]
