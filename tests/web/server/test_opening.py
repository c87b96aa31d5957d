"""A long kept chat on its way into its page: others have their turn meanwhile, and it arrives as it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest
from chainlit import server
from chainlit.chat_context import chat_context, chat_contexts
from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession

from web.server import clean_json, opening
from web.server.ready_json import Ready

STEPS = 500  # Chainlit sleeps for a millisecond for each message, unless web/server/patches.py prevents it
KINDS = ("user_message", "tool", "assistant_message", "run", "system_message")


def a_thread(length: int) -> dict[str, Any]:
    times = {"createdAt": "2026-11-22T10:00:00Z", "name": "x", "output": '"\\é🙂\u2028</script>'}
    steps = [{"id": f"s{number}", "type": KINDS[number % len(KINDS)]} | times for number in range(length)]
    return {"id": "t", "name": None, "metadata": {"chat_settings": {}}, "steps": steps, "elements": []}


class Page(BaseChainlitEmitter):
    """Notes what it is told to delete."""

    def __init__(self, session: HTTPSession) -> None:
        super().__init__(session)
        self.deleted: list[str] = []

    async def delete_step(self, step_dict: Any) -> None:
        self.deleted.append(step_dict["id"])


@pytest.fixture
async def page() -> Iterator[Page]:
    chat_contexts.clear()
    page = Page(HTTPSession(id="page", client_type="webapp", thread_id="t"))
    context_var.set(ChainlitContext(page.session, page))
    local_steps.set(None)
    yield page
    chat_contexts.clear()


async def turns_of_others(work: Awaitable[None]) -> int:
    """How often somebody else could do something while `work` was done."""
    turns, done = 0, asyncio.Event()

    async def count() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await work
    done.set()
    await counting
    return turns


async def test_its_messages_are_known_in_slices_and_chainlit_finds_no_more(page: Page) -> None:
    thread = a_thread(STEPS)
    ids = [step["id"] for step in thread["steps"] if "message" in step["type"]]
    assert await turns_of_others(opening.remember(thread)) >= STEPS / opening.SLICE
    assert [message.id for message in chat_context.get()] == ids
    assert thread["steps"] == []


@pytest.mark.parametrize("is_remembered", [True, False])
@pytest.mark.parametrize("length", [0, 1, 250])
async def test_it_is_sent_as_it_would_be_in_one_go(page: Page, length: int, is_remembered: bool) -> None:
    thread = a_thread(length)
    wanted = json.loads(json.dumps(thread))
    for step in wanted["steps"]:
        step["output"] += "!"
    if is_remembered:
        await opening.remember(thread)
    sent = opening.as_sent(thread, lambda step: {**step, "output": step["output"] + "!"})
    clean_json.install()
    packet = server.sio.packet_class(2, data=["resume_thread", sent], namespace="/")
    assert json.loads(packet.encode()[1:]) == ["resume_thread", wanted]


def test_any_other_event_is_sent_as_ever() -> None:
    clean_json.install()
    for data in (["a"], ["a", 1], ["a", {"b": [None]}], ["a", "text"], ["a", Ready('{"b":1}')]):
        plain = ["a", {"b": 1}] if isinstance(data[-1], Ready) else data
        assert json.loads(server.sio.packet_class(2, data=data, namespace="/").encode()[1:]) == plain


async def test_an_edit_takes_what_follows_from_the_page_in_slices(page: Page) -> None:
    await opening.remember(a_thread(STEPS))
    ids = [message.id for message in chat_context.get()]
    middle = len(ids) // 2
    assert await turns_of_others(opening.forget_after(ids[middle])) >= middle / opening.SLICE
    assert [message.id for message in chat_context.get()] == ids[: middle + 1]
    assert page.deleted == ids[middle + 1 :]


@pytest.mark.parametrize("message_id", ["nobody's", ""])
async def test_an_edit_of_an_unknown_message_takes_nothing(page: Page, message_id: str) -> None:
    await opening.remember(a_thread(10))
    before = chat_context.get()
    await opening.forget_after(message_id)
    assert (chat_context.get(), page.deleted) == (before, [])
