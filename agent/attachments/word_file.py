"""What all parts of one Word file share: styles, lists, the numbers of notes, and what could not be read of it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from functools import cached_property

from lxml import etree

from agent.attachments.office_package import Link, Package, attribute, name
from agent.attachments.refusals import Refused
from agent.attachments.word_lists import Lists
from agent.attachments.word_styles import Styles

# The element that refers to a note -> the relation that leads to the notes, and what stands before a note's number.
NOTES = {
    "w:footnoteReference": ("footnotes", ""),
    "w:endnoteReference": ("endnotes", "e"),
    "w:commentReference": ("comments", "c"),
}


class WordFile:
    """A package with the part in which its text begins."""

    def __init__(self, package: Package, main: str) -> None:
        self.package = package
        self.main = main
        self.is_whole = True
        self._marks = dict[tuple[str, str], str]()
        self._waiting = {kind: deque[str]() for kind in NOTES}
        self._counts = Counter[str]()
        self._links = dict[str, dict[str, Link]]()
        self._notes = dict[str, tuple[str, dict[str, etree._Element]]]()

    @cached_property
    def styles(self) -> Styles:
        return Styles(self._main_part("styles"))

    @cached_property
    def lists(self) -> Lists:
        return Lists(self._main_part("numbering"), self.styles)

    def links(self, part: str) -> dict[str, Link]:
        """What a part points to. A damaged list of that counts as empty, and as something that was not read."""
        if part not in self._links:
            try:
                self._links[part] = self.package.links(part)
            except Refused as refusal:
                self._miss(refusal)
                self._links[part] = {}
        return self._links[part]

    def part(self, target: str) -> etree._Element | None:
        """A part that the main one points to; None if it is damaged or not there, and then the file is not whole."""
        try:
            return self.package.root(target)
        except Refused as refusal:
            self._miss(refusal)
            return None

    def mark(self, reference: etree._Element) -> str:
        """The mark of the note that `reference` leads to, as Markdown has them; the note then waits to be taken."""
        place = (name(reference), attribute(reference, "w:id"))
        if place not in self._marks:
            self._counts[place[0]] += 1
            self._marks[place] = f"[^{NOTES[place[0]][1]}{self._counts[place[0]]}]"
            self._waiting[place[0]].append(place[1])
        return self._marks[place]

    def take_notes(self, *kinds: str) -> Iterator[tuple[str, str, etree._Element | None]]:
        """(mark, its part, the note, None if it cannot be read) for notes of these kinds that wait."""
        while kind := next((one for one in kinds if self._waiting[one]), None):
            own = self._waiting[kind].popleft()
            part, notes = self._all_notes(kind)
            self.is_whole &= own in notes
            yield self._marks[kind, own], part, notes.get(own)

    def _all_notes(self, kind: str) -> tuple[str, dict[str, etree._Element]]:
        if kind not in self._notes:
            target = self._target(NOTES[kind][0])
            root = self.part(target) if target else None
            self._notes[kind] = (target, {attribute(one, "w:id"): one for one in root} if root is not None else {})
        return self._notes[kind]

    def _target(self, kind: str) -> str:
        return next((link.target for link in self.links(self.main).values() if link.kind == kind), "")

    def _main_part(self, kind: str) -> etree._Element | None:
        target = self._target(kind)
        return self.part(target) if target else None

    def _miss(self, refusal: Refused) -> None:
        if refusal.reason == "too_heavy":
            raise refusal
        self.is_whole = False
