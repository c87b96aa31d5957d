"""Makes the files that tests attach, with the libraries that write such files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

FONT = "STSong-Light"  # Chinese, by a font that every viewer has and no file brings along


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with these pages; with a `password` it is encrypted, and '' opens for everybody."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    lock = None if password is None else StandardEncryption(password, ownerPassword="owner", strength=128)
    file = io.BytesIO()
    drawn = canvas.Canvas(file, encrypt=lock)
    for page in pages:
        drawn.setFont(FONT, 12)
        for number, line in enumerate(page.splitlines()):
            drawn.drawString(50, 800 - 18 * number, line)
        drawn.showPage()
    drawn.save()
    return file.getvalue()


def word(*blocks: str | Sequence[Sequence[str]]) -> bytes:
    """A .docx of paragraphs, headings (`# ...`) and tables (lists of rows)."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            _add_text(document, block)
        else:
            table = document.add_table(len(block), len(block[0]))
            for row, cells in zip(table.rows, block, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _add_text(document: Any, text: str) -> None:
    if text.startswith("# "):
        document.add_heading(text[2:], 1)
    else:
        document.add_paragraph(text)
