"""The names of character sets, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

# Whose writing a character set is for, in English and Chinese, and what the sets are called, by Python's names.
CHARSETS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("Chinese", "中文", {"gb18030": "GB18030", "hz": "HZ"}),
    ("traditional Chinese", "繁体中文", {"big5hkscs": "Big5"}),
    ("Japanese", "日文", {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}),
    ("Korean", "韩文", {"cp949": "EUC-KR"}),
    (
        "Western European",
        "西欧文字",
        {"cp1252": "windows-1252", "iso8859-15": "ISO-8859-15", "mac-roman": "Mac OS Roman"}
        | {"cp437": "IBM437", "cp850": "IBM850"},
    ),
    ("Central European", "中欧文字", {"cp1250": "windows-1250", "iso8859-2": "ISO-8859-2", "cp852": "IBM852"}),
    (
        "Cyrillic",
        "西里尔文",
        {"cp1251": "windows-1251", "koi8-r": "KOI8-R", "koi8-u": "KOI8-U", "cp866": "IBM866"}
        | {"iso8859-5": "ISO-8859-5", "mac-cyrillic": "Mac OS Cyrillic"},
    ),
    ("Greek", "希腊文", {"cp1253": "windows-1253", "iso8859-7": "ISO-8859-7"}),
    ("Turkish", "土耳其文", {"cp1254": "windows-1254"}),
    ("Hebrew", "希伯来文", {"cp1255": "windows-1255", "iso8859-8": "ISO-8859-8"}),
    ("Arabic", "阿拉伯文", {"cp1256": "windows-1256", "iso8859-6": "ISO-8859-6"}),
    ("Baltic", "波罗的海文字", {"cp1257": "windows-1257", "iso8859-13": "ISO-8859-13"}),
    ("Vietnamese", "越南文", {"cp1258": "windows-1258"}),
    ("Thai", "泰文", {"cp874": "windows-874"}),
)
