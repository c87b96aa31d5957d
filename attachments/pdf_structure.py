"""What a PDF holds beside its drawing, by pypdf: values of forms, notes, and whether its streams are whole.

Knows nothing of the text that is drawn. What pypdf cannot open has none of it.
"""

from __future__ import annotations

import io
import logging
import re
import zlib
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    is_null_or_none,
)

from attachments.pdf_typed import Rectangle, Typed

logger = logging.getLogger(__name__)

INVISIBLE = 0b100010  # flags of an annotation: hidden, or not shown on a screen
PUSH_BUTTON, RADIO, PASSWORD = 1 << 16, 1 << 15, 1 << 13  # flags of a field
NOT_TYPED = {"/Link", "/Popup", "/Widget", "/Movie", "/Screen", "/Sound", "/3D", "/RichMedia", "/PrinterMark"}
MAX_PARENTS = 30
MAX_STREAM_BYTES = 50_000_000
FLATE = ("/FlateDecode", "/Fl")
ENDS_WHOLE = re.compile(rb"(?:^|[\s\]>)])(?:ET|Q|EMC|Do|f|S|n)\s*$")  # how a page's drawing ends


class Structure:
    """A file's pages and its form. `is_xfa_only` if its pages are made by a program that only Adobe's viewers run."""

    def __init__(self, data: bytes) -> None:
        self._pages = list[PageObject]()
        self.is_xfa_only = False
        try:
            reader = PdfReader(io.BytesIO(data))
            if reader.is_encrypted:
                reader.decrypt("")
            form = _get(reader.root_object, "/AcroForm")
            if isinstance(form, DictionaryObject) and "/XFA" in form:
                needs_viewer = bool(_get(reader.root_object, "/NeedsRendering"))
                self.is_xfa_only = needs_viewer or not _get(form, "/Fields")
            self._pages = list(reader.pages)
        except MemoryError:
            raise
        except Exception:  # pypdf has many for what it did not expect; the pages are read all the same
            logger.exception("the structure cannot be read")

    def typed(self, number: int) -> list[Typed]:
        """What was typed onto page `number`, from its top to its bottom."""
        found = list[Typed]()
        page = self._page(number)
        annotations = _get(page, "/Annots") if page is not None else None
        for reference in annotations if isinstance(annotations, ArrayObject) else ():
            try:
                found += _typed(reference.get_object())
            except MemoryError:
                raise
            except Exception:  # one is damaged; the others are still of use
                logger.exception("something typed onto page %d cannot be read", number)
        return sorted(found, key=lambda typed: (-typed.place.top, typed.place.left))

    def is_damaged(self, number: int, has_text: bool) -> bool:
        """Whether what draws page `number` is missing or broken. If pypdf cannot tell, what `has_text` is whole."""
        if (page := self._page(number)) is None:
            return False
        try:
            return not all(_is_whole(stream) for stream in _streams(page))
        except MemoryError:
            raise
        except Exception:
            logger.exception("the streams of page %d cannot be read", number)
            return not has_text

    def _page(self, number: int) -> PageObject | None:
        return self._pages[number - 1] if number <= len(self._pages) else None


def _get(dictionary: DictionaryObject, key: str) -> Any:
    """A value, looked up behind its reference; None if there is none."""
    value = dictionary.get(key)
    value = value.get_object() if value is not None else None
    return None if is_null_or_none(value) else value


def _inherited(field: DictionaryObject, key: str) -> Any:
    """A value of a field, or of the nearest of those that it is a part of."""
    for _ in range(MAX_PARENTS):
        if (value := _get(field, key)) is not None:
            return value
        parent = _get(field, "/Parent")
        if not isinstance(parent, DictionaryObject):
            break
        field = parent
    return None


def _typed(annotation: Any) -> Iterator[Typed]:
    """The annotation as what was typed; nothing if it is of another kind, empty or hidden."""
    if not isinstance(annotation, DictionaryObject) or int(_get(annotation, "/F") or 0) & INVISIBLE:
        return
    left, bottom, right, top = (float(one.get_object()) for one in _get(annotation, "/Rect") or (0, 0, 0, 0))
    place = Rectangle(min(left, right), min(bottom, top), max(left, right), max(bottom, top))
    subtype = _get(annotation, "/Subtype")
    if subtype == "/Widget":
        yield from _field(annotation, place)
    elif subtype not in NOT_TYPED:
        text = _text(_get(annotation, "/Contents"))
        if not text and subtype == "/Stamp":
            text = _words(_text(_get(annotation, "/Name")))
        if text:
            yield Typed("text" if subtype == "/FreeText" else "note", text, "", place)


