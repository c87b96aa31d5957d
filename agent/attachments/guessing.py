"""Guesses the character set of a text that names none. Knows no file.

chardet says how well the bytes go with each set's languages. Short ones go with many, so how the text reads counts too,
and how often a set is met.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator

import chardet

from agent.attachments.orthography import CORES, UNREADABLE, is_common_chinese, script, untidiness

# How often a set is met where people write Chinese, against the others. These numbers and the next four were fitted to
# the lines that decision 23 tells of.
OFTEN = {
    1.7: "gb18030",
    1.5: "cp932 euc_jp",
    1.2: "cp1252 cp1253 cp1254 cp1255 cp874",
    1.1: "iso8859-6",
    1.0: "big5hkscs cp949 cp1251 cp1256 koi8-r iso8859-5 iso8859-7 iso8859-8 iso8859-15",
    0.9: "cp1250 cp1257 koi8-u mac-cyrillic cp866 iso8859-2 iso8859-13 cp850",
    0.7: "cp1258 mac-roman cp437 cp852",
}
WEIGHTS = {codec: weight for weight, codecs in OFTEN.items() for codec in codecs.split()}
FLOOR = 0.003  # what is left to a set of which chardet thinks nothing
TIDINESS = 6  # e to this is what one fault a character takes
SHORT_CHINESE = 4  # the weight of common Chinese characters alone is 1 + this / how many they are
NO_ASCII = 0.2  # the weight of Latin words without one plain letter

CANDIDATES = ["euc_jis_2004" if codec == "euc_jp" else codec for codec in WEIGHTS]  # chardet's names
SAMPLE_BYTES, SAMPLE_CHARACTERS, CONTEXT_BYTES = 65_536, 1_000, 100
BAD_SHARE = 0.03  # so many wrong characters do not speak against a set of several bytes

HIGH = re.compile(rb"[\x80-\xff]")
WORD = re.compile(rb"\S*[\x80-\xff]\S*")


def guess(data: bytes) -> str:
    """The name of Python's codec for the likeliest set."""
    sample = b" ".join(_words(data))
    best = _best(sample)
    if best in CORES:
        return best
    for codec in CORES:
        text = sample.decode(codec, "replace")
        bad = text.count(UNREADABLE)
        if 0 < bad <= BAD_SHARE * sum(not one.isascii() for one in text):
            cleaned = text.replace(UNREADABLE, "").encode(codec, "ignore")
            if _best(cleaned) == codec:
                return codec
    return best


def _words(data: bytes) -> Iterator[bytes]:
    """Words that are not ASCII, some 64 kB of them: the others say nothing of the set."""
    length = 0
    for line in io.BytesIO(data):
        if first := HIGH.search(line):
            start = max(0, first.start() - CONTEXT_BYTES)
            for word in WORD.findall(line, start, start + SAMPLE_BYTES):
                length += len(word)
                yield word
        if length > SAMPLE_BYTES:
            return


def _best(words: bytes) -> str:
    fits = _fits(words, CANDIDATES)
    return max(WEIGHTS, key=lambda codec: _score(words, codec, fits.get(codec, 0)))


def _fits(words: bytes, codecs: list[str]) -> dict[str, float]:
    """How well the words go with the languages of each set, as chardet sees it, 0 to 1."""
    found = chardet.detect_all(words, True, include_encodings=codecs, compat_names=False)
    return {"euc_jp" if one["encoding"] == "euc_jis_2004" else str(one["encoding"]): one["confidence"] for one in found}


def _score(words: bytes, codec: str, fit: float) -> float:
    try:
        text = words.decode(codec)
    except UnicodeDecodeError as error:
        if codec in CORES and error.end < len(words):  # the sample itself may end within a character
            return 0
        text = words.decode(codec, "replace")
    text = text[:SAMPLE_CHARACTERS]
    if codec in CORES:
        fit /= 2  # chardet has doubled it: all bytes pair up, as they often do by chance
    elif text.isupper() and sum(map(str.isalpha, text)) > 2:  # chardet knows small letters better
        fit = max(fit, _fits(text.lower().encode(codec, "ignore"), [codec, "cp1252"]).get(codec, 0))
    return (fit + FLOOR) * _weight(text, codec) * math.exp(-TIDINESS * untidiness(text, codec))


def _weight(text: str, codec: str) -> float:
    others = [one for one in text if not one.isascii()]
    if any(one.isascii() and one.isalpha() for one in text):
        return WEIGHTS[codec]
    if codec == "gb18030" and all(map(is_common_chinese, others)):
        return WEIGHTS[codec] * (1 + SHORT_CHINESE / max(1, len(others)))
    is_latin = len(others) > 2 and any(script(one) == "LATIN" for one in others)
    return WEIGHTS[codec] * (NO_ASCII if is_latin else 1)
