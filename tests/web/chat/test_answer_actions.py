"""The buttons under the last answer, without a browser."""

from __future__ import annotations

from typing import Any

import chainlit as cl
import pytest
from chainlit.chat_context import chat_contexts
from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession

from web.chat import answer_actions, state
from web.render import notices
from web.texts import ENGLISH


class Page(BaseChainlitEmitter):
    """What the browser has: its steps, and which buttons stand under which."""

    def __init__(self, session: HTTPSession) -> None:
        super().__init__(session)
        self.buttons: dict[str, tuple[str, str]] = {}
        self.outputs: dict[str, str] = {}

    async def emit(self, event: str, data: Any) -> None:
        match event:
            case "action":
                self.buttons[data["id"]] = (data["forId"], data["payload"].get("kind", data["name"]))
            case "remove_action":
                self.buttons.pop(data["id"], None)

    async def send_step(self, step_dict: Any) -> None:
        self.outputs[step_dict["id"]] = step_dict["output"]

    async def update_step(self, step_dict: Any) -> None:
        self.outputs[step_dict["id"]] = step_dict["output"]

    def under(self, name: str) -> list[str]:
        return [kind for place, kind in self.buttons.values() if place == name]


@pytest.fixture
async def page() -> Any:
    yield Page(HTTPSession(id="page", client_type="webapp"))
    local_steps.set(None)
    chat_contexts.clear()


def enter(page: Page) -> None:
    context_var.set(ChainlitContext(page.session, page))
    local_steps.set(None)


async def say(name: str, kind: Any) -> None:
    await cl.Message(name, id=name, type=kind).send()


ALL = ["again", "md", "json"]


async def test_a_line_of_ours_leaves_the_buttons_under_the_answer(page: Page) -> None:
    enter(page)
    chat = state.ChatState()
    await say("question", "user_message")
    await say("answer", "assistant_message")
    await notices.send("Stopped.")
    await answer_actions.offer(chat, ENGLISH)
    assert page.under("answer") == ALL
    assert len(page.buttons) == 3


async def test_a_question_without_an_answer_is_asked_again_at_the_line_that_says_why(page: Page) -> None:
    enter(page)
    chat = state.ChatState()
    await say("question", "user_message")
    await notices.send("No engine.", is_error=True)
    (line,) = [message for message in cl.chat_context.get() if message.type == "run"]
    await answer_actions.offer(chat, ENGLISH)
    assert (page.under(line.id), len(page.buttons)) == (["again"], 1)
    assert page.outputs[line.id] == ENGLISH.not_answered

    await say("next", "user_message")
    await say("answer", "assistant_message")
    await answer_actions.offer(chat, ENGLISH)
    assert (page.under(line.id), page.outputs[line.id], page.under("answer")) == ([], "", ALL)

    await say("third", "user_message")
    await notices.send("No engine.", is_error=True)
    await answer_actions.offer(chat, ENGLISH)
    assert page.under("answer") == ["md", "json"]  # to answer it again would answer the third question
    assert sorted(kind for _, kind in page.buttons.values()) == sorted(ALL)


async def test_without_question_and_answer_there_is_nothing_to_offer(page: Page) -> None:
    enter(page)
    await notices.send("This is a small model.", icon="info")
    await answer_actions.offer(state.ChatState(), ENGLISH)
    assert page.buttons == {}


def kept(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "name": name, "output": "", "metadata": {}} | fields


async def test_a_chat_that_is_opened_again_has_its_buttons_where_they_were(page: Page) -> None:
    enter(page)
    answered = [
        kept("question", "user_message"),
        kept("answer", "assistant_message"),
        kept("Stopped.", "run", metadata={"line": True}),
    ]
    await answer_actions.offer(state.ChatState(), ENGLISH, answered)
    assert page.under("answer") == ALL
    assert answered[-1]["output"] == ""

    chat, broken = (
        state.ChatState(),
        [kept("question", "user_message"), kept("No engine.", "run", metadata={"line": True})],
    )
    page.buttons.clear()
    await answer_actions.offer(chat, ENGLISH, broken)
    assert (page.under("No engine."), len(page.buttons)) == (["again"], 1)
    assert broken[-1]["output"] == ENGLISH.not_answered  # which the page is about to get
