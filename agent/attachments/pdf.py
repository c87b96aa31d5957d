"""A PDF's text, page by page, with what was typed onto it, and which pages could not be read. Knows no limits but that
of its length."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium

from agent.attachments.document import Document, Part
from agent.attachments.pdf_characters import UNREADABLE
from agent.attachments.pdf_page import PdfPage
from agent.attachments.pdf_structure import Structure
from agent.attachments.refusals import Refused

logger = logging.getLogger(__name__)

LOCKED = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY: a password, or another lock than that of the standard
CATALOG = re.compile(rb"(\d+)\s+(\d+)\s+obj\b(?:(?!endobj).){0,2000}?/Type\s*/Catalog\b", re.DOTALL)
CODES_A_CHAR = 2  # halves of characters, and the two of a line's end
END_OF_OBJECT = b"\n)>>\nendstream\nendobj\n"  # of whichever kind the last one is
UNREADABLE_SHARE = 0.05  # of a page's characters; below it they are bullets and other signs


@dataclass(frozen=True)
class _Page:
    """What was read of one page. `is_whole` unless something on it could not be read; `is_cut` if it is too long."""

    text: str
    is_whole: bool
    is_damaged: bool
    is_cut: bool = False


def read_pdf(path: Path, name: str, max_chars: int) -> Document:
    """The pages' text until `max_chars` characters are read. Raises Refused."""
    original = path.read_bytes()
    file, data = _open(original)
    structure = Structure(data)
    if structure.is_xfa_only:
        raise Refused("xfa")
    parts, unread, length, is_damaged = list[Part](), list[int](), 0, False
    for number in range(1, len(file) + 1):
        if length >= max_chars:
            break
        page = _read_page(file, number, structure, max_chars - length)
        if page.text:
            parts.append(Part(number, page.text))
            length = max_chars if page.is_cut else length + len(page.text)
        if not page.is_whole:
            unread.append(number)
        is_damaged = is_damaged or page.is_damaged
    if not parts:
        raise Refused("broken" if is_damaged else "scanned")
    if not "".join(part.text for part in parts).replace(UNREADABLE, "").strip():
        raise Refused("no_characters")
    if data is not original:
        unread.append(parts[-1].page or 0)  # the file breaks off there, if not before
    return Document(name, "PDF", tuple(parts), len(file), length >= max_chars, tuple(sorted(set(unread))))


def _open(data: bytes) -> tuple[pdfium.PdfDocument, bytes]:
    """The file, opened without a password. One that was cut off before its end gets the trailer that it lacks."""
    try:
        return pdfium.PdfDocument(data), data
    except pdfium.PdfiumError as error:
        if error.err_code in LOCKED:
            raise Refused("encrypted") from error
        if not (catalog := CATALOG.search(data)):
            raise Refused("broken") from error
    mended = data + END_OF_OBJECT + b"trailer << /Root %b %b R >>\nstartxref\n0\n%%%%EOF" % catalog.groups()
    try:
        return pdfium.PdfDocument(mended), mended
    except pdfium.PdfiumError as error:
        raise Refused("broken") from error


def _read_page(file: pdfium.PdfDocument, number: int, structure: Structure, max_chars: int) -> _Page:
    """One page; what stands on it that cannot be read costs only itself."""
    try:
        page = PdfPage(file, number, CODES_A_CHAR * max_chars, structure.glyphs(number))
        is_damaged = structure.is_damaged(number, has_text=bool(page.text()))
        is_whole = not (is_damaged or page.shows_more_than_text() or page.unreadable_share > UNREADABLE_SHARE)
    except pdfium.PdfiumError:
        logger.warning("page %d cannot be read", number)
        return _Page("", is_whole=False, is_damaged=True)
    for typed in structure.typed(number):
        page.add(typed)
    text = re.sub(rf"{UNREADABLE}(?:\s*{UNREADABLE})+", UNREADABLE, page.text())
    return _Page(text[:max_chars], is_whole, is_damaged, page.is_cut)
