"""The commands for models: list, download, import, remove, check, use, and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table as Grid

from app.cli.console import err, out
from app.document_types import document_type
from app.engine.models.catalog import catalogue
from app.engine.models.files import FileProgress, Step, amount
from app.engine.models.importing import attach_adapter, detach_adapter, import_model
from app.engine.models.store import (
    Broken,
    Model,
    ModelStore,
    Settings,
    Standing,
    Unfinished,
    Verified,
)
from app.engine.server.settings import server_settings
from app.errors import Code, Problem, ProblemError, problem

commands = typer.Typer(
    help="Keep language models on this computer, or use the office's own server.",
    no_args_is_help=True,
)

_STOPPED = 130

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--models",
        metavar="DIR",
        help="The folder for models.",
        envvar="PAPERCLERK_MODELS",
        show_envvar=True,
    ),
]

_VERIFIED = {
    Verified.CATALOGUE: "checked against the list of models",
    Verified.ANNOUNCED: "checked against what its server announced",
    Verified.COMPUTED: "not checked against anything when it came",
}

_STEPS = {
    Step.CONNECTING: "Connecting",
    Step.DOWNLOADING: "Downloading",
    Step.WAITING: "Waiting",
    Step.CHECKING: "Checking",
    Step.COPYING: "Copying",
}


@commands.command("list")
def list_models(folder: FolderOption = None) -> int:
    """Show the models on this computer, and those that can be downloaded."""
    store = ModelStore(folder)
    standings = store.standings()
    settings, trouble = _settings(store)
    if standings:
        out.print(_here(standings, settings))
        out.print(f"They are in {store.folder}.")
    else:
        out.print(f"There is no model on this computer yet (they would be in {store.folder}).")
    out.print(_on_offer({standing.name for standing in standings}))
    if settings.server is not None:
        out.print(f"Pages are sent to the server {settings.server.address}.")
    if trouble is not None:
        raise ProblemError(trouble)
    return 0


@commands.command()
def download(
    name: Annotated[str, typer.Argument(help="Its name; without one, the usual model.")] = "",
    folder: FolderOption = None,
) -> int:
    """Download a model; Ctrl+C pauses, and the same command goes on."""
    from app.engine.models.download import Download  # only this command opens connections

    store, offer = ModelStore(folder), catalogue()
    model = offer.model(name or offer.default)
    running = Download(store, model)
    try:
        [done] = _shown(running.events())
    except KeyboardInterrupt:
        err.print(_paused_words(store, model.name))
        raise typer.Exit(_STOPPED) from None
    out.print(f"“{done.note.label}” ({done.name}) is on this computer.")
    _say_what_is_used(store)
    return 0


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The model, a GGUF file.")],
    projector: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The part that sees pictures; else looked for beside the model."
        ),
    ] = None,
    without: Annotated[
        bool, typer.Option("--no-projector", help="Do not look for one: read text only.")
    ] = False,
    folder: FolderOption = None,
) -> int:
    """Take a model from a file, for example on a USB stick."""
    store = ModelStore(folder)
    [done] = _shown(import_model(store, file, projector, look_beside=not without))
    sees = "can" if done.sees else "cannot"
    out.print(f"“{done.note.label}” is on this computer as {done.name}; it {sees} see pictures.")
    _say_what_is_used(store)
    return 0


@commands.command()
def remove(
    name: Annotated[str, typer.Argument(help="Its name.")], folder: FolderOption = None
) -> int:
    """Take a model, or what was downloaded of it, off this computer."""
    store = ModelStore(folder)
    store.remove(name)
    out.print(f"“{name}” was removed.")
    _say_what_is_used(store)
    return 0


@commands.command()
def check(
    name: Annotated[str, typer.Argument(help="Its name; without one, every model.")] = "",
    folder: FolderOption = None,
) -> int:
    """Compare the files of a model with what they were when they came."""
    store, bad = ModelStore(folder), 0
    names = [name] if name else [one.name for one in store.standings()]
    for one in names:
        try:
            list(_shown(store.check(one)))
        except ProblemError as error:
            if error.problem.code is Code.MODEL_NOT_THERE and not name:
                continue  # half downloaded: there is nothing to compare with
            bad += 1
            err.print(f"{error.problem.message} {error.problem.advice}")
        else:
            out.print(f"“{one}” is unchanged.")
    if not names:
        out.print("There is no model on this computer.")
    return 1 if bad else 0


@commands.command()
def use(name: Annotated[str, typer.Argument(help="Its name.")], folder: FolderOption = None) -> int:
    """Read documents with this model from now on."""
    store = ModelStore(folder)
    store.use(name)
    _say_what_is_used(store)
    return 0


@commands.command()
def adapter(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="The type of documents.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The adapter (LoRA), a GGUF file.")
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="Of this model; else of the one in use.")
    ] = "",
    folder: FolderOption = None,
) -> int:
    """Attach an adapter to a model for a type of documents; without FILE, detach it."""
    store = ModelStore(folder)
    document_type(kind)
    name = model or _in_use(store)
    if file is None:
        detach_adapter(store, name, kind)
        out.print(f"“{name}” reads documents of the type “{kind}” without an adapter.")
        return 0
    list(_shown(attach_adapter(store, name, kind, file)))
    out.print(f"“{name}” reads documents of the type “{kind}” with the adapter “{file.name}”.")
    return 0


@commands.command()
def server(
    address: Annotated[
        str, typer.Argument(help="For example https://models.example.com:8000.")
    ] = "",
    model: Annotated[str, typer.Option(metavar="NAME", help="The model's name there.")] = "",
    key: Annotated[
        str,
        typer.Option(
            envvar="PAPERCLERK_SERVER_KEY",
            show_envvar=True,
            help="Its key; better given as the environment variable.",
        ),
    ] = "",
    proxy: Annotated[str, typer.Option(metavar="ADDRESS", help="A proxy on the way.")] = "",
    off: Annotated[bool, typer.Option("--off", help="Use no server any more.")] = False,
    folder: FolderOption = None,
) -> int:
    """Send pages to the office's own server; without an address, say where they go."""
    store = ModelStore(folder)
    if off:
        store.set_server(None)
    elif address:
        chosen = server_settings(address, model, key, proxy)
        store.set_server(chosen)
        if chosen.warning is not None:
            err.print(f"{chosen.warning.message} {chosen.warning.advice}")
    current = store.settings().server
    where = f"are sent to {current.address}" if current is not None else "stay on this computer"
    out.print(f"Pages {where}.")
    return 0


