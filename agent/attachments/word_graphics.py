"""The text of charts and diagrams in a Word file, which lie in parts of their own."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from agent.attachments.office_package import attribute, child, name
from agent.attachments.word_file import WordFile


def graphic_lines(file: WordFile, part: str, reference: etree._Element) -> list[str]:
    """The lines of the chart (c:chart) or the diagram (dgm:relIds) that `part` refers to."""
    link = file.links(part).get(attribute(reference, "r:id") or attribute(reference, "r:dm"))
    if link is None:
        return []
    root = file.part(link.target)
    if root is None:
        return []
    return [*_paragraphs(root), *_series(root)]


def _paragraphs(root: etree._Element) -> Iterator[str]:
    for paragraph in root.iter("{*}p"):
        if name(paragraph) == "a:p":
            text = "".join(one.text or "" for one in paragraph.iter("{*}t") if name(one) == "a:t")
            yield from [text] if text.strip() else []


def _series(root: etree._Element) -> Iterator[str]:
    """Each series of a chart as `name: category value, ...`, by the values that were last shown."""
    for one in root.iter("{*}ser"):
        titles = _values(child(one, "c:tx"))
        categories = _values(child(one, "c:cat")) or _values(child(one, "c:xVal"))
        values = _values(child(one, "c:val")) or _values(child(one, "c:yVal"))
        pairs = (f"{categories.get(place, '')} {value}".strip() for place, value in values.items())
        if text := ", ".join(pairs):
            yield f"{' '.join(titles.values())}: {text}".removeprefix(": ")


def _values(holder: etree._Element | None) -> dict[str, str]:
    """The values of a chart's cache by their places."""
    if holder is None:
        return {}
    return {
        attribute(point, "idx"): (value.text or "")
        for point in holder.iter("{*}pt")
        if (value := child(point, "c:v")) is not None
    }
