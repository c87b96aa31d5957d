"""The name of an exported file."""

from __future__ import annotations

import pytest

from web.chat import transcript_routes


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("广州天气怎么样?", "广州天气怎么样"),
        ("a/b\\c:d*e?f\"g<h>i|j", "a b c d e f g h i j"),
        ("../../etc/passwd", "etc passwd"),
        (".hidden.", "hidden"),
        ("line\nbreak\tand\x00nul", "line break and nul"),
        ("gone\u202egpj.exe\ud83d", "gone gpj.exe"),
        ("x" * 200, "x" * 60),
        ("", "chat"),
        (None, "chat"),
        ("???", "chat"),
        ("CON", "chat CON"),
        ("lpt1.txt", "chat lpt1.txt"),
        ("Console", "Console"),
        ("emoji 🙂", "emoji 🙂"),
    ],
)  # fmt: skip
def test_a_chats_name_becomes_one_that_every_system_takes_for_a_file(title: str | None, name: str) -> None:
    assert transcript_routes.file_name(title) == name
