"""Token budget of attached files: how much of each the model gets. Knows no file and no engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agent.attachments.document import Document, Part

Count = Callable[[str], Awaitable[int]]  # how many tokens a text has

SMALLER = 0.9


@dataclass(frozen=True)
class Excerpt:
    """What the model gets of a document: its first parts, the last of which may be cut."""

    document: Document
    parts: tuple[Part, ...]

    @property
    def length(self) -> int:
        """How many characters it has."""
        return sum(len(part.text) for part in self.parts)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file is missing."""
        return self.document.is_whole and self.length == self.document.length

    @property
    def is_cut(self) -> bool:
        """Whether the file goes on after the last part."""
        return self.document.is_cut or self.length < self.document.length

    @property
    def unread(self) -> tuple[int, ...]:
        """The pages of which something could not be read, as far as the parts go."""
        last = self.parts[-1].page if self.parts else 0
        return tuple(page for page in self.document.unread if not self.is_cut or page <= (last or 0))


async def fit(documents: Sequence[Document], budget: int, count: Count) -> tuple[Excerpt, ...]:
    """As much of each document as `budget` tokens allow. Small ones are whole; the larger ones share what is left."""
    costs = [await count(_text(document.parts)) for document in documents]
    shares = _shares(costs, budget)
    return tuple(
        [
            await _begin(document, cost, share, count)
            for document, cost, share in zip(documents, costs, shares, strict=True)
        ]
    )


def _shares(costs: Sequence[int], budget: int) -> list[int]:
    """What each may cost: its cost if that is less than an equal share of what the smaller ones leave."""
    shares = [0] * len(costs)
    for taken, index in enumerate(sorted(range(len(costs)), key=costs.__getitem__)):
        shares[index] = min(costs[index], budget // (len(costs) - taken))
        budget -= shares[index]
    return shares


async def _begin(document: Document, cost: int, share: int, count: Count) -> Excerpt:
    """The beginning of a document that costs no more than `share`."""
    keep = document.length
    parts = document.parts
    while cost > share and parts:
        keep = int(min(keep * share / cost, keep * SMALLER))
        parts = _first(document.parts, keep)
        cost = await count(_text(parts))
    return Excerpt(document, parts)


def _first(parts: Sequence[Part], length: int) -> tuple[Part, ...]:
    """The parts' first `length` characters; cut at the end of a line, if there is one."""
    first = list[Part]()
    for part in parts:
        if len(part.text) > length:
            text = part.text[:length]
            whole_lines = text[: text.rfind("\n") + 1]
            return (*first, Part(part.page, whole_lines or text)) if text else tuple(first)
        first.append(part)
        length -= len(part.text)
    return tuple(first)


def _text(parts: Sequence[Part]) -> str:
    return "\n".join(part.text for part in parts)
