"""The buttons under the last answer: answer again, and export as Markdown or JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import chainlit as cl

from web.chat import page_events, state
from web.chat.saved_chats import SavedChats
from web.render.metadata import NOTICE
from web.texts import Texts

AGAIN, EXPORT = "again", "export"


def install(saved_chats: SavedChats) -> None:
    """Answer to the buttons. May be called again, as every hot reload does."""

    @cl.action_callback(AGAIN)  # type: ignore[untyped-decorator]
    async def answer_again(action: cl.Action) -> None:
        """Answer the last question once more, as if it had been edited without a change."""
        session = cl.context.session
        asked = [message for message in cl.chat_context.get() if message.type == "user_message"]
        if asked and not state.is_busy():
            if (gone := await page_events.cut(saved_chats, asked[-1].id)) is None:
                return
            for step_id in gone:
                await cl.context.emitter.delete_step({"id": step_id})
            edit = {"message": {"id": asked[-1].id, "output": asked[-1].content}}
            session.current_task = asyncio.create_task(page_events.edit_message(session.socket_id, edit))

    @cl.action_callback(EXPORT)  # type: ignore[untyped-decorator]
    async def export(action: cl.Action) -> None:
        kind = "json" if action.payload.get("kind") == "json" else "md"
        await cl.send_window_message({"download": f"/chats/{cl.context.session.thread_id}/export.{kind}"})


async def offer(chat: state.ChatState, texts: Texts, steps: Sequence[dict[str, Any]] = ()) -> None:
    """Put the buttons under the last answer, and take them from the one before.

    The last answer is that of the open page, or that of `steps` if the page is just being opened. If the last question
    has none, the line that says why gets the button that asks again.
    """
    await _take_back(chat)
    messages = cl.chat_context.get()
    newest_first = (message.to_dict() for message in reversed(messages)) if messages else reversed(steps)
    answer: dict[str, Any] | None = None
    line: dict[str, Any] | None = None
    is_asked = is_answered = False
    for step in newest_first:
        if step["type"] == "user_message":
            is_asked = True
        elif step["type"] == "assistant_message":
            answer, is_answered = answer or step, is_answered or not is_asked
        elif not is_asked and line is None and (step.get("metadata") or {}).get(NOTICE):
            line = step
        if is_asked and answer:
            break
    again = _button(AGAIN, texts.again, "refresh-cw")
    if answer:
        exports = [
            _button(EXPORT, texts.export_markdown, "file-down", kind="md"),
            _button(EXPORT, texts.export_json, "file-json", kind="json"),
        ]
        await _put(chat, answer, [again, *exports] if is_answered or not line else exports)
    if line and not is_answered and is_asked:
        chat.opened = dict(line)
        line["output"] = texts.not_answered
        await cl.context.emitter.update_step(line)
        await _put(chat, line, [again])


async def _put(chat: state.ChatState, step: dict[str, Any], buttons: Sequence[cl.Action]) -> None:
    for button in buttons:
        button.id = f"{step['id']} {button.name} {button.payload.get('kind', '')}"
        await button.remove()  # a page whose server was restarted has it still
        await button.send(step["id"])
        chat.offered.append(button)


async def _take_back(chat: state.ChatState) -> None:
    """Take the buttons away, and close the line that was open for one."""
    for action in chat.offered:
        await action.remove()
    if chat.opened:
        await cl.context.emitter.update_step(chat.opened)
    chat.offered, chat.opened = [], None


def _button(name: str, text: str, icon: str, **payload: str) -> cl.Action:
    """A button that shows its icon, and its text as a tooltip; public/style.css hides the label, which is its name."""
    return cl.Action(name=name, payload=payload, label=text, tooltip=text, icon=icon)
