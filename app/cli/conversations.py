"""The commands for conversations: list, show, rename, delete, export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.asking.keeping import unpack_reply
from app.asking.messages import Computed, Told
from app.asking.plain_text import plain
from app.asking.transcript import export_transcript, transcript
from app.cli.console import Printed, out, print_json
from app.cli.documents import LibraryOption
from app.cli.grids import table
from app.cli.work_out import TABLES, write_table
from app.library import ConversationRow, Library, Turn
from app.library.place import default_folder

_TEXT = ".txt"

commands = typer.Typer(
    help="Look through questions and answers that were kept.", no_args_is_help=True
)


IdArgument = Annotated[int, typer.Argument(metavar="ID", help="Its number in the list.")]
FormatOption = Annotated[Printed, typer.Option("--format", help="How to print.")]


@commands.command("list")
def list_conversations(
    library: LibraryOption = None,
    search: Annotated[
        str, typer.Option(help="Only those in whose title, questions or answers all words occur.")
    ] = "",
    form: FormatOption = Printed.TEXT,
) -> int:
    """Show the conversations, the latest first."""
    with _opened(library, read_only=True) as kept:
        rows = kept.conversations(search)
    if form is Printed.JSON:
        for row in rows:
            print_json(_summary(row))
    elif rows:
        shown = [
            [str(row.id), row.updated_at[:10], plain(row.title), str(row.turns), _about(row)]
            for row in rows
        ]
        heads = ["ID", "Date", "Title", "Questions", "About"]
        out.print(table("Conversations", heads, shown, whole=("ID", "Date", "Questions")))
    else:
        out.print("No conversation has these words." if search else "There is no conversation yet.")
    return 0


@commands.command()
def show(
    conversation: IdArgument,
    library: LibraryOption = None,
    form: FormatOption = Printed.TEXT,
) -> int:
    """Print a conversation: its questions, its answers, and what they rest on."""
    with _opened(library, read_only=True) as kept:
        if form is Printed.TEXT:
            out.print(transcript(kept, conversation), soft_wrap=True, end="")
            return 0
        row, turns = kept.conversation(conversation), kept.turns(conversation)
    print_json({**_summary(row), "turns": [_turn(turn) for turn in turns]})
    return 0


@commands.command()
def rename(
    conversation: IdArgument,
    title: Annotated[str, typer.Argument(help="Its new title.")],
    library: LibraryOption = None,
) -> int:
    """Give a conversation another title."""
    if not title.strip():
        raise typer.BadParameter("A title has at least one letter.")
    with _opened(library) as kept:
        kept.rename_conversation(conversation, title)
        out.print(f"It is called “{plain(kept.conversation(conversation).title)}”.")
    return 0


@commands.command()
def delete(conversation: IdArgument, library: LibraryOption = None) -> int:
    """Delete a conversation for good; the documents stay."""
    with _opened(library) as kept:
        title = plain(kept.conversation(conversation).title)
        kept.delete_conversation(conversation)
    out.print(f"“{title}” was deleted.")
    return 0


@commands.command()
def export(
    conversation: IdArgument,
    output: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The conversation as .txt, or a table of it as .xlsx or .csv."
        ),
    ],
    library: LibraryOption = None,
    question: Annotated[
        int, typer.Option(min=0, help="The table of this question's answer; else the last table.")
    ] = 0,
) -> int:
    """Write a conversation to a text file, or the table of an answer for Excel."""
    if output.suffix.lower() == _TEXT:
        with _opened(library, read_only=True) as kept:
            export_transcript(kept, conversation, output)
        out.print(f"The conversation was written to {output}.")
        return 0
    if output.suffix.lower() not in TABLES:
        raise typer.BadParameter(f"“{output.name}” must end in one of: .csv, {_TEXT}, .xlsx")
    with _opened(library, read_only=True) as kept:
        out.print(write_table(kept, _with_table(kept.turns(conversation), question), output))
    return 0


def _with_table(turns: Sequence[Turn], question: int) -> Computed:
    """The computed answer to a question (counted from 1), or the last one for 0."""
    chosen = turns[question - 1 : question] if question else reversed(turns)
    for turn in chosen:
        reply = unpack_reply(turn.reply)
        if isinstance(reply, Computed):
            return reply
    raise typer.BadParameter("That answer has no table." if question else "No answer has a table.")


@contextmanager
def _opened(folder: Path | None, *, read_only: bool = False) -> Iterator[Library]:
    """The library; a conversation that is not in it is wrong usage."""
    with Library.open(folder or default_folder(), read_only=read_only) as kept:
        try:
            yield kept
        except KeyError as missing:
            raise no_conversation(int(missing.args[0])) from None


def no_conversation(conversation_id: int) -> typer.BadParameter:
    """What is raised for the id of a conversation that there is not."""
    return typer.BadParameter(
        f"There is no conversation {conversation_id}."
        " “paperclerk conversations list” shows those that there are."
    )


def _about(row: ConversationRow) -> str:
    names = [plain(name) or "…" for name in row.document_names]
    return ", ".join(names) if names else "the library"


def _summary(row: ConversationRow) -> dict[str, object]:
    documents = zip(row.document_ids, row.document_names, strict=True)
    return {
        "id": row.id,
        "title": row.title,
        "began_at": row.began_at,
        "updated_at": row.updated_at,
        "questions": row.turns,
        "documents": [
            {"document_id": document_id, "name": name, "deleted": document_id in row.gone}
            for document_id, name in documents
        ],
    }


def _turn(turn: Turn) -> dict[str, object]:
    reply: Told | Computed | None = unpack_reply(turn.reply)
    if isinstance(reply, Told):
        reply = msgspec.structs.replace(reply, thinking="")
    return {
        "id": turn.id,
        "at": turn.at,
        "question": turn.question,
        "text": turn.text,
        "reply": reply,
    }
