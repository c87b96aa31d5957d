"""One page of a PDF as text, with what was typed onto it beside its labels, and whether it shows more than text."""

from __future__ import annotations

from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from agent.attachments.pdf_characters import OWN, UNREADABLE, Characters
from agent.attachments.pdf_glyphs import Glyphs
from agent.attachments.pdf_typed import Rectangle, Typed
from tools.text import clean

LINE_HEIGHT = 20.0  # in points: a label stands beside the first line of what is typed into a larger field
OVERLAP = 3.0  # how far a label may reach into the field
NEAR = 30.0  # how far from its label a box, or text of no field, may be
FEW_CHARS = 40  # a stamp or a page's number
MOST_OF_THE_PAGE = 0.8
PICTURES = (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING)
MOST_OBJECTS = 5000  # that are looked at
MANY_SEGMENTS = 100  # lines, by which letters may be drawn; a frame has fewer


class PdfPage:
    """Page `number` of a file, its first `max_codes` characters. Raises PdfiumError if it is damaged."""

    def __init__(self, file: pdfium.PdfDocument, number: int, max_codes: int, glyphs: Glyphs) -> None:
        self._page = file[number - 1]
        self._characters = Characters(self._page, max_codes, glyphs)
        self._behind = list[str]()

    @property
    def is_cut(self) -> bool:
        """Whether the page has more characters."""
        return self._characters.is_cut

    @property
    def unreadable_share(self) -> float:
        """Which part of the characters is unreadable, 0 to 1."""
        return self._characters.unreadable_share

    def text(self) -> str:
        """The page's text, and behind it what was typed and has no place in it."""
        lines = [*self._characters.text().split("\n"), *self._behind]
        return "\n".join(line.rstrip() for line in lines).strip()

    def shows_more_than_text(self) -> bool:
        """Whether the page is a picture, though a few words may be written over it, or letters that are drawn."""
        text = self.text()
        if len(text) >= FEW_CHARS:
            return False
        shown = list(islice(self._page.get_objects(), MOST_OBJECTS))
        pictures = [one for one in shown if one.type in PICTURES]
        if text:
            whole = self._page.get_width() * self._page.get_height()
            return any(_area(one) > MOST_OF_THE_PAGE * whole for one in pictures)
        lines = (pdfium_c.FPDFPath_CountSegments(one) for one in shown if one.type == pdfium_c.FPDF_PAGEOBJ_PATH)
        texts = [one for one in shown if one.type == pdfium_c.FPDF_PAGEOBJ_TEXT]
        is_unknown = not self._characters.total and any(_area(one) for one in texts)
        return bool(pictures) or is_unknown or sum(lines) > MANY_SEGMENTS

    def add(self, typed: Typed) -> None:
        """Put what was typed where it stands on the page, or behind its text; not if it is drawn there anyway."""
        place = typed.place.turned(self._characters.turn)
        pieces, text = self._characters.pieces, _clean(typed.text)
        near = self._characters.between(place.bottom, place.top)
        within = "".join(pieces[at] for at, box in near if _is_within(box, place))
        if "".join(text.split()) in "".join(within.split()):
            return
        if typed.kind == "box" and (label := self._right_of(place)) is not None:
            pieces[label] = f"{text} {pieces[label]}"
        elif typed.kind != "note" and (label := self._left_of(place, is_field=typed.kind == "value")) is not None:
            pieces[label] += f" {text}"
        else:
            self._behind.append(_line(typed, text))

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
        middle = (bottom + place.top) / 2
        return [
            (at, box)
            for at, box in self._characters.between(bottom, place.top)
            if bottom <= (box.bottom + box.top) / 2 <= place.top or box.bottom <= middle <= box.top
        ]


def _line(typed: Typed, text: str) -> str:
    """What was typed, with its name, for the end of the page."""
    match typed.kind:
        case "value" if typed.name:
            return f"{_clean(typed.name)}: {text}"
        case "box":
            return f"{text} {_clean(typed.name)}"
    return f"[note] {text}"


def _clean(text: str) -> str:
    """A text from beside the drawing, whose characters were not looked at yet."""
    whole = clean(text.replace("\0", ""))
    return OWN.sub(UNREADABLE, whole.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _is_within(box: Rectangle, place: Rectangle) -> bool:
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return place.left <= x <= place.right and place.bottom <= y <= place.top


def _area(shown: pdfium.PdfObject) -> float:
    left, bottom, right, top = shown.get_bounds()
    return float((right - left) * (top - bottom))
