"""A text as it grows out of an RTF file: lines, the rows of tables, and what hangs on a paragraph. Knows no RTF."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

INNER_CELL, INNER_ROW = "\x1f", "\x1e"  # the ends of a cell and of a row of a table within a cell


@dataclass
class Flow:
    """One such text: the body, a header, a note, a text box. Boxes and notes come after the paragraph they hang on."""

    kind: str = "body"
    lines: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)  # of the row that is not at its end yet
    pieces: list[str] = field(default_factory=list)  # of the paragraph, or the cell
    length: int = 0

    def put(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def end_line(self, heading: int) -> None:
        text = _inner_tables("".join(self.pieces))
        self.lines += [
            f"{'#' * heading} {text.strip()}" if heading and text.strip() else text,
            *self.boxes,
            *self.notes,
        ]
        self.pieces, self.boxes, self.notes = [], [], []

    def end_cell(self) -> None:
        self.cells.append(" ".join(_inner_tables(" ".join(["".join(self.pieces), *self.boxes])).split()))
        self.pieces, self.boxes = [], []

    def end_row(self) -> None:
        if "".join(self.pieces).strip():
            self.end_cell()
        if self.cells:
            self.lines.append(f"| {' | '.join(self.cells)} |")
        self.lines += self.notes
        self.pieces, self.cells, self.notes = [], [], []

    def end(self) -> list[str]:
        """All lines, the last one too."""
        if self.cells:
            self.end_row()
        if self.pieces or self.boxes or self.notes:
            self.end_line(0)
        return self.lines


def _inner_tables(text: str) -> str:
    rows = re.sub(f"{INNER_CELL}\\s*{INNER_ROW}", INNER_ROW, text).rstrip(INNER_CELL + INNER_ROW)
    return rows.replace(INNER_CELL, " / ").replace(INNER_ROW, "; ")
