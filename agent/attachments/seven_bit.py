"""Character sets of 7 bits, as mail has them: ISO-2022-JP, -KR and -CN, and HZ. Knows no other set."""

from __future__ import annotations

import re

JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\([IJ]|\x1b\$\(D")
SHIFTED = {b"\x1b$)C": "cp949", b"\x1b$)A": "gb18030"}  # what the letters between shift out and shift in are
LETTERS = re.compile(rb"\x0e([^\x0e\x0f]*)\x0f?")
HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
TO_8_BITS = bytes(one | 0x80 if 0x20 < one < 0x7F else one for one in range(256))


def decode(data: bytes) -> tuple[str, str, bool] | None:
    """The text, the codec of its set, and whether that is a guess; None if it is in none of these."""
    if not data.isascii():
        return None
    for escape, codec in SHIFTED.items():
        if escape in data:
            wider = LETTERS.sub(lambda run: run[1].translate(TO_8_BITS), data.replace(escape, b""))
            return wider.decode(codec, "replace"), codec, False
    if JAPANESE.search(data):
        return _japanese(data), "iso2022_jp", False
    if HZ.search(data):
        try:
            return data.decode("hz"), "hz", True
        except UnicodeDecodeError:
            return None
    return None


def _japanese(data: bytes) -> str:
    for codec in ("iso2022_jp_2", "iso2022_jp_ext"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("iso2022_jp_ext", "replace")
