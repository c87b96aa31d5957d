r"""A text's blocks, by markdown-it, with \[…\], $$…$$ and \begin{…} among them. Knows nothing within a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block, reference
from markdown_it.token import Token

from web.render.markdown import formulas

MAX_LINES = 100  # of one formula
_OPENING = re.compile(
    rf"(?!\s*(?:>|[-+*]\s|\d+[.)]\s|#|\|))(?P<before>(?:(?!\$\$|\\\[|`).)*?)"
    rf"(?P<open>\$\$(?!\$)|(?<!\\)\\\[|\\begin\{{(?P<name>{formulas.ENVIRONMENTS})\}})(?P<rest>.*)"
)
_LINE_OF_TEXT = re.compile(r"\s*(?:<(?:br|img)\b[^<>]*>\s*)+$", re.IGNORECASE)
_FENCE = re.compile(r"\s*(?:```|~~~)")


@dataclass(frozen=True)
class Formula:
    """A formula of its own, with the text before and after it in its first and last line."""

    before: str
    text: str
    after: str


def parse(text: str, env: dict[str, Any]) -> list[Token]:
    """The blocks of a text. `env` gets its references, and as `open_formula` the line of a formula without an end."""
    tokens: list[Token] = []
    _PARSER.block.parse(text, _PARSER, env, tokens)
    return tokens


def _formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A rule of markdown-it: a formula over one line or more. Its token's `meta` has the `Formula`."""
    if state.is_code_block(start):
        return False
    opening = _OPENING.match(_line(state, start))
    if opening is None or (opening["before"] and opening["rest"].strip()):
        return False
    found = _find_end(state, start, min(end, start + MAX_LINES), opening)
    if found is None:
        return False
    if silent:
        return True
    last, formula = found
    state.line = last + 1
    token = state.push("formula", "", 0)
    token.map, token.meta = [start, last + 1], {"formula": formula}
    return True


def _find_end(state: StateBlock, start: int, end: int, opening: re.Match[str]) -> tuple[int, Formula] | None:
    """The last line of the formula, and the formula; None if it has no end, or is none."""
    closing = {"$$": "$$", r"\[": r"\]"}.get(opening["open"], rf"\end{{{opening['name']}}}")
    lines: list[str] = []
    for number in range(start, end):
        if number > start and state.sCount[number] < state.blkIndent and not state.isEmpty(number):
            return None
        line = opening["rest"] if number == start else _line(state, number)
        at = line.find(closing)
        if at >= 0:
            after = line[at + len(closing) :].strip()
            if number == start and after and not re.fullmatch(r"[.,;:。，；：]+", after):
                return None  # within a line
            return _whole(opening, [*lines, line[:at]], closing, after, number)
        if _FENCE.match(line):
            return None
        lines.append(line)
    if end == state.lineMax:
        state.env.setdefault("open_formula", start)
    return None


def _whole(opening: re.Match[str], lines: list[str], closing: str, after: str, last: int) -> tuple[int, Formula] | None:
    text = "\n".join(lines)
    if opening["name"]:
        text = f"{opening['open']}{text}{closing}"
    elif not formulas.is_bracketed_formula(text) or after.startswith("("):
        return None
    if re.fullmatch(r"[.,;:。，；：]+", after):
        text, after = text.rstrip() + (after if after.isascii() else rf"\text{{{after}}}"), ""
    return last, Formula(opening["before"].rstrip(), text, after)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _html(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """markdown-it's rule, but a line of <br> or <img> is a line of text."""
    return not _LINE_OF_TEXT.match(_line(state, start)) and html_block(state, start, end, silent)


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """markdown-it's rule, but a footnote is text."""
    return not _line(state, start).startswith("[^") and reference(state, start, end, silent)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.block.ruler.at("html_block", _html, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.at("reference", _reference)
    parser.block.ruler.before("table", "formula", _formula, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


_PARSER = _parser()
