"""UTF-16 and UTF-32, with a mark or without. Knows no other set."""

from __future__ import annotations

import codecs
import unicodedata
from collections import Counter

from agent.attachments.orthography import UNREADABLE

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE_BYTES = 2048
ODD_SHARE = 0.05  # control characters, halves of pairs, unassigned ones: what has more is in another set

# Each of these sets has the characters of one kind of text, and few of those that come of bytes in the wrong order.
PLAIN_SETS = ("gb2312", "big5", "shift_jis", "euc_kr", "koi8-r", "cp874", *(f"cp125{number}" for number in range(9)))
PLAIN_SHARE = 0.7
EAST = ("CJK", "HANGUL")  # so many of their characters are there that bytes in the wrong order give some, too
ASCII = bytes(range(0x20, 0x7F)) + b"\t\n\r\f"
KANA = 0x30  # the upper byte of Japanese syllables
PUNCTUATION = tuple("，：".encode(codec)[at : at + 2] for codec in ("utf-16-le", "utf-16-be") for at in (0, 2))
NUL_SHARE_OF_ASCII = 0.4  # half of the bytes of English; fewer are NULs that separate something


def marked(data: bytes) -> tuple[bytes, str] | None:
    """What follows a mark, and its codec, '' if that does not read it; None without a mark."""
    for mark, codec in MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return rest, "" if _odd(sample := _sample(rest, codec)) > max(2, ODD_SHARE * len(sample)) else codec
    return None


def unmarked(data: bytes) -> str | None:
    """The codec in which the bytes are a text, or None."""
    start = data[:SAMPLE_BYTES]
    is_ascii = not start.translate(None, ASCII + b"\0")
    if is_ascii and start.count(0) < NUL_SHARE_OF_ASCII * len(start):
        return None
    samples = {codec: _sample(data, codec) for _, codec in MARKS}
    best = max(samples, key=lambda codec: (_plain_share(samples[codec]), _ascii(samples[codec])))
    return best if _plain_share(samples[best]) >= PLAIN_SHARE else None


def may_be_eastern(data: bytes) -> bool:
    """Whether it would have Chinese punctuation, or be Japanese syllables by half: in these may be no odd byte."""
    return (
        any(mark in data for mark in PUNCTUATION) or max(data[::2].count(KANA), data[1::2].count(KANA)) > len(data) / 4
    )


def _sample(data: bytes, codec: str) -> str:
    width = 4 if "32" in codec else 2
    return data[: min(SAMPLE_BYTES, len(data) // width * width)].decode(codec, "replace")


def _ascii(text: str) -> int:
    return sum(map(str.isascii, text))


def _odd(text: str) -> int:
    return sum((unicodedata.category(one)[0] == "C" and not one.isspace()) or one == UNREADABLE for one in text)


def _plain_share(text: str) -> float:
    """How much of it is in one set of PLAIN_SETS, or in ASCII and one alphabet; 0 if it is odd."""
    if not text or _odd(text) > ODD_SHARE * len(text):
        return 0
    scripts = Counter(
        script for one in text if not one.isascii() and (script := unicodedata.name(one, "?").split()[0]) not in EAST
    )
    in_one_alphabet = _ascii(text) + max(scripts.values(), default=0)
    in_one_set = max(len(text.encode(codec, "ignore").decode(codec)) for codec in PLAIN_SETS)
    return max(in_one_alphabet, in_one_set) / len(text)
