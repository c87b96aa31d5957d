"""Every sentence of ours that the page shows: chinese.py, english.py. Errors have theirs in agent/errors.py."""

from __future__ import annotations

from collections.abc import Mapping

from web.texts.chinese import CHINESE, CHINESE_FOR_VISITORS
from web.texts.english import ENGLISH, ENGLISH_FOR_VISITORS
from web.texts.fields import Texts
from web.texts.languages import PAGE_TAGS, Language, language_of

__all__ = ["CHINESE", "ENGLISH", "PAGE_TAGS", "Language", "Texts", "language_of", "size", "texts_for"]

_TEXTS: Mapping[Language, Texts] = {"zh": CHINESE, "en": ENGLISH}
_VISITORS: Mapping[Language, Texts] = {"zh": CHINESE_FOR_VISITORS, "en": ENGLISH_FOR_VISITORS}


def texts_for(language: str, *, for_operator: bool = True) -> Texts:
    """The texts for a browser's language tag (languages.py).

    Whoever runs the app is told which setting to change; a visitor, who cannot, is told what else to do.
    """
    return (_TEXTS if for_operator else _VISITORS)[language_of(language)]


def size(count_bytes: float) -> str:
    """15_231_000_000 -> '15.2 GB'; the same in both languages."""
    for unit in ("B", "kB", "MB"):
        if count_bytes < 999.5:
            return f"{count_bytes:.0f} {unit}"
        count_bytes /= 1000
    return f"{count_bytes:.1f} GB"
