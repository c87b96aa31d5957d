"""Fonts of a page of a PDF: what they say that PDFium does not ask, by pypdf. Knows no text that is drawn.

PDFium knows the CMaps that the standard lists, and reads a Type 3 font by its ToUnicode alone, which not every program
writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pypdf._codecs import adobe_glyphs
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from agent.attachments.pdf_annotations import look_up
from agent.internals import listed

INTERNALS = listed(
    "pypdf 7.1.0",
    ("pypdf._codecs.adobe_glyphs", "69ac4e46ea50", "the characters of Adobe's glyphs: no other library here has them"),
)
MAX_DEPTH = 5
# How CMaps are called that PDFium does not know, or not whole.
CODECS = {
    "UTF8": "utf-8",
    "UTF16": "utf-16-be",
    "UTF32": "utf-32-be",
    "UCS2": "utf-16-be",
    "HKscs": "big5hkscs",
    "B5": "big5hkscs",
    "RKSJ": "cp932",
    "78-EUC": "euc_jp",
    "KSCpc-EUC": "cp949",
    "Johab": "johab",
}


@dataclass(frozen=True)
class Glyphs:
    """By the names of fonts: the characters of their codes, or the codec in which they are written."""

    characters: dict[str, dict[int, str]] = field(default_factory=dict)
    codecs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, page: DictionaryObject) -> Glyphs:
        """What the page's fonts say, as far as they say anything."""
        glyphs = cls()
        for font in _fonts(page, MAX_DEPTH):
            match look_up(font, "/Subtype"):
                case "/Type3" if "/ToUnicode" not in font:
                    glyphs.characters.setdefault(_name(font), {}).update(_characters(font))
                case "/Type0" if not isinstance(look_up(font, "/ToUnicode"), StreamObject) and (codec := _codec(font)):
                    glyphs.codecs.update(dict.fromkeys([_name(font), _name(_descendant(font))], codec))
        return glyphs


def _fonts(drawn: DictionaryObject, depth: int) -> Iterator[DictionaryObject]:
    """The fonts of a page or form, and of the forms that it uses."""
    resources = look_up(drawn, "/Resources")
    if not isinstance(resources, DictionaryObject) or not depth:
        return
    for kind in ("/Font", "/XObject"):
        named = look_up(resources, kind)
        for name in named if isinstance(named, DictionaryObject) else ():
            one = look_up(named, name)
            if isinstance(one, DictionaryObject) and kind == "/Font":
                yield one
            elif isinstance(one, DictionaryObject):
                yield from _fonts(one, depth - 1)


def _name(font: DictionaryObject) -> str:
    return str(look_up(font, "/BaseFont") or "").removeprefix("/")


def _descendant(font: DictionaryObject) -> DictionaryObject:
    """The font whose glyphs a composite one shows; PDFium may call it by the name of either."""
    descendants = look_up(font, "/DescendantFonts")
    first = descendants[0].get_object() if isinstance(descendants, ArrayObject) and descendants else None
    return first if isinstance(first, DictionaryObject) else font


def _characters(font: DictionaryObject) -> Iterator[tuple[int, str]]:
    """The font's codes with the characters that their names stand for."""
    encoding = look_up(font, "/Encoding")
    differences = look_up(encoding, "/Differences") if isinstance(encoding, DictionaryObject) else None
    code = 0
    for one in differences if isinstance(differences, ArrayObject) else ():
        if not isinstance(one, NameObject):
            code = int(one)
            continue
        if character := adobe_glyphs.get(one):
            yield code, character
        code += 1


def _codec(font: DictionaryObject) -> str | None:
    """In which codec the font's text is written, if the name of its CMap says so; a ToUnicode may be a name, too."""
    if str(look_up(font, "/ToUnicode")).startswith("/Identity"):
        return "utf-16-be"
    encoding = str(look_up(font, "/Encoding"))
    return next((codec for name, codec in CODECS.items() if re.search(rf"\b{name}\b", encoding)), None)
