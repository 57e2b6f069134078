"""The command that answers: ``paperclerk ask``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.status import Status

from app.asking.answers import Answering
from app.asking.assistant import Assistant
from app.asking.messages import (
    Answered,
    Ask,
    Chosen,
    Computed,
    Doing,
    Event,
    Piece,
    Reply,
    Told,
    Way,
)
from app.asking.plain_text import plain
from app.asking.transcript import WHY_DOUBTED, copied, source_words, way_taken
from app.asking.wording import calculation_words
from app.cli.console import Printed, complain, err, out, print_json
from app.cli.conversations import no_conversation
from app.cli.documents import LibraryOption, engines_of_settings, say_where
from app.cli.work_out import EXAMPLE, calculation_of, table_form, write_table
from app.engine.messages import Stage
from app.errors import Code, Problem, ProblemError, problem
from app.library import Library
from app.library.place import default_folder
from app.library.store import DATABASE

_STOPPED = 130
_LISTED = 1_000  # records at most that are printed

_DOING = {
    Stage.WAITING: "Waiting for the model",
    Stage.LOADING: "Loading the model",
    Stage.PICTURES: "Looking at pictures",
    Stage.READING: "Reading",
    Stage.WRITING: "Writing",
}


def ask(
    question: Annotated[
        str, typer.Argument(help="In any language.  Not needed with --work-out.")
    ] = "",
    work_out: Annotated[
        str | None,
        typer.Option(
            "--work-out",
            metavar="CALCULATION",
            help=f"Work this out over the library, without a model: “{EXAMPLE}”.",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the table of the answer, as .csv or .xlsx."),
    ] = None,
    documents: Annotated[
        list[int] | None,
        typer.Option("--document", metavar="ID", help="Only about this document; several times."),
    ] = None,
    conversation: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Go on with this conversation, about its documents."),
    ] = None,
    library: LibraryOption = None,
    think: Annotated[bool, typer.Option("--think", help="Let the model think first.")] = False,
    whole: Annotated[
        bool, typer.Option("--all", help="Read all pages, however long that takes.")
    ] = False,
    form: Annotated[Printed, typer.Option("--format", help="How to print.")] = Printed.TEXT,
) -> int:
    """Ask a question about documents, or about the whole library."""
    calculation = None if work_out is None else calculation_of(work_out)
    if calculation is not None:
        if documents or whole or think:
            raise typer.BadParameter(
                "--work-out is about the whole library: leave out --document, --all and --think."
            )
        question = question.strip() or calculation_words(calculation)
    elif not question.strip():
        raise typer.BadParameter("Type a question, or a calculation after --work-out.")
    if export is not None:
        table_form(export)
    with ExitStack() as closing:
        kept, keeps = _opened(library or default_folder())
        closing.enter_context(kept)
        about = tuple(documents or ())
        if conversation is not None and not about:
            about = _documents_of(kept, conversation)
        engines = closing.enter_context(engines_of_settings())
        engine = engines.current() if calculation is None else None
        if engine is not None and engine.place:
            say_where(engine.place)
        assistant = Assistant(kept, engines.current)
        closing.callback(assistant.close)
        way = Way.WHOLE if whole else None
        going = assistant.ask(Ask(question, about, conversation, way, calculation, think))
        shown = _Shown(question, form)
        status = shown.follow(going)
        if shown.answered is not None:
            shown.end(kept, shown.answered)
            if not keeps and form is Printed.TEXT:
                err.print("The library is in use, or read-only: this answer is not kept in it.")
            if export is not None:
                said = write_table(kept, shown.answered.reply, export)
                err.print(said or "The answer has no table: nothing was written.")
                status = status or int(not said)
    if status == _STOPPED:
        raise typer.Exit(_STOPPED)
    return status


class _Shown:
    """Shows a question on its way: words as they come, and at the end what they rest on."""

    def __init__(self, question: str, form: Printed) -> None:
        self._question = question
        self._streams = form is Printed.TEXT
        self._doing: Status | None = None
        self._printed = False
        self.answered: Answered | None = None

    def follow(self, going: Answering) -> int:
        """Show what happens until the end; the exit status.  Ctrl+C keeps what was written."""
        status = 0
        try:
            try:
                self._hear(going.events())
            except KeyboardInterrupt:
                status = _STOPPED
                going.stop()
                self._hear(going.events())
        except ProblemError as error:
            self._quiet()
            if self._printed:
                out.print()
            if status == 0 and (self._streams or self.answered is not None):
                complain(error.problem)
                if error.problem.code is Code.MODEL_MISSING:
                    err.print(f"For example: paperclerk ask --work-out '{EXAMPLE}'")
            elif error.problem.code is Code.CANCELLED:
                err.print("Stopped before there was an answer.")
            if not self._streams and self.answered is None:
                print_json(_json(self._question, None, error.problem))
            return status or 1
        finally:
            self._quiet()
        return status or self._status()

    def end(self, kept: Library, answered: Answered) -> None:
        """Show what the answer rests on; for JSON, all of it."""
        reply = answered.reply
        if not self._streams:
            print_json(_json(self._question, answered, None))
        elif isinstance(reply, Computed):
            listed = kept.rows(reply.figures.listed[:_LISTED])
            out.print(copied(reply, listed), soft_wrap=True)
        else:
            if not self._printed:
                out.print(plain(reply.text), soft_wrap=True)
            out.print("\n".join(_rests_on(reply)), soft_wrap=True)
        if self._streams and answered.conversation:
            err.print(f"Go on with: paperclerk ask --conversation {answered.conversation} “…”")

    def _status(self) -> int:
        """0 where nothing asks for a look."""
        reply = self.answered.reply if self.answered is not None else None
        return int(isinstance(reply, Told) and bool(reply.doubts or reply.stopped))

    def _hear(self, events: Iterator[Event]) -> None:
        for event in events:
            if isinstance(event, Answered):
                self.answered = event
                if self._printed:
                    out.print()
            elif not self._streams:
                continue
            elif isinstance(event, Chosen):
                self._quiet()
                err.print(_way(event))
            elif isinstance(event, Doing):
                self._say(_doing(event))
            elif isinstance(event, Piece) and event.thinking:
                self._say("Thinking …")
            elif isinstance(event, Piece) and (self._printed or event.text.strip()):
                self._quiet()
                text = event.text if self._printed else event.text.lstrip()
                self._printed = True
                out.print(text, end="", soft_wrap=True)

    def _say(self, text: str) -> None:
        """What is being done, on a terminal, until something else is said."""
        if not err.is_terminal or self._printed:
            return
        if self._doing is None:
            self._doing = err.status(text)
            self._doing.start()
        self._doing.update(text)

    def _quiet(self) -> None:
        if self._doing is not None:
            self._doing.stop()
            self._doing = None


def _opened(folder: Path) -> tuple[Library, bool]:
    """The library, and whether it can keep what is answered."""
    if not (folder / DATABASE).is_file():
        raise problem(Code.NO_LIBRARY, str(folder))
    try:
        return Library.open(folder), True
    except ProblemError as error:
        if error.problem.code not in {Code.LIBRARY_IN_USE, Code.LIBRARY_READ_ONLY}:
            raise
        return Library.open(folder, read_only=True), False


def _documents_of(kept: Library, conversation: int) -> tuple[int, ...]:
    try:
        return kept.conversation(conversation).document_ids
    except KeyError:
        raise no_conversation(conversation) from None


def _way(chosen: Chosen) -> str:
    if chosen.way is Way.COMPUTED:
        return "Working it out from the records."
    pages = "page" if chosen.pages == 1 else "pages"
    if chosen.way is Way.WHOLE:
        return f"Answering from all of it ({chosen.given} {pages})."
    return f"Answering from {chosen.given} of {chosen.pages} {pages}."


def _doing(doing: Doing) -> str:
    text = _DOING[doing.stage]
    if doing.total and doing.stage is not Stage.WAITING:
        text += f" ({100 * doing.done // doing.total} %)"
    return text + (f", about {doing.left:.0f} s left" if doing.left else "") + " …"


def _rests_on(reply: Told) -> Iterator[str]:
    """The lines that an answer cites, what of it is doubtful, and how it was answered."""
    if reply.citations:
        yield "\nSources:"
    said: set[str] = set()
    for citation in reply.citations:
        label = reply.text[citation.start : citation.end].strip("[],; ")
        if label in said:
            continue
        said.add(label)
        yield source_words(label, citation)
    if reply.doubts:
        yield "\nNot verified:"
    for doubt in reply.doubts:
        stretch = " ".join(plain(reply.text[doubt.start : doubt.end]).split())
        yield f"  “{stretch}”: {WHY_DOUBTED[doubt.why]}"
    yield f"\n{way_taken(reply)}"
    if reply.way is Way.PASSAGES and reply.seconds_for_all is not None:
        minutes = max(1, round(reply.seconds_for_all / 60))
        yield f"Reading all of it would take about {minutes} min: add --all."
    if reply.thinking:
        yield f"The model thought for {reply.thought_seconds:.0f} s before it answered."
    if reply.forgotten:
        yield f"There was no room for the {reply.forgotten} oldest turns of the conversation."


def _json(
    question: str, answered: Answered | None, trouble: Problem | None
) -> dict[str, object | Reply]:
    """An answer as ``paperclerk conversations show`` has it, or why there is none."""
    error = None
    if trouble is not None:
        error = {"code": trouble.code, "message": trouble.message, "advice": trouble.advice}
    reply = answered.reply if answered is not None else None
    text = ""
    if reply is not None:
        text = reply.sentence if isinstance(reply, Computed) else reply.text
    return {
        "conversation_id": answered.conversation if answered is not None else 0,
        "id": answered.turn if answered is not None else 0,
        "question": question,
        "text": text,
        "reply": reply,
        "error": error,
    }