@commands.command()
def source(
    mirror: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Download from here instead; “” for the usual place."),
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Through this proxy; “” for the system's."),
    ] = None,
    folder: FolderOption = None,
) -> int:
    """Set where models are downloaded from; without options, say where."""
    from app.engine.models.download import checked_address

    store = ModelStore(folder)
    if mirror is not None:
        store.set_mirror(checked_address(mirror) if mirror else "")
    if proxy is not None:
        store.set_proxy(checked_address(proxy) if proxy else "")
    settings = store.settings()
    out.print(f"Models are downloaded from {settings.mirror or 'their publishers'}.")
    out.print(f"Proxy: {settings.proxy or 'as the system has it'}.")
    return 0


def _shown(reports: Iterable[FileProgress | Model]) -> Iterator[Model]:
    """Show the progress of some work on a terminal; yield the model that comes at the end."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[state]}"),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        task = progress.add_task("", total=None, state="")
        for report in reports:
            if isinstance(report, Model):
                yield report
                continue
            if report.problem is not None:
                err.print(f"{report.problem.message} Trying again in {report.left or 0:.0f} s.")
            progress.update(
                task,
                description=f"{_STEPS[report.step]} {report.file}",
                completed=report.done,
                total=report.total or None,
                state=_state(report),
            )


def _state(report: FileProgress) -> str:
    parts = [f"{amount(report.done)} of {amount(report.total)}"]
    if report.step is not Step.WAITING:
        if report.speed:
            parts.append(f"{amount(report.speed)}/s")
        if report.left is not None:
            parts.append(f"{_duration(report.left)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _paused_words(store: ModelStore, name: str) -> str:
    for standing in store.standings():
        if standing.name == name and isinstance(standing, Unfinished) and standing.done:
            return (
                f"Paused: {amount(standing.done)} have come. "
                f"“paperclerk models download {name}” goes on from there."
            )
    return "Stopped."


def _settings(store: ModelStore) -> tuple[Settings, Problem | None]:
    try:
        return store.settings(), None
    except ProblemError as error:
        return Settings(), error.problem


def _in_use(store: ModelStore) -> str:
    current = store.current()
    if current is None:
        raise problem(Code.MODEL_NOT_THERE, "…")
    return current.name


def _say_what_is_used(store: ModelStore) -> None:
    current = store.settings().in_use
    if current:
        out.print(f"Documents are read with {current}.")
    else:
        out.print("No model is in use. “paperclerk models use NAME” chooses one.")


def _here(standings: tuple[Standing, ...], settings: Settings) -> Grid:
    grid = _grid("On this computer", "Name", "Model", "Size", "State")
    for standing in standings:
        if isinstance(standing, Model):
            state = "in use, " if standing.name == settings.in_use else ""
            state += _VERIFIED[standing.note.model.verified]
            types = ", ".join(one.document_type for one in standing.note.adapters)
            state += f"; adapters for {types}" if types else ""
            grid.add_row(standing.name, standing.note.label, amount(standing.size), state)
        elif isinstance(standing, Broken):
            grid.add_row(standing.name, "", "", standing.problem.message)
        else:
            known = catalogue().models.get(standing.name)
            size = known.size if known is not None else standing.total
            total = f" of {amount(size)}" if size else ""
            state = f"{amount(standing.done)}{total} downloaded; “download” goes on"
            grid.add_row(standing.name, "", "", state)
    return grid


def _on_offer(here: set[str]) -> Grid:
    grid = _grid("To download", "Name", "Model", "Size", "Memory", "Licence", "Good for")
    offer = catalogue()
    for model in offer.models.values():
        if model.name in here:
            continue
        label = f"{model.label} (usual)" if model.name == offer.default else model.label
        grid.add_row(
            model.name,
            label,
            amount(model.size),
            amount(model.memory),
            model.licence,
            model.good_for,
        )
    return grid


def _grid(title: str, *heads: str) -> Grid:
    grid = Grid(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for head in heads:
        grid.add_column(head, no_wrap=head in ("Size", "Memory", "Licence"), overflow="fold")
    return grid
