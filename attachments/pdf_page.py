"""One page of a PDF as text, by PDFium: its characters in their order, and where they stand, so that what was typed
into a form comes behind its label.

A character of which the file does not say what it is becomes U+FFFD.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from functools import cached_property
from itertools import groupby, pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from attachments.pdf_glyphs import Glyphs
from attachments.pdf_typed import Rectangle, Typed

UNREADABLE = "\ufffd"
ALEFS, LAM = "\u0622\u0623\u0625\u0627", "\u0644"
HYPHEN = 2  # what PDFium makes of one at the end of a line, and joins the lines
SYMBOLS = {0xF0B7: "•", 0xF0A7: "▪"}  # Word's bullets, by the place that they have in their fonts
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

MAX_NAME = 200
QUARTER = math.pi / 2
SAMPLE = 200  # so many characters tell how a page's text stands
LINE_HEIGHT = 20.0  # in points: a label stands beside the first line of what is typed into a larger field
OVERLAP = 3.0  # how far a label may reach into the field
NEAR = 30.0  # how far from its label a box, or text of no field, may be
FEW_CHARS = 40  # a stamp or a page's number
MOST_OF_THE_PAGE = 0.8
MANY_SEGMENTS = 100  # lines, by which letters may be drawn; a frame has fewer


class PdfPage:
    """Page `number` of a file, its first `max_codes` codes. Raises PdfiumError if it is damaged."""

    def __init__(self, file: pdfium.PdfDocument, number: int, max_codes: int, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._page = file[number - 1]
        self._characters = self._page.get_textpage()
        self._turn = self._turn_upright()
        self._total = self._characters.count_chars()
        handle = self._characters.raw
        self._codes = [pdfium_c.FPDFText_GetUnicode(handle, at) for at in range(min(self._total, max_codes))]
        self._pieces = [self._piece(at, code) for at, code in enumerate(self._codes)]
        self._decode_unknown_codes()
        self._order_right_to_left()
        self._behind = list[str]()

    @property
    def is_cut(self) -> bool:
        """Whether the page has more codes."""
        return len(self._codes) < self._total

    @property
    def unreadable_share(self) -> float:
        """Which part of the characters that are drawn is unreadable, 0 to 1."""
        drawn = [piece for piece in self._pieces if piece.strip()]
        return drawn.count(UNREADABLE) / len(drawn) if drawn else 0.0

    def text(self) -> str:
        """The page's text; halves of characters that stand alone are unreadable."""
        text = "".join(self._pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        lines = [*text.replace("\r", "").replace("\0", "").split("\n"), *self._behind]
        return "\n".join(line.rstrip() for line in lines).strip()

    def shows_more_than_text(self) -> bool:
        """Whether the page is a picture, though a few words may be written over it, or letters that are drawn."""
        text = self.text()
        if len(text) >= FEW_CHARS:
            return False
        kinds = (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING)
        pictures = list(self._page.get_objects(kinds))
        if text:
            whole = self._page.get_width() * self._page.get_height()
            return any(_area(one) > MOST_OF_THE_PAGE * whole for one in pictures)
        return bool(pictures) or self._has_drawn_letters()

    def add(self, typed: Typed) -> None:
        """Put what was typed where it stands on the page, or behind its text; not if it is drawn there anyway."""
        place = typed.place.turned(self._turn)
        text = _clean(typed.text)
        within = [at for at, box in self._boxes if _is_within(box, place)]
        if "".join(text.split()) in "".join("".join(self._pieces[at] for at in within).split()) and text:
            return
        if typed.kind == "box" and (label := self._right_of(place)) is not None:
            self._pieces[label] = f"{text} {self._pieces[label]}"
        elif typed.kind != "note" and (label := self._left_of(place, is_field=typed.kind == "value")) is not None:
            self._pieces[label] += f" {text}"
        else:
            self._behind.append(_line(typed, text))

    def _turn_upright(self) -> int:
        """Turn the page so that most of its text stands upright, for PDFium reads the lines of other text in any order.
        Returns by how many degrees."""
        total = self._characters.count_chars()
        sample = range(0, total, max(1, total // SAMPLE))
        angles = Counter(round(pdfium_c.FPDFText_GetCharAngle(self._characters.raw, at) / QUARTER) for at in sample)
        turn = -90 * angles.most_common(1)[0][0] % 360 if angles else 0
        if turn != self._page.get_rotation():
            self._page.set_rotation(turn)
            self._characters = self._page.get_textpage()
        return turn

    def _piece(self, at: int, code: int) -> str:
        """One character as text."""
        handle = self._characters.raw
        if code == HYPHEN and pdfium_c.FPDFText_IsHyphen(handle, at) == 1:
            return "-\n"
        if code and pdfium_c.FPDFText_HasUnicodeMapError(handle, at) == 1:
            return self._glyphs.characters.get(self._font(at), {}).get(code, UNREADABLE)
        if unicodedata.category(chr(code)) == "Co" or CONTROL.match(chr(code)):  # only the font knows
            return SYMBOLS.get(code, UNREADABLE)
        return chr(code)

    def _decode_unknown_codes(self) -> None:
        """Read in one go what is written in a codec; PDFium takes two bytes of it for a character."""
        for codec, run in groupby(range(len(self._pieces)), self._codec):
            if codec:
                places = list(run)
                written = b"".join(self._codes[at].to_bytes(2, "big") for at in places)
                self._pieces[places[0] : places[-1] + 1] = [written.decode(codec, "replace"), *[""] * (len(places) - 1)]

    def _codec(self, at: int) -> str | None:
        code = self._codes[at]
        is_unknown = self._glyphs.codecs and code < 2**16 and (not code or self._pieces[at] == UNREADABLE)
        return self._glyphs.codecs.get(self._font(at)) if is_unknown else None

    def _font(self, at: int) -> str:
        """The name of a character's font."""
        font = pdfium_c.FPDFTextObj_GetFont(pdfium_c.FPDFText_GetTextObject(self._characters.raw, at))
        name = ctypes.create_string_buffer(MAX_NAME)
        pdfium_c.FPDFFont_GetBaseFontName(font, name, MAX_NAME)
        return name.value.decode("utf-8", "replace")

    def _order_right_to_left(self) -> None:
        """Turn words of right-to-left scripts that PDFium leaves as they stand on the page, from left to right."""
        right_to_left = ((at, piece) for at, piece in enumerate(self._pieces))
        for is_word, run in groupby(right_to_left, lambda one: _is_right_to_left(one[1])):
            word = list(run)
            first, last = word[0][0], word[-1][0]
            if is_word and self._x(first) < self._x(last):
                self._pieces[first : last + 1] = [piece for _, piece in reversed(word)]
            for (at, piece), (after, following) in pairwise(word) if is_word else ():
                is_one_sign = piece in ALEFS and following == LAM and self._x(at) == self._x(after)
                if is_one_sign:  # lam is its first letter
                    self._pieces[at], self._pieces[after] = following, piece

    def _x(self, at: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetCharOrigin(self._characters.raw, at, x, y)
        return x.value

    @cached_property
    def _boxes(self) -> list[tuple[int, Rectangle]]:
        """Where each character stands that is seen, by its index."""
        found = list[tuple[int, Rectangle]]()
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        for at, piece in enumerate(self._pieces):
            if piece.strip() and pdfium_c.FPDFText_GetCharBox(self._characters.raw, at, left, right, bottom, top):
                box = Rectangle(left.value, bottom.value, right.value, top.value)
                found.append((at, box.turned(self._turn)))
        return found

    def _left_of(self, place: Rectangle, is_field: bool) -> int | None:
        """The character that ends the label before a place; None if there is none, or none near what is no field."""
        before = [(box.right, at) for at, box in self._beside(place) if box.right <= place.left + OVERLAP]
        edge, at = max(before, default=(0.0, None))
        return at if is_field or edge >= place.left - NEAR else None

    def _right_of(self, place: Rectangle) -> int | None:
        """The character that begins the label after a box; None if there is none near."""
        after = [(box.left, at) for at, box in self._beside(place) if box.left >= place.right - OVERLAP]
        edge, at = min(after, default=(0.0, None))
        return at if edge <= place.right + NEAR else None

    def _beside(self, place: Rectangle) -> list[tuple[int, Rectangle]]:
        """The characters on the first line of a field."""
        bottom = max(place.bottom, place.top - LINE_HEIGHT)
        return [
            (at, box)
            for at, box in self._boxes
            if bottom <= (box.bottom + box.top) / 2 <= place.top or box.bottom <= (bottom + place.top) / 2 <= box.top
        ]

    def _has_drawn_letters(self) -> bool:
        """Whether the page has lines enough for letters, or text of which PDFium knows no character."""
        kinds = (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_TEXT)
        segments = 0
        for one in self._page.get_objects(kinds):
            if one.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
                if not self._total and _area(one):
                    return True
            elif (segments := segments + pdfium_c.FPDFPath_CountSegments(one)) > MANY_SEGMENTS:
                return True
        return False


def _line(typed: Typed, text: str) -> str:
    """What was typed, with its name, for the end of the page."""
    match typed.kind:
        case "value" if typed.name:
            return f"{_clean(typed.name)}: {text}"
        case "box":
            return f"{text} {_clean(typed.name)}"
    return f"[note] {text}"


def _clean(text: str) -> str:
    """A text from beside the drawing, of which nobody has looked at the characters."""
    return CONTROL.sub(UNREADABLE, text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _is_right_to_left(piece: str) -> bool:
    return len(piece) == 1 and unicodedata.bidirectional(piece) in ("R", "AL", "NSM")


def _is_within(box: Rectangle, place: Rectangle) -> bool:
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return place.left <= x <= place.right and place.bottom <= y <= place.top


def _area(picture: pdfium.PdfObject) -> float:
    left, bottom, right, top = picture.get_bounds()
    return float((right - left) * (top - bottom))
