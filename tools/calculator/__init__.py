"""Arithmetic from text: parsed, never evaluated as code; exact where it can be; bounded in size and time."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from tools.base import ToolError, tool
from tools.calculator.functions import Number, beyond_limit
from tools.calculator.parser import Parser, tokens_of
from tools.calculator.wording import plain

MAX_CHARS = 300
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
        value = Parser(tokens_of(plain(expression))).result()
    except ZeroDivisionError:
        raise ToolError("Division by zero has no result.", "除以零没有结果。") from None
    except OverflowError:
        raise beyond_limit() from None
    return {"expression": expression.strip(), "result": _written(value)}


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
