"""The window.  The only room that knows Qt; it never opens a document itself."""

from app.desktop.start import run

__all__ = ["run"]
