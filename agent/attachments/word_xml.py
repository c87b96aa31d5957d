"""A Word file's XML as a reader sees it: what was deleted is gone, and wrappers are looked through. Knows no text."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from agent.attachments.office_package import attribute, child, is_on, name

# What something is done with. Whatever else there is, known or not, is a wrapper: its content counts, in its place.
BLOCKS = frozenset({"w:p", "w:tbl", "w:altChunk", "w:subDoc", "a:p"})
ITEMS = BLOCKS | frozenset(
    "w:tr w:tc w:r w:t w:tab w:ptab w:br w:cr w:noBreakHyphen w:sym w:fldSimple w:fldChar w:instrText w:txbxContent "
    "w:footnoteReference w:endnoteReference w:commentReference m:oMath m:oMathPara m:r a:t a:br v:textpath "
    "o:OLEObject dgm:relIds c:chart".split()
)
# What is not seen: deleted or moved away, the annotation of a ruby, the name of a field. So are all properties (...Pr).
UNSEEN = frozenset("w:del w:moveFrom w:delText w:delInstrText w:rt w:tblGrid w:ffData w:fldData".split())
TEXTUAL = frozenset({"w:t", "w:sym", "m:t", "a:t", "v:textpath", "dgm:relIds", "c:chart"})


def seen(parent: etree._Element, items: frozenset[str] = ITEMS) -> Iterator[etree._Element]:
    """The elements in `parent` that are of `items`, in the document's order and not within one another."""
    waiting = [*parent.iterchildren(reversed=True)]
    while waiting:
        element = waiting.pop()
        kind = name(element)
        if kind in items:
            yield element
        elif kind in UNSEEN or kind.endswith("Pr") or is_placeholder(element):
            continue
        elif kind == "mc:AlternateContent":
            waiting += [branch] if (branch := _branch(element)) is not None else []
        else:
            waiting += element.iterchildren(reversed=True)


def is_placeholder(element: etree._Element) -> bool:
    """Whether it is a content control that was not filled in, so that it shows a hint."""
    return name(element) == "w:sdt" and is_on(child(element, "w:sdtPr", "w:showingPlcHdr"))


def is_deleted_row(row: etree._Element) -> bool:
    """Whether a table's row was deleted while changes were tracked."""
    return child(row, "w:trPr", "w:del") is not None


def is_deleted_cell(cell: etree._Element) -> bool:
    """Whether a table's cell was deleted while changes were tracked."""
    return child(cell, "w:tcPr", "w:cellDel") is not None


def is_joined_to_the_next(paragraph: etree._Element) -> bool:
    """Whether the end of a paragraph was deleted, or moved away, while changes were tracked."""
    mark = child(paragraph, "w:pPr", "w:rPr")
    return child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None


def closed_fields(root: etree._Element) -> set[etree._Element]:
    """The beginnings of those fields that have an end, too. Another one's text would have no end either."""
    closed, opened = set[etree._Element](), list[etree._Element]()
    for mark in root.iter("{*}fldChar"):
        if any(name(parent) in UNSEEN for parent in mark.iterancestors()):
            continue
        match attribute(mark, "w:fldCharType"):
            case "begin":
                opened.append(mark)
            case "end" if opened:
                closed.add(opened.pop())
    return closed


def _branch(alternatives: etree._Element) -> etree._Element | None:
    """The branch of an mc:AlternateContent to read: the first that has text. They are the same thing in other words."""
    for branch in alternatives:
        if any(name(one) in TEXTUAL for one in branch.iter("{*}*")):
            return branch
    return next(iter(alternatives), None)
