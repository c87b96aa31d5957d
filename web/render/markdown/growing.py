"""Markdown that streams, for the page: what to append to what it shows, or what to show in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from web.render.markdown import Parsed, clean, formulas, parse

HELD_CHARS = 400  # of what may become a formula, a picture or an address; what goes on for longer is text

# What may be the beginning of something, at the end of the text: its other half is waited for.
_BEGUN = re.compile(
    r"""(?:\\|\*+|~+|`+|:+|!|<(?:b|br[\s/]*|i|im|img\b[^<>\n]*)?|\[?!\[[^\[\]\n]*(?:\](?:[(\[][^()\[\]\n]*\)?\]?)?)?"""
    r"""|\\\((?:(?!\\\)|\n\n).)*|(?:\\\[|\$\$)(?:(?!\\\]|\$\$|\n\n).)*|(?:https?://|www\.)\S*)\Z""",
    re.DOTALL,
)
_DOLLAR = re.compile(r"(?<![\\$])\$(?!\$)([^$\n]*)\Z")
# After a letter this ends nothing that began before, and begins nothing; and in code, no fence.
_PLAIN = re.compile(r"(?:[^\W_]|[ ,，。、；！？])+")
_CODE = re.compile(r"[^`~]*")
# A paragraph in which nothing is markup, and what goes on with it.
_PROSE = re.compile(r"[^\W\d_][^\\$*_~`\[\]<>!|:#&@\n]*")
_MORE_PROSE = re.compile(r"[^\\$*_~`\[\]<>!|:#&@\n]*")
_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True)
class Change:
    """What the page gets of a text that grew: text to append, or the whole, if what it has is not the start of that."""

    text: str
    is_whole: bool = False


class Growing:
    """A text for the page, piece by piece. All but its last block is parsed once."""

    def __init__(self, not_loaded: str) -> None:
        self._not_loaded = not_loaded
        self._head = ""  # for the page: the blocks that nothing can change any more
        self._tail = ""  # the model's text after them
        self._cut = ""  # what waits for its other half
        self._all: list[str] = []  # the model's text
        self._takes = _NOTHING  # what is appended as it is
        self._is_prose = False  # the last paragraph has no markup
        self.shown = ""

    def add(self, piece: str) -> Change:
        """What changes in the page, which has had all changes before; its text may be ''."""
        piece, self._cut = self._cut + piece, ""
        if piece.endswith("\r"):  # the first half of a line's end
            piece, self._cut = piece[:-1], "\r"
        piece = clean(piece)
        self._all.append(piece)
        self._tail += piece
        if self._takes.fullmatch(piece) or (self._is_prose and _MORE_PROSE.fullmatch(piece)):
            self.shown += piece
            return Change(piece)
        parsed = self._parse(self._tail)
        if self._head and parsed.has_references:  # what is settled may have meant one
            self._head, self._tail = "", "".join(self._all)
            parsed = self._parse(self._tail)
        new = self._head + self._visible(parsed)
        self._takes = self._taking(parsed, new)
        self._settle(parsed)
        self._is_prose = not (parsed.has_references or parsed.open_fence) and _ends_in_prose(self._tail, new)
        shown, self.shown = self.shown, new
        if new.startswith(shown):
            return Change(new[len(shown) :])
        return Change(new, is_whole=True)

    def _parse(self, text: str) -> Parsed:
        return parse(text, self._not_loaded)

    def _settle(self, parsed: Parsed) -> None:
        if parsed.settled:
            self._head += parsed.text(end=parsed.settled) + "\n"
            self._tail = "\n".join(parsed.lines[parsed.settled :])

    def _visible(self, parsed: Parsed) -> str:
        """The tail without what has only begun."""
        last = "\n".join(parsed.lines[parsed.settled :])
        held = 0 if parsed.open_fence else _held(last)
        if not held:
            return parsed.text()
        settled = parsed.text(end=parsed.settled) + "\n" if parsed.settled else ""
        return settled + self._parse(last[: len(last) - held]).text()

    def _taking(self, parsed: Parsed, new: str) -> re.Pattern[str]:
        """The pieces that can be appended as they are from now on, without a look at what stands before them."""
        last = parsed.lines[-1]
        if parsed.open_fence and not parsed.open_fence[0].isspace() and parsed.open_fence[0] not in last:
            return _CODE
        if not parsed.has_references and last[-1:].isalpha() and new.endswith(last[-1]) and not _held(last):
            return _PLAIN
        return _NOTHING


def _ends_in_prose(tail: str, shown: str) -> bool:
    """Whether the last paragraph has no markup, is shown as it is, and stands in no formula that goes on."""
    before, _, last = tail.rpartition("\n\n")
    is_prose = _PROSE.fullmatch(last) is not None and "www" not in last and shown.endswith(last)
    return is_prose and not any(begin in before for begin in ("$$", "\\[", "\\begin"))


def _held(text: str) -> int:
    """How many characters at the end of a text wait for what follows."""
    end = text[-HELD_CHARS:]
    if dollar := _DOLLAR.search(end):
        return len(dollar[0]) if formulas.may_become_formula(dollar[1]) else 0
    begun = _BEGUN.search(end)
    return len(begun[0]) if begun and (len(begun[0]) < HELD_CHARS) else 0
