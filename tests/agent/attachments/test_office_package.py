"""Word files in every shape a program gives them, and files of other kinds, each refused by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.attachments.document import Document
from agent.attachments.refusals import Refused
from tests.agent.attachments.files import STRICTLY, docx_members, docx_of, paragraph, word, zipped

Read = Callable[..., Document]
BODY = paragraph("The text") + paragraph("noted", "<w:r><w:footnoteReference w:id='1'/></w:r>")
NOTES = f'<w:footnote w:id="1">{paragraph("Note.")}</w:footnote>'
TEXT = "The text\nnoted[^1]\n[^1]: Note."
TYPES, RELATIONS, MAIN = "[Content_Types].xml", "_rels/.rels", "word/document.xml"


def members(main: str = MAIN) -> dict[str, str]:
    return docx_members(BODY, main, footnotes=NOTES)


def renamed(change: Callable[[str], str]) -> bytes:
    return zipped({change(name): content for name, content in members().items()})


def changed(change: Callable[[str], str], only: str = "") -> bytes:
    return zipped({name: change(content) if only in name else content for name, content in members().items()})


def swapped(only: str, old: str, new: str) -> bytes:
    return changed(lambda content: content.replace(old, new), only)


def strictly(content: str) -> str:
    for usual, strict in STRICTLY.items():
        content = content.replace(usual, strict)
    return content


def without(*names: str) -> bytes:
    return zipped({name: content for name, content in members().items() if name not in names})


def encoded(encoding: str) -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return zipped({name: (head + content).encode(encoding) for name, content in members().items()})


def of_type(kind: str) -> bytes:
    return changed(
        lambda content: content.replace("openxmlformats-officedocument.wordprocessingml.document", kind), TYPES
    )


SHAPES = {
    "usual": zipped(members()),
    "another name of the main part": zipped(members("word/document2.xml")),
    "the main part in the root": zipped(members("document.xml")),
    "the main part deep in folders": zipped(members("a/b c/d.xml")),
    "a name in percent signs": changed(
        lambda content: content.replace("word/document.xml", "%77ord/document.xml"), RELATIONS
    ),
    "a target from the root": swapped(RELATIONS, '"word/', '"/word/'),
    "targets with dots": changed(
        lambda content: content.replace('"footnotes', '"../word/./footnotes'), "document.xml.rels"
    ),
    "targets with backslashes": changed(
        lambda content: content.replace("word/document", "\\word\\document"), RELATIONS
    ),
    "members with backslashes": renamed(lambda name: name.replace("/", "\\")),
    "members from the root": renamed(lambda name: f"/{name}"),
    "members in capitals": renamed(str.upper),
    "targets in capitals": changed(
        lambda content: content.replace("word/document.xml", "Word/Document.XML"), RELATIONS
    ),
    "strict": changed(strictly),
    "strict, another name": zipped({name: strictly(content) for name, content in members("x/y.xml").items()}),
    "UTF-16": encoded("utf-16"),
    "GBK": encoded("gb2312"),
    "UTF-8 with a mark": zipped({name: "\ufeff" + content for name, content in members().items()}),
    "docm": of_type("ms-word.document.macroEnabled"),
    "dotx": of_type("openxmlformats-officedocument.wordprocessingml.template"),
    "dotm": of_type("ms-word.template.macroEnabledTemplate"),
    "no types": without(TYPES),
    "no relations": without(RELATIONS),
    "no relations, another name": zipped(
        {name: content for name, content in members("x/y.xml").items() if name != RELATIONS}
    ),
    "damaged relations": changed(lambda content: content[:-20], RELATIONS),
    "relations to what is not there": swapped(RELATIONS, "word/document", "word/lost"),
    "other prefixes": changed(lambda content: content.replace("w:", "x:").replace("xmlns:w=", "xmlns:x=")),
}


@pytest.mark.parametrize("content", [pytest.param(content, id=shape) for shape, content in SHAPES.items()])
def test_a_word_file_is_found_by_its_relations_whatever_its_parts_are_called(read_bytes: Read, content: bytes) -> None:
    document = read_bytes(content)
    assert (document.kind, document.parts[0].text, document.is_whole) == ("Word", TEXT, True)


def other_main(space: str, root: str) -> bytes:
    return zipped(members() | {MAIN: f'<{root} xmlns="http://schemas.openxmlformats.org/{space}/2006/main"/>'})


def old(stream: str) -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500) + stream.encode("utf-16-le") + bytes(500)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
REFUSED = {
    "xlsx": (zipped({"xl/workbook.xml": "<x/>", TYPES: "<x/>"}), "excel"),
    "xlsb": (zipped({"xl/workbook.bin": b"\0"}), "excel"),
    "xlsx with another main part": (other_main("spreadsheetml", "workbook"), "excel"),
    "pptx": (zipped({"ppt/presentation.xml": "<x/>"}), "powerpoint"),
    "pptx with another main part": (other_main("presentationml", "presentation"), "powerpoint"),
    "vsdx": (zipped({"visio/document.xml": "<x/>"}), "visio"),
    "odt": (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}), "opendocument"),
    "ods": (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet\n"}), "opendocument"),
    "epub": (zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": "<x/>"}), "epub"),
    "epub without a type": (zipped({"META-INF/container.xml": "<x/>"}), "epub"),
    "hwpx": (zipped({"mimetype": "application/hwp+zip", "Contents/section0.xml": "<x/>"}), "hangul"),
    "pages": (zipped({"Index/Document.iwa": b"\0", "preview.jpg": b"\0"}), "iwork"),
    "old keynote": (zipped({"index.apxl": "<x/>"}), "iwork"),
    "ofd": (zipped({"OFD.xml": "<x/>"}), "ofd"),
    "xps": (zipped({"FixedDocSeq.fdseq": "<x/>"}), "xps"),
    "zip": (zipped({"notes.txt": "a"}), "archive"),
    "empty zip": (zipped({}), "archive"),
    "another program's relations": (other_main("threed", "model"), "archive"),
    "xls": (old("Workbook"), "excel"),
    "doc": (old("WordDocument"), "old_office"),
    "ppt": (old("PowerPoint Document"), "powerpoint"),
    "hwp": (old("BodyText"), "hangul"),
    "Word as XML": (b'<?xml version="1.0"?>\n<?mso-application progid="Word.Document"?><w:wordDocument/>', "word_xml"),
    "cut in the middle": (docx_of(BODY)[:-100], "broken"),
    "damaged main part": (changed(lambda content: content[:-30], "document.xml"), "broken"),
    "main part that is empty": (zipped(members() | {MAIN: ""}), "broken"),
    "wrong checksum": (word("text").replace(b"PK\x01\x02", b"PK\x01\x03", 1), "broken"),
    "entities": (changed(lambda content: ENTITIES + content.replace("The text", "&b;"), MAIN), "broken"),
    "an entity from outside": (changed(lambda content: OUTSIDE + content.replace("The text", "&a;"), MAIN), "broken"),
    "more than can be unpacked": (zipped(members() | {"word/media/a.bmp": bytes(250_000_000)}), "too_heavy"),
}


@pytest.mark.parametrize(("content", "reason"), [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_what_is_not_read_is_refused_by_its_name(read_bytes: Read, content: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_bytes(content)
    assert refusal.value.reason == reason
