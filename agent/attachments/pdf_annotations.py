"""A PDF's annotations as what was typed: values of forms, boxes to tick, notes. Knows no text that is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, is_null_or_none

from agent.attachments.pdf_typed import Rectangle, Typed

INVISIBLE = 0b100010  # flags of an annotation: hidden, or not shown on a screen
PUSH_BUTTON, RADIO, PASSWORD = 1 << 16, 1 << 15, 1 << 13  # flags of a field
NOT_TYPED = {"/Link", "/Popup", "/Movie", "/Screen", "/Sound", "/3D", "/RichMedia", "/PrinterMark"}
MAX_PARENTS = 30

Draw = Callable[[Any], str]  # the text of a drawing


def typed_by(annotation: Any, draw: Draw) -> Iterator[Typed]:
    """The annotation as what was typed; nothing if it is of another kind, empty or hidden."""
    if not isinstance(annotation, DictionaryObject) or int(look_up(annotation, "/F") or 0) & INVISIBLE:
        return
    corners = look_up(annotation, "/Rect")
    left, bottom, right, top = (float(one.get_object()) for one in corners) if corners else (0.0, 0.0, 0.0, 0.0)
    place = Rectangle(min(left, right), min(bottom, top), max(left, right), max(bottom, top))
    subtype = look_up(annotation, "/Subtype")
    if subtype == "/Widget":
        yield from _field(annotation, place, draw)
    elif subtype not in NOT_TYPED:
        text = _text(look_up(annotation, "/Contents")) or _drawn(annotation, draw)
        if not text and subtype == "/Stamp":
            text = _words(_text(look_up(annotation, "/Name")))
        if text:
            yield Typed("text" if subtype == "/FreeText" else "note", text, "", place)


def look_up(dictionary: DictionaryObject, key: str) -> Any:
    """A value, looked up behind its reference; None if there is none."""
    value = dictionary.get(key)
    value = value.get_object() if value is not None else None
    return None if is_null_or_none(value) else value


def _drawn(annotation: DictionaryObject, draw: Draw) -> str:
    """What the annotation shows on the page, if that is text."""
    appearances = look_up(annotation, "/AP")
    normal = look_up(appearances, "/N") if isinstance(appearances, DictionaryObject) else None
    return " ".join(draw(normal).split()) if isinstance(normal, StreamObject) else ""


def _field(widget: DictionaryObject, place: Rectangle, draw: Draw) -> Iterator[Typed]:
    kind, flags = _inherited(widget, "/FT"), int(_inherited(widget, "/Ff") or 0)
    name = _text(_inherited(widget, "/TU")) or re.sub(r"\[\d+\]$", "", _text(_inherited(widget, "/T")))
    if kind == "/Btn" and not flags & PUSH_BUTTON:
        if flags & RADIO:
            name = ": ".join(filter(None, (name, _choice(widget, _own_state(widget)))))
        yield Typed("box", "[x]" if _is_ticked(widget) else "[ ]", name, place)
    elif kind == "/Sig" and (signature := _drawn(widget, draw)):
        yield Typed("text", signature, name, place)
    elif kind in ("/Tx", "/Ch") and not (kind == "/Tx" and flags & PASSWORD):
        value = _inherited(widget, "/V")
        values = list(value) if isinstance(value, ArrayObject) else [value]
        options = _options(widget) if kind == "/Ch" else {}
        texts = [options.get(text, text) for one in values if (text := _text(one))]
        if texts:
            yield Typed("value", ", ".join(texts), name, place)


def _inherited(field: DictionaryObject, key: str) -> Any:
    """A value of a field, or of the nearest of those that it is a part of."""
    for _ in range(MAX_PARENTS):
        if (value := look_up(field, key)) is not None:
            return value
        parent = look_up(field, "/Parent")
        if not isinstance(parent, DictionaryObject):
            break
        field = parent
    return None


def _own_state(widget: DictionaryObject) -> str:
    """The name of a box's ticked state."""
    appearances = look_up(widget, "/AP")
    normal = look_up(appearances, "/N") if isinstance(appearances, DictionaryObject) else None
    names = [name for name in normal if name != "/Off"] if isinstance(normal, DictionaryObject) else []
    return names[0] if names else ""


def _is_ticked(widget: DictionaryObject) -> bool:
    """Whether a box is ticked: as it is shown, or by its field's value, which some programs change alone."""
    shown, value, own = look_up(widget, "/AS"), _inherited(widget, "/V"), _own_state(widget)
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
        value = value.get_data()
    if isinstance(value, bytes):  # pypdf leaves what it cannot decode
        value = value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "latin-1", "replace")
    if isinstance(value, NameObject):
        value = value.removeprefix("/")
    return value.strip() if isinstance(value, str) else ""


def _words(name: str) -> str:
    """NotForPublicRelease -> Not For Public Release; a name of Acrobat's has SB or SH before it."""
    return " ".join(re.findall(r"[A-Z][a-z]*|[a-z]+|\d+", re.sub(r"^S[BH](?=[A-Z])", "", name)))
