r"""The text of one block of Markdown, written so that the page's parser takes it as it was meant. Knows no blocks.

That parser is remark with GFM, directives and math. It typesets between any two dollars, strikes between any two
tildes, takes `:word` out, does not know \(…\), and finds no bold beside Chinese punctuation.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from web.render import formulas, pictures
from web.render.pictures import Pictures

Place = Literal["paragraph", "item", "line", "cell"]  # an item of a tight list; a line is a heading
LINE_BREAK = "&#10;"  # which cannot begin a block; the page keeps it (paragraphs, and cells by public/style.css)

_TOKEN = re.compile(
    r"(?P<environment>\\begin\{(?P<name>[A-Za-z]+\*?)\}.*?\\end\{(?P=name)\})"
    r"|(?P<escape>\\[^(\[])|(?P<bracket>\\[(\[])|(?P<code>`+)|(?P<tag><[A-Za-z/!?][^<>]*>)|(?P<picture>!\[)"
    r"|(?P<target>\]\()|(?P<url>(?<![A-Za-z])(?:https?://|www\.)(?:\*(?=[\w/])|[^\s<>\"`*|\[\]\\\u2018-\u201d\u2014\u2026\u3000-\u303f\uff00-\uffef])+)"
    r"|(?P<dollars>\$+)|(?P<marks>\*+|~+|__+)|(?P<colons>:+(?=[A-Za-z]))",
    re.DOTALL,
)
_TARGET = re.compile(
    r"\(\s*(?:<(?P<pointed>[^<>\n]*)>|(?P<plain>(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*))"
    r"(?:\s+(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?\s*\)"
)
_ALT = re.compile(r"!\[(?P<alt>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\](?:\[(?P<label>[^\[\]]*)\])?", re.DOTALL)
_BREAK = re.compile(r"</?br(?:\s[^<>]*)?/?>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']?(?P<src>[^\s\"'>]*)", re.IGNORECASE)
_IMAGE_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_CLOSING = {r"\(": re.compile(r"(?:[^\\]|\\[^()])*?\\\)"), r"\[": re.compile(r"(?:[^\\]|\\[^\[\]])*?\\\]")}
_OPENING = re.compile(r"\\[(\[]|\$+|\\.")
_BLOCK_START = re.compile(r"(\s*)(?:(\d{1,9})([.)])|([-+*#>=|~`_]))")
_STOP = re.compile(r"[.,;:。，；：]+(?=\s|$)")
_EAST = re.compile(
    r"[\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f"
    r"\uff00-\uffef\U00020000-\U0003ffff“”‘’—…·]"
)


@lru_cache(maxsize=4096)  # while a text streams, all of it but the end is asked for again
def shown(text: str, place: Place, pictures: Pictures) -> str:
    """`text` for the page. What it has of more lines than before begins no block."""
    return _Scan(text, place, pictures).result() if _TOKEN.search(text) else text


@lru_cache(maxsize=4096)
def row(text: str, pictures: Pictures) -> str:
    """One row of a table; a bar within a formula does not end its cell."""
    protected, start = "", 0
    for first, end, formula in _formulas(text):
        if "|" in formula:
            protected += text[start:first] + formulas.inline(formula, in_cell=True)
            start = end
    cells = re.split(r"(?<!\\)\|", protected + text[start:])
    return "|".join(shown(cell, "cell", pictures) for cell in cells)


def _formulas(text: str) -> Iterator[tuple[int, int, str]]:
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
    """Where the formula that opens at `at` ends, and what it is; None where none does."""
    start = at + len(opening)
    if opening in _CLOSING:
        match = _CLOSING[opening].match(text, start)
        formula = match[0][:-2] if match else ""
        if match is None or text[match.end() : match.end() + 1] == "(" or formulas.is_pattern(formula):
            return None
        if formulas.is_escaped(formula) or (not formulas.has_evidence(formula) and formulas.is_escaped(text)):
            return None
        is_formula = formulas.is_bracketed_formula(formula) and (opening == r"\(" or formulas.has_evidence(formula))
        return (match.end(), formula) if is_formula else None
    if opening not in ("$", "$$"):
        return None
    closing = next((one for one in re.finditer(r"\\.|\$+", text[start:], re.DOTALL) if one[0][0] == "$"), None)
    if closing is None or closing[0] != opening:
        return None
    end, formula = start + closing.end(), text[start : start + closing.start()]
    if "`" in formula or not formulas.is_formula(formula):
        return None
    if opening == "$" and not _is_held_by_dollars(text, at, end, formula):
        return None
    return end, formula


def _is_held_by_dollars(text: str, at: int, end: int, formula: str) -> bool:
    """Whether two dollars stand as those of a formula do: close to it, no word before them, no digit after them."""
    before = text[at - 1 : at] if at else ""
    after = text[end : end + 1]
    if (before.isascii() and before.isalnum()) or (after.isdigit() and not formulas.has_command(formula)):
        return False
    if formula[0] == after == "(":  # a shell's $(…)$(…)
        return False
    spaces = formula[0].isspace() + formula[-1].isspace()
    if spaces == 0:
        return True
    return spaces == 2 and bool(re.search(r"[\\^_=]", formula)) and not text[:at].rstrip()[-1:].isdigit()


class _Scan:
    """One pass over a text, from token to token."""

    def __init__(self, text: str, place: Place, pictures: Pictures) -> None:
        self._text = text
        self._place = place
        self._pictures = pictures
        self._out: list[str] = []
        self._at = 0
        self._ends_plain = False  # what was written last is text as it came
        self._is_next_hidden = False  # a letter after this must look like punctuation
        self._open: dict[str, list[int]] = {"*": [], "~": [], "_": []}  # lengths of the marks that may still be closed

    def result(self) -> str:
        while token := _TOKEN.search(self._text, self._at):
            self._plain(self._text[self._at : token.start()])
            self._at = token.end()
            getattr(self, f"_{token.lastgroup}")(token)
        self._plain(self._text[self._at :])
        return "".join(self._out)

    def _plain(self, text: str) -> None:
        if not text:
            return
        if self._is_next_hidden and _kind(text[0]) == "letter":
            text = _hidden(text[0]) + text[1:]
        self._put(text)
        self._ends_plain = True

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._ends_plain = self._is_next_hidden = False

    def _escape(self, token: re.Match[str]) -> None:
        self._put(token[0])

    def _bracket(self, token: re.Match[str]) -> None:
        if found := formula_at(self._text, token.start(), token[0]):
            self._formula(*found, is_display=token[0] == r"\[")
        elif closed := _CLOSING[token[0]].match(self._text, token.end()):
            if formulas.is_pattern(closed[0]):
                self._at = closed.end()
                self._put("".join(_hidden(one) if one in string.punctuation else one for one in token[0] + closed[0]))
            else:  # brackets that were escaped
                self._put(token[0])
        else:
            self._put("\\" + token[0])

    def _environment(self, token: re.Match[str]) -> None:
        self._formula(token.end(), token[0], is_display=not formulas.may_be_inline(token[0]))

    def _dollars(self, token: re.Match[str]) -> None:
        if found := formula_at(self._text, token.start(), token[0]):
            self._formula(*found, is_display=token[0] == "$$")
        else:
            self._put(r"\$" * len(token[0]))

    def _formula(self, end: int, formula: str, *, is_display: bool) -> None:
        before = self._text[: self._at]
        self._at = end
        is_free = self._place in ("paragraph", "item") and before.count("**") % 2 == 0
        if not is_display or not is_free:
            self._put(formulas.inline(formula, in_cell=self._place == "cell"))
            return
        if stop := _STOP.match(self._text, end):
            self._at = stop.end()
            formula = formula.rstrip() + (stop[0] if stop[0].isascii() else rf"\text{{{stop[0]}}}")
        if self._out:
            self._out[-1] = self._out[-1].rstrip()
        lines = formulas.block(formula)
        self._put(("\n" if "".join(self._out) else "") + "\n".join(lines))
        self._new_line()

    def _new_line(self) -> None:
        """Go on in a line of its own, which begins no block."""
        rest = self._text[self._at :].lstrip()
        self._at = len(self._text) - len(rest)
        if rest:
            self._put("\n")
            if start := _BLOCK_START.match(rest):
                self._put(f"{start[2]}\\{start[3]}" if start[2] else f"\\{start[4]}")
                self._at += start.end()

    def _code(self, token: re.Match[str]) -> None:
        closing = re.compile(rf"(?<!`)`{{{len(token[0])}}}(?!`)").search(self._text, token.end())
        if closing:
            self._at = closing.end()
        self._put(self._text[token.start() : self._at])

    def _tag(self, token: re.Match[str]) -> None:
        if _BREAK.fullmatch(token[0]):
            self._break()
        elif (image := _IMAGE.match(token[0])) and not pictures.is_own(image["src"]):
            alt = _IMAGE_ALT.search(token[0])
            self._tell_picture(token.start(), (alt[1] or alt[2] or "") if alt else "", image["src"])
        else:
            self._put(token[0])

    def _break(self) -> None:
        rest = self._text[self._at :]
        if not rest.strip() or not "".join(self._out).strip():
            return
        if self._place == "item":
            self._put("\\")
            self._new_line()
        elif not rest.lstrip(" \t").startswith("\n"):
            self._put(LINE_BREAK)

    def _picture(self, token: re.Match[str]) -> None:
        name = _ALT.match(self._text, token.start())
        target = _TARGET.match(self._text, name.end()) if name and name["label"] is None else None
        address = None
        if name and target:
            address = target["pointed"] or target["plain"] or ""
        elif name:
            address = self._pictures.address(name["label"] or name["alt"])
        if name is None or address is None:
            self._put(token[0])
            return
        self._at = (target or name).end()
        if pictures.is_own(address):
            self._put(self._text[token.start() : self._at])
        else:
            self._tell_picture(token.start(), " ".join(name["alt"].split()), address)

    def _tell_picture(self, start: int, alt: str, address: str) -> None:
        is_linked = self._text[:start].endswith("[") and self._text[self._at :].startswith("](")
        alt = shown(alt, "cell", self._pictures)
        self._put(pictures.told(alt, address, self._pictures.not_loaded, is_linked=is_linked))

    def _target(self, token: re.Match[str]) -> None:
        target = _TARGET.match(self._text, token.end() - 1)
        if target:
            self._at = target.end()
        self._put(self._text[token.start() : self._at])

    def _url(self, token: re.Match[str]) -> None:
        url = re.sub(r"[.,;:!?'~_]+$", "", token[0])
        while url.endswith(")") and url.count(")") > url.count("("):
            url = re.sub(r"[.,;:!?'~_]+$", "", url[:-1])
        self._at = token.start() + len(url)
        rest = self._text[self._at :]
        is_in_link = re.match(r"[^\[\]\n]*\](?:\(|\[)", rest) and "[" in self._text[: token.start()]
        runs_on = not (re.match(r"\S*", rest) or [""])[0].isascii() or rest.startswith("*")
        if is_in_link or not (runs_on or self._is_next_hidden):
            self._put(url)
        elif url.startswith("www."):
            self._put(f"[{url}](http://{url})")
        else:
            self._put(f"<{url}>")

    def _colons(self, token: re.Match[str]) -> None:
        self._put(r"\:" * len(token[0]))

    def _marks(self, token: re.Match[str]) -> None:
        """Stars and tildes: those that are meant as text are escaped, those that CommonMark misjudges get its help."""
        before, after = self._text[: token.start()], self._text[token.end() :]
        if _is_text(token[0], before, after):
            self._put("".join(f"\\{one}" for one in token[0]))
            return
        stack, size = self._open[token[0][0]], len(token[0])
        left, right = _kind(before[-1:]), _kind(after[:1])
        is_eastern = _EAST.search(before[-1:] + after[:1]) is not None
        may_open = right != "space" and not (left == "letter" and right == "punctuation")
        is_smaller = bool(stack) and stack[-1] > size and not may_open
        if left != "space" and (is_smaller or size in (sum(stack[-1:]), sum(stack[-2:]))):
            _close(stack, size)
            self._put(token[0])
            self._is_next_hidden = is_eastern and left == "punctuation" and right == "letter"
            return
        if right != "space":
            stack.append(size)
            if is_eastern and left == "letter" and right == "punctuation" and self._ends_plain:
                self._out[-1] = self._out[-1][:-1] + _hidden(before[-1])
        self._put(token[0])


def _is_text(marks: str, before: str, after: str) -> bool:
    """Whether stars or tildes are no markup: a range, a product, a power."""
    left, right = before[-1:], after[:1]
    if marks[0] == "~":
        return len(marks) == 1 or (len(marks) == 2 and left.isdigit() and right.isdigit())
    if len(marks) == 1:
        return _is_plain_word(left) and _is_plain_word(right)
    is_value = left.isdigit() or left == ")" or (_is_plain_word(left) and not _is_plain_word(before[-2:-1]))
    return len(marks) == 2 and is_value and right.isdigit() and right.isascii()


def _close(stack: list[int], size: int) -> None:
    """Take so many marks from those that were open."""
    while size and stack:
        last = stack.pop()
        if last > size:
            stack.append(last - size)
        size -= min(last, size)


def _is_plain_word(one: str) -> bool:
    return one.isascii() and one.isalnum()


def _kind(one: str) -> Literal["space", "punctuation", "letter"]:
    """What a character is to emphasis, as micromark has it, which sees only halves of those beyond U+FFFF."""
    if not one or one.isspace():
        return "space"
    if one <= "\uffff" and unicodedata.category(one)[0] in "PS":
        return "punctuation"
    return "letter"


def _hidden(one: str) -> str:
    """The character as a reference: the same in the page, but punctuation to what stands beside it."""
    return f"&#{ord(one)};"
