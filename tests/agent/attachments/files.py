"""Makes the files that tests attach, with the libraries that write such files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

FONT = "STSong-Light"  # Chinese, by a font that every viewer has and no file brings along

SCHEMAS = "http://schemas.openxmlformats.org"
NAMESPACES = {
    "w": f"{SCHEMAS}/wordprocessingml/2006/main",
    "m": f"{SCHEMAS}/officeDocument/2006/math",
    "r": f"{SCHEMAS}/officeDocument/2006/relationships",
    "a": f"{SCHEMAS}/drawingml/2006/main",
    "c": f"{SCHEMAS}/drawingml/2006/chart",
    "dgm": f"{SCHEMAS}/drawingml/2006/diagram",
    "wp": f"{SCHEMAS}/drawingml/2006/wordprocessingDrawing",
    "mc": f"{SCHEMAS}/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in NAMESPACES.items())
STRICT = "http://purl.oclc.org/ooxml"
STRICTLY = {
    f"{SCHEMAS}/wordprocessingml/2006/main": f"{STRICT}/wordprocessingml/main",
    f"{SCHEMAS}/officeDocument/2006/": f"{STRICT}/officeDocument/",
    f"{SCHEMAS}/drawingml/2006/": f"{STRICT}/drawingml/",
}


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with these pages; with a `password` it is encrypted, and '' opens for everybody."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    lock = None if password is None else StandardEncryption(password, ownerPassword="owner", strength=128)
    file = io.BytesIO()
    drawn = canvas.Canvas(file, encrypt=lock)
    for page in pages:
        drawn.setFont(FONT, 12)
        for number, line in enumerate(page.splitlines()):
            drawn.drawString(50, 800 - 18 * number, line)
        drawn.showPage()
    drawn.save()
    return file.getvalue()


def word(*blocks: str | Sequence[Sequence[str]]) -> bytes:
    """A .docx of paragraphs, headings (`# ...`) and tables (lists of rows)."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            _add_text(document, block)
        else:
            table = document.add_table(len(block), len(block[0]))
            for row, cells in zip(table.rows, block, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _add_text(document: Any, text: str) -> None:
    if text.startswith("# "):
        document.add_heading(text[2:], 1)
    else:
        document.add_paragraph(text)


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def docx_members(body: str, main: str = "word/document.xml", **parts: str) -> dict[str, str]:
    """The members of a .docx with this XML in its body. `parts` are others beside the main one: their names, which tell
    their kind with a number after it, and the XML in their root."""
    folder, _, own = main.rpartition("/")
    relations = "".join(
        f'<Relationship Id="{name}" Type="{NAMESPACES["r"]}/{name.rstrip("0123456789")}" Target="{name}.xml"/>'
        for name in parts
    )
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{SCHEMAS}/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>'
        ),
        "_rels/.rels": _relations(f'<Relationship Id="rId1" Type="{NAMESPACES["r"]}/officeDocument" Target="{main}"/>'),
        main: f"<w:document {DECLARED}><w:body>{body}</w:body></w:document>",
        f"{folder}/_rels/{own}.rels".lstrip("/"): _relations(relations),
        **{f"{folder}/{name}.xml".lstrip("/"): f"<w:part {DECLARED}>{xml}</w:part>" for name, xml in parts.items()},
    }


def docx_of(body: str, **parts: str) -> bytes:
    """A .docx with this XML in its body."""
    return zipped(docx_members(body, **parts))


def _relations(inside: str) -> str:
    return f'<Relationships xmlns="{SCHEMAS}/package/2006/relationships">{inside}</Relationships>'


def paragraph(*pieces: str, properties: str = "") -> str:
    """A Word paragraph; a piece that begins with no `<` is a run of text."""
    marked = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{marked}{''.join(piece if piece[:1] == '<' else run(piece) for piece in pieces)}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run of text in Word."""
    marked = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{marked}<w:t xml:space='preserve'>{text}</w:t></w:r>"


def table(*rows: Sequence[str]) -> str:
    """A Word table; cells are text, or XML."""
    return f"<w:tbl>{''.join(row(*cells) for cells in rows)}</w:tbl>"


def row(*cells: str, properties: str = "") -> str:
    """A row of a Word table."""
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(map(cell, cells))}</w:tr>"


def cell(inside: str) -> str:
    """A cell of a Word table."""
    return f"<w:tc>{inside if inside[:1] == '<' else paragraph(inside)}</w:tc>"
