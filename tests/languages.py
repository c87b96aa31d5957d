"""What the two texts of an error have in common: settings, commands, places, amounts. The rest is up to the reader."""

from __future__ import annotations

import re

from agent.errors import AgentError

_FACT = re.compile(
    r"`[^`]+`"  # a command
    r"|[A-Z][A-Z_]{3,}(?:='?[\w-]*'?)?"  # a setting, with or without a value
    r"|[\w.:-]*/[\w./:-]*"  # a path, an id or an address
    r"|\d[\d.,]* ?(?:[kMG]i?B|bytes|字节)",
    re.ASCII,
)


def facts(text: str) -> set[str]:
    """The parts of a text that are the same in every language."""
    return {fact.rstrip(".:,").replace("字节", "bytes") for fact in _FACT.findall(text)}


def assert_says_the_same_in_chinese(error: AgentError) -> None:
    """Fail where the error has no Chinese text, or one that names other things than the English one."""
    english, chinese = error.in_language("en"), error.in_language("zh")
    assert re.search(r"[\u4e00-\u9fff].*。$", chinese), f"{english!r} has no Chinese"
    assert facts(chinese) == facts(english)
