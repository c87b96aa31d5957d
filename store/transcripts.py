"""A kept chat as a file: Markdown to read, JSON to open again. Knows no database and no page."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

FORMAT = "qingtan-chat"
VERSION = 1
MAX_BYTES = 50_000_000  # of a file that is to be opened
_HIDDEN = ("on_message", "on_chat_start", "on_chat_resume")  # Chainlit's own frames around our steps


class NotATranscript(ValueError):
    """The file is none of ours, or broken."""


@dataclass(frozen=True)
class Headings:
    """What Markdown calls the parts, in a person's language. `tool` has the blank {tool}."""

    person: str
    model: str
    tool: str
    input: str
    output: str


@dataclass(frozen=True)
class Transcript:
    """What there is of a chat: its thread as Chainlit has it, and the model's history in its JSON form."""

    thread: Json
    history: Json


def to_json(transcript: Transcript) -> str:
    """All of a chat: names, settings, what was seen (with tools and receipts) and what the model has; no files."""
    thread = transcript.thread
    kept = ("name", "createdAt", "tags", "metadata", "steps")
    chat = {key: thread[key] for key in kept} | {"history": transcript.history}
    return json.dumps({"format": FORMAT, "version": VERSION, "chat": chat}, ensure_ascii=True, indent=1)


def from_json(text: str | bytes) -> Transcript:
    """The chat of a file, under ids of its own. Raises NotATranscript."""
    try:
        value = json.loads(text)
        if (value["format"], value["version"]) != (FORMAT, VERSION):
            raise NotATranscript(f"not {FORMAT} of version {VERSION}")
        return _with_new_ids(value["chat"])
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise NotATranscript(str(error)) from error


def _with_new_ids(chat: Json) -> Transcript:
    """A copy that shares no id with the chat that was exported; its questions are named alike for page and model."""
    thread_id = str(uuid.uuid4())
    ids = {str(step["id"]): str(uuid.uuid4()) for step in chat["steps"]}
    steps = [
        {
            **step,
            "id": ids[str(step["id"])],
            "threadId": thread_id,
            "parentId": ids.get(str(step.get("parentId"))),
            "type": str(step["type"]),
            "output": str(step.get("output") or ""),
            "createdAt": str(step["createdAt"]),
            "streaming": False,
            "feedback": None,
        }
        for step in chat["steps"]
    ]
    history = dict(chat["history"])
    history["messages"] = [{**message, "id": ids.get(str(message.get("id")))} for message in history["messages"]]
    thread = {"id": thread_id, "name": str(chat["name"] or ""), "tags": list(chat["tags"] or ()), "steps": steps}
    return Transcript({**thread, "metadata": dict(chat["metadata"] or {})}, history)


def to_markdown(transcript: Transcript, headings: Headings) -> str:
    """What a person saw: questions, answers, tool calls with arguments and results, and our own lines."""
    thread = transcript.thread
    parts = [f"# {thread['name'] or '—'}", f"*{thread['createdAt'][:16].replace('T', ' ')} UTC*"]
    for step in thread["steps"]:
        match step["type"]:
            case "user_message":
                parts += [f"## {headings.person}", step["output"]]
            case "assistant_message":
                parts += [f"## {headings.model}", step["output"]]
            case "tool":
                parts += [f"### {headings.tool.format(tool=step['name'])}"]
                parts += [f"{headings.input}:", _fenced(step.get("input") or "")]
                parts += [f"{headings.output}:", _fenced(step["output"])]
            case "run" if step["name"] not in _HIDDEN:
                parts += [f"> {step['name']}", *([_quoted(step["output"])] if step["output"] else [])]
    return "\n\n".join(parts) + "\n"


def _fenced(text: str) -> str:
    """The text as a block of code, in a fence that it does not have itself."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
