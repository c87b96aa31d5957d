"""The phrase files: what people type, one phrase a line, in the notation of `builtin_model.grammar`."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def read(language: str, name: str) -> tuple[str, ...]:
    """The lines of phrases/LANGUAGE/NAME.txt ("zh", "weather") without empty ones and comments (`#`)."""
    text = (Path(__file__).parent / language / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
