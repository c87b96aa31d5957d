"""The fonts of an RTF file, which say in what character set bytes are text. Knows no text."""

from __future__ import annotations

import codecs
import re

from agent.attachments.symbols import is_symbol_font, shown

WESTERN = "cp1252"
WESTERN_FONT, OWN = 0, 1  # of \\fcharset: the West, and the file's own set

# \fcharset of a font -> Python's name of the character set.
CHARSETS = {
    77: "mac_roman", 78: "cp932", 79: "cp949", 80: "gb18030", 81: "cp950", 85: "mac_greek", 86: "mac_turkish",
    88: "mac_latin2", 89: "mac_cyrillic", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
# Code pages whose number is not in Python's name of the set.
PAGES = {
    936: "gb18030", 1361: "johab", 10000: "mac_roman", 10001: "cp932", 10002: "cp950", 10003: "cp949",
    10006: "mac_greek", 10007: "mac_cyrillic", 10008: "gb18030", 10029: "mac_latin2", 10079: "mac_iceland",
    10081: "mac_turkish", 20866: "koi8_r", 20932: "euc_jp", 20936: "gb18030", 21866: "koi8_u", 51932: "euc_jp",
    51936: "gb18030", 51949: "cp949", 54936: "gb18030", 65001: "utf-8",
    **{28590 + part: f"iso8859_{part}" for part in range(1, 16)},
}  # fmt: skip
OLD_SETS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
DOUBLE_BYTE = frozenset(["gb18030", "cp950", "cp932", "cp949", "johab", "euc_jp"])


def charset_of(page: int) -> str:
    """Python's name of a code page; the Western one's if it is not known."""
    name = PAGES.get(page, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return WESTERN
    return name


class Fonts:
    """The fonts as they are defined, and the file's own character set, which holds if a font says nothing."""

    def __init__(self) -> None:
        self.charset = WESTERN
        self.default: int | None = None
        self._defined = 0  # the font that is being defined
        self._charsets = dict[int, int]()
        self._pages = dict[int, str]()
        self._names = dict[int, str]()

    def define(self, word: str, number: int) -> None:
        """A control word of the table of fonts."""
        if word == "f":
            self._defined = number
        elif word == "fcharset":
            self._charsets[self._defined] = number
        elif word == "cpg":
            self._pages[self._defined] = charset_of(number)

    def name(self, data: bytes) -> None:
        """The name of the font that is being defined."""
        self._names[self._defined] = data.decode(WESTERN, "replace").strip(" ;")

    def shown(self, text: str, font: int | None) -> str:
        """Text in Unicode as the font shows it."""
        name = self._names.get(self._number(font), "")
        return shown(text, name) if is_symbol_font(name) else text

    def decode(self, data: bytes, font: int | None) -> str:
        """The text that these bytes are in the font; without one, in the file's default font."""
        number = self._number(font)
        if is_symbol_font(self._names.get(number, "")):
            return self.shown(data.decode("latin-1"), font)
        charset = self._charsets.get(number, OWN)
        if number in self._pages:
            return data.decode(self._pages[number], "replace")
        if charset == WESTERN_FONT and not self._is_in_own_charset(data):
            return data.decode(WESTERN, "replace")
        return data.decode(CHARSETS.get(charset, self.charset), "replace")

    def _number(self, font: int | None) -> int:
        number = self.default if font is None else font
        return -1 if number is None else number

    def _is_in_own_charset(self, data: bytes) -> bool:
        """Whether text in a Western font is in the file's own set all the same, as simple programs write it: Western
        words have one such letter here and there, others many in a row."""
        in_a_row = 2 if self.charset in DOUBLE_BYTE else 3
        if not re.search(rb"[\x80-\xff]{%d}" % in_a_row, data):
            return False
        try:
            data.decode(self.charset)
        except UnicodeDecodeError:
            return False
        return True
