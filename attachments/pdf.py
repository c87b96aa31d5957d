"""A PDF's text, page by page. Knows no limits but that of its length."""

from __future__ import annotations

import logging
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, LimitReachedError

from attachments.document import Document, Part
from attachments.refusals import Refused

logger = logging.getLogger(__name__)


def read_pdf(path: Path, name: str, max_chars: int) -> Document:
    """The pages' text until `max_chars` characters are read. Raises Refused (encrypted, scanned) and what pypdf raises
    for a damaged file."""
    reader = PdfReader(path)
    if reader.is_encrypted and not _opens_without_password(reader):
        raise Refused("encrypted")
    pages, length = list[Part](), 0
    for number, page in enumerate(reader.pages, 1):
        if length >= max_chars:
            break
        try:
            text = page.extract_text().strip()[: max_chars - length]
        except (LimitReachedError, MemoryError) as error:
            raise Refused("too_heavy") from error
        except Exception:  # one page is damaged, or uses what pypdf does not know; the others are still of use
            logger.exception("page %d cannot be read", number)
            continue
        if text:
            pages.append(Part(number, text))
            length += len(text)
    if not pages:
        raise Refused("scanned")
    return Document(name, "PDF", tuple(pages), len(reader.pages), length < max_chars)


def _opens_without_password(reader: PdfReader) -> bool:
    """Whether the password is empty: such a file only forbids printing or copying, and every viewer shows it."""
    try:
        return bool(reader.decrypt(""))
    except DependencyError:
        return False
