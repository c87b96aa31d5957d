"""Arithmetic from text: parsed, never evaluated as code; exact where it can be; bounded in size and time."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from tools.base import ToolError, tool
from tools.calculator.figures import in_digits

Number = Fraction | float

MAX_CHARS = 300
MAX_DEPTH = 40
MAX_BITS = 2**16  # of an exact number: some 19,700 digits
MAX_WHOLE_DIGITS = 40  # longer whole numbers are written like 1.23e+45
SIGNIFICANT_DIGITS = 12


@tool
def calculate(
    expression: Annotated[str, Field(description="For example (3+4)*2, 2^10, sqrt(2), 15% of 80")],
) -> dict[str, str]:
    """Evaluate an arithmetic expression.

    Returns {"expression", "result"}. Raises ToolError where the expression cannot be read, has no real result, or its
    result is too large.
    """
    if len(expression) > MAX_CHARS:
        raise ToolError(
            f"The expression has {len(expression)} characters, the limit is {MAX_CHARS}. Split it up.",
            f"算式有 {len(expression)} 个字符，上限是 {MAX_CHARS} 个。请拆开计算。",
        )
    try:
        value = _Parser(_tokens(_plain(expression))).result()
    except ZeroDivisionError:
        raise ToolError("Division by zero has no result.", "除以零没有结果。") from None
    except OverflowError:
        raise _too_large() from None
    return {"expression": expression.strip(), "result": _written(value)}


# --- from the many ways to write arithmetic to one -------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
ASKED: tuple[tuple[str, str], ...] = (
    (r"^\s*(计算一下|计算|算一下|请问|what is|what's|calculate)\s*", ""),
    (r"\s*((等于|是)(多少|几)?|equals)?\s*[=?。.]*\s*$", ""),
)
START = r"(?<![\d.)%])(?<![\d.)%] )"  # what stands after a number is no number
NUMBER = r"\s*(\d+(?:\.\d+)?)\s*"

# Longer words come before those that they contain.
REWRITES: tuple[tuple[str, str], ...] = (
    (rf"{START}100\s*分之{NUMBER}", r"\1%"),
    (rf"{START}1000\s*分之{NUMBER}", r"(\1/10)%"),
    (rf"{START}10000\s*分之{NUMBER}", r"(\1/100)%"),
    (rf"{START}{NUMBER}分之{NUMBER}", r"(\2/\1)"),
    (r"个百分点|\s*per\s?cent\b", "%"),
    (r"的?(平方根|算术平方根)", " 的sqrt"),
    (r"的?立方根", " 的cbrt"),
    (r"的?绝对值", " 的abs"),
    (r"的?阶乘", "!"),
    (r"的?平方", "^2"),
    (r"的?立方", "^3"),
    (r"的\s*([-负]?\s*\d+(?:\.\d+)?)\s*次(方|幂)", r"^(\1)"),
    (r"根号", "√"),
    (r"加上|加|\bplus\b", "+"),
    (r"减去|减|\bminus\b", "-"),
    (r"乘以|乘上|乘|\bmultiplied by\b|\btimes\b|[×·∙⋅✕]", "*"),
    (r"除以|除|\bdivided by\b|\bover\b|[÷∕]", "/"),
    (r"\bsquare root of\b", "sqrt "),
    (r"\bcube root of\b", "cbrt "),
    (r"\bto the power of\b|\*\*", "^"),
    (r"\bsquared\b", "^2"),
    (r"\bcubed\b", "^3"),
    (r"\bmod\b|取余|模", " mod "),
    (r"[−–—]", "-"),
    (r"π|圆周率", "pi"),
    (r"°|\bdegrees?\b|度", "°"),
)


def _plain(text: str) -> str:
    """Full-width characters, Chinese and English words, and numerals as the one way that the parser reads."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+", lambda found: f"^({found[0].translate(SUPERSCRIPTS)})", text)
    for character in text:
        if unicodedata.category(character) == "No":  # ½ and its like: NFKC would join them with the digits before
            raise ToolError(
                f"{character!r} cannot be read. Write it with / or digits.",
                f"读不懂“{character}”。请用 / 或数字来写。",
            )
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, replacement in ASKED:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\s+", " ", in_digits(_without_commas(text)))
    for pattern, replacement in REWRITES:
        text = re.sub(pattern, replacement, text)
    return text


