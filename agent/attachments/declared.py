"""The character set that a text itself declares. Knows no file."""

from __future__ import annotations

import codecs
import re

# XML, CSS, HTML and mail, LaTeX.
DECLARATION = re.compile(
    rb"""<\?xml[^>]*?encoding\s*=\s*["']([-\w.:]+)"""
    rb"""|\A@charset\s+["']([-\w.:]+)"""
    rb"""|<meta[^>]*?charset\s*=\s*["']?\s*([-\w.:]+)"""
    rb"""|content-type:[^\n]*(?:\n[ \t][^\n]*)?charset\s*=\s*["']?([-\w.:]+)"""
    rb"""|\\usepackage\[([-\w]+)\]\{inputenc\}""",
    re.IGNORECASE,
)
HEAD_BYTES = 4096

# A comment of Python, Emacs, Vim or JSP, at the beginning or, as Vim has it, at the end.
COMMENT = re.compile(rb"""^\s*[^\w\s].{0,200}?coding\s*[:=]\s*["']?([-\w.:]+)""", re.IGNORECASE)
FIRST_LINES, LAST_LINES, TAIL_BYTES = 2, 5, 1000

# A name is used for the set that grew out of it, too. Of both these are Python's names.
GROWN = (
    {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"}
    | {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs"}
    | {"shift_jis": "cp932", "euc_kr": "cp949"}
)
OTHER_NAMES = re.compile(r"^(x-|cn-|dos-)|-i$")
LATEX_NAMES = {"ansinew": "cp1252", "applemac": "mac-roman"}
ASCII_PROBE = (
    b"Az09 \\u0041 +AGE- ~{<!~} xn--a-"  # UTF-16, UTF-7 and escapes, which no text can declare, read it otherwise
)


def codec(data: bytes) -> str | None:
    """The codec of the set that is declared, if the bytes go with it."""
    for name in _names(data):
        found = _codec(name)
        if found and _goes_with(data, found):
            return found
    return None


def _names(data: bytes) -> list[str]:
    head, tail = data[:HEAD_BYTES], data[-TAIL_BYTES:]
    lines = [*head.split(b"\n")[:FIRST_LINES], *tail.split(b"\n")[-LAST_LINES:]]
    comments = [match[1] for line in lines if (match := COMMENT.match(line))]
    found = [next(filter(None, match.groups())) for match in DECLARATION.finditer(head)]
    return [name.decode("ascii", "replace").lower() for name in (*found, *comments)]


def _codec(name: str) -> str | None:
    plain = OTHER_NAMES.sub("", LATEX_NAMES.get(name, name)).replace("windows-", "cp")
    try:
        known = codecs.lookup(plain).name
        if ASCII_PROBE.decode(known) != ASCII_PROBE.decode():
            return None
    except (LookupError, UnicodeError):
        return None
    return GROWN.get(known, known)


def _goes_with(data: bytes, known: str) -> bool:
    """Whether it reads the bytes, and none as a control character: those are letters in a set that is not declared."""
    try:
        text = codecs.getincrementaldecoder(known)().decode(data)
    except UnicodeError:
        return False
    return not re.search("[\x80-\x84\x86-\x9f]", text)
