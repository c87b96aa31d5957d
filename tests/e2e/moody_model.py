"""A remote model of many moods for the running app: it thinks, calls, breaks off and refuses, as the question says.

What it does follows from the last question alone, so that asking again gives the same again. Runs in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from tests.agent.engine.openai_server import Refusal
from tests.e2e.storyteller import Storyteller, chunk, overheard

TABLE = '[{"city": "Paris", "people": 2.1}, {"city": "Rome", "people": 2.8}]'


def call(name: str, arguments: dict[str, Any]) -> Sequence[Any]:
    """A turn of the model that calls a tool."""
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    wanted = {"index": 0, "id": f"call-{name}", "type": "function", "function": function}
    return [chunk({"tool_calls": [wanted]}), chunk({}, "tool_calls")]


def decide(messages: list[dict[str, Any]]) -> Sequence[Any] | Refusal:
    """The answer to a question by the words in it."""
    last, asked = messages[-1], [message["content"] for message in messages if message["role"] == "user"][-1]
    if last["role"] == "tool":
        return [chunk({"content": "It is **fine**: 19.3 °C, a*b_c."}), chunk({}, "stop")]
    match asked:
        case text if "weather" in text or "天气" in text:
            return call("get_current_weather", {"city": "广州"})
        case text if "sum" in text:
            return call("calculate", {"expression": "1/0" if "zero" in text else "3*4"})
        case text if "strange" in text:
            return call("send_a_mail", {"to": ["a", "b"]})
        case text if "break" in text:
            return Refusal(500, "out of order")
        case text if "think" in text:
            thoughts = [
                part for number in range(5) for part in (0.7, chunk({"reasoning_content": f"thought {number} "}))
            ]
            return [chunk({"reasoning_content": "Hm. "}), *thoughts, chunk({"content": "So be it."}), chunk({}, "stop")]
        case text if "cut" in text:
            return [chunk({"content": "```python\nprint(1)"}), chunk({}, "length")]
        case text if "silent" in text:
            return [60.0, chunk({"content": "late"}), chunk({}, "stop")]
        case text if "story" in text:
            return [part for number in range(400) for part in (0.05, chunk({"content": f"word {number} "}))]
        case text if "table" in text:
            return [chunk({"content": TABLE}), chunk({}, "stop")]
    return [chunk({"content": f"There are {len(messages)} messages."}), chunk({}, "stop")]


def moody_model() -> AbstractContextManager[Storyteller]:
    """A running one, in a thread with a loop of its own."""
    return overheard(Storyteller(decide))
