"""Figures in Chinese, such as 3万5千, 一百零二 and 1.5亿, as digits. What has no one reading is refused."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from tools.base import ToolError

UNITS = {"万亿": 10**12, "亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "十": 10}  # the larger ones first
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
SAME = str.maketrans(
    {
        **dict(zip("〇○壹贰叁肆伍陆柒捌玖拾佰仟", "零零一二三四五六七八九十百千", strict=True)),
        **dict(zip("貳參陸萬億兩點負", "二三六万亿两点负", strict=True)),
        "廿": "二十",
        "卅": "三十",
        "卌": "四十",
    }
)
_SIGNS = "零一二三四五六七八九两十百千万亿"
_FIGURE = re.compile(
    rf"(?<![\d.])(?:\d+(?:\.\d+)?(?:\s+(?=[十百千万亿]))?|[{_SIGNS}]|(?<=[{_SIGNS}])点(?=[零一二三四五六七八九]))+"
)
_DECIMAL = re.compile(r"(?:(\d+\.\d+)|(\D+)点([零一二三四五六七八九]+))([百千]?(?:万亿|[万亿])?)")
_DIGITS_ALONE = re.compile(r"[零一二三四五六七八九两]|(?=.*零|...)[零一二三四五六七八九]+")  # 三五 is three to five
_EXACT = Context(prec=400)


class _NoFigure(Exception):
    """The text has no reading, or more than one."""


def in_digits(text: str) -> str:
    """`text` with each figure in digits, and a space on both sides. Raises ToolError where one has not one reading."""
    text = re.sub(rf"(?<=[\d{_SIGNS}])\s*个\s*(?=亿)", "", text.translate(SAME))  # 3个亿
    return _FIGURE.sub(lambda found: _written(found[0]), text)


def _written(figure: str) -> str:
    if not re.search(f"[{_SIGNS}]", figure):
        return figure
    try:
        return f" {_figure(''.join(figure.split())):f} "
    except _NoFigure:
        raise ToolError(
            f"{figure!r} is not one certain number. Write it in digits, such as 35000.",
            f"“{figure}”可以有几种读法，或者不是一个数。请用阿拉伯数字来写，例如 35000。",
        ) from None


def _figure(text: str) -> Decimal:
    """三点一四, 1.5亿, 二零二六, 3万5千."""
    if decimal := _DECIMAL.fullmatch(text):
        digits, whole, places, unit = decimal.groups()
        number = digits or f"{_whole(whole, is_last=False)}.{_in_a_row(places)}"
        return _EXACT.multiply(Decimal(number), Decimal(_whole(unit) if unit else 1))
    return Decimal(_whole(text))


def _in_a_row(digits: str) -> str:
    return "".join(str(DIGITS[digit]) for digit in digits)


def _whole(text: str, *, is_last: bool = True) -> int:
    """A number of digits alone, or of a count, its largest unit and the rest. `is_last`: nothing follows it."""
    for unit, size in UNITS.items():
        if unit in text:
            count, _, rest = text.partition(unit)
            return (_count(count) if count else 1) * size + _rest(rest, size, is_last=is_last, is_bare=not count)
    if not _DIGITS_ALONE.fullmatch(text):
        raise _NoFigure
    return int(_in_a_row(text))


def _count(text: str) -> int:
    """What stands before a unit: 3, 12, 三, 两, 二十三, 1万5000."""
    if re.fullmatch(r"0|[1-9]\d*", text):
        return int(text)
    if len(text) == 1 and text in DIGITS and text != "零":
        return DIGITS[text]
    if not any(unit in text for unit in UNITS):
        raise _NoFigure
    return _whole(text, is_last=False)


def _rest(text: str, size: int, *, is_last: bool, is_bare: bool) -> int:
    """What stands after a unit of `size`: less than it, and 五 alone is half of it, as in 三万五."""
    has_gap = text.startswith("零")
    text = text.removeprefix("零")
    if not text:
        if has_gap:
            raise _NoFigure
        return 0
    if any(unit in text for unit in UNITS):
        if text[0] in UNITS and (is_bare or text[0] != "十"):  # 一百十五 is said, 一万百 is not
            raise _NoFigure
        value = _whole(text, is_last=is_last)
    elif re.fullmatch(r"[1-9]|[一二三四五六七八九]", text):
        value = int(text) if text.isdecimal() else DIGITS[text]
        if not has_gap and size > 10:
            if is_bare or not is_last:  # 万一 is a word, and 三千五万 nothing
                raise _NoFigure
            value *= size // 10
    elif text.isdecimal() and (has_gap or 10 ** len(text) == size):  # 3万零50, 1万2345
        value = int(text)
    else:
        raise _NoFigure
    if value >= (size // 10 if has_gap and size < UNITS["万"] else size):
        raise _NoFigure
    return value
