"""Message with attached files, as the model gets it. Knows no page and no engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.attachments.budget import Excerpt
from agent.attachments.document import page_ranges

FENCE = "~"
NO_WORDS = "(The user wrote nothing else.)"


def compose(text: str, excerpts: Sequence[Excerpt], template: str) -> str:
    """`text` with the files before it, by `template`, which has places for {count}, {files} and {message}.

    Each file stands in a fence as Markdown has it, longer than any in the files: nothing in a file can end it.
    """
    if not excerpts:
        return text
    runs = [run for one in excerpts for part in one.parts for run in re.findall(f"{FENCE}+", part.text)]
    fence = FENCE * (1 + max(2, *map(len, runs), 0))
    files = "\n\n".join("\n".join(_file(number, one, fence)) for number, one in enumerate(excerpts, 1))
    filled = {"count": str(len(excerpts)), "files": files, "message": text or NO_WORDS}
    return re.sub(r"\{(count|files|message)\}", lambda place: filled[place[1]], template)


def _file(number: int, excerpt: Excerpt, fence: str) -> Iterator[str]:
    document = excerpt.document
    pages = f", {document.pages} pages" if document.pages else ""
    yield f"File {number}: {document.name} ({document.kind}{pages})"
    if unread := excerpt.unread:
        pages = "Page" if len(unread) == 1 else "Pages"
        yield f"{pages} {', '.join(page_ranges(unread))} could not be read, or only in part; say so where it matters."
    yield fence
    for part in excerpt.parts:
        if part.page is not None:
            yield f"[page {part.page}]"
        yield part.text.rstrip("\n")
    yield fence
    if excerpt.is_cut:
        yield f"Only {_shown(excerpt)} of this file could be included; say so where it matters."


def _shown(excerpt: Excerpt) -> str:
    if not excerpt.parts:
        return "the name"
    if last := excerpt.parts[-1].page:
        return f"the text up to page {last} of {excerpt.document.pages}"
    return f"the first {excerpt.length} characters"
