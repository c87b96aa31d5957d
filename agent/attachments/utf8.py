"""UTF-8 with a few bytes that are none, and what is UTF-8 by chance. Knows no file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from agent.attachments.orthography import UNREADABLE

# Half pairs of UTF-16 as CESU-8 and Java write them, and their NUL.
PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
JAVA_NUL = b"\xc0\x80"

# Python puts a byte that is no UTF-8 as one of these.
WRONG = re.compile("[\udc80-\udcff]+")
BETWEEN_WORDS = re.compile(r"([\s,;:|\"'<>()=]+)")
CUT = re.compile(
    "[\udce0-\udcef][\udc80-\udcbf]|[\udcf0-\udcf4][\udc80-\udcbf]{1,2}|(?<![\udc80-\udcff])[\udc80-\udcbf]+"
)
THREE_BYTES = re.compile("[\u0800-\ud7ff\ue000-\uffff]")
NO_LETTER = re.compile(r"[^\w\x00-\x7f€“”‘’–—…、。，；：·]")
WORDS_TO_GUESS_BY, LONGEST_WORD = 2000, 200
CUT_AT_END = re.compile("[\udcc2-\udcdf]\\Z|[\udce0-\udcef][\udc80-\udcbf]?\\Z|[\udcf0-\udcf4][\udc80-\udcbf]{0,2}\\Z")
HIGH = bytes(range(0x80, 0x100))

SETS_OF_SHORT_TEXTS = ("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8-u")


@dataclass(frozen=True)
class Mended:
    """UTF-8 text with U+FFFD for `unreadable` characters; `charset` is utf-8, or that with + and the set of parts."""

    text: str
    charset: str
    unreadable: int


def is_by_chance(data: bytes, text: str) -> bool:
    """Whether valid UTF-8 is rather a word or two in GBK: as UTF-8 it is of no language, and all of it is GB 2312."""
    if text.isascii() or max(text) >= "\u0800" or any(_has(codec, text) for codec in SETS_OF_SHORT_TEXTS):
        return False
    return _is_gb2312(data)


def mend(data: bytes) -> Mended | None:
    """The text if most of it is UTF-8, else None. Words in another set are guessed; halves of characters are U+FFFD."""
    data = PAIR.sub(lambda pair: _joined(pair[0]), data).replace(JAVA_NUL, b"\0")
    text = data.decode("utf-8", "surrogateescape")
    if not _is_mostly_utf8(data, text):
        return None
    text = CUT_AT_END.sub("", text)
    lines = text.split("\n")
    wrong = {number: BETWEEN_WORDS.split(line) for number, line in enumerate(lines) if WRONG.search(line)}
    foreign = (word for words in wrong.values() for word in words if _is_foreign(word))
    codec = _codec_of(list(islice(foreign, WORDS_TO_GUESS_BY)))
    unreadable = 0
    for number, words in wrong.items():
        line = "".join([word if word.isascii() else _decoded(word, codec) for word in words] if codec else words)
        lines[number], count = WRONG.subn(UNREADABLE, line)
        unreadable += count
    return Mended("\n".join(lines), f"utf-8+{codec}" if codec else "utf-8", unreadable)


def _is_mostly_utf8(data: bytes, text: str) -> bool:
    """Other sets give characters of two bytes by chance, rarely of three: so these count for more."""
    ascii_count = len(data.translate(None, HIGH))
    wrong = sum(map(len, WRONG.findall(text)))
    characters, size = len(text) - ascii_count - wrong, len(data) - ascii_count - wrong
    of_three = size - 2 * characters
    if not wrong:
        return True
    if 3 * of_three > 2 * wrong:
        return not _is_gb2312(data)
    right = re.sub(f"[\\x00-\\x7f]+|{WRONG.pattern}", "", text)
    if of_three:
        return 3 * of_three > wrong and _has("gb2312", right)
    return characters >= wrong and any(_has(codec, right) for codec in SETS_OF_SHORT_TEXTS) and not _is_gb2312(data)


def _is_foreign(word: str) -> bool:
    """Whether the wrong bytes of a word are letters of another set, not what is left of a character that was cut."""
    if word.isascii() or not 1 < len(word) <= LONGEST_WORD or not WRONG.search(word):
        return False
    rest = CUT.sub("", word)
    return len("".join(WRONG.findall(rest))) > len(THREE_BYTES.findall(rest))


def _codec_of(words: list[str]) -> str:
    """The likeliest set of these words together, '' if it reads none of them."""
    if not words:
        return ""
    from agent.attachments.guessing import guess

    codec = guess("\n".join(words).encode("utf-8", "surrogateescape"))
    return codec if any(_decoded(word, codec) != word for word in words) else ""


def _decoded(word: str, codec: str) -> str:
    """The word as it is in that set, or as it was if it is no word there."""
    if not _is_foreign(word):
        return word
    read = word.encode("utf-8", "surrogateescape").decode(codec, "replace")
    return word if NO_LETTER.search(read) else read


@lru_cache(4096)
def _joined(pair: bytes) -> bytes:
    halves = pair.decode("utf-8", "surrogatepass")
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def _is_gb2312(data: bytes) -> bool:
    try:
        data.decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True


def _has(codec: str, text: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
