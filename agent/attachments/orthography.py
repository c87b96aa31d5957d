"""Orthography in numbers: how far a text is from what people write. Knows no bytes and no language.

Bytes that are read in a set that is not theirs give letters too. What gives them away is how those stand together.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

UNREADABLE = "\ufffd"
EAST = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC"}

# Sets of several bytes: what is met in one is nearly always in the smaller set from which it grew. The three for
# Chinese and Korean have kana, Greek and Cyrillic, too, which are seldom met in them.
CORES = {"gb18030": "gb2312", "big5hkscs": "big5", "cp932": "shift_jis", "euc_jp": "euc_jp", "cp949": "euc_kr"}
HAN = {"CJK", "IDEOGRAPHIC", "FULLWIDTH", "LATIN"}
SCRIPTS = {"gb18030": HAN, "big5hkscs": HAN, "cp949": HAN | {"HANGUL"}}

# What a word does not begin with, end with, or have before another letter: Thai vowels, Cyrillic signs, final forms.
NOT_FIRST, NOT_LAST, ONLY_LAST = "ะาำๅฯьъ", "เแโใไσכמנצ", "ךםןףץςةى"
SMALL_KANA = "ぁぃぅぇぉゃゅょゎ"
THAI_TONES = "\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d"
WITHIN_WORDS = "'’·、，。；：！？“”‘’（）《》〈〉「」『』【】…—–・"
USUAL_SIGNS = "€£°©®№§«»"

# Letters of Iceland, where Turkish, Czech and Croatian have common ones; of Thai words from Sanskrit.
RARE = {"¤": 2.5} | dict.fromkeys("þðýÞÐÝ", 1.0) | dict.fromkeys("ฃฅฆฌฎฏฐฑฒฬฮฤฦ", 0.7)


def untidiness(text: str, codec: str) -> float:
    """Faults for each character that is not ASCII, of a text read by `codec`; below 0 for what chance seldom gives."""
    faults = [
        _faults(one, before, after, codec)
        for before, one, after in zip(f" {text}", text, f"{text[1:]} ", strict=False)
        if not one.isascii()
    ]
    return sum(faults) / max(1, len(faults))


@lru_cache(4096)
def script(character: str) -> str:
    """LATIN, GREEK, CJK ...: the first word of its name in Unicode."""
    return unicodedata.name(character, "?").split()[0]


@lru_cache(65_536)
def is_common_chinese(character: str) -> bool:
    """Whether it is one of the 3,755 in the first level of GB 2312, its rows 16 to 55."""
    return _has("gb2312", character) and 0xB0 <= character.encode("gb2312")[0] <= 0xD7


def _faults(one: str, before: str, after: str, codec: str) -> float:
    kind = unicodedata.category(one)
    if kind[0] == "C" or one == UNREADABLE:
        return 3
    faults = RARE.get(one, 0) if codec not in CORES else 0.4 * (not _has(CORES[codec], one))
    faults += 0.5 * (script(one) == "HALFWIDTH")
    if kind[0] == "M":
        return faults + _faults_of_mark(one, before)
    if kind[0] == "L":
        return faults + _faults_of_letter(one, before, after, codec)
    if before.isalpha() and after.isalpha():
        return faults + (one not in WITHIN_WORDS)
    return faults + 0.5 * (kind[0] in "SN" and one not in USUAL_SIGNS)


def _faults_of_mark(mark: str, before: str) -> float:
    """A mark stands on a letter of its script, or is the second one on it, as Thai tones are."""
    is_second = unicodedata.category(before)[0] == "M" and (mark in THAI_TONES or script(mark) != "THAI")
    if script(mark) not in ("COMBINING", script(before)) or not (before.isalpha() or is_second):
        return 1
    return -0.8 * (script(mark) == "THAI")


def _faults_of_letter(one: str, before: str, after: str, codec: str) -> float:
    own = script(one)
    if own == "CJK":
        return before.isascii() and before.isalpha() and after.isascii() and after.isalpha()
    if own in EAST:
        faults = 0.5 * (codec in SCRIPTS and own not in SCRIPTS[codec])
        return faults + (one in SMALL_KANA and script(before) != own)
    faults = 0.5 * (codec in SCRIPTS and own not in SCRIPTS[codec])
    faults += (one in NOT_FIRST and not before.isalpha()) + (one in NOT_LAST and not after.isalpha())
    if one in ONLY_LAST and (after.isalpha() or (own == "HEBREW" and before.isalpha())):
        faults += 1 if after.isalpha() else -1
    return faults + _is_odd_pair(before, one) + (after.isascii() and _is_odd_pair(one, after))


def _is_odd_pair(first: str, second: str) -> bool:
    """Whether no word has these letters beside each other: two scripts, or a capital after a small letter."""
    if not (first.isalpha() and second.isalpha()) or {script(first), script(second)} & EAST:
        return False
    return script(first) != script(second) or (first.islower() and second.isupper())


@lru_cache(65_536)
def _has(codec: str, character: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