def _field(widget: DictionaryObject, place: Rectangle) -> Iterator[Typed]:
    kind, flags = _inherited(widget, "/FT"), int(_inherited(widget, "/Ff") or 0)
    name = _text(_inherited(widget, "/TU")) or re.sub(r"\[\d+\]$", "", _text(_inherited(widget, "/T")))
    if kind == "/Btn" and not flags & PUSH_BUTTON:
        if flags & RADIO:
            name = ": ".join(filter(None, (name, _choice(widget, _own_state(widget)))))
        yield Typed("box", "[x]" if _is_ticked(widget) else "[ ]", name, place)
    elif kind in ("/Tx", "/Ch") and not (kind == "/Tx" and flags & PASSWORD):
        value = _inherited(widget, "/V")
        values = list(value) if isinstance(value, ArrayObject) else [value]
        options = _options(widget) if kind == "/Ch" else {}
        texts = [options.get(text, text) for one in values if (text := _text(one))]
        if texts:
            yield Typed("value", ", ".join(texts), name, place)


def _own_state(widget: DictionaryObject) -> str:
    """The name of a box's ticked state."""
    appearances = _get(widget, "/AP")
    normal = _get(appearances, "/N") if isinstance(appearances, DictionaryObject) else None
    names = [name for name in normal if name != "/Off"] if isinstance(normal, DictionaryObject) else []
    return names[0] if names else ""


def _is_ticked(widget: DictionaryObject) -> bool:
    """Whether a box is ticked: as it is shown, or by its field's value, which some programs change alone."""
    shown, value, own = _get(widget, "/AS"), _inherited(widget, "/V"), _own_state(widget)
    if own or shown is not None:
        return shown not in (None, "/Off") or (bool(own) and value == own)
    return value is not None and value != "/Off"


def _options(field: DictionaryObject) -> dict[str, str]:
    """What a choice shows for each of its values."""
    options = dict[str, str]()
    for option in _inherited(field, "/Opt") or ():
        pair = option.get_object()
        if isinstance(pair, ArrayObject) and len(pair) == 2:
            options[_text(pair[0])] = _text(pair[1])
    return options


def _choice(field: DictionaryObject, state: str) -> str:
    """What a radio button stands for: its option by its number, else its state's name."""
    options, name = _inherited(field, "/Opt"), state.removeprefix("/")
    if isinstance(options, ArrayObject) and name.isdigit() and int(name) < len(options):
        return _text(options[int(name)])
    return name


def _text(value: Any) -> str:
    """A text, a name without its slash, or a text that is kept as a stream; '' for anything else."""
    value = value.get_object() if value is not None else None
    if isinstance(value, StreamObject):
        data = value.get_data()
        value = data.decode("utf-16" if data[:2] in (b"\xfe\xff", b"\xff\xfe") else "latin-1", "replace")
    if isinstance(value, NameObject):
        value = value.removeprefix("/")
    return value.strip() if isinstance(value, str) else ""


def _words(name: str) -> str:
    """NotForPublicRelease -> Not For Public Release; a name of Acrobat's has SB or SH before it."""
    return " ".join(re.findall(r"[A-Z][a-z]*|[a-z]+|\d+", re.sub(r"^S[BH](?=[A-Z])", "", name)))


def _streams(page: PageObject) -> Iterator[StreamObject | None]:
    """What draws the page: its contents and the forms that they use. None for one that the file lacks."""
    contents = _get(page, "/Contents")
    if "/Contents" in page and contents is None:
        yield None
    for one in contents if isinstance(contents, ArrayObject) else [contents] if contents is not None else []:
        stream = one.get_object()
        yield stream if isinstance(stream, StreamObject) else None
    resources = _get(page, "/Resources")
    drawn = _get(resources, "/XObject") if isinstance(resources, DictionaryObject) else None
    for name in drawn if isinstance(drawn, DictionaryObject) else ():
        stream = _get(drawn, name)
        if isinstance(stream, StreamObject) and _get(stream, "/Subtype") == "/Form":
            yield stream


def _is_whole(stream: StreamObject | None) -> bool:
    """Whether a stream can be unpacked to its end."""
    if stream is None:
        return False
    filters = _get(stream, "/Filter")
    names = list(filters) if isinstance(filters, ArrayObject) else [filters]
    if names[-1] not in FLATE:
        stream.get_data()
        return True
    stream[NameObject("/Filter")] = ArrayObject(names[:-1])  # pypdf then unpacks all but the last step, which it mends
    stream.pop("/DecodeParms", None)
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(stream.get_data(), MAX_STREAM_BYTES)
    except zlib.error:
        return False
    return unpacking.eof or len(data) == MAX_STREAM_BYTES or bool(ENDS_WHOLE.search(data[-20:]))
