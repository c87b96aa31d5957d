"""Arithmetic questions in both languages with the expression that each stands for. Knows nothing of dialogues."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from random import Random

from dev.builtin_model.grammar import expand
from dev.builtin_model.numerals import FULL_WIDTH, KINDS, count, few, number, price, shown, signed, spoken
from dev.builtin_model.phrases import read


@dataclass(frozen=True)
class Sum:
    """A question and its expression in the calculator's notation, without spaces (but for "15% of 80")."""

    question: str
    expression: str
    is_bare: bool = False


# --- phrases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Phrase:
    """A line of a file; `kinds` of its numbers by letter, empty for the file's usual one."""

    text: str
    expression: str
    kinds: dict[str, str]


@cache
def phrases(language: str, name: str) -> tuple[Phrase, ...]:
    """The file's phrases, each written as `phrase => expression` or `phrase => expression ; kinds`.

    The phrase may have choices (grammar.py) and the slots <a> <b> <c> <d>, numbers, and <l>, a list of three to six.
    The expression has the letters a b c d for the numbers, r for what went before (in sums_steps and sums_follow), and
    for the list `total` (12+15+18), `product` (12*15*18) and `length` (3). The kinds are those of KINDS: one for all
    numbers (`; price`) or by letter (`; a:price b:few`); without, each file has its own usual kind.
    """
    found = []
    for line in read(language, name):
        text, _, rest = line.partition(" => ")
        expression, _, kinds = rest.partition(" ; ")
        letters = "".join(letter for letter in "abcd" if f"<{letter}>" in text)
        given = dict.fromkeys(letters, "")
        for item in kinds.split():
            letter, _, kind = item.rpartition(":")
            given |= dict.fromkeys(letter or letters, kind)
        found.append(Phrase(text, expression.strip(), given))
    return tuple(found)


def fill(expression: str, values: dict[str, str]) -> str:
    """The expression with its numbers; a negative one in brackets, unless it comes first or has brackets already."""

    def put(match: re.Match[str]) -> str:
        value, before, after = values[match.group()], expression[: match.start()], expression[match.end() :]
        is_safe = (not before and after[:1] not in ("^", "!")) or before.endswith(" of ")
        is_enclosed = before.endswith("(") and after[:1] in (")", "+", "-", "*", "/", ",")
        return f"({value})" if value.startswith("-") and not is_safe and not is_enclosed else value

    return re.sub(r"(?<![a-z])([a-dr]|total|product|length)(?![a-z])", put, expression)


JOINTS = {  # between the items of a list, and before the last; number words take one of the first two
    "zh": ["、|、", "、|和", "，|，", "，|和", " | ", ",|,", "和|和", "、|以及", "跟|跟"],
    "en": [", | and ", ", |, and ", ", |, ", " | ", ",|,", " and | and ", ", | & ", " + | + "],
}


def listed(texts: list[str], rng: Random, language: str) -> str:
    is_plain = all(re.fullmatch(r"[\d.]+", text) for text in texts)
    comma, last = rng.choice(JOINTS[language][: None if is_plain else 2]).split("|")
    return comma.join(texts[:-1]) + last + texts[-1]


def pick(rng: Random, language: str, name: str, usual: str, previous: str = "") -> tuple[str, str]:
    """A phrase of the file with its numbers, and its expression."""
    phrase = rng.choice(phrases(language, name))
    chance = rng.choice((0.0, 0.0, 0.15, 0.4, 1.0))
    currency = rng.randrange(4)
    texts, values = {}, {}
    for letter, kind in phrase.kinds.items():
        values[letter] = KINDS[kind or usual](rng)
        is_before_sign = re.search(rf"<{letter}>\[?%", phrase.text)
        texts[letter] = shown(values[letter], kind or usual, rng, language, 0 if is_before_sign else chance, currency)
    if "<l>" in phrase.text:
        numbers = [rng.choice((few, count, price, number))(rng) for _ in range(rng.choice((3, 3, 3, 4, 4, 5, 6)))]
        texts["l"] = listed([spoken(item, rng, language, chance).replace(",", "") for item in numbers], rng, language)
        values |= {"total": "+".join(numbers), "product": "*".join(numbers), "length": str(len(numbers))}
    if previous:
        values["r"] = nested(previous, phrase.expression)
    return expand(phrase.text, rng, **texts), fill(phrase.expression, values)


def nested(inner: str, expression: str) -> str:
    """`inner` as it stands for r in the expression: in brackets if negative, or where its own operators bind less."""
    if re.fullmatch(r"-[\d.]+", inner):
        return inner if "(r)" in expression or expression.endswith(" of r") else f"({inner})"
    if "(r)" in expression or re.match(r"r[+-]", expression) or re.fullmatch(r"[\d.]+|\w*\([^()]*\)", inner):
        return inner
    outside = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", inner))
    is_product = re.match(r"r[*/]", expression) or expression.endswith(" of r")
    return inner if is_product and not re.search(r"[+-]", outside) else f"({inner})"


