"""HTML from a mail as plain blocks: its text, and its tables of data as tables."""

from __future__ import annotations

from html.parser import HTMLParser

from app.intake.drawing import DrawnBlock, Grid, Heading, Paragraph

_SKIPPED = frozenset({"head", "style", "script", "title", "template", "svg", "noscript"})
_BREAKS = frozenset(
    {
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "tr",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "blockquote",
        "section",
        "article",
        "header",
        "footer",
        "pre",
        "center",
        "form",
        "address",
        "dt",
        "dd",
    }
)
_MAX_DEPTH = 200


def blocks_of_html(source: str) -> list[DrawnBlock]:
    """Headings, paragraphs and tables in the order of the source; scripts and styles left out.

    A table that lays out the page (one column, or tables inside) is read as running text.
    """
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.finish()


class _Table:
    def __init__(self, start: int) -> None:
        self.start = start  # how many blocks there were before it
        self.rows: list[list[str]] = []
        self.holds_table = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[DrawnBlock] = []
        self._text: list[str] = []
        self._skipping = 0
        self._tables: list[_Table] = []
        self._heading = 0
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
            return
        if tag == "table" and len(self._tables) < _MAX_DEPTH:
            self._end_text()
            if self._tables:
                self._tables[-1].holds_table = True
            self._cell = None
            self._tables.append(_Table(len(self._blocks)))
        elif tag == "tr" and self._tables:
            self._end_cell()
            self._tables[-1].rows.append([])
        elif tag in {"td", "th"} and self._tables:
            self._end_cell()
            self._cell = []
        elif tag in {"h1", "h2", "h3", "h4"}:
            self._end_text()
            self._heading = 1 if tag == "h1" else 2
        elif tag in _BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif tag == "table" and self._tables:
            self._end_cell()
            self._end_table(self._tables.pop())
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"h1", "h2", "h3", "h4"}:
            self._end_text()
            self._heading = 0
        elif tag in _BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        words = " ".join(data.split())
        if data[:1].isspace():
            words = " " + words
        if data[-1:].isspace():
            words += " "
        self._text.append(words)
        if self._cell is not None:
            self._cell.append(words)

    def _break(self) -> None:
        self._text.append("\n")
        if self._cell is not None:
            self._cell.append("\n")

    def _end_cell(self) -> None:
        if self._cell is None or not self._tables:
            return
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        table.rows[-1].append(_tidy(self._cell))
        self._text.append("  ")
        self._cell = None

    def _end_text(self) -> None:
        text = _tidy(self._text)
        self._text = []
        if text:
            self._blocks.append(Heading(text, self._heading) if self._heading else Paragraph(text))

    def _end_table(self, table: _Table) -> None:
        rows = [row for row in table.rows if any(row)]
        columns = max((len(row) for row in rows), default=0)
        if table.holds_table or columns < 2 or len(rows) < 2:
            self._end_text()
            return
        self._text = []
        del self._blocks[table.start :]
        self._blocks.append(Grid(tuple(tuple(row + [""] * (columns - len(row))) for row in rows)))

    def finish(self) -> list[DrawnBlock]:
        while self._tables:
            self._end_cell()
            self._end_table(self._tables.pop())
        self._end_text()
        return self._blocks


def _tidy(parts: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
