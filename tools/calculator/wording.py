"""The many ways to write arithmetic, in Chinese and English, as one. Knows no values."""

from __future__ import annotations

import re
import unicodedata

from tools.base import ToolError
from tools.calculator.numerals import in_digits

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
ASKED: tuple[tuple[str, str], ...] = (
    (r"^\s*(计算一下|计算|算一下|请问|what is|what's|calculate)\s*", ""),
    (r"\s*((等于|是)(多少|几)?|equals)?\s*[=?。.]*\s*$", ""),
)
START = r"(?<![\d.)%])(?<![\d.)%] )"  # what stands after a number is no number
NUMBER = r"\s*(\d+(?:\.\d+)?)\s*"
THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")

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


def plain(text: str) -> str:
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
