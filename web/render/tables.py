"""Tables of JSON values, in Markdown and CSV, and answers in JSON with their files. Knows no tools and no page."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

from tools.text import read_json
from web.texts import Texts

SHOWN_ROWS = 100  # of a table; its file has all of them
_ESCAPED = re.compile(r"\\(?!\|)([!-/:-@\[-`{-~])")  # a bar in a table stays escaped, or it would end its cell
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII's punctuation: whatever Markdown might take for its own
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """Rows of scalars under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def markdown(self, texts: Texts) -> str:
        """The first `SHOWN_ROWS` rows, and a sentence if there are more."""
        shown = self.rows[:SHOWN_ROWS]
        widths = ["---:" if is_numeric(column) else "---" for column in zip(*self.rows, strict=True)]
        lines = [self.columns, widths, *([cell_text(cell) for cell in row] for row in shown)]
        lines[0] = [as_text(column) for column in self.columns]
        text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        more = texts.table_cut.format(shown=len(shown), rows=len(self.rows)) if len(self.rows) > len(shown) else ""
        return f"{text}\n\n{more}".strip()

    def csv(self) -> str:
        """All of it as RFC 4180 has it, for spreadsheets: with a byte order mark, and no cell that is a formula."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([_harmless(column) for column in self.columns])
        writer.writerows([[_harmless(cell) for cell in row] for row in self.rows])
        return f"\ufeff{text.getvalue()}"


def table_of(value: Any) -> Table | None:
    """The table that a JSON value is; else None.

    That is a list of flat objects, an object with such a list as its only value, or an object of scalars: one row.
    """
    if isinstance(value, dict) and len(value) == 1 and isinstance(only := next(iter(value.values())), list):
        value = only
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row for row in rows):
        return None
    if any(isinstance(cell, (dict, list)) for row in rows for cell in row.values()):
        return None
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return Table(columns, tuple(tuple(row.get(column) for column in columns) for row in rows))


@dataclass(frozen=True)
class StructuredAnswer:
    """An answer in JSON as the page shows it: Markdown, and files by their names."""

    markdown: str
    files: dict[str, str]


def structured_answer(answer: str, texts: Texts) -> StructuredAnswer | None:
    """`answer` as a table if it is one, else as indented JSON; None if it is no JSON, such as one cut short."""
    try:
        value = read_json(answer)
        pretty = json.dumps(value, ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return None
    files = {"answer.json": pretty}
    table = table_of(value)
    if table:
        files["answer.csv"] = table.csv()
    shown = table.markdown(texts) if table else f"```json\n{pretty}\n```"
    return StructuredAnswer(shown, files)


def as_text(text: str) -> str:
    """`text` on one line of Markdown, in which none of it is markup."""
    text = " ".join(text.split()).replace("\u200b", "")  # which Chainlit shows as its cursor
    return _MARKUP.sub(r"\\\1", text) or " "


def plain(markdown: str) -> str:
    """What was rendered here, to be read as text: without the marks by which `as_text` is no markup."""
    return _ESCAPED.sub(r"\1", markdown)


def cell_text(cell: Cell) -> str:
    match cell:
        case None:
            return " "
        case bool():
            return "✓" if cell else "✗"
        case str():
            return as_text(cell)
    return as_text(json.dumps(cell))


def is_numeric(cells: tuple[Cell, ...]) -> bool:
    given = [cell for cell in cells if cell is not None]
    return bool(given) and all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in given)


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
