"""Regular expressions of JSON Schema in the dialect of xgrammar, in which a pattern has to fit the whole text.

xgrammar leaves out anchors and assertions that it does not know, and takes a pattern for the text as JSON writes it, so
that a quotation mark would end it: such patterns are refused here. Knows no xgrammar.
"""

from __future__ import annotations

import re

ANYTHING = ".*"
_ESCAPE = r"\\u\{[0-9a-fA-F]+\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\c[A-Za-z]|\\."
_TOKEN = re.compile(rf"{_ESCAPE}|\[(?:\\.|[^\]\\])*\]|\{{\d+(?:,\d*)?\}}|\(\?(?:<[=!]|<\w+>|.)?|.", re.DOTALL)
_MEMBER = re.compile(rf"{_ESCAPE}|.", re.DOTALL)  # of a class
_STRUCTURE = re.compile(r"[()|.*+?]|\(\?:|\(\?<\w+>|\{\d+(?:,\d*)?\}")


class BadPattern(ValueError):
    """Answers cannot be held to a pattern; the text is the part of it that is why."""


def whole(pattern: str) -> str:
    """The pattern that fits a whole text if, and only if, `pattern` is found in it. Raises BadPattern."""
    tokens = _inside(_TOKEN.findall(pattern))
    alternatives = [_alternative(tokens_of_one) for tokens_of_one in _alternatives(tokens)]
    if len(alternatives) > 1:
        return f"^(?:{'|'.join(alternatives)})$"
    return f"^{alternatives[0]}$"


def _inside(tokens: list[str]) -> list[str]:
    """Without a group around all of it, in which anchors could not be read."""
    while len(tokens) > 1 and tokens[0] in ("(", "(?:") and _end_of_group(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _end_of_group(tokens: list[str]) -> int | None:
    depth = 0
    for index, token in enumerate(tokens):
        depth += token.startswith("(") - (token == ")")
        if depth == 0:
            return index
    return None


def _alternatives(tokens: list[str]) -> list[list[str]]:
    """What stands between the bars outside of groups."""
    alternatives: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.startswith("(") - (token == ")")
        if token == "|" and depth == 0:
            alternatives.append([])
        else:
            alternatives[-1].append(token)
        if depth < 0:
            raise BadPattern(")")
    if depth:
        raise BadPattern("(")
    return alternatives


def _alternative(tokens: list[str]) -> str:
    """One of them, filled up if it is not anchored."""
    begins, ends = tokens[:1] == ["^"], tokens[-1:] == ["$"]
    body = "".join(_token(token) for token in tokens[begins : len(tokens) - ends])
    if not body:
        return "" if begins and ends else ANYTHING
    grouped = body if begins and ends and "|" not in body else f"(?:{body})"
    return f"{'' if begins else ANYTHING}{grouped}{'' if ends else ANYTHING}"


def _token(token: str) -> str:
    if token[0] == "[" and len(token) > 1:
        return _class(token)
    if token in ("{", "}", "]"):
        return f"\\{token}"
    if _STRUCTURE.fullmatch(token):
        return token
    if token[0] in "(^$[" or not _is_sayable(token):
        raise BadPattern(token)
    return token


def _class(token: str) -> str:
    """[...], if something is left of it: xgrammar leaves out what JSON writes with a backslash."""
    sayable = [_is_sayable(member) for member in _MEMBER.findall(token[1:-1].removeprefix("^"))]
    if not token.startswith("[^") and not any(sayable):
        raise BadPattern(token)
    return token


def _is_sayable(token: str) -> bool:
    """Whether JSON writes the character as it is. Raises BadPattern for an escape that stands for none."""
    kind, digits = token[1:2], token[2:].strip("{}")
    if token[0] != "\\":
        character = token
    elif kind in ("d", "D", "w", "W", "s", "S"):
        return True
    elif kind in ("u", "x") and digits:
        character = chr(min(int(digits, 16), 0x10FFFF))
    elif kind in ("t", "n", "r", "f", "v", "0", "c"):
        return False
    elif not kind or kind.isalnum():
        raise BadPattern(token)
    else:
        character = kind
    return character >= " " and character not in '"\\'
