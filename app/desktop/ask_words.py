"""Questions and answers in the words of the window: work, ways taken, doubts, problems."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale

from app.asking import transcript, wording
from app.asking.messages import (
    Chosen,
    Citation,
    Computed,
    Doing,
    Doubt,
    Doubted,
    Reply,
    Told,
    Way,
)
from app.desktop import words
from app.desktop.plain_text import harmless, one_line
from app.desktop.words import tr
from app.engine.messages import Stage
from app.errors import Code
from app.library import RecordRow
from app.library.calculation import Calculation, Figure, Gap

_NAME = 48  # characters of a document's name inside a sentence
_QUOTED = 6  # stretches of an answer that a line below it quotes
_LONGEST_QUOTE = 40
_BRIEF = 3.0  # seconds below which the time left is not worth a word


def name_words(name: str) -> str:
    """A document's name inside a sentence or on a button."""
    return one_line(name, _NAME)


def about(seconds: float) -> str:
    """A length of time, roughly."""
    if seconds < 50:
        return tr("less than a minute")
    minutes = round(seconds / 60)
    if minutes <= 1:
        return tr("about 1 minute")
    if minutes < 90:
        return tr("about {0} minutes").format(minutes)
    return tr("about {0} hours").format(round(minutes / 60))


def scope_words(documents: int) -> str:
    """What a question is about."""
    if not documents:
        return tr("All documents")
    return tr("1 document") if documents == 1 else tr("{0} documents").format(documents)


def doing_words(doing: Doing, way: Way | None, documents: int, *, thinking: bool = False) -> str:
    """What is being done for a question, and how long it still takes."""
    if doing.stage is Stage.WRITING:
        return tr("Thinking") if thinking else tr("Writing the answer")
    text = {
        Stage.WAITING: tr("Waiting until the model is free"),
        Stage.LOADING: tr("Getting the model ready"),
        Stage.PICTURES: tr("Looking at the pictures of the pages"),
    }.get(doing.stage)
    if text is None:
        if way is None:
            text = tr("Reading your question")
        elif way is Way.COMPUTED:
            text = tr("Working it out")
        elif way is Way.PASSAGES:
            text = tr("Reading the pages that fit")
        else:
            text = tr("Reading the document") if documents == 1 else tr("Reading the documents")
    if doing.left is None or doing.left < _BRIEF:
        return text
    return f"{text}: {words.time_left(doing.left)}"


def chosen_words(chosen: Chosen) -> str:
    """The way that is taken, while the answer is still on its way."""
    if chosen.way is Way.COMPUTED:
        return tr("The database works it out")
    if chosen.way is Way.WHOLE:
        return tr("From the whole of it: {0}").format(words.pages_words(chosen.pages))
    return tr("From {0} of {1}").format(chosen.given, words.pages_words(chosen.pages))


def way_words(reply: Reply) -> str:
    """How an answer came about: the sentence that stands with every answer."""
    if isinstance(reply, Computed):
        return _computed_words(reply)
    names = list(dict.fromkeys(page.document_name for page in reply.given))
    if reply.way is Way.WHOLE:
        if len(names) == 1:
            return tr("Answered from the whole of {0}").format(name_words(names[0]))
        return tr("Answered from the whole of {0} documents").format(len(names))
    if not reply.given:
        return tr("No page fits the question")
    given = tr("Answered from {0} of {1}").format(len(reply.given), words.pages_words(reply.pages))
    if len(names) == 1:
        return tr("{0}, in {1}").format(given, name_words(names[0]))
    return given


def _computed_words(reply: Computed) -> str:
    figures = reply.figures
    rows = figures.rows or sum(figure.rows for figure in figures.figures)
    counted = wording.noun(reply.calculation, rows)
    return tr("Worked out by the program from {0} {1}").format(rows, counted)


def extra_words(reply: Reply) -> list[str]:
    """What else is said of an answer: that it was stopped, and where its pages went."""
    said = []
    if isinstance(reply, Told) and reply.stopped:
        said.append(tr("Stopped: this is as far as the answer came."))
    if isinstance(reply, Told) and reply.forgotten:
        said.append(
            tr("The earlier question of this conversation did not fit in any more.")
            if reply.forgotten == 1
            else tr("The {0} earlier questions of this conversation did not fit in.").format(
                reply.forgotten
            )
        )
    if reply.place:
        said.append(tr("The pages for it went to {0}, the office's own server.").format(
            one_line(reply.place)
        ))  # fmt: skip
    return said


def citation_words(citation: Citation) -> str:
    """A citation as the link that stands in the answer."""
    return tr("{0}, page {1}").format(name_words(citation.document_name), citation.page)