def _without_commas(text: str) -> str:
    """1,234 as 1234, but not in a function that takes several numbers: there a comma parts two."""
    if re.search(r"\b(root|pow|round|log|min|max|mod)\s*\(", text):
        return text
    return THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)


# --- functions ------------------------------------------------------------------------------------------------------


class Percent(Fraction):
    """A number that was just written with %: added to something, it is taken of that. Any arithmetic makes it plain."""


def _too_large() -> ToolError:
    return ToolError("The result is too large to calculate.", "结果太大，算不出来。")


def _whole(value: Number, what: str) -> int:
    if value != int(value):
        raise ToolError(f"{what} needs a whole number.", "这里需要整数。")
    return int(value)


def _power(base: Number, exponent: Number) -> Number:
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
            if base not in (-1, 0, 1) and bits * abs(exponent.numerator) > 2 * MAX_BITS:
                raise _too_large()
            return base**exponent.numerator
        if exponent.denominator in (2, 3) and (base >= 0 or exponent.denominator == 3):
            root = _root(base, Fraction(exponent.denominator))
            return _power(root, Fraction(exponent.numerator))
    if base < 0 and exponent != int(exponent):
        raise ToolError("A negative number to a fractional power has no real result.", "负数的分数次方没有实数结果。")
    return math.pow(base, exponent)


def _root(value: Number, degree: Number) -> Number:
    """The real root; exact where the value is a fraction of perfect powers."""
    count = _whole(degree, "The degree of a root")
    if count == 0:
        raise ZeroDivisionError
    if value < 0:
        if count % 2 == 0:
            raise ToolError("An even root of a negative number has no real result.", "负数的偶次方根没有实数结果。")
        return -_root(-value, degree)
    if isinstance(value, Fraction) and 0 < count <= 64:
        exact = Fraction(_whole_root(value.numerator, count), _whole_root(value.denominator, count))
        if exact**count == value:
            return exact
    return math.sqrt(value) if count == 2 else math.cbrt(value) if count == 3 else _power(float(value), 1 / count)


def _whole_root(value: int, degree: int) -> int:
    """The largest whole number whose power is at most `value` (Newton's method)."""
    if degree == 1 or value < 2:
        return value
    if degree == 2:
        return math.isqrt(value)
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def _factorial(value: Number) -> Number:
    count = _whole(value, "A factorial")
    if count < 0:
        raise ToolError("A negative number has no factorial.", "负数没有阶乘。")
    if count > 5000:
        raise _too_large()
    return Fraction(math.factorial(count))


def _log(value: Number, base: Number = Fraction(10)) -> Number:
    if value <= 0 or base <= 0 or base == 1:
        raise ToolError(
            "A logarithm needs a positive number and a positive base other than 1.",
            "对数的真数必须为正，底数必须为正且不等于 1。",
        )
    if base == 10 or base == 2:
        return _snapped(_logarithm(value, math.log10 if base == 10 else math.log2))
    return _snapped(_logarithm(value, math.log) / _logarithm(base, math.log))


def _logarithm(value: Number, function: Callable[[float], float]) -> float:
    """Python's logarithms take whole numbers of any size, so a fraction is taken apart."""
    if isinstance(value, Fraction):
        return function(value.numerator) - function(value.denominator)
    return function(value)


def _round(value: Number, digits: Number = Fraction(0)) -> Number:
    """Half away from zero, as in school."""
    places = _whole(digits, "round")
    if abs(places) > 100:
        raise ToolError("round takes at most 100 digits.", "round 最多保留 100 位。")
    scale = Fraction(10) ** places
    scaled = Fraction(value) * scale
    return Fraction(math.floor(abs(scaled) + Fraction(1, 2)) * (1 if scaled >= 0 else -1)) / scale


def _snapped(value: float) -> float:
    """Without the last bits' noise: sin(pi) is 0, cos(60°) is 0.5."""
    return round(value, 15)


def _tangent(value: Number) -> Number:
    if abs(math.cos(value)) < 1e-15:
        raise ToolError("The tangent has no value there.", "正切在这里没有值。")
    return _snapped(math.tan(value))


def _between(function: Callable[[float], float], name: str) -> Callable[[Number], Number]:
    def apply(value: Number) -> Number:
        if not -1 <= value <= 1:
            raise ToolError(f"{name} needs a number from -1 to 1.", f"{name} 需要 -1 到 1 之间的数。")
        return function(float(value))

    return apply


