"""A Word equation as a line of text: `x=(-b±√(b^2-4ac))/(2a)`. Knows no document.

The elements are those of Office Math (ISO/IEC 29500-1, 22.1), the line is in the spirit of Unicode's Technical Note 28.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lxml import etree

from agent.attachments.office_package import attribute, child, is_on, name
from agent.attachments.word_xml import seen

SIMPLE = re.compile(r"\d+(?:[.,]\d+)*%?|[^\W\d_]|[\u3400-\u9fff]+|[∞∅]|\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]")
OPERATORS = "m:acc m:bar m:d m:eqArr m:f m:func m:groupChr m:limLow m:limUpp m:m m:nary m:phant m:rad m:sPre m:sSub"
STRUCTURES = frozenset([*OPERATORS.split(), "m:sSubSup", "m:sSup", "m:t", "w:t", "w:sym", "w:tab", "w:br"])


def linear(equation: etree._Element) -> str:
    """The text of an m:oMath, or of any element in one."""
    return "".join(_text(item) for item in seen(equation, STRUCTURES))


def _text(item: etree._Element) -> str:
    kind = name(item)
    if kind in ("m:t", "w:t"):
        return item.text or ""
    if kind in ("w:tab", "w:br"):
        return " "
    return FORMS[kind](item) if kind in FORMS else ""


def _of(item: etree._Element, part: str) -> str:
    """The text of an operand: `m:e`, `m:num` ..."""
    operand = child(item, part)
    return linear(operand) if operand is not None else ""


def _group(text: str) -> str:
    """`text` so that it holds together beside an operator."""
    return text if not text or SIMPLE.fullmatch(text) else f"({text})"


def _script(sign: str, text: str) -> str:
    return f"{sign}{_group(text)}" if text else ""


def _property(item: etree._Element, properties: str, wanted: str, default: str) -> str:
    found = child(item, properties, wanted)
    return attribute(found, "m:val") if found is not None else default


def _fraction(item: etree._Element) -> str:
    above, below = _of(item, "m:num"), _of(item, "m:den")
    if _property(item, "m:fPr", "m:type", "bar") == "noBar":  # as in a binomial coefficient
        return f"{_group(above)}¦{_group(below)}"
    return f"{_group(above)}/{_group(below)}"


def _radical(item: etree._Element) -> str:
    degree = "" if is_on(child(item, "m:radPr", "m:degHide")) else _of(item, "m:deg")
    return f"√{f'[{degree}]' if degree else ''}{_enclosed(_of(item, 'm:e'))}"


def _enclosed(text: str) -> str:
    return text if re.fullmatch(r"\([^()]*\)", text) else f"({text})"


def _nary(item: etree._Element) -> str:
    limits = _script("_", _of(item, "m:sub")) + _script("^", _of(item, "m:sup"))
    return f"{_property(item, 'm:naryPr', 'm:chr', '∫')}{limits} {_of(item, 'm:e')}"


def _delimited(item: etree._Element) -> str:
    begin = _property(item, "m:dPr", "m:begChr", "(")
    between = _property(item, "m:dPr", "m:sepChr", "|")
    end = _property(item, "m:dPr", "m:endChr", ")")
    return begin + between.join(linear(one) for one in item if name(one) == "m:e") + end


def _matrix(item: etree._Element) -> str:
    rows = (", ".join(linear(cell) for cell in row if name(cell) == "m:e") for row in item if name(row) == "m:mr")
    return f"[{'; '.join(rows)}]"


def _accent(item: etree._Element, properties: str, default: str) -> str:
    return _group(_of(item, "m:e")) + _property(item, properties, "m:chr", default)


def _function(item: etree._Element) -> str:
    called, argument = _of(item, "m:fName"), _of(item, "m:e")
    return called + (argument if argument.startswith(("(", "[", "{", "|")) else f" {argument}")


FORMS: Mapping[str, Callable[[etree._Element], str]] = {
    "m:acc": lambda item: _accent(item, "m:accPr", "\u0302"),
    "m:bar": lambda item: _group(_of(item, "m:e")) + "\u0305",
    "m:groupChr": lambda item: _of(item, "m:e"),
    "m:d": _delimited,
    "m:eqArr": lambda item: "; ".join(linear(one) for one in item if name(one) == "m:e"),
    "m:f": _fraction,
    "m:func": _function,
    "m:limLow": lambda item: _of(item, "m:e") + _script("_", _of(item, "m:lim")),
    "m:limUpp": lambda item: _of(item, "m:e") + _script("^", _of(item, "m:lim")),
    "m:m": _matrix,
    "m:nary": _nary,
    "m:phant": lambda item: "" if _property(item, "m:phantPr", "m:show", "1") in ("0", "off") else _of(item, "m:e"),
    "m:rad": _radical,
    "m:sPre": lambda item: _script("_", _of(item, "m:sub")) + _script("^", _of(item, "m:sup")) + _of(item, "m:e"),
    "m:sSub": lambda item: _group(_of(item, "m:e")) + _script("_", _of(item, "m:sub")),
    "m:sSup": lambda item: _group(_of(item, "m:e")) + _script("^", _of(item, "m:sup")),
    "m:sSubSup": lambda item: (
        _group(_of(item, "m:e")) + _script("_", _of(item, "m:sub")) + _script("^", _of(item, "m:sup"))
    ),
}