def lines_words(citation: Citation) -> str:
    """The cited lines, for the mark on the page."""
    if citation.first_line == citation.last_line:
        return tr("Line {0}, which the answer names").format(citation.first_line)
    return tr("Lines {0} to {1}, which the answer names").format(
        citation.first_line, citation.last_line
    )


def quote_words(citation: Citation) -> str:
    """The cited lines themselves, shortened."""
    return one_line(citation.quote, 240)


def doubt_words(why: Doubted) -> str:
    """Why a stretch of an answer is marked."""
    return {
        Doubted.NOT_THERE: tr("Not found in the lines it names"),
        Doubted.NOT_CITED: tr("No lines are named for it"),
        Doubted.NO_SUCH_LINES: tr("Names lines that are not there"),
    }[why]


def doubts_below(text: str, doubts: Sequence[Doubt]) -> list[str]:
    """A line for each reason, with the stretches of the answer that it is about."""
    lines = []
    for why in (Doubted.NOT_THERE, Doubted.NO_SUCH_LINES, Doubted.NOT_CITED):
        found = [
            one_line(text[doubt.start : doubt.end], _LONGEST_QUOTE)
            for doubt in doubts
            if doubt.why is why
        ]
        quotes = [quote for quote in dict.fromkeys(found) if quote]
        if not found:
            continue
        named = "; ".join(quotes[:_QUOTED])
        if len(quotes) > _QUOTED:
            named = tr("{0}; and {1} more").format(named, len(quotes) - _QUOTED)
        lines.append(f"{doubt_words(why)}: {named}" if named else doubt_words(why))
    return lines


def thought_words(seconds: float) -> str:
    """How long the model thought."""
    if seconds < 90:
        return tr("Thought for {0} s").format(max(1, round(seconds)))
    return tr("Thought for {0} min").format(round(seconds / 60))


def problem_words(error: Exception, *, by_hand: bool = False) -> tuple[str, str, bool]:
    """Why a question has no answer, what to do next, and whether a model is what it lacks.

    Of what was set ``by_hand`` the library says in a sentence why it cannot be worked out.
    """
    if by_hand and isinstance(error, ValueError):
        return one_line(str(error), 300), tr("Change what is worked out, and try again."), False
    problem = getattr(error, "problem", None)
    code = getattr(problem, "code", None)
    if code is Code.CANCELLED:
        return tr("Stopped before there was an answer."), tr("Ask again when you like."), False
    if code is Code.MODEL_MISSING:
        return (
            tr("There is no model yet that could read your question."),
            tr("Get one, or work it out by hand."),
            True,
        )
    if isinstance(error, KeyError):
        return (
            tr("A document that the question is about is not there any more."),
            tr("Take it out of the question, and ask again."),
            False,
        )
    message, advice = words.error_words(error)
    return message, advice, False


def conversation_title(text: str) -> str:
    """A conversation's title on one line."""
    return one_line(text, 200) or tr("Without a name")


def copied(question: str, reply: Reply, listed: Sequence[RecordRow] = ()) -> str:
    """A question and its answer as text for the clipboard or a file.

    ``listed`` are the records of an answer that lists them.
    """
    if isinstance(reply, Computed):
        return f"{harmless(question)}\n\n{transcript.copied(reply, listed)}"
    lines = [harmless(question), "", reply_text(reply), ""]
    lines.append(f"({way_words(reply)})")
    lines += [f"({line})" for line in doubts_below(reply.text, reply.doubts)]
    lines += [f"({line})" for line in extra_words(reply)]
    return "\n".join(lines)


def reply_text(reply: Told) -> str:
    """An answer in words, with its citations as they are shown."""
    text = harmless(reply.text)
    parts, here = [], 0
    for citation in sorted(reply.citations, key=lambda c: c.start):
        start, end = max(here, citation.start), min(citation.end, len(text))
        if start > end or citation.start > len(text):
            continue
        parts += [text[here:start], f"[{citation_words(citation)}]"]
        here = end
    parts.append(text[here:])
    return "".join(parts)


def calculation_question(calculation: Calculation) -> str:
    """What a calculation that was set by hand is called in its conversation."""
    return wording.calculation_words(calculation, QLocale().name())


def behind_words(calculation: Calculation, what: object) -> str:
    """What the documents are behind of: a number, or those that may be missing from it."""
    if isinstance(what, Figure):
        value = wording.figure_words(what, calculation, QLocale().name())
        grouped = what.group or calculation.by is not None
        group = wording.group_words(what.group, calculation) if grouped else ""
        return tr("Behind {0}").format(one_line(f"{group}: {value}" if group else value, 80))
    if isinstance(what, Gap):
        return one_line(wording.gap_words(what, calculation), 160)
    return tr("In this answer")
