"""Small real files for tests: an invoice as PDF, as picture, and piles of them."""

from __future__ import annotations

from pathlib import Path

import pymupdf


def invoice_pdf(
    path: Path, number: str = "A-1001", total_cents: int = 11900, **save: object
) -> Path:
    """A one-page invoice with a net, a tax of 19 % and a total in euros."""
    net = round(total_cents / 1.19)
    lines = (
        ((60, 80), "Made-up Tools GmbH", 15),
        ((60, 100), "Hafenstr. 12, 20457 Hamburg", 10),
        ((60, 170), "Bill to:", 10),
        ((60, 185), "Invented Customer Ltd", 10),
        ((360, 170), f"Invoice number: {number}", 10),
        ((360, 185), "Invoice date: 03 November 2026", 10),
        ((60, 260), "Description", 10),
        ((330, 260), "Quantity", 10),
        ((400, 260), "Unit price", 10),
        ((490, 260), "Amount", 10),
        ((60, 280), "Hammer, forged", 10),
        ((340, 280), "1", 10),
        ((405, 280), f"{net / 100:.2f}", 10),
        ((490, 280), f"{net / 100:.2f}", 10),
        ((380, 340), "Net total", 10),
        ((490, 340), f"{net / 100:.2f} EUR", 10),
        ((380, 356), "VAT 19%", 10),
        ((490, 356), f"{(total_cents - net) / 100:.2f} EUR", 10),
        ((380, 372), "Total", 10),
        ((490, 372), f"{total_cents / 100:.2f} EUR", 10),
    )
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        for place, text, size in lines:
            page.insert_text(place, text, fontsize=size)
        document.save(path, **save)
    return path


def locked_pdf(path: Path, password: str, number: str = "A-1001") -> Path:
    """The same invoice, protected with a password."""
    return invoice_pdf(
        path, number, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw="owner"
    )
