"""An RTF file's text. Knows no look and no picture.

RTF is a sequence of groups, control words and bytes; bytes are text in the character set of the font that is in use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent.attachments.document import Document, Part
from agent.attachments.refusals import Refused
from agent.attachments.rtf_flow import INNER_CELL, INNER_ROW, Flow
from agent.attachments.rtf_fonts import OLD_SETS, Fonts, charset_of
from agent.attachments.rtf_words import APART, CHARACTERS, ENDS, EQUATION, NO_TEXT, STARRED_TEXT
from tools.text import clean

TOKEN = re.compile(
    rb"\\([A-Za-z]{1,40})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])|[\r\n\0]+|([^\\{}\r\n\0]+)", re.DOTALL
)
MATH_PROPERTIES = re.compile("m[A-Za-z]+Pr")
MARGINS = ("header", "footer")
CONTROLS = dict.fromkeys([*range(9), *range(11, 32)])
MAX_HEADING = 6
TICKED, NOT_TICKED = 1, 0
DAMAGED = "[This file is damaged: it breaks off, or goes on after its end. Parts of its text may be missing.]"


def read_rtf(data: bytes, name: str, max_chars: int) -> Document:
    """The text until `max_chars` characters are read; a damaged file says so. Raises Refused if none is left."""
    reader = RtfReader(data[data.index(b"{") :], max_chars)
    text, is_cut, is_damaged = reader.read()
    if text == DAMAGED:
        raise Refused("broken")
    return Document(name, "RTF", (Part(None, text),), is_cut=is_cut, has_gaps=is_damaged)


@dataclass(frozen=True)
class State:
    """What a group may change, and what is as before when it ends."""

    flow: Flow
    group: str = ""
    is_text: bool = True
    is_hidden: bool = False
    is_deleted: bool = False
    font: int | None = None
    fallback: int = 1  # how many characters after \u are for readers without Unicode
    is_row: bool = False
    heading: int = 0

    @property
    def is_seen(self) -> bool:
        return self.is_text and not self.is_hidden and not self.is_deleted


class RtfReader:
    """Reads one file's bytes."""

    def __init__(self, data: bytes, max_chars: int) -> None:
        self._data = data
        self._max_chars = max_chars
        self._body = Flow()
        self._state = State(self._body)
        self._outer = list[State]()
        self._margins = {kind: dict[str, None]() for kind in MARGINS}
        self._pending = bytearray()
        self._is_starred = False
        self._to_skip = 0  # characters that only stand in for one in Unicode
        self._fonts = Fonts()
        self._form = dict[str, int]()
        self._marks = {"note": 0, "comment": 0}

    def read(self) -> tuple[str, bool, bool]:
        """(the text, whether the file goes on after it, whether the file is damaged)."""
        at, is_over = 0, False
        while not is_over and self._body.length <= self._max_chars and (token := TOKEN.match(self._data, at)):
            at = token.end()
            at += self._take(token)
            is_over = token[5] == b"}" and not self._outer
        self._flush()
        is_cut = self._body.length > self._max_chars
        is_damaged = not is_cut and (not is_over or bool(self._data[at:].strip(b"\0 \t\r\n}\x1a")))
        while self._outer:
            self._end_group()
        margins = {kind: [f"[{kind}] {one}" for one in lines if one] for kind, lines in self._margins.items()}
        damaged = [DAMAGED] if is_damaged else []
        lines = [*damaged, *margins["header"], *self._body.end(), *margins["footer"]]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        text = clean(text)  # \u gives UTF-16, a half of a character at a time
        return text[: self._max_chars], is_cut or len(text) > self._max_chars, is_damaged

    def _take(self, token: re.Match[bytes]) -> int:
        """Does what the token says; returns how many bytes after it are none of the text."""
        word, number, byte, symbol, brace, text = token.groups()
        if text:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            self._pending += text[skipped:]
        elif byte or (symbol and symbol in b"\\{}"):
            if self._to_skip:
                self._to_skip -= 1
            else:
                self._pending += bytes.fromhex(byte.decode()) if byte else symbol
        elif brace:
            self._flush()
            self._to_skip = 0
            self._begin_group() if brace == b"{" else self._end_group()
        elif word == b"bin":
            return max(0, int(number or 0))
        elif word or symbol:
            self._flush()
            self._control((word or symbol).decode("latin-1"), None if number is None else int(number))
        return 0

    def _begin_group(self) -> None:
        self._outer.append(self._state)
        if self._state.group == "upr":  # the same in two ways: of these, \ud is the one in Unicode
            self._state = replace(self._state, group="ansi", is_text=False)

    def _end_group(self) -> None:
        ended, self._state = self._state, self._outer.pop() if self._outer else self._state
        if ended.group != self._state.group and ended.group in EQUATION and ended.is_seen:
            ended.flow.put(EQUATION[ended.group][1])
        if ended.group == "formfield" != self._state.group and self._form.get("fftype") == 1:
            result = self._form.get("ffres")
            ticked = result if result in (TICKED, NOT_TICKED) else self._form.get("ffdefres")
            self._state.flow.put("☒" if ticked == TICKED else "☐")
        if ended.flow is not self._state.flow:
            self._hang(ended.flow)

    def _hang(self, flow: Flow) -> None:
        """Puts a text that stands apart at its place."""
        lines = flow.end()
        if not any(line.strip() for line in lines):
            return
        if flow.kind in MARGINS:
            self._margins[flow.kind] |= dict.fromkeys(" ".join(line.split()) for line in lines)
        elif flow.kind == "box":
            self._state.flow.boxes += lines
        else:
            self._marks[flow.kind] += 1
            mark = f"[^{'c' if flow.kind == 'comment' else ''}{self._marks[flow.kind]}]"
            self._state.flow.put(mark)
            self._state.flow.notes.append(f"{mark}: " + "\n".join(lines).strip())

    def _control(self, word: str, number: int | None) -> None:
        is_starred, self._is_starred = self._is_starred, word == "*"
        is_character = word in CHARACTERS
        if self._to_skip and is_character:
            self._to_skip -= 1
            return
        self._to_skip = 0
        state = self._state
        if word == "ud" and self._outer:
            self._state = replace(self._outer[-1], group="ud")
        elif word in APART and (flow := Flow(APART[word])):
            self._state = replace(state, group=word, flow=flow, is_row=False)
        elif word in NO_TEXT or MATH_PROPERTIES.fullmatch(word) or (is_starred and word not in STARRED_TEXT):
            self._state = replace(state, group=word, is_text=False)
        elif word in EQUATION:
            self._state = replace(state, group=word)
            self._put(EQUATION[word][0])
        elif word == "upr":
            self._state = replace(state, group=word)
        elif state.group == "fonttbl":
            self._fonts.define(word, number or 0)
        elif is_character:
            self._put(CHARACTERS[word])
        elif word == "u" and number is not None:
            self._put_unicode(number)
        elif word == "nestrow":  # stands in a group of properties
            state.flow.put(INNER_ROW)
        elif word in ENDS or word in ("cell", "row", "nestcell"):
            self._end_piece(word)
        else:
            self._set(word, number)

    def _set(self, word: str, number: int | None) -> None:
        """Control words that change what comes after them."""
        state = self._state
        is_on = number != 0
        match word:
            case "f":
                self._state = replace(state, font=number)
            case "plain":
                self._state = replace(state, font=None, is_hidden=False, is_deleted=False)
            case "v":
                self._state = replace(state, is_hidden=is_on)
            case "deleted" | "mvf":  # moved from here
                self._state = replace(state, is_deleted=is_on)
            case "pard":
                self._state = replace(state, is_row=False, heading=0)
            case "intbl":
                self._state = replace(state, is_row=is_on)
            case "outlinelevel" if number is not None:
                self._state = replace(state, heading=min(number + 1, MAX_HEADING) if 0 <= number < 9 else 0)
            case "uc" if number is not None:
                self._state = replace(state, fallback=max(0, number))
            case "deff":
                self._fonts.default = number
            case "ansicpg" if number:
                self._fonts.charset = charset_of(number)
            case "mac" | "pc" | "pca":
                self._fonts.charset = OLD_SETS[word]
            case "fftype" | "ffres" | "ffdefres":
                self._form = {} if word == "fftype" else self._form
                self._form[word] = number or 0

    def _end_piece(self, word: str) -> None:
        state, flow = self._state, self._state.flow
        if not state.is_seen:
            return
        match word:
            case "cell":
                flow.end_cell()
            case "row":
                flow.end_row()
            case "nestcell":
                flow.put(INNER_CELL)
            case _ if state.is_row or flow.cells:
                flow.put(" ")
            case _:
                flow.end_line(state.heading)

    def _put_unicode(self, number: int) -> None:
        code = number + 0x10000 if number < 0 else number
        letter = chr(code) if 0 < code <= 0x10FFFF else "\ufffd"
        self._put(self._fonts.shown(letter, self._state.font))
        self._to_skip = self._state.fallback

    def _flush(self) -> None:
        """Text that has come, now that its end is known: a character may be two bytes."""
        if not self._pending:
            return
        data, self._pending = bytes(self._pending), bytearray()
        if self._state.group == "fonttbl":
            self._fonts.name(data)
        elif self._state.is_seen:
            self._put(self._fonts.decode(data, self._state.font).translate(CONTROLS))

    def _put(self, text: str) -> None:
        if self._state.is_seen:
            self._state.flow.put(text)
