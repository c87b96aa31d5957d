"""The model's Markdown, rewritten so that the page shows it as it was meant. Pure; knows neither page nor model.

The page is Chainlit's: react-markdown with GFM, directives and math. What differs from the model's text is for the page
alone; the chat, its history and its exports keep what the model wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from web.render.markdown import blocks, formulas, spans
from web.render.markdown.pictures import Pictures

CURSOR = "\u200b"  # Chainlit shows its cursor wherever the text has this
_RULE_OF_TABLE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")


def for_page(markdown: str, not_loaded: str = Pictures.not_loaded) -> str:
    """`markdown` so that the page shows what was meant; `not_loaded` is what it says of a picture from elsewhere."""
    return parse(clean(markdown), not_loaded).text(is_whole=True)


def clean(markdown: str) -> str:
    """Without what is none of the text: carriage returns, NUL, and what Chainlit takes for its cursor."""
    return markdown.replace("\r\n", "\n").replace("\r", "\n").replace(CURSOR, "").replace("\0", "\ufffd")


@dataclass(frozen=True)
class Parsed:
    """A text by its blocks. `settled` is how many of its lines no text that follows can change any more."""

    lines: list[str]
    changed: Mapping[int, tuple[int, list[str]]]  # first line -> (line after the last, the lines for the page)
    settled: int
    open_fence: str  # the line that would close the fence in which the text ends, or ''
    has_references: bool

    def text(self, start: int = 0, end: int | None = None, *, is_whole: bool = False) -> str:
        """The text for the page, of all lines or some; as a whole, it ends the fence in which it ends."""
        stop = len(self.lines) if end is None else end
        out: list[str] = []
        at = start
        while at < stop:
            after, lines = self.changed.get(at) or (at + 1, [self.lines[at]])
            out += lines
            at = after
        if is_whole and self.open_fence:
            while out and not out[-1].strip():
                out.pop()
            out.append(self.open_fence)
        return "\n".join(out)


def parse(markdown: str, not_loaded: str) -> Parsed:
    """The blocks of a text that was cleaned."""
    env: dict[str, Any] = {"references": {}}
    tokens = blocks.parse(markdown, env)
    pictures = Pictures(not_loaded, tuple((name, str(one["href"])) for name, one in env["references"].items()))
    lines = markdown.split("\n")
    changed: dict[int, tuple[int, list[str]]] = {}
    tops, open_fence = [0], ""
    for number, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = token.map
        if token.level == 0 or (token.level == 1 and token.type == "list_item_open"):
            tops.append(start)
        match token.type:
            case "fence":
                open_fence = _closing(lines, token)
                if open_fence and token.info.strip() == "math":  # a formula, once it is whole
                    changed[start] = (start + 1, [lines[start].replace("math", "latex")])
            case "formula":
                changed[start] = (end, _formula_lines(lines[start], token.meta["formula"], pictures))
            case "table_open":
                _change_rows(lines, start, end, changed, pictures)
            case "inline" if tokens[number - 1].type in ("paragraph_open", "heading_open"):
                _change_text(lines, token, tokens[number - 1], changed, pictures)
    settled = 0  # a reference may be meant by any block, and a formula that has no end yet takes all that follows
    if not pictures.references:  # a line that grows may join the block before it, and make the line before it a table's
        last = min(env.get("open_formula", len(lines)), len(lines) - 3)
        settled = max((top for top in tops if top <= last), default=0)
    return Parsed(lines, changed, settled, open_fence, bool(pictures.references))


def _closing(lines: list[str], fence: Token) -> str:
    """The line that closes a fence at the end of the text, if that is open; else ''."""
    assert fence.map
    start, end = fence.map
    if end < len(lines) and any(line.strip() for line in lines[end:]):
        return ""
    last = re.sub(r"^[\s>]*", "", lines[end - 1]).rstrip()
    is_closed = end - start > 1 and set(last) == {fence.markup[0]} and len(last) >= len(fence.markup)
    return "" if is_closed else _blank(lines[start].partition(fence.markup)[0]) + fence.markup


def _formula_lines(line: str, formula: blocks.Formula, pictures: Pictures) -> list[str]:
    content = line.lstrip()
    opening = content if not formula.before else line[line.rfind(formula.before) :]
    prefix = _prefix(line, opening, formula)
    rest = _blank(prefix)
    inner = formulas.block(formula.text)
    out = [formula.before and spans.shown(formula.before, "paragraph", pictures), *inner]
    out = [one for one in out if one]
    if formula.after:
        out += spans.shown(formula.after, "paragraph", pictures).split("\n")
    return [prefix + out[0], *(rest + one for one in out[1:])]


def _prefix(line: str, opening: str, formula: blocks.Formula) -> str:
    """What stands before a formula's first line: quotes, bullets, spaces."""
    if formula.before:
        return line[: len(line) - len(opening)]
    found = re.search(r"\$\$|\\\[|\\begin\{", line)
    return line[: found.start()] if found else ""


def _change_rows(
    lines: list[str], start: int, end: int, changed: dict[int, tuple[int, list[str]]], pictures: Pictures
) -> None:
    for number in range(start, end):
        if not _RULE_OF_TABLE.match(lines[number].lstrip("> ")):
            changed[number] = (number + 1, [spans.row(lines[number], pictures)])


def _change_text(
    lines: list[str], token: Token, opened: Token, changed: dict[int, tuple[int, list[str]]], pictures: Pictures
) -> None:
    """Put a paragraph's or a heading's text for the page into `changed`, if it differs."""
    assert token.map
    start, end = token.map
    given = token.content.split("\n")
    rule = next((number for number, line in enumerate(given[1:], 1) if _is_rule(line, given[number - 1])), None)
    if rule is not None:  # a table, but for the bars in its formulas
        _change_rows(lines, start + rule - 1, end, changed, pictures)
        if rule == 1:
            return
        given, end = given[: rule - 1], start + rule - 1
    is_line = opened.type == "heading_open"
    place: spans.Place = "line" if is_line else "item" if opened.hidden else "paragraph"
    text = "\n".join(given)
    new = spans.shown(text, place, pictures)
    if new == text or not given[0]:
        return
    first, *others = new.split("\n")
    at = lines[start].rfind(given[0].rstrip())
    prefix, suffix = lines[start][:at], lines[start][at + len(given[0].rstrip()) :] if is_line else ""
    rest = _blank(prefix)
    changed[start] = (end, [prefix + first + suffix, *(rest + line for line in others)])


def _is_rule(line: str, before: str) -> bool:
    return "|" in line and "|" in before and "-" in line and _RULE_OF_TABLE.match(line) is not None


def _blank(prefix: str) -> str:
    """What continues a line that begins so: a bullet's or a number's place is kept, a quote's mark too."""
    return re.sub(r"[^\s>]", " ", prefix)
