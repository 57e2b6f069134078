"""Files and pictures that come in: dropped, pasted or chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from app.desktop import background
from app.errors import Problem
from app.journey import Journey
from app.library import Added


def paths_in(mime: QMimeData | None) -> list[Path]:
    """The local files and folders that were dropped or copied."""
    if mime is None:  # an empty clipboard
        return []
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def accepts(mime: QMimeData) -> bool:
    """Whether something in there can be added."""
    return bool(paths_in(mime)) or mime.hasImage()


class Incoming(QObject):
    """Adds off the window's thread; ``added`` carries the outcomes, ``failed`` an exception."""

    added = Signal(object)
    failed = Signal(object)

    def __init__(self, journey: Journey, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journey = journey
        self._stopped = False

    def stop(self) -> None:
        """Begin no other file of what is being added."""
        self._stopped = True

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Add files and folders."""
        chosen = tuple(paths)

        def work() -> tuple[Added | Problem, ...]:
            # Between two files the program may be closed; what is copied is in the queue.
            return tuple(takewhile(lambda _: not self._stopped, self._journey.add(chosen)))

        background.run(
            self,
            work,
            success=self.added.emit,
            failure=self.failed.emit,
        )

    def add_picture(self, image: QImage) -> None:
        """Add a picture from the clipboard."""
        now = dt.datetime.now().astimezone()
        name = self.tr("Screenshot {0}").format(f"{now:%Y-%m-%d %H.%M.%S}") + ".png"

        def work() -> tuple[Added | Problem, ...]:
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            image.save(buffer, "PNG")  # type: ignore[call-overload]
            return (self._journey.add_bytes(bytes(buffer.data().data()), name),)

        background.run(self, work, success=self.added.emit, failure=self.failed.emit)

    def add_mime(self, mime: QMimeData | None) -> bool:
        """Add what was dropped or copied; ``False`` if nothing of it can be read."""
        paths = paths_in(mime)
        if paths:
            self.add_paths(paths)
            return True
        image = mime.imageData() if mime is not None else None
        if isinstance(image, QImage) and not image.isNull():
            self.add_picture(image)
            return True
        return False
