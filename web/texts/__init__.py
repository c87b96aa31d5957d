"""Every sentence of ours that the page shows, in Chinese and English: one file a language. Errors have their own."""

from __future__ import annotations

from collections.abc import Mapping

from web.texts.chinese import CHINESE, CHINESE_FOR_VISITORS
from web.texts.english import ENGLISH, ENGLISH_FOR_VISITORS
from web.texts.fields import Texts

__all__ = ["CHINESE", "ENGLISH", "Texts", "size", "texts"]

_VISITORS: Mapping[str, Texts] = {"zh": CHINESE_FOR_VISITORS, "en": ENGLISH_FOR_VISITORS}


def texts(language: str, *, for_operator: bool = True) -> Texts:
    """The texts for a browser's language tag: Chinese where it begins with zh, else English.

    Whoever runs the app is told which setting to change; a visitor, who cannot, is told what else to do.
    """
    words = CHINESE if language.lower().startswith("zh") else ENGLISH
    return words if for_operator else _VISITORS[words.language]


def size(count_bytes: float) -> str:
    """15_231_000_000 -> '15.2 GB'; the same in both languages."""
    for unit in ("B", "kB", "MB"):
        if count_bytes < 999.5:
            return f"{count_bytes:.0f} {unit}"
        count_bytes /= 1000
    return f"{count_bytes:.1f} GB"
