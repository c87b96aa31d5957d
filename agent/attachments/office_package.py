"""An Office file as a package: a ZIP of XML parts that point to one another (ISO/IEC 29500-2). Knows no text."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from lxml import etree

from agent.attachments.refusals import Reason, Refused

MAX_UNPACKED_BYTES = 200_000_000  # a .docx is a ZIP, and one of 50 kB can hold gigabytes
TOO_HEAVY = {etree.ErrorTypes.ERR_NO_MEMORY, etree.ErrorTypes.ERR_RESOURCE_LIMIT}  # of the latter: 256 levels deep

# The short names of the namespaces; those of ISO 29500 Strict stand for the same elements.
OFFICE, SCHEMAS, STRICT = (
    "urn:schemas-microsoft-com:",
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
)
PREFIXES: Mapping[str, str] = {
    f"{SCHEMAS}wordprocessingml/2006/main": "w",
    f"{STRICT}wordprocessingml/main": "w",
    f"{SCHEMAS}officeDocument/2006/math": "m",
    f"{STRICT}officeDocument/math": "m",
    f"{SCHEMAS}officeDocument/2006/relationships": "r",
    f"{STRICT}officeDocument/relationships": "r",
    f"{SCHEMAS}drawingml/2006/main": "a",
    f"{STRICT}drawingml/main": "a",
    f"{SCHEMAS}drawingml/2006/chart": "c",
    f"{STRICT}drawingml/chart": "c",
    f"{SCHEMAS}drawingml/2006/diagram": "dgm",
    f"{STRICT}drawingml/diagram": "dgm",
    f"{SCHEMAS}markup-compatibility/2006": "mc",
    f"{SCHEMAS}spreadsheetml/2006/main": "excel",
    f"{STRICT}spreadsheetml/main": "excel",
    f"{SCHEMAS}presentationml/2006/main": "powerpoint",
    f"{STRICT}presentationml/main": "powerpoint",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14",
    f"{OFFICE}vml": "v",
    f"{OFFICE}office:office": "o",
}

# How a ZIP that is no Word file is known: by the type that it states in its member `mimetype`, or by a member.
MIMETYPES: tuple[tuple[bytes, Reason], ...] = (
    (b"application/vnd.oasis.opendocument", "opendocument"),
    (b"application/epub", "epub"),
    (b"application/hwp", "hangul"),
)
MEMBERS: tuple[tuple[str, Reason], ...] = (
    ("xl/", "excel"),
    ("ppt/", "powerpoint"),
    ("visio/", "visio"),
    ("index/document.iwa", "iwork"),
    ("index.zip", "iwork"),
    ("index.apxl", "iwork"),
    ("ofd.xml", "ofd"),
    ("fixeddocseq.fdseq", "xps"),
    ("fixeddocumentsequence.fdseq", "xps"),
    ("meta-inf/container.xml", "epub"),
    ("contents/section0.xml", "hangul"),
)


@cache
def _short(tag: str) -> str:
    space, _, local = tag.rpartition("}")
    prefix = PREFIXES.get(space[1:])
    return f"{prefix}:{local}" if prefix else local


@cache
def _full(short: str) -> tuple[str, ...]:
    prefix, _, local = short.rpartition(":")
    return tuple(f"{{{space}}}{local}" for space, known in PREFIXES.items() if known == prefix) if prefix else (local,)


def name(element: etree._Element) -> str:
    """`w:p` for a paragraph, in both editions of the standard; without a prefix if none is known."""
    return _short(element.tag)


def attribute(element: etree._Element | None, wanted: str) -> str:
    """The attribute `wanted` (`w:val`, `ProgID`) of an element; empty if there is none."""
    if element is None or not element.attrib:
        return ""
    return next((str(value) for one in _full(wanted) if (value := element.get(one)) is not None), "")


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first child of this name, or along a path of names."""
    for step in path:
        if element is None:
            return None
        element = next(element.iterchildren(*_full(step)), None)
    return element


def is_on(element: etree._Element | None) -> bool:
    """Whether a property that is on or off is on: there, and not said to be off."""
    if element is None:
        return False
    stated = (value for key, value in element.attrib.items() if str(key).endswith("}val"))
    return next(stated, "1") not in ("0", "false", "off")


@dataclass(frozen=True)
class Link:
    """What a part points to: the last word of the relation's type, and the name of the other part."""

    kind: str
    target: str


class Package:
    """The parts of an Office file by their names, which are compared without regard to case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        # Reading a member gives no more bytes than it declares here.
        if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
            raise Refused("too_heavy")
        self._archive = archive
        self._members = {_member(member.filename): member for member in members}

    def other_kind(self) -> Reason | None:
        """What the ZIP is, if its members tell that it is no Word file."""
        stated = self._bytes("mimetype") if "mimetype" in self._members else b""
        by_type = (reason for start, reason in MIMETYPES if stated.strip().startswith(start))
        by_member = (reason for start, reason in MEMBERS if any(one.startswith(start) for one in self._members))
        return next(by_type, None) or next(by_member, None)

    def main(self) -> str | None:
        """The name of the part that comes first: what the relations say, else the types, else what Word calls it."""
        linked = (link.target for link in self._links_or_none("") if link.kind == "officedocument")
        targets = (*linked, *self._main_by_type(), "word/document.xml")
        return next((target for target in targets if self.has(target)), None)

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part.lower() in self._members

    def root(self, part: str) -> etree._Element:
        """A part's XML. Entities stay unread, and a part that declares any is refused. Raises Refused."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(self._bytes(part), parser)
        except etree.XMLSyntaxError as error:
            raise Refused("too_heavy" if error.code in TOO_HEAVY else "broken") from error
        if root.getroottree().docinfo.doctype:
            raise Refused("broken")
        return root

    def links(self, part: str) -> dict[str, Link]:
        """What a part points to, by the ids that it uses; links to the outside are left out. Raises Refused."""
        folder, _, own = part.rpartition("/")
        relations = posixpath.join(folder, "_rels", f"{own}.rels")
        if not self.has(relations):
            return {}
        return {
            relation.get("Id", ""): Link(
                relation.get("Type", "").rpartition("/")[2].lower(), _resolved(folder, relation.get("Target", ""))
            )
            for relation in self.root(relations)
            if relation.get("TargetMode") != "External"
        }

    def _links_or_none(self, part: str) -> list[Link]:
        try:
            return list(self.links(part).values())
        except Refused:
            return []

    def _main_by_type(self) -> Iterator[str]:
        try:
            types = self.root("[Content_Types].xml")
        except Refused:
            return
        for one in types:
            stated = one.get("ContentType", "").lower()
            if "word" in stated and stated.endswith(".main+xml"):
                yield _resolved("", one.get("PartName", ""))

    def _bytes(self, part: str) -> bytes:
        member = self._members.get(part.lower())
        if member is None:
            raise Refused("broken")
        if member.flag_bits & 1:
            raise Refused("encrypted")
        try:
            return self._archive.read(member)
        except zipfile.BadZipFile as error:
            raise Refused("broken") from error


def _member(filename: str) -> str:
    return filename.replace("\\", "/").lstrip("/").lower()


def _resolved(folder: str, target: str) -> str:
    """The name of the part that `target` means in a part that lies in `folder`."""
    plain = unquote(target.replace("\\", "/"))
    return posixpath.normpath(posixpath.join("/", folder, plain)).lstrip("/")