OPERATORS = {
    "+": {"zh": "[加|加上|加|加|+|＋]", "en": "[plus|added to|plus|+]"},
    "-": {"zh": "[减|减去|减|减掉|-|－]", "en": "[minus|minus|take away|less|-]"},
    "*": {"zh": "[乘以|乘以|乘|乘上|×|x|X|*|乘于]", "en": "[times|times|multiplied by|x|X|×|by|*]"},
    "/": {"zh": "[除以|除以|除以|÷|/]", "en": "[divided by|divided by|over|/|÷]"},
}


def operation(rng: Random, language: str, operators: str, numbers: list[str]) -> tuple[str, str]:
    """Numbers with the operators' words between them: "3 plus 4 times 5" -> 3+4*5."""
    gap = " " if language == "en" or rng.random() < 0.15 else ""
    chance = rng.choice((0.0, 0.0, 0.15, 0.4, 1.0))
    text, expression = spoken(numbers[0], rng, language, chance), numbers[0]
    for operator, value in zip(operators, numbers[1:], strict=True):
        word = expand(OPERATORS[operator][language], rng)
        if value.startswith("-") and not word[0].isalpha():
            value = value[1:]
        text += f"{gap}{word}{gap}{spoken(value, rng, language, chance)}"
        expression += operator + (f"({value})" if value.startswith("-") else value)
    return text, expression


def calculation(rng: Random, language: str) -> tuple[str, str]:
    length = rng.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 4))
    return operation(
        rng, language, "".join(rng.choice("++--**//") for _ in range(length)), [signed(rng) for _ in range(length + 1)]
    )


def correction(rng: Random, language: str) -> tuple[str, str]:
    """A sum that is taken back for another, of which one part is the same."""
    operator, other = rng.sample("+-*/", 2)
    left, right, third = number(rng), number(rng), number(rng)
    wrong, _ = operation(rng, language, operator, [left, right])
    meant = rng.choice(((other, left, right), (operator, left, third), (operator, third, right)))
    text, expression = operation(rng, language, meant[0], list(meant[1:]))
    return expand(rng.choice(read(language, "sums_corrections")), rng, x=wrong, s=text), expression


def chain(rng: Random, language: str, start: tuple[str, str]) -> tuple[str, str]:
    """A calculation and one or two steps more: "3乘以4再加5"; each step takes all that went before."""
    text, expression = start
    for _ in range(rng.choice((1, 1, 1, 2))):
        step, expression = pick(rng, language, "sums_steps", "several", expression)
        text += step
    return text, expression


def two(rng: Random, language: str) -> tuple[str, tuple[str, str]]:
    """Two terms in one question, "what are 2^8 and the square root of 625?", and the expression of each."""
    (first, one), (second, other) = (
        calculation(rng, language) if rng.random() < 0.5 else pick(rng, language, "sums_terms", "any") for _ in "ab"
    )
    return expand(rng.choice(read(language, "sums_two")), rng, s=first, t=second), (one, other)


def opened(text: str, rng: Random, language: str, share: float) -> str:
    if rng.random() >= share:
        return text
    opening = expand(rng.choice(read(language, "sums_open")), rng)
    return opening + (" " if language == "en" else "") + text


def asked(text: str, rng: Random, language: str) -> str:
    return opened(expand(rng.choice(read(language, "sums_ask")), rng, s=text), rng, language, 0.12)


def worded(rng: Random, language: str) -> Sum:
    """A question in words: "3 乘以 7 等于多少", "15 percent of 80", a problem of one or two steps."""
    kind = rng.random()
    if kind < 0.24:
        text, expression = calculation(rng, language)
    elif kind < 0.5:
        text, expression = pick(rng, language, "sums_terms", "any")
    elif kind < 0.56:
        start = calculation(rng, language) if rng.random() < 0.7 else pick(rng, language, "sums_terms", "any")
        text, expression = chain(rng, language, start)
    elif kind < 0.61:
        text, expression = correction(rng, language)
        return Sum(opened(text, rng, language, 0.3), expression)
    else:
        name, usual = ("sums_commands", "any") if kind < 0.73 else ("sums_problems", "count")
        text, expression = pick(rng, language, name, usual)
        if name == "sums_commands" and rng.random() < 0.25:
            text, expression = chain(rng, language, (text, expression))
        return Sum(opened(text, rng, language, 0.3), expression)
    return Sum(asked(text, rng, language), expression)


# --- typed in signs -------------------------------------------------------------------------------------------------


