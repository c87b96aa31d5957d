"""Restricts the model's history of an exported chat to what its steps show. Knows no database and no page.

Whoever opens a chat of somebody else's sees its steps, and the model gets its history. So a turn of the history stays
as it is if the steps of that turn show all of it. Any other is made anew of those steps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from tools.text import read_json

Json = dict[str, Any]

FILES = "Files that the user attached to this message:"  # as agent/prompts/attachments.md begins
NO_WORDS = "(The user wrote nothing else.)"  # of agent/attachments/message.py
FILES_STEP = "What the model has of the files · 模型看到的附件内容"
ENDS = {"(stopped)", "(no answer)"}  # of agent/history.py
MOST_MESSAGES = 400  # in one turn; MAX_ROUNDS and the calls of a round leave fewer


def restrict_to_shown(chat: Json) -> Json:
    """The chat, checked before, with a history that shows in its steps; the text of files gets a step of its own."""
    turns, numbers = _turns(chat["history"]["messages"]), count(1)
    shown = {steps[0]["id"]: steps for steps in _asked(chat["steps"])}
    messages, start, extra = list[Json](), 0, dict[str, Json]()
    for place, turn in turns:
        steps = shown.pop(turn[0]["id"] or "", None)
        if place <= chat["history"]["start"]:
            start = len(messages)
        if steps is None:  # whose question is nowhere, or is another turn's
            continue
        files = _files(turn[0]["content"], steps[0])
        if files and files not in {
            step["output"] for step in steps if (step["type"], step["name"]) == ("run", FILES_STEP)
        }:
            extra[steps[0]["id"]] = _files_step(steps[0], files)
        kept = turn if _is_shown(turn, steps, files) else _made_of(steps, turn[0] if files else None)
        messages += _with_own_ids(kept, numbers)
    start = start if start < len(messages) else 0
    steps = [_open(one) for step in chat["steps"] for one in (step, extra.get(step["id"])) if one]
    return {**chat, "steps": steps, "history": {"messages": messages, "start": start}}


def _open(step: Json) -> Json:
    """A tool's step shows what went in, whatever its file says."""
    return {**step, "showInput": "json"} if step["type"] == "tool" else step


def _turns(messages: Sequence[Json]) -> list[tuple[int, list[Json]]]:
    """The messages by turns, each with the place of its question; what stands before the first question is nobody's."""
    turns = list[tuple[int, list[Json]]]()
    for place, message in enumerate(messages):
        if message["role"] == "user":
            turns.append((place, []))
        if turns:
            turns[-1][1].append(message)
    return turns


def _asked(steps: Sequence[Json]) -> list[list[Json]]:
    """The steps by turns: a question, and what is shown until the next."""
    turns = list[list[Json]]()
    for step in steps:
        if step["type"] == "user_message":
            turns.append([])
        if turns:
            turns[-1].append(step)
    return turns


def _files(content: str, question: Json) -> str:
    """What stands before the question in its message, if that is the text of files; else ''."""
    said = question["output"] or NO_WORDS
    return content.removesuffix(said).strip() if content.startswith(FILES) and content.endswith(f"\n{said}") else ""


def _files_step(question: Json, text: str) -> Json:
    at = question["createdAt"]
    own = {"id": f"{question['id']} files", "type": "run", "name": FILES_STEP, "output": text, "parentId": None}
    times = {"createdAt": at, "start": at, "end": at}
    return dict.fromkeys(question, None) | own | times | {"metadata": {"icon": "paperclip"}}


def _is_shown(turn: Sequence[Json], steps: Sequence[Json], files: str) -> bool:
    if len(turn) > MOST_MESSAGES or not (files or _plain(turn[0]["content"]) == _plain(steps[0]["output"])):
        return False
    tools = [step for step in steps if step["type"] == "tool"]
    texts = [step[key] for step in tools for key in ("output", "input") if step[key]]
    said = "\n".join(_plain(step["output"]) for step in steps[1:] if step["type"] == "assistant_message")
    seen = {piece for text in texts for piece in _pieces(text)} | {
        _name(step) for step in steps if step["type"] == "tool"
    }
    for message in turn[1:]:
        calls = [text for call in message["tool_calls"] for text in (call["name"], call["arguments"])]
        results = [message["content"]] if message["role"] == "tool" else []
        words = [] if results or message["content"] in ENDS else [message["content"]]
        if not all(_plain(text) in said for text in words):
            return False
        if not all(_plain(text) in said or seen.issuperset(_pieces(text)) for text in (*calls, *results)):
            return False
    return True


def _made_of(steps: Sequence[Json], question: Json | None) -> list[Json]:
    """A turn as the steps show it: the question, calls with what came of them, and answers."""
    made = [question or _message("user", steps[0]["output"] or "", id=steps[0]["id"])]
    for step in steps[1:]:
        if step["type"] == "tool":
            arguments = step["input"] if _is_object(step["input"]) else "{}"
            made.append(_message("assistant", tool_calls=[{"id": "call", "name": _name(step), "arguments": arguments}]))
            made.append(_message("tool", step["output"] or "", tool_call_id="call"))
        elif step["type"] == "assistant_message" and (step["output"] or "").strip():
            made.append(_message("assistant", step["output"]))
    return made if made[-1]["role"] == "assistant" else [*made, _message("assistant", "(stopped)")]


def _message(role: str, content: str = "", **fields: Any) -> Json:
    return {"role": role, "content": content, "tool_calls": [], "tool_call_id": None, "id": None} | fields


def _with_own_ids(turn: Sequence[Json], numbers: Iterator[int]) -> list[Json]:
    """The same with calls that have ids of ours: a template may show the model what stands there."""
    named, waiting = list[Json](), list[str]()
    for message in turn:
        calls = [{**call, "id": f"call_{next(numbers)}"} for call in message["tool_calls"]]
        waiting = [call["id"] for call in calls] or waiting
        call_id = waiting.pop(0) if message["role"] == "tool" else None
        named.append({**message, "tool_calls": calls, "tool_call_id": call_id})
    return named


def _name(step: Json) -> str:
    """The tool's name; its step shows that in the page's language."""
    name = str((step["metadata"] or {}).get("tool") or step["name"])
    return name if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) else "tool"


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _pieces(text: str) -> Iterator[str]:
    """Every key and value of a text that is JSON; else the text."""
    try:
        value = read_json(text)
    except ValueError:
        value = None
    if not isinstance(value, (dict, list)):
        yield _plain(text)
        return
    waiting: list[Any] = [value]
    while waiting:
        match waiting.pop():
            case dict() as object_:
                yield from map(_plain, object_)
                waiting.extend(object_.values())
            case list() as items:
                waiting.extend(items)
            case str() as words:
                yield _plain(words)
            case scalar:
                yield json.dumps(scalar)


def _is_object(text: str | None) -> bool:
    try:
        return isinstance(read_json(text or ""), dict)
    except ValueError:
        return False
