"""The window.  The only room that knows Qt; it never opens a document itself."""

from app.desktop.lasting_none import make_none_last

make_none_last()  # before Qt is used at all

from app.desktop.start import run  # noqa: E402

__all__ = ["run"]
