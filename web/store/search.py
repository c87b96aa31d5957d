"""Search in SQL: whether a text has a word, in any case and script, in both databases alike."""

from __future__ import annotations

import sqlite3
import unicodedata
from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class has_word(FunctionElement[bool]):
    """has_word(text, word): true if the folded text has the folded word. SQLite needs `prepare` for it."""

    type = Boolean()
    inherit_cache = True


@compiles(has_word, "sqlite")
def _in_sqlite(element: ColumnElement[bool], compiler: Any, **options: Any) -> str:
    text, word = (compiler.process(clause, **options) for clause in element.clauses)
    return f"instr(qingtan_fold({text}), qingtan_fold({word})) > 0"


@compiles(has_word, "postgresql")
def _in_postgresql(element: ColumnElement[bool], compiler: Any, **options: Any) -> str:
    """ICU's rules, since those of the database may know ASCII only; up and down, so that STRASSE has straße."""
    fold = 'lower(upper(normalize({}, NFKC) COLLATE "und-x-icu"))'
    text, word = (fold.format(compiler.process(clause, **options)) for clause in element.clauses)
    return f"strpos({text}, {word}) > 0"


def prepare(connection: sqlite3.Connection) -> None:
    """Teach a connection of SQLite, which by itself knows ASCII's letters only, to fold."""
    connection.create_function("qingtan_fold", 1, _fold, deterministic=True)


def _fold(text: str | None) -> str | None:
    if text is None or text.isascii():
        return text and text.lower()
    return unicodedata.normalize("NFKC", text).casefold()
