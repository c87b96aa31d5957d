"""The steps of a turn's tool calls: a title, the arguments, and the result or why there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tools.base import Failure
from tools.text import read_json
from web.render.saved_steps import TOOL
from web.texts import Texts

ICONS = {"get_current_weather": "cloud-sun", "get_current_time": "clock", "calculate": "calculator"}

LONG_S = 1.0  # a call that took less says nothing of its time


def step_title(tool: str, words: Texts, failure: Failure | None = None, seconds: float = 0.0) -> str:
    """What a tool's step is called: the tool, how it failed, and how long it took where that was long."""
    how = [words.failures[failure]] if failure else []
    time_taken = [words.duration(seconds)] if seconds >= LONG_S else []
    return " · ".join([words.tool_name(tool), *how, *time_taken])


def stopped(step: dict[str, Any], words: Texts) -> dict[str, Any]:
    """A tool's step as it is shown where the call never ended."""
    tool = step["metadata"].get(TOOL, step["name"])
    end = step.get("start") or step.get("createdAt")
    return {**step, "name": step_title(tool, words, "stopped"), "isError": True, "end": end}


def pretty(text: str) -> Any:
    """JSON as a value, which the page sets as JSON; any other text as it is."""
    try:
        value = read_json(text)
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text


def now() -> str:
    return datetime.now(UTC).isoformat()
