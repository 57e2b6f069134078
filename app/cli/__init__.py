"""The command line: the same journey as the window's, without one."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import typer

from app.cli import ask, conversations, documents, models, search
from app.cli.console import complain, err
from app.cli.documents import LibraryOption
from app.errors import ProblemError
from app.library.place import default_folder

commands = typer.Typer(
    name="paperclerk",
    help="Turns invoices, receipts and other papers into tables, on this computer.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)
commands.command()(documents.read)
commands.command()(documents.add)
commands.command("list")(documents.list_documents)
commands.command()(documents.export)
commands.command()(search.search)
commands.command()(ask.ask)
commands.command()(documents.doctor)
commands.add_typer(models.commands, name="models")
commands.add_typer(conversations.commands, name="conversations")

_STOPPED = 130
_STOPPED_WORDS = "Stopped. What was added to a library is kept and will be read the next time."


def main(arguments: Sequence[str], open_window: Callable[[Path], int]) -> int:
    """Run a command; the exit status: 0 all read, 1 something needs attention, 2 wrong usage.

    ``open_window`` opens the window on a library folder, when no command is given.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no name may break a sentence
            stream.reconfigure(errors="replace")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        result = commands(args=list(arguments), standalone_mode=False, obj=open_window)
    except typer.TyperException as error:
        err.print(f"{error.format_message()} See: paperclerk --help")
        return error.exit_code
    except typer.Exit as leaving:
        return leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        err.print(_STOPPED_WORDS)
        return _STOPPED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe went away: nothing left to say
        return 1
    except ProblemError as error:
        complain(error.problem)
        return 1
    except OSError as error:  # of this computer, not of a document: those have their problems
        err.print(f"The work could not be finished: {error.strerror or error}.")
        return 1
    if result == _STOPPED:  # what typer makes of Ctrl+C
        err.print(_STOPPED_WORDS)
    return int(result or 0)


def _interrupt(_: int, __: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # once is enough: now all is put in order
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@commands.callback(invoke_without_command=True)
def window(
    context: typer.Context,
    library: LibraryOption = None,
) -> int:
    """Open the window (without a command)."""
    if context.invoked_subcommand is not None:
        return 0
    open_window: Callable[[Path], int] = context.obj
    return open_window(library or default_folder())
