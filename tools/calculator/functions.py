"""The calculator's functions and constants: exact where they can be, and bounded. Knows no text."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from tools.base import ToolError

Number = Fraction | float

MAX_BITS = 2**16  # of an exact number: some 19,700 digits


class Percent(Fraction):
    """A number that was just written with %: added to something, it is taken of that. Any arithmetic makes it plain."""


def beyond_limit() -> ToolError:
    return ToolError("The result is too large to calculate.", "结果太大，算不出来。")


def _whole(value: Number, what: str) -> int:
    if value != int(value):
        raise ToolError(f"{what} needs a whole number.", "这里需要整数。")
    return int(value)


def power(base: Number, exponent: Number) -> Number:
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
            if base not in (-1, 0, 1) and bits * abs(exponent.numerator) > 2 * MAX_BITS:
                raise beyond_limit()
            return base**exponent.numerator
        if exponent.denominator in (2, 3) and (base >= 0 or exponent.denominator == 3):
            root = root_of(base, Fraction(exponent.denominator))
            return power(root, Fraction(exponent.numerator))
    if base < 0 and exponent != int(exponent):
        raise ToolError("A negative number to a fractional power has no real result.", "负数的分数次方没有实数结果。")
    return math.pow(base, exponent)


def root_of(value: Number, degree: Number) -> Number:
    """The real root; exact where the value is a fraction of perfect powers."""
    count = _whole(degree, "The degree of a root")
    if count == 0:
        raise ZeroDivisionError
    if value < 0:
        if count % 2 == 0:
            raise ToolError("An even root of a negative number has no real result.", "负数的偶次方根没有实数结果。")
        return -root_of(-value, degree)
    if isinstance(value, Fraction) and 0 < count <= 64:
        exact = Fraction(_whole_root(value.numerator, count), _whole_root(value.denominator, count))
        if exact**count == value:
            return exact
    return math.sqrt(value) if count == 2 else math.cbrt(value) if count == 3 else power(float(value), 1 / count)


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


def factorial(value: Number) -> Number:
    count = _whole(value, "A factorial")
    if count < 0:
        raise ToolError("A negative number has no factorial.", "负数没有阶乘。")
    if count > 5000:
        raise beyond_limit()
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
    "sqrt": Function(lambda value: root_of(value, Fraction(2))),
    "cbrt": Function(lambda value: root_of(value, Fraction(3))),
    "root": Function(root_of, 2, 2),
    "pow": Function(power, 2, 2),
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
    "factorial": Function(factorial),
    "min": Function(lambda *values: min(values), 1, MANY),
    "max": Function(lambda *values: max(values), 1, MANY),
    "mod": Function(_modulo, 2, 2),
}
CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e}


def bounded(value: Number) -> Number:
    if isinstance(value, Fraction):
        too_large = max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS
    else:
        too_large = not math.isfinite(value)
    if too_large:
        raise beyond_limit()
    return value
