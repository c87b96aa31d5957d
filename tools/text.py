"""What comes from outside, made fit to keep, to show and to send on: text that is whole, numbers that are numbers."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_BROKEN = re.compile("[\0\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_MAY_BREAK = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|NaN|Infinity|\d[eE]\+?\d{3}")  # in the text of JSON
_REPLACEMENT = "\ufffd"


def clean(value: Any) -> Any:
    """The same value without what databases, models and JSON do not take.

    In every text, keys too, two halves of a character that belong together are joined, and half a one or NUL becomes
    U+FFFD. A number that is none (NaN, infinity) becomes None. Every door calls this once: the page's events and
    requests, files, engines, tools and imports. Raises ValueError where lists and objects are nested too deeply.
    """
    try:
        return _clean(value)
    except RecursionError as error:
        raise ValueError("the value is nested too deeply") from error


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _clean_text(value) if _BROKEN.search(value) else value
    if isinstance(value, dict):
        cleaned = {}
        for key, item in value.items():
            cleaned[_clean(key)] = _clean(item)
        return cleaned
    if isinstance(value, (list, tuple)):
        items = []
        for item in value:
            items.append(_clean(item))  # a comprehension takes twice the stack, and values nest
        return items
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _clean_text(text: str) -> str:
    if _PAIR.search(text):  # rare: JSON's reader joins them
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _BROKEN.sub(_REPLACEMENT, text)


def read_json(text: str | bytes) -> Any:
    """The value that the JSON text has, cleaned. Raises ValueError, also where it is nested too deeply."""
    try:
        return clean(json.loads(text))
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def clean_json(text: str) -> str:
    """A text that is to be JSON, cleaned inside of its escapes too; as it is where it is no JSON."""
    text = clean(text)
    if not _MAY_BREAK.search(text):
        return text
    try:
        return json.dumps(read_json(text), ensure_ascii=False)
    except ValueError:
        return text
