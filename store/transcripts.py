"""A kept chat as a file of JSON, to open again; as one to read: mailing.py. Knows no database and no page."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

FORMAT = "qingtan-chat"
VERSION = 1
MAX_BYTES = 50_000_000  # of a file that is to be opened


class NotATranscript(ValueError):
    """The file is none of ours, or broken."""


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
