"""Bytes of texts in the character sets that are met, short ones too."""

from __future__ import annotations

import pytest

from attachments.charset import decode

SAMPLES = {
    "gb18030": (
        "你好，世界",
        "姓名,年龄\n张三,30\n李四,25\n",
        "清谈\n",
        "编号;名称\n1;螺丝\n",
        "中文混排 English 123 㐀",
    ),
    "big5": ("今天天氣怎麼樣？臺北的天氣很好", "姓名,年齡\n張三,30\n", "你好，世界"),
    "shift_jis": ("こんにちは、世界", "会議は午後三時からです。"),
    "euc_kr": ("안녕하세요 세계", "이름,나이\n김철수,30\n"),
    "cp1252": ("Müller, Größe, café",),
    "cp1251": ("Привет, мир. Как дела?",),
    "utf-8": ("编码", "plain"),
    "utf-8-sig": ("编码",),
    "utf-16": ("编码",),
    "utf-32": ("编码",),
}


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, encoding) for encoding, samples in SAMPLES.items() for text in samples]
)
def test_a_text_is_read_in_the_character_set_it_was_written_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_character_that_is_cut_in_half_at_the_end_costs_only_itself() -> None:
    assert decode("你好".encode()[:-1]) == "你"


def test_what_is_no_text_has_none() -> None:
    assert decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") is None
