"""Characters of one page of a PDF in their order, with their places, by PDFium. Knows no pictures and no forms.

A character of which the file does not say what it is becomes U+FFFD.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cached_property
from itertools import groupby, pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from agent.attachments.pdf_glyphs import Glyphs
from agent.attachments.pdf_typed import Rectangle
from tools.text import clean

UNREADABLE = "\ufffd"
OWN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff\U000f0000-\U0010ffff]")  # of its font
SYMBOLS = {0xF0B7: "•", 0xF0A7: "▪"}  # Word's bullets, by the place that they have in their fonts
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # quicker than to ask for each character
ALEFS, LAM = "\u0622\u0623\u0625\u0627", "\u0644"
HYPHEN = 2  # what PDFium makes of one at the end of a line, and joins the lines

MAX_NAME = 200
QUARTER = math.pi / 2
ROW = 50.0  # points; higher characters are found by their lower part
SAMPLE = 200  # so many characters tell how a page's text stands


class Characters:
    """The first `max_codes` characters of a page, each a piece of text that may be changed. `turn` is by how many
    degrees the page has to be turned so that its text stands upright."""

    def __init__(self, page: pdfium.PdfPage, max_codes: int, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._text_page = page.get_textpage()
        self.total = int(self._text_page.count_chars())
        self.turn = self._turn_upright(page)
        handle = self._text_page.raw
        self._codes = [pdfium_c.FPDFText_GetUnicode(handle, at) for at in range(min(self.total, max_codes))]
        self.pieces = [self._piece(at, code) for at, code in enumerate(self._codes)]
        if glyphs.codecs:
            self._decode_unknown_codes()
        if RIGHT_TO_LEFT.search("".join(self.pieces)):
            self._order_right_to_left()

    @property
    def is_cut(self) -> bool:
        """Whether the page has more of them."""
        return len(self._codes) < self.total

    @property
    def unreadable_share(self) -> float:
        """Which part of those that are seen is unreadable, 0 to 1."""
        seen = [piece for piece in self.pieces if piece.strip()]
        return seen.count(UNREADABLE) / len(seen) if seen else 0.0

    def between(self, bottom: float, top: float) -> list[tuple[int, Rectangle]]:
        """Those that are seen at least in part between two heights of the upright page: their indexes and places."""
        rows = (row for height, row in self._rows.items() if bottom - 2 * ROW < height * ROW < top + ROW)
        return sorted((at, box) for row in rows for at, box in row if box.top >= bottom and box.bottom <= top)

    @cached_property
    def _rows(self) -> dict[int, list[tuple[int, Rectangle]]]:
        """Where each of those stands that are seen, by its index, in rows by their height."""
        found = defaultdict[int, list[tuple[int, Rectangle]]](list)
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        for at, piece in enumerate(self.pieces):
            if piece.strip() and pdfium_c.FPDFText_GetCharBox(self._text_page.raw, at, left, right, bottom, top):
                box = Rectangle(left.value, bottom.value, right.value, top.value).turned(self.turn)
                found[int(box.bottom // ROW)].append((at, box))
        return found

    def text(self) -> str:
        """All of them; a half of a character that stands alone is unreadable."""
        return str(clean("".join(self.pieces).replace("\r", "").replace("\0", "")))

    def _turn_upright(self, page: pdfium.PdfPage) -> int:
        """PDFium reads the lines of text that does not stand upright in any order, so the page is turned."""
        handle, sample = self._text_page.raw, range(0, self.total, max(1, self.total // SAMPLE))
        angles = Counter(round(pdfium_c.FPDFText_GetCharAngle(handle, at) / QUARTER) for at in sample)
        turn = -90 * angles.most_common(1)[0][0] % 360 if angles else 0
        if turn != page.get_rotation():
            page.set_rotation(turn)
            self._text_page = page.get_textpage()
            self.total = int(self._text_page.count_chars())
        return turn

    def _piece(self, at: int, code: int) -> str:
        """One character as text."""
        handle = self._text_page.raw
        if code == HYPHEN and pdfium_c.FPDFText_IsHyphen(handle, at) == 1:
            return "-\n"
        if code and pdfium_c.FPDFText_HasUnicodeMapError(handle, at) == 1:
            return self._glyphs.characters.get(self._font(at), {}).get(code, UNREADABLE)
        character = chr(code)
        return SYMBOLS.get(code, UNREADABLE) if OWN.match(character) else character

    def _font(self, at: int) -> str:
        """The name of a character's font."""
        font = pdfium_c.FPDFTextObj_GetFont(pdfium_c.FPDFText_GetTextObject(self._text_page.raw, at))
        name = ctypes.create_string_buffer(MAX_NAME)
        pdfium_c.FPDFFont_GetBaseFontName(font, name, MAX_NAME)
        return name.value.decode("utf-8", "replace")

    def _decode_unknown_codes(self) -> None:
        """Read in one go what is written in a codec; PDFium takes two bytes of it for a character."""
        for codec, run in groupby(range(len(self.pieces)), self._codec):
            if codec:
                places = list(run)
                written = b"".join(self._codes[at].to_bytes(2, "big") for at in places)
                self.pieces[places[0] : places[-1] + 1] = [written.decode(codec, "replace"), *[""] * (len(places) - 1)]

    def _codec(self, at: int) -> str | None:
        code = self._codes[at]
        is_unknown = code < 2**16 and (not code or self.pieces[at] == UNREADABLE)
        return self._glyphs.codecs.get(self._font(at)) if is_unknown else None

    def _order_right_to_left(self) -> None:
        """Turn words that PDFium leaves as they stand on the page, from left to right."""
        for is_word, run in groupby(range(len(self.pieces)), lambda at: _is_right_to_left(self.pieces[at])):
            if not is_word:
                continue
            places = list(run)
            first, last = places[0], places[-1]
            if self._x(first) < self._x(last):
                self.pieces[first : last + 1] = reversed(self.pieces[first : last + 1])
            for at, after in pairwise(places):
                is_pair = self.pieces[at] in ALEFS and self.pieces[after] == LAM
                if is_pair and self._x(at) == self._x(after):  # one sign, of which lam is the first letter
                    self.pieces[at], self.pieces[after] = self.pieces[after], self.pieces[at]

    def _x(self, at: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetCharOrigin(self._text_page.raw, at, x, y)
        return x.value


def _is_right_to_left(piece: str) -> bool:
    return len(piece) == 1 and unicodedata.bidirectional(piece) in ("R", "AL", "NSM")
