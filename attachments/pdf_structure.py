"""What a PDF holds beside its drawing, by pypdf: what was typed onto its pages, the names of glyphs, and whether its
streams are whole. Knows nothing of the text that is drawn. A file that pypdf cannot open has none of it.
"""

from __future__ import annotations

import io
import logging

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from attachments.pdf_annotations import look_up, typed_by
from attachments.pdf_glyphs import Glyphs
from attachments.pdf_streams import Streams
from attachments.pdf_typed import Typed

logger = logging.getLogger(__name__)


class Structure:
    """A file's pages and its form. `is_xfa_only` if its pages are made by a program that only Adobe's viewers run."""

    def __init__(self, data: bytes) -> None:
        self._pages = list[PageObject]()
        self._streams = Streams()
        self.is_xfa_only = False
        try:
            reader = PdfReader(io.BytesIO(data))
            if reader.is_encrypted:
                reader.decrypt("")
            form = look_up(reader.root_object, "/AcroForm")
            if isinstance(form, DictionaryObject) and "/XFA" in form:
                needs_viewer = bool(look_up(reader.root_object, "/NeedsRendering"))
                self.is_xfa_only = needs_viewer or not look_up(form, "/Fields")
            self._pages = list(reader.pages)
        except MemoryError:
            raise
        except Exception:  # pypdf has many for what it did not expect; the pages are read all the same
            logger.exception("the structure cannot be read")

    def typed(self, number: int) -> list[Typed]:
        """What was typed onto page `number`, from its top to its bottom."""
        found = list[Typed]()
        page = self._page(number)
        annotations = look_up(page, "/Annots") if page is not None else None
        for reference in annotations if isinstance(annotations, ArrayObject) else ():
            try:
                found += typed_by(reference.get_object())
            except MemoryError:
                raise
            except Exception:  # one is damaged; the others are still of use
                logger.exception("something typed onto page %d cannot be read", number)
        return sorted(found, key=lambda typed: (-typed.place.top, typed.place.left))

    def glyphs(self, number: int) -> Glyphs:
        """What the fonts of page `number` say that PDFium does not ask."""
        if (page := self._page(number)) is None:
            return Glyphs()
        try:
            return Glyphs.of(page)
        except MemoryError:
            raise
        except Exception:
            logger.exception("the fonts of page %d cannot be read", number)
            return Glyphs()

    def is_damaged(self, number: int, has_text: bool) -> bool:
        """Whether what draws page `number` is missing or broken. If pypdf cannot tell, what `has_text` is whole."""
        if (page := self._page(number)) is None:
            return False
        try:
            return not self._streams.are_whole(page, has_text)
        except MemoryError:
            raise
        except Exception:
            logger.exception("the streams of page %d cannot be read", number)
            return not has_text

    def _page(self, number: int) -> PageObject | None:
        return self._pages[number - 1] if number <= len(self._pages) else None
