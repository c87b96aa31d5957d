"""A Word file's text: everything that a reader sees of it, in its order. Knows no limits but those of size and length.

Found by the package's relations, whatever its parts are called: .docx, .docm, .dotx, .dotm, Transitional and Strict.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from agent.attachments.document import Document, Part
from agent.attachments.office_package import Package, attribute, name
from agent.attachments.refusals import Reason, Refused
from agent.attachments.word_file import WordFile
from agent.attachments.word_story import Story
from agent.attachments.word_xml import seen

DAMAGED = "[Parts of this file are damaged or of a kind that is not read here; their text is missing.]"
OTHERS: dict[str, Reason] = {"excel": "excel", "powerpoint": "powerpoint"}


def read_word(path: Path, file_name: str, max_chars: int) -> Document:
    """The text until `max_chars` characters are read. Raises Refused, also for a ZIP of another kind."""
    with zipfile.ZipFile(path) as archive:
        package = Package(archive)
        main = package.main()
        other = package.other_kind()
        if other or not main:
            raise Refused(other or "archive")
        root = package.root(main)
        if name(root) != "w:document":
            raise Refused(OTHERS.get(name(root).partition(":")[0], "archive"))
        file = WordFile(package, main)
        lines, is_cut = list[str](), False
        try:
            length = 0
            for line in _lines(file, root):
                lines.append(line)
                length += len(line) + 1
                if is_cut := length >= max_chars:
                    break
        except RecursionError as error:
            raise Refused("too_heavy") from error
    if not file.is_whole:
        lines.insert(0, DAMAGED)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    parts, is_cut = (Part(None, text[:max_chars]),), is_cut or len(text) > max_chars
    return Document(file_name, "Word", parts, is_cut=is_cut, has_gaps=not file.is_whole)


def _lines(file: WordFile, root: etree._Element) -> Iterator[str]:
    """What stands on top of pages, the text with its footnotes and comments, endnotes, and what stands below."""
    yield from _margins(file, root, "header")
    body = Story(file, file.main, root)
    for line in body.lines(seen(root)):
        yield line
        yield from _notes(file, "w:footnoteReference", "w:commentReference")
    yield from _notes(file, "w:endnoteReference")
    yield from _notes(file, "w:footnoteReference", "w:commentReference")
    yield from _margins(file, root, "footer")


def _margins(file: WordFile, root: etree._Element, kind: str) -> list[str]:
    """The lines of all headers, or all footers; each once, however many sections have it."""
    found = dict[str, None]()
    links = file.links(file.main)
    used = dict.fromkeys(attribute(reference, "r:id") for reference in root.iter(f"{{*}}{kind}Reference"))
    for target in [links[one].target for one in used if one in links]:
        part = file.part(target)
        if part is not None:
            story = Story(file, target, part, is_margin=True)
            found |= dict.fromkeys(" ".join(line.split()) for line in story.lines(seen(part)))
    return [f"[{kind}] {line}" for line in found if re.search(r"\w", line)]


def _notes(file: WordFile, *kinds: str) -> Iterator[str]:
    for mark, part, note in file.take_notes(*kinds):
        if note is None:
            yield f"{mark}: [damaged]"
            continue
        text = "\n".join(Story(file, part, note).lines(seen(note))).strip()
        author = attribute(note, "w:author")
        yield f"{mark}: {f'({author}) ' if author else ''}{text}"
