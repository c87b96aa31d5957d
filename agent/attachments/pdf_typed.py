"""What a person typed onto a page of a PDF, and its place. Knows no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Rectangle(NamedTuple):
    """A place on a page, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def turned(self, degrees: int) -> Rectangle:
        """The place as seen on a page that is shown turned clockwise; up to a shift, the same for all places."""
        left, bottom, right, top = self
        match degrees % 360:
            case 90:
                return Rectangle(bottom, -right, top, -left)
            case 180:
                return Rectangle(-right, -top, -left, -bottom)
            case 270:
                return Rectangle(-top, left, -bottom, right)
        return self


@dataclass(frozen=True)
class Typed:
    """A form's value, a box to tick ("[x]" or "[ ]"), text that was put onto the page, or a note beside it.

    `name` says what it is if no words stand beside it on the page.
    """

    kind: Literal["value", "box", "text", "note"]
    text: str
    name: str
    place: Rectangle
