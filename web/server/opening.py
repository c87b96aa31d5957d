"""Opening of a saved chat in slices, and its edits: Chainlit's own hold up everybody while a long one opens.

Knows no database, and not what the steps are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from chainlit.chat_context import chat_contexts
from chainlit.context import context
from chainlit.message import Message
from chainlit.step import StepDict
from chainlit.types import ThreadDict

from web.server.ready_json import COMPACT, Ready

SLICE = 100  # steps, between which others have their turn
_UNSENT = "unsent"


async def remember(thread: ThreadDict) -> None:
    """Let the current page's session know the messages of its chat, as edits need it.

    Chainlit does so too, one by one beside all that it has, in one go; it finds no steps after this.
    """
    messages = chat_contexts.setdefault(context.session.id, [])
    for number, step in enumerate(thread["steps"]):
        if "message" in step["type"]:
            messages.append(Message.from_dict(step))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    thread[_UNSENT], thread["steps"] = thread["steps"], []


def as_sent(thread: ThreadDict, shown: Callable[[StepDict], StepDict]) -> Ready:
    """The chat as its page gets it, each step as `shown` has it. For a thread: the work is as long as the chat."""
    whole = dict(thread)
    steps = whole.pop(_UNSENT, whole.pop("steps"))
    sent = ",".join(json.dumps(shown(step), separators=COMPACT) for step in steps)
    whole.pop("steps", None)
    return Ready(f'{{"steps":[{sent}],{json.dumps(whole, separators=COMPACT)[1:]}')


async def forget_after(message_id: str) -> None:
    """Take the messages after this one from the current page; the database has forgotten them."""
    messages: list[Any] = chat_contexts.get(context.session.id, [])
    place = next((place for place, message in enumerate(messages) if message.id == message_id), len(messages))
    gone = messages[place + 1 :]
    del messages[place + 1 :]
    for number, message in enumerate(gone):
        await context.emitter.delete_step({"id": message.id})
        if number % SLICE == 0:
            await asyncio.sleep(0)
