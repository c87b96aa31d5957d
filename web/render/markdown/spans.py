r"""The text of one block of Markdown, written so that the page's parser takes it as it was meant. Knows no blocks.

That parser is remark with GFM, directives and math. It typesets between any two dollars, strikes between any two
tildes, takes `:word` out, does not know \(…\), and finds no bold beside Chinese punctuation.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import Literal

from web.render.markdown import formulas, pictures
from web.render.markdown.emphasis import Emphasis, hidden, is_letter
from web.render.markdown.formula_places import CLOSING, formula_at, formulas_in_row
from web.render.markdown.pictures import Pictures

Place = Literal["paragraph", "item", "line", "cell"]  # an item of a tight list; a line is a heading
LINE_BREAK = "&#10;"  # which cannot begin a block; the page keeps it (paragraphs, and cells by public/style.css)
_JOINT = "&#8288;"  # nothing to see, between two formulas

_TOKEN = re.compile(
    r"(?P<environment>\\begin\{(?P<name>[A-Za-z]+\*?)\}(?P<body>.{0,2000}?)\\end\{(?P=name)\})"
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
_BLOCK_START = re.compile(r"(\s*)(?:(\d{1,9})([.)])|([-+*#>=|~`_]))")
_FOOTNOTE = re.compile(r"^\[\^[^\[\]\s]+\]\Z", re.MULTILINE)
_STOP = re.compile(r"[.,;:。，；：]+(?=\s|$)")


@lru_cache(maxsize=4096)  # while a text streams, all of it but the end is asked for again
def shown(text: str, place: Place, pictures: Pictures) -> str:
    """`text` for the page. What it has of more lines than before begins no block."""
    return _Scan(text, place, pictures).result() if _TOKEN.search(text) else text


@lru_cache(maxsize=4096)
def row(text: str, pictures: Pictures) -> str:
    """One row of a table; a bar within a formula does not end its cell."""
    protected, start = "", 0
    for first, end, formula in formulas_in_row(text):
        if "|" in formula:
            protected += text[start:first] + formulas.inline(formula, in_cell=True)
            start = end
    cells = re.split(r"(?<!\\)\|", protected + text[start:])
    return "|".join(shown(cell, "cell", pictures) for cell in cells)


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
        self._emphasis = Emphasis()

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
        if self._is_next_hidden and is_letter(text[0]):
            text = hidden(text[0]) + text[1:]
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
        elif closed := CLOSING[token[0]].match(self._text, token.end()):
            if formulas.is_pattern(closed[0]) or formulas.are_named(closed[0][:-2]):
                self._at = closed.end()
                self._put("".join(hidden(one) if one in string.punctuation else one for one in token[0] + closed[0]))
            else:  # brackets that were escaped
                self._put(token[0])
        else:
            self._put("\\" + token[0])

    def _environment(self, token: re.Match[str]) -> None:
        name, body = token["name"], token["body"]
        if not re.fullmatch(formulas.ENVIRONMENTS, name) or not formulas.is_bracketed_formula(body):
            self._at = token.start() + len(r"\begin")  # LaTeX that is no formula
            self._put(r"\begin")
            return
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
            beside = self._out and re.search(r"(?<!\\)\$$", self._out[-1])  # else the page would see $$
            self._put((_JOINT if beside else "") + formulas.inline(formula, in_cell=self._place == "cell"))
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
        alt = shown(alt, "cell", self._pictures)
        self._put(pictures.told(alt, address, self._pictures.not_loaded, is_linked=self._is_in_link(start)))

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
        runs_on = not (re.match(r"\S*", rest) or [""])[0].isascii() or rest.startswith("*")
        if self._is_in_link(token.start()) or not (runs_on or self._is_next_hidden):
            self._put(url)
        elif url.startswith("www."):
            self._put(f"[{url}](http://{url})")
        else:
            self._put(f"<{url}>")

    def _is_in_link(self, start: int) -> bool:
        """Whether what stands from `start` to here is part of a link's text."""
        return bool(re.match(r"[^\[\]\n]{0,200}\](?:\(|\[)", self._text[self._at :])) and "[" in self._text[:start]

    def _colons(self, token: re.Match[str]) -> None:
        is_of_footnote = _FOOTNOTE.search(self._text, 0, token.start())
        self._put(token[0] if is_of_footnote else r"\:" * len(token[0]))

    def _marks(self, token: re.Match[str]) -> None:
        before, after = self._text[: token.start()], self._text[token.end() :]
        fix = self._emphasis.judge(token[0], before, after)
        if fix == "before" and self._ends_plain and self._out[-1].endswith(before[-1]):  # else it is hidden already
            self._out[-1] = self._out[-1][:-1] + hidden(before[-1])
        self._put("".join(f"\\{one}" for one in token[0]) if fix == "text" else token[0])
        self._is_next_hidden = fix == "after"
