"""Page pictures from the library, decoded off the window's thread and kept in a small cache.

Only JPEG is decoded, whatever a file contains: the window never opens a PDF.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from app.desktop import background

_LARGEST_SIDE = 6000  # pixels; larger pictures are scaled while they are decoded


def load(path: Path, within: QSize | None = None) -> QImage:
    """The picture at ``path``, scaled down to fit ``within``; raises ``OSError``."""
    reader = QImageReader(str(path))
    reader.setAutoDetectImageFormat(False)
    reader.setFormat(b"jpeg")
    size = reader.size()
    if size.isValid():
        limit = within or QSize(_LARGEST_SIDE, _LARGEST_SIDE)
        if size.width() > limit.width() or size.height() > limit.height():
            reader.setScaledSize(size.scaled(limit, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise OSError(reader.errorString())
    return image


class Thumbnails(QObject):
    """Small pictures by path; :meth:`get` answers at once and :attr:`arrived` tells of the rest."""

    arrived = Signal(str)

    def __init__(self, size: QSize, parent: QObject, keep: int = 400) -> None:
        super().__init__(parent)
        self._size = size
        self._keep = keep
        self._ready: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._asked: set[str] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def get(self, path: Path) -> QPixmap | None:
        """The picture if it is there already; otherwise ``None``, and it is fetched."""
        name = str(path)
        if name in self._ready:
            self._ready.move_to_end(name)
            return self._ready[name]
        if name not in self._asked:
            self._asked.add(name)
            background.run(
                self,
                lambda: load(path, self._size),
                success=lambda image: self._keep_picture(name, QPixmap.fromImage(image)),
                failure=lambda _error: self._keep_picture(name, None),
                pool=self._pool,
            )
        return None

    def forget(self, path: Path) -> None:
        """Fetch this picture anew when it is next asked for."""
        self._ready.pop(str(path), None)

    def stop(self) -> None:
        """Drop what was not begun and wait for the picture that is being decoded."""
        self._pool.clear()
        self._pool.waitForDone()

    def _keep_picture(self, name: str, picture: QPixmap | None) -> None:
        self._asked.discard(name)
        self._ready[name] = picture
        while len(self._ready) > self._keep:
            self._ready.popitem(last=False)
        self.arrived.emit(name)
