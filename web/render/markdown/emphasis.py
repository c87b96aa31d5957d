"""Stars, tildes and underscores: which of them are text, and which CommonMark misjudges beside Chinese punctuation."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

_EAST = re.compile(
    r"[\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f"
    r"\uff00-\uffef\U00020000-\U0003ffff“”‘’—…·]"
)
_FILES = re.compile(r"\.[A-Za-z]|/(?!\S)")  # as in *.py, and the end of a comment in code
Fix = Literal["text", "before", "after", ""]


class Emphasis:
    """The marks of one text, from first to last."""

    def __init__(self) -> None:
        self._open: dict[str, list[int]] = {"*": [], "~": [], "_": []}  # lengths of those that may still be closed

    def judge(self, marks: str, before: str, after: str) -> Fix:
        """What marks between two texts need to be taken as they are meant.

        They are text; or the letter before or after them has to look like punctuation; or they need nothing.
        """
        if _is_text(marks, before, after):
            return "text"
        stack, size = self._open[marks[0]], len(marks)
        if size > 2 and not stack and marks[0] == "*" and _is_plain_word(before[-1:]) and _is_plain_word(after[:1]):
            return "text"  # what is hidden of a number
        left, right = _kind(before[-1:]), _kind(after[:1])
        is_eastern = _EAST.search(before[-1:] + after[:1]) is not None
        may_open = right != "space" and not (left == "letter" and right == "punctuation")
        is_smaller = bool(stack) and stack[-1] > size and not may_open
        if left != "space" and (is_smaller or size in (sum(stack[-1:]), sum(stack[-2:]))):
            _close(stack, size)
            return "after" if is_eastern and left == "punctuation" and right == "letter" else ""
        if right != "space":
            stack.append(size)
        return "before" if is_eastern and left == "letter" and right == "punctuation" else ""


def hidden(one: str) -> str:
    """The character as a reference: the same in the page, but punctuation to what stands beside it."""
    return f"&#{ord(one)};"


def is_letter(one: str) -> bool:
    """Whether a character is neither space nor punctuation, as micromark has it."""
    return _kind(one) == "letter"


def _is_text(marks: str, before: str, after: str) -> bool:
    """Whether stars or tildes are no markup: a range, a product, a power, a pattern of files."""
    left, right = before[-1:], after[:1]
    if marks[0] == "~":
        return len(marks) == 1 or (len(marks) == 2 and left.isdigit() and right.isdigit())
    if left == right == "/" or after.startswith("/*"):
        return True
    if len(marks) == 1 and _kind(left) != "letter" and _FILES.match(after):
        return True
    if len(marks) == 1:
        return (_is_plain_word(left) or left == ")") and (_is_plain_word(right) or right == "(")
    is_value = left.isdigit() or left == ")" or (_is_plain_word(left) and not _is_plain_word(before[-2:-1]))
    return len(marks) == 2 and is_value and right.isdigit() and right.isascii()


def _close(stack: list[int], size: int) -> None:
    """Take so many marks from those that were open."""
    while size and stack:
        last = stack.pop()
        if last > size:
            stack.append(last - size)
        size -= min(last, size)


def _is_plain_word(one: str) -> bool:
    return one.isascii() and one.isalnum()


def _kind(one: str) -> Literal["space", "punctuation", "letter"]:
    """What a character is to emphasis, as micromark has it, which sees only halves of those beyond U+FFFF."""
    if not one or one.isspace():
        return "space"
    if one <= "\uffff" and unicodedata.category(one)[0] in "PS":
        return "punctuation"
    return "letter"
