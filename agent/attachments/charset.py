"""Character set of a text file: its bytes as text. Knows no file.

A mark is taken; then what shows by its shape (UTF-16, sets of 7 bits, UTF-8), what the text itself declares, and last a
guess by how it reads.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from agent.attachments import declared, seven_bit, utf8, utf16
from agent.attachments.orthography import CORES, UNREADABLE

# A text has no other control characters than these: the colours of logs begin with ESC, old files end with SUB.
CONTROLS = b"\t\n\v\f\r\a\b\x1a\x1b"
STRAYS = bytes(set(range(0x20)) - set(CONTROLS)) + b"\x7f"
STRAY_SHARE, STRAY_SHARE_IN_UTF8 = 0.03, 0.1  # what has more of them is no text
START_BYTES = 1_000_000

# What is no text although it may have few of them.
BINARY_STARTS = (
    *(b"SQLite format 3\0", b"\x89PNG\r\n", b"\xff\xd8\xff", b"\x7fELF", b"\xca\xfe\xba\xbe"),
    *(b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"),
)
TAR, TAR_AT = b"ustar", 257


@dataclass(frozen=True)
class Decoded:
    """A text and the codec of its set, with a + and a second one if it has parts in that; whether the set is a guess;
    how many characters could not be read, each of which is U+FFFD."""

    text: str
    charset: str
    is_guessed: bool = False
    unreadable: int = 0


def decode(data: bytes) -> Decoded | None:
    """The text of `data`, without NUL and without half a character; None if it is no text."""
    if (marked := utf16.marked(data)) is not None:
        rest, codec = marked
        return _decoded(rest, codec) if codec else _unmarked(rest)
    if data.startswith(BINARY_STARTS) or data[TAR_AT:].startswith(TAR):
        return None
    return _unmarked(data.removeprefix(codecs.BOM_UTF8))


def _unmarked(data: bytes) -> Decoded | None:
    text, start = _strictly(data, "utf-8"), data[:START_BYTES]
    if text is not None and text.isascii() and not data.isascii():
        text = None  # its only character that is not ASCII would be cut in half
    has_strays = start != start.translate(None, STRAYS)
    may_be_utf16 = has_strays and text.isascii() if text is not None else has_strays or utf16.may_be_eastern(start)
    if may_be_utf16 and (codec := utf16.unmarked(data)):
        return _decoded(data, codec, is_guessed=True)
    if decoded := seven_bit.decode(data):
        return _cleaned(*decoded)
    if _strays(start) > len(start) * (STRAY_SHARE if text is None else STRAY_SHARE_IN_UTF8):
        return None
    if text is not None and not utf8.is_by_chance(data, text):
        return _cleaned(text, "utf-8")
    codec = declared.codec(data)
    if codec in CORES:  # a set of one byte reads any bytes, so for one of those its declaration is not enough
        return _decoded(data, codec)
    if text is None and (mended := utf8.mend(data)):
        return _cleaned(mended.text, mended.charset, mended.charset != "utf-8", mended.unreadable)
    if codec:
        return _decoded(data, codec)
    from agent.attachments.guessing import guess  # takes longer to import than most texts to read

    return _decoded(data, guess(data), is_guessed=True)


def _decoded(data: bytes, codec: str, *, is_guessed: bool = False) -> Decoded:
    text = _strictly(data, codec)
    if text is not None:
        return _cleaned(text, codec, is_guessed)
    text = data.decode(codec, "replace")
    return _cleaned(text, codec, is_guessed, text.count(UNREADABLE))


def _strictly(data: bytes, codec: str) -> str | None:
    """The text, or None if the bytes do not go with the codec; a last character may be cut in half."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(data)
    except UnicodeError:
        return None


def _cleaned(text: str, charset: str, is_guessed: bool = False, unreadable: int = 0) -> Decoded:
    """With U+FFFD for NULs, of which a log has many in a row after a crash, and without a second mark."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        text, runs = re.subn("\0+", UNREADABLE, text)
        unreadable += runs
    return Decoded(text, charset, is_guessed, unreadable)


def _strays(data: bytes) -> int:
    """How many control characters are in it that no text has; NULs in a row are one."""
    if b"\0" in data:
        data = re.sub(b"\0+", b"\0", data)
    return len(data) - len(data.translate(None, STRAYS))
