"""A text file's bytes as text, in whatever character set they were written. Knows no file."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHERS = ["gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "cp1252"]  # what else is met in practice

# A short text in GB18030 is often good Korean too, as bytes go. Here Chinese is the likelier: as long as it is no
# messier than the best guess by this much (charset-normalizer's measure, 0 to 1), it is taken.
CHINESE_BONUS = 0.03


def decode(data: bytes) -> str | None:
    """The text of `data`; None where it is none."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)  # a last character may be cut in half
    except UnicodeDecodeError:
        pass
    guesses = from_bytes(data, cp_isolation=OTHERS)
    if not (best := guesses.best()):
        return None
    likely = [guess.encoding for guess in guesses if guess.chaos <= best.chaos + CHINESE_BONUS]
    return data.decode("gb18030" if "gb18030" in likely else best.encoding, "replace")
