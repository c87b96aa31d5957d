"""Limits on the tool calls of one answer and one turn: how many, how long, how often the same."""

from __future__ import annotations

import json
from collections import Counter

from tools.base import ToolCall

MAX_CALLS = 32  # of one answer; those after them are refused
MAX_REFUSED_CALLS = 32  # of one answer; with one more it is at its end: such a model would go on for ever
MAX_NAME_CHARS, MAX_ARGUMENT_CHARS = 200, 100_000  # of one call
MAX_SAME_CALLS = 2  # in one turn; a model that asks a third time would go on asking


def bounded(call: ToolCall) -> ToolCall:
    """The call as the history and the page get it: whole, but for one that is endless."""
    arguments = call.arguments if len(call.arguments) <= MAX_ARGUMENT_CHARS else "{}"
    return ToolCall(call.id, call.name[:MAX_NAME_CHARS], arguments)


def why_refused(call: ToolCall, calls_before: int, seen: Counter[str]) -> str:
    """Why a call is not run, for the model, or ''. `seen` counts the turn's calls."""
    if calls_before >= MAX_CALLS:
        return f"One answer may make {MAX_CALLS} calls; this one is over that. Use the results above, then call again."
    if len(call.name) > MAX_NAME_CHARS:
        return f"No tool has a name of more than {MAX_NAME_CHARS} characters. Call one of those that there are."
    if len(call.arguments) > MAX_ARGUMENT_CHARS:
        return f"The arguments of a call may have {MAX_ARGUMENT_CHARS:,} characters. Ask for less."
    seen[_fingerprint(call)] += 1
    if seen[_fingerprint(call)] > MAX_SAME_CALLS:
        return f"{call.name} was called with these arguments before. Use the results above, and answer now."
    return ""


def _fingerprint(call: ToolCall) -> str:
    """The call's name and arguments, the same for the same JSON whatever its spaces and the order of its keys."""
    try:
        arguments = json.dumps(json.loads(call.arguments), sort_keys=True)
    except (ValueError, RecursionError):
        arguments = call.arguments
    return f"{call.name} {arguments}"
