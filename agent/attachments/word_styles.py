"""What a Word file's styles say of a paragraph: its level as a heading, its list, and whether text is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from agent.attachments.office_package import attribute, child, is_on, name

MAX_LEVEL = 6  # of headings in Markdown
BODY_TEXT = 9  # the outline level of what is no heading
# What programs call a heading; Word itself writes the English name in every language.
HEADING = re.compile(
    r"(?:heading|标题|標題|見出し|제목|überschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|nagłówek|"
    r"заголовок|başlık|otsikko|nadpis)\s*([1-9])",
    re.IGNORECASE,
)
TITLE = re.compile(r"title|标题|標題", re.IGNORECASE)


@dataclass(frozen=True)
class Style:
    """What a style says: a heading's level, the list and the level in it (empty if it is not said), and the rest."""

    heading: int | None
    list_id: str
    list_level: str
    is_hidden: bool


class Styles:
    """The styles of one file; without its part of styles, the ids of Word's own."""

    def __init__(self, root: etree._Element | None) -> None:
        styles = [one for one in root if name(one) == "w:style"] if root is not None else []
        self._styles = {attribute(one, "w:styleId"): one for one in styles}
        self._resolved = dict[str, Style]()
        self._default = next(
            (
                attribute(one, "w:styleId")
                for one in styles
                if attribute(one, "w:type") == "paragraph" and attribute(one, "w:default") in ("1", "true", "on")
            ),
            "",
        )

    def heading(self, properties: etree._Element | None) -> int | None:
        """The level of a heading, from 1; None for other paragraphs. `properties` is a paragraph's w:pPr."""
        if outline := attribute(child(properties, "w:outlineLvl"), "w:val"):
            return _level(outline)
        return self.resolved(self.style(properties)).heading

    def style(self, properties: etree._Element | None) -> str:
        """The id of a paragraph's style."""
        return attribute(child(properties, "w:pStyle"), "w:val") or self._default

    def resolved(self, style: str) -> Style:
        """What a style says, by itself or by the one that it is based on."""
        if style not in self._resolved:
            chain = [*self._chain(style)]
            numbers = (child(one, "w:pPr", "w:numPr") for one in chain)
            number = next((one for one in numbers if one is not None), None)
            hidden = (child(one, "w:rPr", "w:vanish") for one in chain)
            self._resolved[style] = Style(
                _heading(chain) if chain else _named_level(style),
                attribute(child(number, "w:numId"), "w:val"),
                attribute(child(number, "w:ilvl"), "w:val"),
                is_on(next((one for one in hidden if one is not None), None)),
            )
        return self._resolved[style]

    def _chain(self, style: str) -> Iterator[etree._Element]:
        """The style, the one that it is based on, and so on."""
        passed = set[str]()
        while style not in passed and (one := self._styles.get(style)) is not None:
            passed.add(style)
            yield one
            style = attribute(child(one, "w:basedOn"), "w:val")


def _level(outline: str) -> int | None:
    """A heading's level of an outline's level, which counts from 0."""
    return min(int(outline) + 1, MAX_LEVEL) if outline.isdecimal() and int(outline) < BODY_TEXT else None


def _heading(chain: Sequence[etree._Element]) -> int | None:
    for one in chain:
        if outline := attribute(child(one, "w:pPr", "w:outlineLvl"), "w:val"):
            return _level(outline)
        if level := _named_level(attribute(child(one, "w:name"), "w:val")):
            return level
    return None


def _named_level(style: str) -> int | None:
    if found := HEADING.fullmatch(style):
        return min(int(found[1]), MAX_LEVEL)
    return 1 if TITLE.fullmatch(style) else None
