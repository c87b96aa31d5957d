"""The two languages of the page: which one a browser's tag asks for, and the page's own tag for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]
PAGE_TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en-US"}


def language_of(tag: str) -> Language:
    """Chinese if the tag begins with zh, in any case, else English; of several tags in a header the first counts."""
    return "zh" if tag.lower().startswith("zh") else "en"
