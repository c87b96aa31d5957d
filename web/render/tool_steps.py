"""The steps of a turn's tool calls: a title, the arguments, and the result or why there is none."""

from __future__ import annotations

import time
from typing import Any

import chainlit as cl
from chainlit.utils import utc_now

from tools.base import Failure, ToolCall, ToolResult
from tools.text import read_json
from web.render.metadata import TOOL
from web.render.steps import make_step
from web.texts import Texts

ICONS = {"get_current_weather": "cloud-sun", "get_current_time": "clock", "calculate": "calculator"}
LONG_S = 1.0  # a call that took less says nothing of its time


class ToolSteps:
    """The steps of the calls that have no result yet."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._steps: dict[str, cl.Step] = {}  # by the ids of their calls
        self._started: dict[str, float] = {}

    async def open(self, call: ToolCall) -> None:
        """Show a call with its arguments."""
        step = make_step(self._texts.tool_name(call.name), "tool", ICONS.get(call.name, "wrench"))
        step.metadata = {TOOL: call.name}
        step.input = _pretty(call.arguments)
        step.start = utc_now()
        self._steps[call.id], self._started[call.id] = step, time.monotonic()
        await step.send()

    async def close(self, call_id: str, result: ToolResult) -> None:
        """Show what came of a call."""
        step, texts = self._steps.pop(call_id), self._texts
        step.end = utc_now()
        step.name = step_title(step.metadata[TOOL], texts, result.failure, result.duration_s)
        step.is_error = bool(result.failure)
        step.output = texts.why_failed(result) if result.failure else _pretty(result.for_user)
        await step.update()

    async def stop(self) -> None:
        """Close all as stopped: of a turn that was stopped or that broke they have no result to show."""
        for call_id in list(self._steps):
            seconds = time.monotonic() - self._started[call_id]
            await self.close(call_id, ToolResult(call_id, "", "", "stopped", seconds))


def step_title(tool: str, texts: Texts, failure: Failure | None = None, seconds: float = 0.0) -> str:
    """What a tool's step is called: the tool, how it failed, and how long it took if that was long."""
    how = [texts.failures[failure]] if failure else []
    time_taken = [texts.duration(seconds)] if seconds >= LONG_S else []
    return " · ".join([texts.tool_name(tool), *how, *time_taken])


def stopped(step: dict[str, Any], texts: Texts) -> dict[str, Any]:
    """A saved tool step as it is shown if its call never ended."""
    tool = step["metadata"].get(TOOL, step["name"])
    end = step.get("start") or step.get("createdAt")
    return {**step, "name": step_title(tool, texts, "stopped"), "isError": True, "end": end}


def _pretty(text: str) -> Any:
    """JSON as a value, which the page sets as JSON; any other text as it is."""
    try:
        value = read_json(text)
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text
