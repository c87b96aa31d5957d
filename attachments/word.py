"""A Word document's text: paragraphs and tables in their order. Knows no limits but those of its size and length."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from attachments.document import Document, Part
from attachments.refusals import Refused

MAX_UNPACKED_BYTES = 200_000_000  # a .docx is a ZIP, and one of 50 kB can hold gigabytes


def read_word(path: Path, name: str, max_chars: int) -> Document:
    """The text until `max_chars` characters are read. Raises Refused and what python-docx raises for a damaged file."""
    with zipfile.ZipFile(path) as archive:
        # Reading a member gives no more bytes than it declares here.
        if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise Refused("too_heavy")
    blocks, length = list[str](), 0
    for block in docx.Document(str(path)).iter_inner_content():
        text = "\n".join(_rows(block)) if isinstance(block, Table) else _paragraph(block)
        blocks.append(text)
        length += len(text) + 1
        if length >= max_chars:
            break
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(blocks)).strip()
    return Document(name, "Word", (Part(None, text[:max_chars]),), is_whole=length < max_chars)


def _paragraph(paragraph: Paragraph) -> str:
    """The paragraph's text; a heading as Markdown writes it."""
    style = paragraph.style.name if paragraph.style and paragraph.style.name else ""
    heading = re.fullmatch(r"Heading (\d)", style)
    return f"{'#' * int(heading[1])} {paragraph.text}" if heading and paragraph.text else paragraph.text


def _rows(table: Table) -> Iterator[str]:
    """Each row as `| a | b |`; a cell that spans several columns is there once."""
    for row in table.rows:
        cells = list({id(cell._tc): cell for cell in row.cells}.values())
        yield "| " + " | ".join(" ".join(cell.text.split()) for cell in cells) + " |"
