"""A saved chat as a file of JSON, to open again; the one to read: web/render/transcript_markdown.py."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tools.text import read_json
from web.store.transcript_format import NOT_OURS, NotATranscript, check, too_much, too_nested
from web.store.transcript_history import restrict_to_shown

Json = dict[str, Any]

FORMAT = "qingtan-chat"
VERSION = 1
MAX_BYTES = 10_000_000  # of a file that is to be opened
MAX_COMMAS = 500_000  # in it: no more values than that, and JSON is read in one go


@dataclass(frozen=True)
class Transcript:
    """What there is of a chat: its thread as Chainlit has it, and the model's history in its JSON form."""

    thread: Json
    history: Json


def to_json(transcript: Transcript) -> str:
    """All of a chat: names, settings, what was seen (with tools and usage) and what the model has; no files."""
    thread = transcript.thread
    kept = ("name", "createdAt", "tags", "metadata", "steps")
    chat = {key: thread[key] for key in kept} | {"history": transcript.history}
    return json.dumps({"format": FORMAT, "version": VERSION, "chat": chat}, ensure_ascii=True, indent=1)


def from_json(text: str | bytes) -> Transcript:
    """The chat of a file, checked whole, under ids of its own; its history holds what its steps show, and no more.

    Raises NotATranscript.
    """
    commas = text.count(",") if isinstance(text, str) else text.count(b",")
    if commas > MAX_COMMAS:
        raise too_much(f"{MAX_COMMAS:,} commas", f"{MAX_COMMAS:,} 个逗号")
    try:
        value = read_json(text)
    except ValueError as error:
        if isinstance(error.__cause__, RecursionError):
            raise too_nested() from error
        raise NotATranscript(*NOT_OURS) from error
    match value:
        case {"format": "qingtan-chat", "version": 1, "chat": chat}:
            return _with_new_ids(restrict_to_shown(check(chat)))
    raise NotATranscript(*NOT_OURS)


def _with_new_ids(chat: Json) -> Transcript:
    """A copy that shares no id with the chat that was exported; its questions are named alike for page and model.

    What hangs on a step hangs on one above it, so that no step is its own parent's parent.
    """
    thread_id = str(uuid.uuid4())
    ids, steps = dict[str, str](), list[Json]()
    for step in chat["steps"]:
        parent = ids.get(step["parentId"] or "")
        ids[step["id"]] = str(uuid.uuid4())
        own = {"id": ids[step["id"]], "threadId": thread_id, "parentId": parent, "streaming": False, "feedback": None}
        given = {"name": step["name"] or "", "output": step["output"] or "", "metadata": step["metadata"] or {}}
        steps.append({key: value for key, value in step.items() if value is not None} | given | own)
    messages = [{**message, "id": ids.get(message["id"] or "")} for message in chat["history"]["messages"]]
    thread = {"id": thread_id, "name": chat["name"] or "", "tags": chat["tags"] or [], "steps": steps}
    metadata = {key: value for key, value in (chat["metadata"] or {}).items() if value is not None}
    return Transcript({**thread, "metadata": metadata}, {**chat["history"], "messages": messages})
