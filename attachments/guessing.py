"""Which character set a text that names none was most likely written in. Knows no file.

chardet says how well the bytes go with each set's languages. A short text goes with many, so what it would read as
counts too: how tidy it is, and how often the set is met.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import chardet

# How often a set is met, against the others, where a text is to be read by people who write Chinese. Fitted, with the
# two numbers below, to the lines of decision 23.
WEIGHTS = {
    **{"gb18030": 1.7, "big5hkscs": 0.9, "cp932": 1.5, "euc_jp": 1.5, "cp949": 1},
    **{"cp1250": 0.9, "cp1251": 1, "cp1252": 1.3, "cp1253": 1.3, "cp1254": 1.2, "cp1255": 1, "cp1256": 1, "cp1257": 0.9},
    **{"cp874": 1, "cp1258": 0.6, "koi8-r": 1, "koi8-u": 0.9, "cp866": 0.9, "mac-roman": 0.6},
    **{"iso8859-2": 0.9, "iso8859-5": 1, "iso8859-6": 1.1, "iso8859-7": 1, "iso8859-8": 1, "iso8859-13": 0.9},
    **{"iso8859-15": 1, "cp437": 0.8, "cp850": 0.8, "cp852": 0.7},
}
CANDIDATES = ["euc_jis_2004" if codec == "euc_jp" else codec for codec in WEIGHTS]  # as chardet calls it
FLOOR = 0.003  # what a set keeps of which chardet thinks nothing
TIDINESS = 4
SHORT = 3
NO_ASCII = 0.2

# What is met in a set of several bytes is nearly always in the smaller set from which it grew.
CORES = {"gb18030": "gb2312", "big5hkscs": "big5", "cp932": "shift_jis", "euc_jp": "euc_jp", "cp949": "euc_kr"}

SAMPLE_BYTES = 65_536
SAMPLE_CHARACTERS = 1_000
CONTEXT_BYTES = 100
BAD_SHARE = 0.03  # of a sample's characters: so many wrong ones do not speak against a set of several bytes

HIGH = re.compile(rb"[\x80-\xff]")
WORD = re.compile(rb"\S*[\x80-\xff]\S*")
EAST = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC"}
WITHIN_WORDS = "'’·、，。；：！？“”‘’（）《》〈〉「」『』【】…—–ー々〇・"
USUAL_SIGNS = "€£°©®№§«»"
RARE = {"¤": 2.5} | dict.fromkeys("þðýÞÐÝ", 1.0)  # of Iceland; Turkish, Czech and Croatian have common letters there
# What a word does not begin with, end with, or have before another letter: Thai vowels, Cyrillic signs, final forms.
NOT_FIRST, NOT_LAST, NOT_WITHIN = "ะาำๅฯьъ", "เแโใไσכמנצ", "ךםןףץςةى"
THAI_TONES = "\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d"
HAN = {"CJK", "IDEOGRAPHIC", "FULLWIDTH", "LATIN"}
ONE_SCRIPT = {"gb18030": HAN, "big5hkscs": HAN, "cp949": HAN | {"HANGUL"}}  # seldom with kana, Greek or Cyrillic


def guess(data: bytes) -> str:
    """The name of Python's codec for the likeliest set."""
    sample = b" ".join(_words(data))
    best = _best(sample)
    if best in CORES:
        return best
    for codec in CORES:
        text = sample.decode(codec, "replace")
        bad = text.count("\ufffd")
        if 0 < bad <= BAD_SHARE * sum(not one.isascii() for one in text):
            cleaned = text.replace("\ufffd", "").encode(codec, "ignore")
            if _best(cleaned) == codec:
                return codec
    return best


def _words(data: bytes) -> Iterator[bytes]:
    """What is not ASCII, word by word: the rest says nothing of the set."""
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
    """How well `words` go with the languages of each set, as chardet sees it, 0 to 1."""
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
    elif text.isupper():  # chardet knows small letters better
        fit = max(fit, _fits(text.lower().encode(codec, "ignore"), [codec, "cp1252"]).get(codec, 0))
    others = [one for one in text if not one.isascii()]
    weight = WEIGHTS[codec]
    if not any(one.isascii() and one.isalpha() for one in text):
        if codec == "gb18030" and all(map(_is_common_chinese, others)):
            weight *= 1 + SHORT / len(others)
        elif len(others) > 2 and any(_script(one) == "LATIN" for one in others):
            weight *= NO_ASCII
    return (fit + FLOOR) * weight * math.exp(-TIDINESS * _untidiness(text, codec))


def _untidiness(text: str, codec: str) -> float:
    """How much of `text` is not as people write: faults for each character that is not ASCII."""
    faults = [
        _faults(one, before, after, codec)
        for before, one, after in zip(f" {text}", text, f"{text[1:]} ", strict=False)
        if not one.isascii()
    ]
    return sum(faults) / max(1, len(faults))


def _faults(one: str, before: str, after: str, codec: str) -> float:
    """What speaks against a character between its neighbours, 0 for nothing."""
    kind, script = unicodedata.category(one), _script(one)
    if kind in ("Cc", "Cn", "Co", "Cs") or one == "\ufffd":
        return 3
    faults = RARE.get(one, 0) if codec not in CORES else 0.4 * (not _has(CORES[codec], one))
    faults += 0.5 * (script == "HALFWIDTH")
    if script == "CJK":
        return faults + (f"{before}{after}".isascii() and f"{before}{after}".isalpha())
    if kind[0] == "M":
        if not _stands_on(one, before):
            return faults + 1
        return faults - 0.7 * (script == "THAI")  # what Thai has, and other bytes seldom by chance
    if kind[0] == "L":
        faults += 0.5 * (codec in ONE_SCRIPT and script not in ONE_SCRIPT[codec])
        faults += (one in NOT_FIRST and not before.isalpha()) + (one in NOT_LAST and not after.isalpha())
        faults += one in NOT_WITHIN and after.isalpha()
        return faults + _is_odd_pair(before, one) + (after.isascii() and _is_odd_pair(one, after))
    if before.isalpha() and after.isalpha():
        return faults + (one not in WITHIN_WORDS)
    return faults + 0.5 * (kind[0] in "SN" and one not in USUAL_SIGNS)


def _stands_on(mark: str, before: str) -> bool:
    """Whether a mark is on a letter of its script, or is the second on it, as Thai tones are."""
    if _script(mark) not in ("COMBINING", _script(before)):
        return False
    return before.isalpha() or (unicodedata.category(before)[0] == "M" and (mark in THAI_TONES or mark < "\u0e00"))


def _is_odd_pair(first: str, second: str) -> bool:
    """Whether no word has these letters beside each other: two scripts, or a capital after a small letter."""
    if not (first.isalpha() and second.isalpha()) or {_script(first), _script(second)} & EAST:
        return False
    return _script(first) != _script(second) or (first.islower() and second.isupper())


@lru_cache(4096)
def _script(character: str) -> str:
    """LATIN, GREEK, CJK ...: the first word of its name in Unicode."""
    return unicodedata.name(character, "?").split()[0]


@lru_cache(65_536)
def _is_common_chinese(character: str) -> bool:
    """Whether it is one of the 3,755 that GB 2312 has in its first level, rows 16 to 55."""
    return _has("gb2312", character) and 0xB0 <= character.encode("gb2312")[0] <= 0xD7


@lru_cache(65_536)
def _has(codec: str, character: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
