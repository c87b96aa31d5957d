r"""The places of formulas in a text: between dollars, and in \(…\) and \[…\]. Knows no blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from web.render.markdown import formulas

CLOSING = {r"\(": re.compile(r"(?:[^\\]|\\[^()])*?\\\)"), r"\[": re.compile(r"(?:[^\\]|\\[^\[\]])*?\\\]")}
_DOLLARS = re.compile(r"\\.|\$+", re.DOTALL)
MAX_CHARS = 2000  # of a formula within a line
_OPENING = re.compile(r"\\[(\[]|\$+|\\.")


def formulas_in_row(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, formula) of each formula in a row."""
    at = 0
    while match := _OPENING.search(text, at):
        at = match.end()
        if found := formula_at(text, match.start(), match[0]):
            end, formula = found
            if match[0][0] == "\\" or " | " not in formula:
                yield match.start(), end, formula
                at = end


def formula_at(text: str, at: int, opening: str) -> tuple[int, str] | None:
    """The end of the formula that opens at `at`, and the formula; None if none does."""
    start = at + len(opening)
    if opening in CLOSING:
        match = CLOSING[opening].match(text, start)
        formula = match[0][:-2] if match else ""
        if match is None or text[match.end() : match.end() + 1] == "(" or formulas.is_pattern(formula):
            return None
        if formulas.is_escaped(formula) or (not formulas.has_evidence(formula) and formulas.is_escaped(text)):
            return None
        is_apart = opening == r"\(" and not _ends_with_letter(text[:at])  # else it may be f\(x\), escaped
        is_formula = formulas.is_bracketed_formula(formula) and (is_apart or formulas.has_evidence(formula))
        return (match.end(), formula) if is_formula else None
    if opening not in ("$", "$$"):
        return None
    marks = _DOLLARS.finditer(text, start, start + MAX_CHARS)
    closing = next((one for one in marks if one[0][0] == "$"), None)
    if closing is None or closing[0] != opening:
        return None
    end, formula = closing.end(), text[start : closing.start()]
    if "`" in formula or not formulas.is_formula(formula):
        return None
    if opening == "$" and not _is_held_by_dollars(text, at, end, formula):
        return None
    return end, formula


def _is_held_by_dollars(text: str, at: int, end: int, formula: str) -> bool:
    """Whether two dollars stand as those of a formula do: close to it, no word before them, no digit after them."""
    after = text[end : end + 1]
    if _ends_with_letter(text[:at]):
        return formulas.is_script(formula)
    if after.isdigit() and not formulas.has_command(formula):
        return False
    if formula[0] == after == "(":  # a shell's $(…)$(…)
        return False
    spaces = formula[0].isspace() + formula[-1].isspace()
    if spaces == 0:
        return True
    return spaces == 2 and bool(re.search(r"[\\^_=]", formula)) and not text[:at].rstrip()[-1:].isdigit()


def _ends_with_letter(text: str) -> bool:
    """Whether it ends with a Latin letter or a digit."""
    return text[-1:].isascii() and text[-1:].isalnum()