def _modulo(left: Number, right: Number) -> Number:
    return left % right


class Function(NamedTuple):
    """What a name stands for, and how many numbers it takes."""

    apply: Callable[..., Number]
    least: int = 1
    most: int = 1


MANY = 100
FUNCTIONS: dict[str, Function] = {
    "sqrt": Function(lambda value: _root(value, Fraction(2))),
    "cbrt": Function(lambda value: _root(value, Fraction(3))),
    "root": Function(_root, 2, 2),
    "pow": Function(_power, 2, 2),
    "abs": Function(abs),
    "round": Function(_round, 1, 2),
    "floor": Function(lambda value: Fraction(math.floor(value))),
    "ceil": Function(lambda value: Fraction(math.ceil(value))),
    "exp": Function(lambda value: math.exp(value)),
    "ln": Function(lambda value: _log(value, math.e)),
    "log": Function(_log, 1, 2),
    "lg": Function(_log),
    "log10": Function(_log),
    "log2": Function(lambda value: _log(value, Fraction(2))),
    "sin": Function(lambda value: _snapped(math.sin(value))),
    "cos": Function(lambda value: _snapped(math.cos(value))),
    "tan": Function(_tangent),
    "asin": Function(_between(math.asin, "asin")),
    "acos": Function(_between(math.acos, "acos")),
    "atan": Function(lambda value: math.atan(value)),
    "factorial": Function(_factorial),
    "min": Function(lambda *values: min(values), 1, MANY),
    "max": Function(lambda *values: max(values), 1, MANY),
    "mod": Function(_modulo, 2, 2),
}
CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e}


# --- the parser -----------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)"
    rf"|(?P<name>{'|'.join(sorted([*FUNCTIONS, *CONSTANTS], key=len, reverse=True))})(?![a-z])"
    r"|(?P<sign>//|[-+*/%^!(),√°x的负]|of\b))"
)
THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
END = ""


def _tokens(text: str) -> list[str]:
    """The signs, names and numbers of the text, then END."""
    tokens, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            unread = text[position:].split()[0][:20]
            raise ToolError(
                f"{unread!r} cannot be read. Use numbers, + - * / % ^ ! and parentheses, {', '.join(CONSTANTS)}, "
                f"and the functions {', '.join(FUNCTIONS)}.",
                f"读不懂“{unread}”。可以用数字、+ - * / % ^ ! 和括号，常数 {'、'.join(CONSTANTS)}，"
                f"以及函数 {'、'.join(FUNCTIONS)}。",
            )
        tokens.append({"of": "*", "x": "*"}.get(match[0].strip(), match[0].strip()))
        position = match.end()
    return [*tokens, END]


