"""The calculator's grammar: an expression's tokens to its value, by recursive descent. Knows no wording."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from tools.base import ToolError
from tools.calculator.functions import (
    CONSTANTS,
    FUNCTIONS,
    Number,
    Percent,
    beyond_limit,
    bounded,
    factorial,
    power,
    root_of,
)

MAX_DEPTH = 40

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)"
    rf"|(?P<name>{'|'.join(sorted([*FUNCTIONS, *CONSTANTS], key=len, reverse=True))})(?![a-z])"
    r"|(?P<sign>//|[-+*/%^!(),√°x的负]|of\b))"
)

END = ""


def tokens_of(text: str) -> list[str]:
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


class Parser:
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
            left = bounded(left + right if sign == "+" else left - right)
        return left

    def _product(self) -> Number:
        left = self._signed()
        while True:
            if sign := self._take("*", "/", "//", "%", "mod"):
                left = bounded(_multiplied(sign, left, self._signed()))
            elif self._take("的"):
                left = bounded(left * self._signed())
            elif _starts_operand(self._next) and not self._next[0].isdigit():
                left = bounded(left * self._power())
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
        return bounded(power(base, exponent))

    def _postfix(self) -> Number:
        value = self._atom()
        while True:
            if self._take("!"):
                value = bounded(factorial(value))
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
            return root_of(self._operand(), Fraction(2))
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
        return bounded(function.apply(*numbers))


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
        raise beyond_limit()
    return Fraction(token.rstrip("."))
