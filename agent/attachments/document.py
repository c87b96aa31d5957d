"""Text of one attached file, and what of it could not be read. Knows neither the page nor the model."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import PurePosixPath
from typing import Any, Literal

Kind = Literal["PDF", "Word", "RTF", "text"]

MAX_NAME = 120
MAX_RANGES = 20


@dataclass(frozen=True)
class Part:
    """A piece of a file's text: one page, or all of a file that has none (`page` is None)."""

    page: int | None
    text: str


@dataclass(frozen=True)
class Document:
    """One file as text. `pages` is how many it has, 0 for a kind without pages."""

    name: str
    kind: Kind
    parts: tuple[Part, ...]
    pages: int = 0
    is_cut: bool = False  # too long to be read to its end
    unread: tuple[int, ...] = ()  # the pages of which something could not be read
    has_gaps: bool = False  # something could not be read of a kind without pages
    charset: str = ""  # of a text: the character set in which it was read, if that was a guess
    unreadable: int = 0  # how many characters of a text could not be read

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file is missing."""
        return not (self.is_cut or self.unread or self.has_gaps)

    @property
    def length(self) -> int:
        """How many characters were read."""
        return sum(len(part.text) for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        """The document as plain values, which outlive a hot reload and pass between processes."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Document:
        """The inverse of `to_json`, also of an earlier version's. Raises KeyError or TypeError for another shape."""
        known = {field.name: value[field.name] for field in fields(cls) if field.name in value}
        parts = tuple(Part(**part) for part in value["parts"])
        return cls(**{**known, "parts": parts, "unread": tuple(value.get("unread", ()))})


def page_ranges(pages: Sequence[int]) -> list[str]:
    """[2, 3, 4, 7] -> ['2-4', '7']; of very many, the first `MAX_RANGES` and an ellipsis."""
    known = set(pages)
    starts = sorted(page for page in known if page - 1 not in known)
    ends = sorted(page for page in known if page + 1 not in known)
    ranges = [str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True)]
    return ranges if len(ranges) <= MAX_RANGES else [*ranges[:MAX_RANGES], "…"]


def safe_name(name: str) -> str:
    """A file's name without folders, and without what is not seen: line ends, control characters, marks that turn the
    direction of writing (photo\u202egpj.exe). At most `MAX_NAME` characters, with its ending."""
    last = PurePosixPath(name.replace("\\", "/")).name
    seen = "".join(one if unicodedata.category(one)[0] not in "CZ" else " " for one in last)
    short = " ".join(seen.split()) or "file"
    stem, ending = PurePosixPath(short).stem, PurePosixPath(short).suffix[:20]
    return short if len(short) <= MAX_NAME else f"{stem[: MAX_NAME - len(ending) - 1]}…{ending}"
