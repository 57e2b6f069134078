"""The window.  The only room that knows Qt; it never opens a document itself."""

from app.desktop.lasting import make_constants_last

make_constants_last()  # before Qt is used at all

from app.desktop.start import run  # noqa: E402

__all__ = ["run"]
