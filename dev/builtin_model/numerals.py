"""Numbers as the calculator takes them, and as people write them in both languages. Knows nothing of questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random


def number(rng: Random) -> str:
    """A number as the calculator takes it: mostly 1 to 4 digits, some round, some long, some with decimals."""
    kind = rng.random()
    if kind < 0.4:
        return str(rng.randint(1, 99) if rng.random() < 0.98 else 0)
    if kind < 0.62:
        return str(rng.randint(1, 999))
    if kind < 0.71:
        return str(rng.randint(1000, 99999))
    if kind < 0.74:
        return str(rng.randint(10 ** rng.randint(2, 6), 10 ** rng.randint(7, 9)))
    if kind < 0.87:
        return str(rng.randint(1, rng.choice((9, 99, 999))) * 10 ** rng.choice((1, 2, 2, 3, 3, 4, 5, 6)))
    return f"{rng.randint(0, 10 ** rng.randint(1, 4))}.{rng.randint(0, 9)}" + (
        str(rng.randint(1, 99)) if rng.random() < 0.5 else ""
    )


def signed(rng: Random) -> str:
    value = number(rng)
    return f"-{value}" if rng.random() < 0.04 else value


def count(rng: Random) -> str:
    return str(rng.randint(2, 99) if rng.random() < 0.8 else rng.randint(100, 2000))


def few(rng: Random) -> str:
    return str(rng.randint(2, 12 if rng.random() < 0.7 else 40))


def price(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.55:
        return count(rng)
    if kind < 0.75:
        return f"{rng.randint(1, 300)}.{rng.choice(('5', '8', '9', '2', '99', '50', '25', '75', '49'))}"
    return str(rng.randint(1, 99) * rng.choice((10, 50, 100, 1000)))


def percent(rng: Random) -> str:
    usual = (5, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 50, 60, 75, 80, 90)
    return str(rng.choice(usual) if rng.random() < 0.7 else rng.choice((rng.randint(1, 100), 7.5, 2.5, 12.5, 17.5)))


def several(rng: Random) -> str:
    return number(rng) if rng.random() < 0.3 else few(rng)


def coins(rng: Random) -> str:
    """A price in yuan with jiao, now and then fen."""
    return f"{rng.randint(1, rng.choice((9, 39, 99, 399)))}.{rng.randint(1, 9)}" + ("5" if rng.random() < 0.12 else "")


def cents(rng: Random) -> str:
    part = rng.choice((*range(5, 100, 5), 49, 79, 89, 98, 99, 99))
    return f"{rng.randint(2, rng.choice((9, 39, 99, 399)))}.{part:02}"


KINDS: dict[str, Callable[[Random], str]] = {
    "any": signed,
    "plain": number,  # not negative
    "count": count,
    "few": few,
    "many": lambda rng: str(rng.randint(100, 99999) if rng.random() < 0.5 else rng.randint(2, 99) * 100),
    "price": price,
    "cash": price,  # written with its currency
    "yuan": coins,  # 28块6
    "cents": cents,  # 28 dollars 60
    "percent": percent,
    "several": several,
    "exponent": lambda rng: str(rng.randint(2, 12)),
    "age": lambda rng: str(rng.randint(3, 90)),
    "hours": lambda rng: rng.choice((str(rng.randint(2, 15)), f"{rng.randint(1, 9)}.5")),
    "fold": lambda rng: rng.choice("0.5 0.6 0.7 0.75 0.8 0.8 0.85 0.88 0.9 0.9 0.92 0.95 0.98".split()),  # 打八折
}

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split()
)
CURRENCIES = {  # the sign before the number, the word after it
    "zh": (("¥", "元"), ("￥", "元"), ("¥", "块"), ("￥", "块钱")),
    "en": (("$", " dollars"), ("£", " pounds"), ("€", " euros"), ("$", " bucks")),
}
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
COUNTING_TWO = "(?<!十)二(?=[百千万亿])"
DIGITS = "零一二三四五六七八九"
FULL_WIDTH = str.maketrans("0123456789+-*/=().%", "０１２３４５６７８９＋－＊／＝（）．％")


def english_words(size: int, joint: str = " and ", hyphen: str = "-") -> str:
    if size < 20:
        return ONES[size]
    if size < 100:
        return TENS[size // 10] + (hyphen + ONES[size % 10] if size % 10 else "")
    units = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
    unit, name = next((unit, name) for unit, name in units if size >= unit)
    head, rest = divmod(size, unit)
    glue = joint if rest < 100 else " "
    return f"{english_words(head, joint, hyphen)} {name}" + (glue + english_words(rest, joint, hyphen) if rest else "")


def chinese_words(size: int, *, is_inner: bool = False) -> str:
    if size < 10:
        return DIGITS[size]
    unit, name = next(
        (unit, name)
        for unit, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十"))
        if size >= unit
    )
    head, rest = divmod(size, unit)
    start = "" if unit == 10 and head == 1 and not is_inner else chinese_words(head, is_inner=is_inner)
    gap = "零" if rest < unit // 10 else ""
    return start + name + (gap + chinese_words(rest, is_inner=True) if rest else "")


def english_forms(value: str) -> list[str]:
    whole, _, decimals = value.partition(".")
    size = int(whole)
    if decimals:
        pointed = f"{english_words(size)} point {' '.join(ONES[int(digit)] for digit in decimals)}"
        return [pointed, f"{english_words(size)} and a half"] if decimals == "5" and size else [pointed]
    words = english_words(size)
    plain = [words, words, english_words(size, " "), english_words(size, hyphen=" ")]
    if re.match("one (hundred|thousand|million)", words):
        plain.append("a" + words.removeprefix("one"))
    if 1100 <= size < 10_000 and size % 100 == 0 and size % 1000:
        plain.extend([f"{english_words(size // 100)} hundred"] * 2)
    if size >= 1000:
        plain.extend([f"{size:,}"] * 2)
    if 1000 <= size < 10**6 and size % 100 == 0:
        plain.extend((f"{size / 1000:g}k", f"{size / 1000:g} thousand"))
    if size >= 10**6 and size % 10_000 == 0:
        plain.extend([f"{size / 10**6:g} million"] * 2)
    return plain + {12: ["a dozen"], 24: ["two dozen"], 500_000: ["half a million"]}.get(size, [])


def chinese_forms(value: str) -> list[str]:
    whole, _, decimals = value.partition(".")
    size = int(whole)
    words = chinese_words(size)
    if decimals:
        return [f"{words}点{''.join(DIGITS[int(digit)] for digit in decimals)}", value.translate(FULL_WIDTH)]
    forms = [words, re.sub(COUNTING_TWO, "两", words), value.translate(FULL_WIDTH)]
    if size == 2:
        forms.append("两")
    if size >= 1000:
        forms.append(f"{size:,}")
    if 10**4 <= size < 10**8 and size % 100 == 0:
        forms.extend([f"{size / 10**4:g}万"] * 3)
    if size >= 10**8 and size % 10**6 == 0:
        forms.append(f"{size / 10**8:g}亿")
    if size < 10_000 and size % 100 == 0 and len(value.rstrip("0")) == 1:
        forms.append(value[0] + words[-1])
    if re.fullmatch("[1-9][1-9]0{1,3}", value):  # 两万三, 三百五; 2万3
        short = re.sub(COUNTING_TWO, "两", words[:-1])
        forms.extend((short, short, f"{value[0]}{short[1]}{value[1]}"))
    return forms


def spoken(value: str, rng: Random, language: str, chance: float) -> str:
    """The number as a person may write it: digits, or by `chance` words, thousands separators, 1.5万, 3k."""
    if value.startswith("-"):
        sign = rng.choice(("-", "-", "负") if language == "zh" else ("-", "-", "minus ", "negative "))
        return sign + (value[1:] if sign == "-" else spoken(value[1:], rng, language, chance))
    if rng.random() >= chance:
        return value
    return rng.choice(chinese_forms(value) if language == "zh" else english_forms(value))


def in_coins(value: str, rng: Random, chance: float) -> str:
    """Yuan with jiao as people say them: 28.6 -> 28块6, 28块6毛, 二十八块六, 28.6元."""
    whole, _, part = value.partition(".")
    if rng.random() < 0.3:
        return value + rng.choice(("元", "块", "块钱"))
    is_spelled = rng.random() < chance
    yuan = "两" if is_spelled and whole == "2" else chinese_words(int(whole)) if is_spelled else whole
    jiao, fen = (f"{DIGITS[int(digit)] if is_spelled else digit}" if digit else "" for digit in (part[0], part[1:]))
    forms = [f"{yuan}块{jiao}毛{fen}", f"{yuan}元{jiao}角" + (f"{fen}分" if fen else "")]
    if not fen:
        forms.extend([f"{yuan}块{jiao}"] * 3)
    if part == "5":
        forms.append(f"{yuan}块半")
    return rng.choice(forms)


def in_cents(value: str, rng: Random, chance: float, currency: int) -> str:
    """A price with cents as people say it: 28.60 -> $28.60, 28 dollars 60, 28 pounds and 60 pence."""
    sign, word = CURRENCIES["en"][currency]
    if rng.random() < 0.6:
        return rng.choice((sign + value, sign + value, value, value + word))
    whole, _, part = value.partition(".")
    is_spelled = rng.random() < chance
    head = spoken(whole, rng, "en", 1.0) if is_spelled else whole
    tail = english_words(int(part)) if is_spelled else str(int(part))
    ending = f" and {tail} {'pence' if sign == '£' else 'cents'}"
    return head + word + (ending if int(part) < 10 or rng.random() < 0.5 else f" {tail}")


def shown(value: str, kind: str, rng: Random, language: str, chance: float, currency: int = 0) -> str:
    """The number of one kind as it stands in the phrase; `currency` is an index to CURRENCIES."""
    if kind == "fold":  # 0.85 -> 85, 8.5, 八五, 八点五
        tenths = value.removeprefix("0.")
        pointed = ".".join(tenths)
        words = "".join(DIGITS[int(digit)] for digit in tenths)
        return rng.choice((tenths, pointed, words, "点".join(words)))
    if kind == "hours" and language == "zh":
        whole, _, half = value.partition(".")
        text = spoken(whole, rng, language, chance).replace("二", "两") if len(whole) == 1 else whole
        return rng.choice((value, text + "个半")) if half else text + rng.choice(("", "个"))
    if kind == "yuan" and language == "zh":
        return in_coins(value, rng, chance)
    if kind == "cents" and language == "en":
        return in_cents(value, rng, chance, currency)
    text = spoken(value, rng, language, chance)
    if kind != "cash":
        return text
    sign, word = CURRENCIES[language][currency]
    return sign + text if re.fullmatch(r"[\d.,]+", text) and text.isascii() and rng.random() < 0.35 else text + word
