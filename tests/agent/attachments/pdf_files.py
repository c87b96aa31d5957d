"""Makes PDFs by hand, with what no library writes: fonts of other programs, forms, damage."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
PICTURE = b"q 400 0 0 500 50 200 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
PAGE_OF_PICTURE = b"q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"


def drawn(*lines: str, font: str = "F", left: int = 50, top: int = 700) -> bytes:
    """What draws these lines, each 20 points below the other."""
    shown = (
        f"BT /{font} 12 Tf {left} {top - 20 * number} Td <{line.encode('cp1252').hex()}> Tj ET"
        for number, line in enumerate(lines)
    )
    return "\n".join(shown).encode()


def drawn_codes(codes: bytes) -> bytes:
    """What draws these codes of the font F."""
    return b"BT /F 12 Tf 50 700 Td <%b> Tj ET" % codes.hex().encode()


def stream(data: bytes, entries: bytes = b"", packed: bool = False) -> bytes:
    if packed:
        data, entries = zlib.compress(data), entries + b" /Filter /FlateDecode"
    return b"<< /Length %d %b >> stream\n%b\nendstream" % (len(data), entries, data)


def composite_font(
    cmap: str, ordering: str = "Identity", to_unicode: bytes | None = None, base: str = "SomeFont"
) -> bytes:
    """A font that the file does not bring along, with codes of several bytes."""
    unicode = b"/ToUnicode %b" % to_unicode if to_unicode else b""
    name = base.encode()
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /%b /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 880 "
        b"/Descent -120 /CapHeight 700 /StemV 80 >>" % name
    )
    part = (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%b /FontDescriptor %b /DW 1000 /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (%b) /Supplement 2 >> >>" % (name, descriptor, ordering.encode())
    )
    return b"<< /Type /Font /Subtype /Type0 /BaseFont /%b /Encoding /%b /DescendantFonts [%b] %b >>" % (
        name,
        cmap.encode(),
        part,
        unicode,
    )


def mapping(*pairs: tuple[str, str]) -> bytes:
    """A ToUnicode that maps codes to UTF-16, both as hexadecimal digits."""
    lines = "\n".join(f"<{code}> <{text}>" for code, text in pairs)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{len(pairs)} beginbfchar\n{lines}\nendbfchar\nendcmap end end"
    ).encode()


def pdf_of(
    pages: Sequence[bytes | None],
    *,
    font: bytes = HELVETICA,
    annotations: Sequence[bytes] = (),
    form: bytes = b"",
    more: Sequence[bytes] = (),
    page_entries: bytes = b"",
    resources: bytes = b"<< /Font << /F 3 0 R >> >>",
    catalog: bytes = b"",
) -> bytes:
    """A PDF of pages with these content streams, whole objects; None stands for a page without any.

    The font is F. The annotations are on the first page. Object 4 and those after it are `more`.
    """
    first_page = 4 + len(more)
    first_note = first_page + 2 * len(pages)
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * number) for number in range(len(pages)))
    notes = b" ".join(b"%d 0 R" % (first_note + number) for number in range(len(annotations)))
    acro_form = b"/AcroForm << /Fields [%b] %b >>" % (notes, form) if form else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %b %b >>" % (acro_form, catalog),
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages)),
        font,
        *more,
    ]
    for number, content in enumerate(pages):
        entries = b"/Annots [%b]" % notes if annotations and number == 0 else b""
        if content is not None:
            entries += b" /Contents %d 0 R" % (first_page + 2 * number + 1)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources %b %b %b >>"
            % (resources, entries, page_entries),
            content or b"null",
        ]
    return built([*objects, *annotations])


def built(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, the first of which is its catalog."""
    body, places = b"%PDF-1.7\n", list[int]()
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj %b endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        body
        + head
        + table
        + b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF"
        % (
            len(objects) + 1,
            len(body),
        )
    )


def widget(kind: str, rectangle: tuple[int, int, int, int], entries: str) -> bytes:
    """A field of a form, whole in its one annotation."""
    place = " ".join(map(str, rectangle))
    return f"<< /Type /Annot /Subtype /Widget /FT /{kind} /Rect [{place}] {entries} >>".encode("latin-1")


def note(kind: str, rectangle: tuple[int, int, int, int], entries: str) -> bytes:
    place = " ".join(map(str, rectangle))
    return f"<< /Type /Annot /Subtype /{kind} /Rect [{place}] {entries} >>".encode("latin-1")
