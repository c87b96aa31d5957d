"""Whether what draws a page of a PDF is whole, by pypdf: PDFium draws as much as it can of it, and says nothing."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from agent.attachments.pdf_annotations import look_up

MAX_BYTES = 50_000_000
FLATE = ("/FlateDecode", "/Fl")
OPERATORS = frozenset(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re "
    b"RG rg ri s S sc SC SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split()
)
# What stands between operators: strings, names, pictures and what marks other values; numbers; true, false, null.
OPERANDS = re.compile(rb"\bID\s.*?\sEI\b|\((?:\\.|[^()\\])*\)|<[^>]*>|/[^\s/<>\[\]()%]+|%[^\r\n]*|[<>\[\]]", re.DOTALL)
CONSTANT = re.compile(rb"[+-]?[\d.]+|true|false|null")


class Streams:
    """Looks at each stream once, as pages share them."""

    def __init__(self) -> None:
        self._contents = dict[int, tuple[StreamObject, bytes | None]]()

    def are_whole(self, page: PageObject, has_text: bool) -> bool:
        """Whether all that draws the page can be unpacked to its end. If it `has_text`, its operators are believed.

        Raises what pypdf raises for a stream that it does not know.
        """
        contents = [self._content(stream) for stream in _contents(page)]
        forms = [self._content(stream) for stream in _forms(page)]
        drawn = [b"\n".join(one or b"" for one in contents), *(one or b"" for one in forms)]
        return (
            None not in (*contents, *forms)
            and all(_ends_whole(one) for one in drawn)
            and (has_text or all(_has_operators(one) for one in drawn))
        )

    def _content(self, stream: Any) -> bytes | None:
        """The stream's content; None if it is missing or broken."""
        if not isinstance(stream, StreamObject):
            return None
        if id(stream) not in self._contents:
            self._contents[id(stream)] = stream, _unpacked(stream)
        return self._contents[id(stream)][1]


def _contents(page: PageObject) -> Iterator[Any]:
    """The streams that draw the page, one after the other."""
    contents = look_up(page, "/Contents")
    if isinstance(contents, ArrayObject):
        yield from (one.get_object() for one in contents)
    elif "/Contents" in page:
        yield contents


def _forms(page: PageObject) -> Iterator[StreamObject]:
    """The drawings that those may use."""
    resources = look_up(page, "/Resources")
    named = look_up(resources, "/XObject") if isinstance(resources, DictionaryObject) else None
    if isinstance(named, DictionaryObject):
        every = (look_up(named, name) for name in named)
        yield from (one for one in every if isinstance(one, StreamObject) and look_up(one, "/Subtype") == "/Form")


def _unpacked(stream: StreamObject) -> bytes | None:
    filters = look_up(stream, "/Filter")
    names = list(filters) if isinstance(filters, ArrayObject) else [filters]
    if not names or names[-1] not in FLATE:
        return stream.get_data()
    stream[NameObject("/Filter")] = ArrayObject(names[:-1])  # pypdf then unpacks all but the last step, which it mends
    stream.pop("/DecodeParms", None)
    packed, unpacking = stream.get_data(), zlib.decompressobj()
    try:
        data = unpacking.decompress(packed, MAX_BYTES)
    except zlib.error:
        return None
    is_whole = unpacking.eof or len(data) == MAX_BYTES or _lacks_only_its_checksum(packed)
    return data if is_whole else None


def _lacks_only_its_checksum(packed: bytes) -> bool:
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacking.decompress(packed[2:], MAX_BYTES)
    return unpacking.eof


def _ends_whole(data: bytes) -> bool:
    """Whether the last word is an operator; nothing at all is whole, too."""
    words = OPERANDS.sub(b" ", data.rstrip(b"\0\t\n\f\r ")[-200:]).split()
    return not words or words[-1] in OPERATORS


def _has_operators(data: bytes) -> bool:
    """Whether the content, in which there is no text, is made of what draws, and not of anything."""
    words = OPERANDS.sub(b" ", data).split()
    return all(word in OPERATORS or CONSTANT.fullmatch(word) for word in words)
