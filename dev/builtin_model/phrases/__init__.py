"""The phrase files, LANGUAGE/NAME.txt: one phrase a line. Knows nothing of what the phrases mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def read(language: str, name: str) -> tuple[str, ...]:
    """The lines of a file, spaces at their ends included, without empty lines and lines that begin with #."""
    lines = (FOLDER / language / f"{name}.txt").read_text(encoding="utf-8").split("\n")
    return tuple(line for line in lines if line.strip() and not line.startswith("#"))
