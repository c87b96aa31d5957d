"""What a PDF holds beside its drawing, by pypdf: what was typed onto its pages, the names of glyphs, and whether its
streams are whole. Knows nothing of the text that is drawn. A file that pypdf cannot open has none of it.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from itertools import chain
from typing import Any, TypeVar

from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from agent.attachments.pdf_annotations import look_up, typed_by
from agent.attachments.pdf_glyphs import Glyphs
from agent.attachments.pdf_streams import Streams
from agent.attachments.pdf_typed import Typed

logger = logging.getLogger(__name__)

ONE_LINE = 8.0  # points: fields whose tops differ by less stand on one line

Answer = TypeVar("Answer")


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
        except Exception:  # the pages are read all the same
            logger.warning("the structure cannot be read", exc_info=True)

    def typed(self, number: int) -> list[Typed]:
        """What was typed onto page `number`, from its top to its bottom."""
        annotations = self._ask(number, lambda page: list(look_up(page, "/Annots") or ()), list[Any]())
        found = [self._ask(number, _typed(annotation), list[Typed]()) for annotation in annotations]
        return sorted(chain(*found), key=lambda typed: (-round(typed.place.top / ONE_LINE), typed.place.left))

    def glyphs(self, number: int) -> Glyphs:
        """What the fonts of page `number` say that PDFium does not ask."""
        return self._ask(number, Glyphs.of, Glyphs())

    def is_damaged(self, number: int, has_text: bool) -> bool:
        """Whether what draws page `number` is missing or broken. If pypdf cannot tell, what `has_text` is whole."""
        is_known = number <= len(self._pages)
        return is_known and not self._ask(number, lambda page: self._streams.are_whole(page, has_text), has_text)

    def _ask(self, number: int, question: Callable[[PageObject], Answer], otherwise: Answer) -> Answer:
        """The answer to a question about a page; `otherwise` if pypdf has no such page or cannot answer."""
        if number > len(self._pages):
            return otherwise
        try:
            return question(self._pages[number - 1])
        except MemoryError:
            raise
        except Exception:  # pypdf has many for what it did not expect; whatever else is asked is still of use
            logger.warning("something of page %d cannot be read", number, exc_info=True)
            return otherwise


def _typed(annotation: Any) -> Callable[[PageObject], list[Typed]]:
    return lambda page: list(typed_by(annotation.get_object(), page.extract_xform_text))
