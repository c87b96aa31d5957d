"""Lines of one part of a Word file: its body, a header, a note. Knows neither the package nor the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from agent.attachments.office_package import attribute, child, is_on, name
from agent.attachments.symbols import is_symbol_font, shown
from agent.attachments.word_fields import PAGE_NUMBER, Field, form_content
from agent.attachments.word_file import NOTES, WordFile
from agent.attachments.word_graphics import graphic_lines
from agent.attachments.word_math import linear
from agent.attachments.word_xml import (
    BLOCKS,
    closed_fields,
    is_deleted_cell,
    is_deleted_row,
    is_joined_to_the_next,
    seen,
)

MAX_COLUMNS = 63  # of a table in Word
INDENT = "  "
PARAGRAPHS = ("w:p", "a:p")
BREAKS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "a:br": "\n", "w:noBreakHyphen": "-"}
NOT_READ = "[{what}: not read here]"


@dataclass
class Line:
    """A paragraph as it grows: its text, and the text boxes that hang on it, which come after it."""

    pieces: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    is_loose: bool = False  # text that stands in no paragraph

    @property
    def has_text(self) -> bool:
        return bool(self.pieces or self.boxes)


class Story:
    """Reads elements of one part, in order. In a margin, numbers of pages are `#`: there is one text for all pages."""

    def __init__(self, file: WordFile, part: str, root: etree._Element, *, is_margin: bool = False) -> None:
        self._file = file
        self._part = part
        self._closed = closed_fields(root)
        self._fields = list[Field]()
        self._is_margin = is_margin

    def lines(self, items: Iterable[etree._Element], *, in_cell: bool = False) -> Iterator[str]:
        """The lines of these blocks; in a cell, nothing is marked as a heading and a table is one line."""
        line = Line()
        for item in items:
            kind = name(item)
            is_paragraph = kind in PARAGRAPHS
            if kind in BLOCKS and line.has_text and (line.is_loose or not is_paragraph):
                yield from self._finished(line, None, in_cell)
                line = Line()
            if is_paragraph:
                self._write_all(seen(item), line, is_hidden=self._is_hidden_style(child(item, "w:pPr")))
                if is_joined_to_the_next(item):
                    continue
                yield from self._finished(line, child(item, "w:pPr"), in_cell)
                line = Line()
            elif kind in BLOCKS:
                yield from self._other_block(item, in_cell)
            else:
                line.is_loose = True
                self._write(item, line, is_hidden=False, font="")
        if line.has_text:
            yield from self._finished(line, None, in_cell)

    def _finished(self, line: Line, properties: etree._Element | None, in_cell: bool) -> Iterator[str]:
        level, label = self._file.lists.label(properties)
        heading = None if in_cell else self._file.styles.heading(properties)
        text = "".join(line.pieces)
        if not text.strip():
            yield ""
        elif heading:
            yield f"{'#' * heading} {label}{' '.join(text.split())}"
        else:
            yield f"{INDENT * level if label else ''}{label}{text}"
        yield from line.boxes

    def _other_block(self, item: etree._Element, in_cell: bool) -> Iterator[str]:
        if name(item) == "w:tbl":
            rows = self._rows(item)
            yield from ["; ".join(" / ".join(row) for row in rows)] if in_cell else self._table(item)
            return
        self._file.is_whole = False
        target = self._file.links(self._part).get(attribute(item, "r:id"))
        ending = target.target.rpartition(".")[2].upper() if target else "another file"
        yield NOT_READ.format(what=f"an inserted document ({ending})")

    def _table(self, table: etree._Element) -> Iterator[str]:
        for row in self._seen_rows(table):
            cells = self._seen_cells(row)
            if len(cells) == 1 and sum(name(block) in BLOCKS for block in seen(cells[0])) > 1:
                yield from self.lines(seen(cells[0]))  # a frame around text
            else:
                yield "| " + " | ".join(self._row(row, cells)) + " |"

    def _rows(self, table: etree._Element) -> Iterator[list[str]]:
        for row in self._seen_rows(table):
            yield self._row(row, self._seen_cells(row))

    def _row(self, row: etree._Element, cells: Iterable[etree._Element]) -> list[str]:
        """The texts of a row's cells; one that spans several columns leaves the others of them empty."""
        texts = [""] * _span(child(row, "w:trPr", "w:gridBefore"), 0)
        for cell in cells:
            lines = self.lines(seen(cell), in_cell=True)
            texts.append(" ".join(" ".join(lines).split()))
            texts += [""] * (_span(child(cell, "w:tcPr", "w:gridSpan"), 1) - 1)
        return texts

    @staticmethod
    def _seen_rows(table: etree._Element) -> Iterator[etree._Element]:
        return (item for item in seen(table) if name(item) == "w:tr" and not is_deleted_row(item))

    @staticmethod
    def _seen_cells(row: etree._Element) -> list[etree._Element]:
        return [item for item in seen(row) if name(item) == "w:tc" and not is_deleted_cell(item)]

    def _is_hidden_style(self, properties: etree._Element | None) -> bool:
        return self._file.styles.resolved(self._file.styles.style(properties)).is_hidden

    def _write_all(
        self, items: Iterable[etree._Element], line: Line, *, is_hidden: bool = False, font: str = ""
    ) -> None:
        for item in items:
            self._write(item, line, is_hidden, font)

    def _write(self, item: etree._Element, line: Line, is_hidden: bool, font: str) -> None:
        kind = name(item)
        match kind:
            case "w:r":
                properties = child(item, "w:rPr")
                hidden = self._is_hidden_run(properties, is_hidden)
                self._write_all(seen(item), line, is_hidden=hidden, font=_symbol_font(properties))
            case "w:fldChar":
                self._write_field(item, line, is_hidden)
            case "w:instrText" if self._fields:
                self._fields[-1].instruction += item.text or ""
            case "w:fldSimple" if self._is_margin and PAGE_NUMBER.match(attribute(item, "w:instr")):
                self._put("#", line, is_hidden)
            case "w:fldSimple":
                self._write_all(seen(item), line, is_hidden=is_hidden, font=font)
            case "w:t" if self._fields and self._fields[-1].is_instruction:
                self._fields[-1].instruction += item.text or ""
            case _ if is_hidden or (self._is_muted and kind != "w:t"):
                return
            case "w:txbxContent" | "w:tr" | "w:tc":  # the latter two, at a place for none
                line.boxes += self.lines(seen(item))
            case _ if kind in BLOCKS:  # at a place for none
                line.boxes += self.lines([item])
            case "dgm:relIds" | "c:chart":
                line.boxes += graphic_lines(self._file, self._part, item)
            case _:
                self._put(self._inline(item, kind, font), line, is_hidden)

    def _inline(self, item: etree._Element, kind: str, font: str) -> str:
        """The text of an item that stands within a line."""
        match kind:
            case "w:t" | "a:t":
                text = item.text or ""
                return shown(text, font) if font else text
            case "w:sym":
                return _symbol(item)
            case "m:oMathPara":
                return "\n".join(linear(one) for one in seen(item, frozenset({"m:oMath"})))
            case "m:oMath" | "m:r":
                return linear(item)
            case "v:textpath":  # WordArt, and what is written across a page
                return attribute(item, "string")
            case "o:OLEObject":
                self._file.is_whole = False
                return NOT_READ.format(what=attribute(item, "ProgID") or "an object")
            case _ if kind in NOTES:
                return self._file.mark(item)
        return BREAKS.get(kind, "")

    def _is_hidden_run(self, properties: etree._Element | None, is_hidden: bool) -> bool:
        vanish = child(properties, "w:vanish")
        if vanish is not None:
            return is_on(vanish)
        style = attribute(child(properties, "w:rStyle"), "w:val")
        return is_hidden or (bool(style) and self._file.styles.resolved(style).is_hidden)

    @property
    def _is_muted(self) -> bool:
        """Whether text that comes now belongs to a field's instruction, or stands for a number of pages."""
        return any(one.is_instruction or one.is_page_number for one in self._fields)

    def _put(self, text: str, line: Line, is_hidden: bool) -> None:
        if is_hidden or not text:
            return
        asking = next((one for one in reversed(self._fields) if one.is_instruction or one.is_page_number), None)
        for one in self._fields:
            one.has_result |= not one.is_instruction
        if asking is None:
            line.pieces.append(text)
        elif asking.is_instruction:
            asking.instruction += text  # what one field shows is what another one does

    def _write_field(self, mark: etree._Element, line: Line, is_hidden: bool) -> None:
        match attribute(mark, "w:fldCharType"):
            case "begin" if mark in self._closed:
                self._fields.append(Field(content=form_content(child(mark, "w:ffData"))))
            case "separate" if self._fields:
                self._fields[-1].is_instruction = False
                if self._is_margin and PAGE_NUMBER.match(self._fields[-1].instruction):
                    self._put("#", line, is_hidden)
                    self._fields[-1].is_page_number = True
            case "end" if self._fields:
                last = self._fields.pop()
                if not last.has_result:
                    self._put(last.shown, line, is_hidden)


def _span(property_: etree._Element | None, default: int) -> int:
    """How many columns something takes."""
    stated = attribute(property_, "w:val")
    return min(int(stated), MAX_COLUMNS) if stated.isdecimal() and len(stated) < 10 else default


def _symbol_font(properties: etree._Element | None) -> str:
    """The font of a run if its letters are no letters."""
    font = attribute(child(properties, "w:rFonts"), "w:ascii")
    return font if is_symbol_font(font) else ""


def _symbol(item: etree._Element) -> str:
    code = attribute(item, "w:char")
    return shown(chr(int(code, 16)), attribute(item, "w:font")) if re.fullmatch(r"[0-9a-fA-F]{1,4}", code) else ""
