"""Pictures in the model's Markdown: which the page may load, and the line that stands for any other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OWN = re.compile(r"/public/(?!.*\.\.)[\w./-]+")  # anything else of ours would be asked for in the person's name
_SHOWN_CHARS = 80  # of an address that is no link


@dataclass(frozen=True)
class Pictures:
    """What stands for a picture that is not loaded, and the addresses that the text names by a reference."""

    not_loaded: str = "picture from elsewhere, not loaded"
    references: tuple[tuple[str, str], ...] = ()

    def address(self, label: str) -> str | None:
        """The address behind a reference, whose capitals and spaces do not count; None if there is none."""
        return dict(self.references).get(" ".join(label.split()).upper())


def is_own(address: str) -> bool:
    """Whether it is a picture of the page's own, in public/."""
    return _OWN.fullmatch(address) is not None


def told(alt: str, address: str, not_loaded: str, *, is_linked: bool) -> str:
    """The line in a picture's place: what it shows, that it was not loaded, and its address, unless it is in a link."""
    parts = [alt, not_loaded, *([] if is_linked else [_shown(address)])]
    return " · ".join(part for part in parts if part)


def _shown(address: str) -> str:
    if address.startswith("//"):
        address = f"https:{address}"
    if re.match(r"https?://[^\s<>]+$", address, re.IGNORECASE):
        return f"<{address}>"
    address = " ".join(address.split()).replace("`", "'")
    if len(address) > _SHOWN_CHARS:
        address = f"{address[:_SHOWN_CHARS]}…"
    return f"`{address}`" if address else ""
