"""Piles of plain invoices for the measurements: as many different ones as asked for."""

from __future__ import annotations

from pathlib import Path

import pymupdf


def text_invoices(folder: Path, count: int) -> list[Path]:
    """``count`` one-page PDFs with a text layer, a party block, ten lines and totals."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_invoice(folder / f"invoice-{number:05}.pdf", number) for number in range(count)]


def scanned_page(folder: Path) -> Path:
    """One of them as a picture of 200 dots an inch, without a text layer."""
    folder.mkdir(parents=True, exist_ok=True)
    with pymupdf.open(_invoice(folder / "for-the-scan.pdf", 7)) as document:
        picture = document[0].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    path = folder / "scan.png"
    picture.save(path)
    return path


def _invoice(path: Path, number: int) -> Path:
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)

        def write(x: float, y: float, text: str, size: float = 10) -> None:
            page.insert_text((x, y), text, fontsize=size)

        write(60, 70, f"Made-up Supplies {number % 40} Ltd", 16)
        write(60, 90, "12 Harbour Road, Bristol BS1 4QA")
        write(60, 150, f"Invoice to: Customer {number % 7} Trading Ltd")
        write(340, 150, "INVOICE", 18)
        write(340, 175, f"Invoice number: MS-{10000 + number}")
        write(340, 192, f"Invoice date: {1 + number % 28:02} March 2026")
        write(340, 209, f"Due date: {1 + number % 28:02} April 2026")
        for x, text in (
            (60, "Description"),
            (330, "Quantity"),
            (400, "Unit price"),
            (490, "Amount"),
        ):
            write(x, 270, text)
        net = 0
        for line in range(10):
            quantity, price = 1 + (number + line) % 5, 250 + 37 * line + number % 90
            net += quantity * price
            y = 292 + 18 * line
            write(60, y, f"Article {line + 1}, box of twelve")
            write(345, y, str(quantity))
            write(410, y, f"{price / 100:.2f}")
            write(495, y, f"{quantity * price / 100:.2f}")
        tax = round(net * 0.2)
        rows = (("Net total", net), ("VAT 20%", tax), ("Total GBP", net + tax))
        for row, (label, cents) in enumerate(rows):
            write(400, 500 + 18 * row, label)
            write(490, 500 + 18 * row, f"£{cents / 100:.2f}")
        document.save(path)
    return path
