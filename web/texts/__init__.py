"""Every sentence of ours that the page shows, in Chinese and English: one file a language. Errors have their own."""

from web.texts.fields import CHINESE, ENGLISH, Texts, size, texts

__all__ = ["CHINESE", "ENGLISH", "Texts", "size", "texts"]
