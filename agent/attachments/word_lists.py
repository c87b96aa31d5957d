"""Numbers of Word's lists, which stand nowhere in the file's text. Knows no paragraph."""

from __future__ import annotations

import re
from collections import defaultdict

from lxml import etree

from agent.attachments.office_package import attribute, child, is_on, name
from agent.attachments.word_styles import Styles

LEVELS = 9
DIGITS = "〇一二三四五六七八九"
LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
         (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
SIGNS = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "aiueo": "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
    "ganada": "가나다라마바사아자차카타파하",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщэюя",
}


class Lists:
    """The lists of one file. Counts: its paragraphs have to come in their order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        parts = [*root] if root is not None else []
        self._styles = styles
        self._numbers = {attribute(one, "w:numId"): one for one in parts if name(one) == "w:num"}
        self._kinds = {attribute(one, "w:abstractNumId"): one for one in parts if name(one) == "w:abstractNum"}
        self._counts = defaultdict[str, list[int | None]](lambda: [None] * LEVELS)
        self._begun = set[tuple[str, int]]()

    def label(self, properties: etree._Element | None) -> tuple[int, str]:
        """(the level from 0, "1.2 " or "- ") for the next paragraph with these properties; (0, "") outside of lists."""
        direct, style = child(properties, "w:numPr"), self._styles.style(properties)
        by_style = self._styles.resolved(style)
        number = attribute(child(direct, "w:numId"), "w:val") or by_style.list_id
        kind = self._kind(number)
        if kind is None:
            return 0, ""
        stated = attribute(child(direct, "w:ilvl"), "w:val") or by_style.list_level or _level_of(kind, style)
        level = min(_whole(stated or "0"), LEVELS - 1)
        return level, self._count(number, kind, level)

    def _kind(self, number: str) -> etree._Element | None:
        """The definition of a list; for one that only names a style, that style's."""
        for _ in range(2):
            kind = self._kinds.get(attribute(child(self._numbers.get(number), "w:abstractNumId"), "w:val"))
            link = attribute(child(kind, "w:numStyleLink"), "w:val")
            if not link:
                return kind
            number = self._styles.resolved(link).list_id
        return None

    def _count(self, number: str, kind: etree._Element, level: int) -> str:
        counts = self._counts[attribute(kind, "w:abstractNumId")]
        overrides = {attribute(one, "w:ilvl"): one for one in self._numbers[number] if name(one) == "w:lvlOverride"}
        own = child(overrides.get(str(level)), "w:lvl")
        definition = own if own is not None else _definition(kind, level)
        restart = attribute(child(overrides.get(str(level)), "w:startOverride"), "w:val")
        before = counts[level]
        if restart and (number, level) not in self._begun:
            counts[level] = _whole(restart)
        else:
            counts[level] = before + 1 if before is not None else _start(definition)
        self._begun.add((number, level))
        counts[level + 1 :] = [None] * (LEVELS - level - 1)
        return self._text(kind, definition, counts)

    def _text(self, kind: etree._Element, definition: etree._Element | None, counts: list[int | None]) -> str:
        form = attribute(child(definition, "w:numFmt"), "w:val") or "decimal"
        if form == "bullet":
            return "- "
        is_legal = is_on(child(definition, "w:isLgl"))

        def number(place: re.Match[str]) -> str:
            level = int(place[1]) - 1
            other = _definition(kind, level)
            count = counts[level]
            own = attribute(child(other, "w:numFmt"), "w:val") or "decimal"
            return numeral(_start(other) if count is None else count, "decimal" if is_legal else own)

        text = re.sub(r"%([1-9])", number, attribute(child(definition, "w:lvlText"), "w:val"))
        gap = "" if attribute(child(definition, "w:suff"), "w:val") == "nothing" else " "
        return f"{text}{gap}" if text else ""


def _definition(kind: etree._Element, level: int) -> etree._Element | None:
    return next((one for one in kind if name(one) == "w:lvl" and attribute(one, "w:ilvl") == str(level)), None)


def _level_of(kind: etree._Element, style: str) -> str:
    """The level of a list that a style is bound to."""
    bound = (one for one in kind if name(one) == "w:lvl" and attribute(child(one, "w:pStyle"), "w:val") == style)
    return attribute(next(bound, None), "w:ilvl")


def _start(definition: etree._Element | None) -> int:
    return _whole(attribute(child(definition, "w:start"), "w:val") or "1")


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 1


def numeral(count: int, form: str) -> str:
    """`count` as a list of this form writes it (ST_NumberFormat, ISO/IEC 29500-1, 17.18.59); else in digits."""
    if count > 0 and form in SIGNS and count <= len(SIGNS[form]):
        return SIGNS[form][count - 1]
    match form:
        case "none":
            return ""
        case "lowerLetter" | "upperLetter" if count > 0:  # z, then aa, bb, cc
            letter = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 30)
            return letter if form == "lowerLetter" else letter.upper()
        case "lowerRoman" | "upperRoman" if 0 < count < 4000:
            return _roman(count) if form == "lowerRoman" else _roman(count).upper()
        case "decimalZero":
            return f"{count:02}"
        case "decimalFullWidth" | "decimalFullWidth2":
            return "".join(chr(ord("０") + int(digit)) for digit in str(count))
        case "ideographDigital" | "taiwaneseDigital" | "japaneseDigitalTenThousand" | "koreanDigital2":
            return "".join(DIGITS[int(digit)] for digit in str(count))
        case "chineseLegalSimplified" | "ideographLegalTraditional" if 0 < count < 10_000:
            return _chinese(count, "一十" if count in range(10, 20) else "").translate(LEGAL)
        case (
            "chineseCounting"
            | "chineseCountingThousand"
            | "taiwaneseCounting"
            | "taiwaneseCountingThousand"
            | ("japaneseCounting")
        ) if 0 < count < 10_000:
            return _chinese(count, "十")
    return str(count)


def _roman(count: int) -> str:
    text = ""
    for value, sign in ROMAN:
        text += sign * (count // value)
        count %= value
    return text


def _chinese(count: int, ten: str) -> str:
    """1 to 9999 in Chinese; `ten` begins 10 to 19."""
    digits = str(count)
    text = "".join(
        DIGITS[int(digit)] + ("", "十", "百", "千")[len(digits) - place] if digit != "0" else "零"
        for place, digit in enumerate(digits, 1)
    )
    text = re.sub("零+", "零", text).rstrip("零")
    return ten + text[2:] if text.startswith("一十") else text
