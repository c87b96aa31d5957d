"""Reads an attached file by what it is, and not by what it is called. Knows neither page nor engine.

May take long, or all memory, over a file that was made to do that: `sandbox.py` runs it in a process of its own.
What reads one kind is imported at its use: each file has its own process, and a text waits a tenth as long so.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.attachments.document import Document, Part
from agent.attachments.refusals import Reason, Refused

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second has no members
OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")  # OLE: .doc, .xls, and what a password locks
OLD_STREAMS: tuple[tuple[str, Reason], ...] = (  # what lies in such a file, by the name of a stream
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "old_office"),
    ("Workbook", "excel"),
    ("PowerPoint Document", "powerpoint"),
    ("VisioDocument", "visio"),
    ("BodyText", "hangul"),
)
RTF = b"{\\rtf"
WORD_XML, XML_STARTS_WITHIN = b'<?mso-application progid="Word.Document"?>', 1024
PDF, PDF_STARTS_WITHIN = b"%PDF-", 1024  # a PDF may begin with other bytes


def read(path: Path, name: str, max_chars: int) -> Document:
    """The file's text, at most `max_chars` characters of it. Raises Refused."""
    try:
        document = _read_by_kind(path, name, max_chars)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # of the libraries, each has many for what they did not expect in a file
        raise Refused("broken") from error
    if not any(part.text.strip() for part in document.parts):
        raise Refused("empty")
    return document


def _read_by_kind(path: Path, name: str, max_chars: int) -> Document:
    data = path.read_bytes()
    if data.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(RTF):
        from agent.attachments.rtf import read_rtf

        return read_rtf(data, name, max_chars)
    if PDF in data[:PDF_STARTS_WITHIN]:
        from agent.attachments.pdf import read_pdf

        return read_pdf(path, name, max_chars)
    if data.startswith(OLD_OFFICE):
        streams = (reason for stream, reason in OLD_STREAMS if stream.encode("utf-16-le") in data)
        raise Refused(next(streams, "old_office"))
    if data.startswith(ZIP):
        from agent.attachments.word import read_word

        return read_word(path, name, max_chars)
    if WORD_XML in data[:XML_STARTS_WITHIN]:
        raise Refused("word_xml")
    from agent.attachments.charset import decode

    decoded = decode(data)
    if decoded is None:
        raise Refused("type")
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    document = Document(name, "text", (Part(None, text[:max_chars]),), is_cut=len(text) > max_chars)
    return replace(document, charset=decoded.charset if decoded.is_guessed else "", unreadable=decoded.unreadable)