def pieces(rng: Random, length: int, depth: int = 0) -> list[str]:
    """The numbers, signs and brackets of an expression."""
    found: list[str] = []
    for position in range(length):
        found.extend(rng.choice("++--**//*") if position else "")
        kind = rng.random()
        if kind < 0.16 and depth < 2:
            found.extend(("(", *pieces(rng, rng.choice((2, 2, 2, 3)), depth + 1), ")"))
        elif kind < 0.2:
            name = rng.choice(("sqrt", "sqrt", "sqrt", "cbrt", "abs", "sin", "cos", "log", "ln", "exp"))
            found.extend((f"{name}(", number(rng), ")"))
        elif kind < 0.24:
            found.extend(("(", "-", number(rng), ")") if position else ("-", number(rng)))
        else:
            found.append(number(rng))
            if rng.random() < 0.07:
                found.extend(("^", few(rng)))
            elif rng.random() < 0.03:
                found.append("%")
    return found


def typed(rng: Random) -> tuple[str, str]:
    """An expression typed in signs, as (what the person typed, canonical form)."""
    signs = pieces(rng, rng.choice((2, 2, 2, 2, 3, 3, 4, 5)))
    gap = rng.choice((" ", " ", "", "", ""))
    written = {
        "*": rng.choice("***×xX·"),
        "/": rng.choice("//÷"),
        "-": rng.choice("-----−–"),
        "^": rng.choice(("^", "^", "**")),
        "sqrt(": rng.choice(("sqrt(", "sqrt(", "√(")),
        "(": "（" if rng.random() < 0.06 else "(",
        ")": ")",
    }
    if written["("] == "（":
        written[")"] = "）"
    text = ""
    for place, sign in enumerate(signs):
        is_operator = sign in "+-*/" and place > 0 and signs[place - 1][-1] != "("
        if sign.isdigit() and len(sign) > 3 and rng.random() < 0.1:
            sign = f"{int(sign):,}"
        text += f"{gap}{written.get(sign, sign)}{gap}" if is_operator else written.get(sign, sign)
    text = text.replace("^2", "²").replace("^3", "³") if rng.random() < 0.2 and not re.search(r"\^\d\d", text) else text
    return text.translate(FULL_WIDTH) if rng.random() < 0.04 else text, "".join(signs)


def question(rng: Random, language: str) -> Sum:
    """A question for the calculator, with what the calculator is to be given."""
    kind = rng.random()
    if kind < 0.7:
        return worded(rng, language)
    text, expression = typed(rng)
    if kind < 0.81:
        return Sum(text + rng.choice(("", "", "=", "=?", "＝", " =", "?", " = ?", "=？")), expression, is_bare=True)
    return Sum(asked(text, rng, language), expression)


def follow_up(rng: Random, language: str, last: str) -> Sum:
    """A question that goes on from the last result, which the expression has in brackets if negative: "times 3?"."""
    return Sum(*pick(rng, language, "sums_follow", "several", last))


# --- results --------------------------------------------------------------------------------------------------------

FUNCTIONS = {
    "sqrt": math.sqrt,
    "cbrt": math.cbrt,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "log": math.log10,
    "ln": math.log,
    "exp": math.exp,
    "factorial": math.factorial,
}
PYTHON = (  # from the calculator's notation
    (r"([\d.]+)% of ", r"\1/100*"),
    (r"\^", "**"),
    (r"(\d+)!", r"factorial(\1)"),
    (r"\(([^()]*)([+-])([\d.]+)%\)", r"((\1)*(1\g<2>\3/100))"),
    (r"^(.*)([+-])([\d.]+)%$", r"(\1)*(1\g<2>\3/100)"),
    (r"%(?![\d(])", "/100"),
    (r"(?<![\d.])0+(?=\d)", ""),
)


def result(expression: str, rng: Random) -> str:
    """The result as the calculator prints it; one in eight is made up: only by copying can the model be right."""
    if rng.random() < 0.12:
        return rng.choice(
            (
                str(rng.randint(-99999, 999999)),
                f"{rng.uniform(-1000, 100000):.{rng.randint(1, 9)}f}",
                f"{rng.uniform(1, 10):.6g}e+{rng.randint(16, 90)}",
            )
        )
    code = expression
    for pattern, replacement in PYTHON:
        code = re.sub(pattern, replacement, code)
    if re.search(r"\*\*\s*\(?\d{3,}|factorial\(\d{3,}", code):
        return f"{rng.uniform(1, 10):.6g}e+{rng.randint(16, 90)}"
    try:
        value = eval(code, {"__builtins__": {}}, dict(FUNCTIONS))
        if isinstance(value, complex) or not math.isfinite(value):
            return "0"
        return f"{value:.12g}" if isinstance(value, float) or abs(value) >= 10**16 else str(value)
    except (ArithmeticError, ValueError, MemoryError):
        return str(rng.randint(0, 999))


def can_continue(text: str) -> bool:
    """Whether a person would go on from this result: not from 1.23e+45."""
    return "e" not in text and len(text) < 12