class _Parser:
    """Recursive descent; calculates as it reads. sum < product < sign < power < postfix < atom."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def result(self) -> Number:
        if self._tokens == [END]:
            raise ToolError("The expression is empty. Write one, for example (3+4)*2.", "算式是空的，例如 (3+4)*2。")
        value = self._sum()
        if self._next != END:
            raise self._unread()
        return value

    def _unread(self) -> ToolError:
        return ToolError(
            f"The expression cannot be read from {self._next!r} on. Check the operators around it.",
            f"算式从“{self._next}”开始读不懂。请检查它前后的运算符。",
        )

    @property
    def _next(self) -> str:
        return self._tokens[self._position]

    @property
    def _after_next(self) -> str:
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def _take(self, *signs: str) -> str | None:
        """The next token if it is one of `signs`, and step over it."""
        token = self._next
        if token not in signs:
            return None
        self._position += 1
        return token

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ToolError("The expression is nested too deeply. Split it up.", "算式的括号嵌套太深。请拆开计算。")
        yield
        self._depth -= 1

    def _sum(self) -> Number:
        left = self._product()
        while sign := self._take("+", "-"):
            right = self._product()
            if isinstance(right, Percent) and not isinstance(left, Percent):
                right = left * right
            left = _bounded(left + right if sign == "+" else left - right)
        return left

    def _product(self) -> Number:
        left = self._signed()
        while True:
            if sign := self._take("*", "/", "//", "%", "mod"):
                left = _bounded(_multiplied(sign, left, self._signed()))
            elif self._take("的"):
                left = _bounded(left * self._signed())
            elif _starts_operand(self._next) and not self._next[0].isdigit():
                left = _bounded(left * self._power())
            else:
                return left

    def _signed(self) -> Number:
        is_negative = False
        while sign := self._take("+", "-"):
            is_negative ^= sign == "-"
        value = self._power()
        if is_negative:
            value = -value
        while self._next == "的" and self._after_next in ("sqrt", "cbrt", "abs"):
            value = FUNCTIONS[self._after_next].apply(value)
            self._position += 2
        return value

    def _power(self) -> Number:
        base = self._postfix()
        if not self._take("^"):
            return base
        with self._nested():
            exponent = self._signed()
        return _bounded(_power(base, exponent))

    def _postfix(self) -> Number:
        value = self._atom()
        while True:
            if self._take("!"):
                value = _bounded(_factorial(value))
            elif self._take("°"):
                value = math.radians(value)
            elif self._next == "%" and not _starts_operand(self._after_next):
                self._position += 1
                value = Percent(Fraction(value) / 100)
            else:
                return value

    def _atom(self) -> Number:
        token = self._next
        self._position += 1
        if token == "(":
            return self._enclosed()[0]
        if token == "负":  # closer than a minus: 负三的平方 is 9
            with self._nested():
                return -self._atom()
        if token in CONSTANTS:
            return CONSTANTS[token]
        if token == "√":
            return _root(self._operand(), Fraction(2))
        if token in FUNCTIONS:
            return self._function(token)
        if token[:1].isdigit() or token[:1] == ".":
            return _number(token)
        what = f"{token!r}" if token else "the end"
        raise ToolError(f"A number is missing before {what}.", f"{repr(token) if token else '末尾'}前面缺一个数。")

    def _operand(self) -> Number:
        """What a function without parentheses is applied to: √16, sin 30°."""
        with self._nested():
            return self._postfix()

    def _enclosed(self, *, is_list: bool = False) -> list[Number]:
        """What stands between the parenthesis that was just read and its partner."""
        with self._nested():
            numbers = [self._sum()]
            while is_list and self._take(","):
                numbers.append(self._sum())
        if not self._take(")"):
            raise self._unread() if self._next else ToolError("A closing parenthesis is missing.", "缺少右括号。")
        return numbers

    def _function(self, name: str) -> Number:
        function = FUNCTIONS[name]
        numbers = self._enclosed(is_list=True) if self._take("(") else [self._operand()]
        if not function.least <= len(numbers) <= function.most:
            takes = "one number" if function.most == 1 else f"{function.least} to {function.most} numbers"
            raise ToolError(
                f"{name} takes {takes}, not {len(numbers)}.", f"{name} 的参数个数不对：给了 {len(numbers)} 个。"
            )
        return _bounded(function.apply(*numbers))


def _starts_operand(token: str) -> bool:
    return token[:1].isdigit() or token in ("(", "√") or token in CONSTANTS or (token in FUNCTIONS and token != "mod")


def _multiplied(sign: str, left: Number, right: Number) -> Number:
    match sign:
        case "*":
            return left * right
        case "/":
            return left / right
        case "//":
            return Fraction(left // right)
        case _:
            return left % right


def _number(token: str) -> Fraction:
    exponent = token.partition("e")[2]
    if exponent and abs(int(exponent)) > 5000:
        raise _too_large()
    return Fraction(token.rstrip("."))


def _bounded(value: Number) -> Number:
    if isinstance(value, Fraction):
        too_large = max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS
    else:
        too_large = not math.isfinite(value)
    if too_large:
        raise _too_large()
    return value


def _written(value: Number) -> str:
    """Whole numbers whole, others to 12 significant digits, very large and very small ones like 1.23e+45."""
    if isinstance(value, Fraction) and value.denominator == 1 and abs(value) < 10**MAX_WHOLE_DIGITS:
        return str(value.numerator)
    context = Context(prec=SIGNIFICANT_DIGITS, Emax=10**6, Emin=-(10**6))
    exact = Fraction(value)
    decimal: Any = context.divide(Decimal(exact.numerator), Decimal(exact.denominator)).normalize(context)
    if decimal == 0:
        return "0"
    size = decimal.adjusted()
    if -6 <= size < SIGNIFICANT_DIGITS:
        return f"{decimal:f}"
    return f"{decimal.scaleb(-size, context).normalize(context):f}e{size:+d}"
