"""Notices: quiet lines of ours in a chat, of which some stay and some come and go. Knows no engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import chainlit as cl

from web.render.metadata import NOTICE, PASSING
from web.render.steps import make_step


class Notice(cl.Step):  # type: ignore[misc]  # Chainlit's own types are not followed
    """A quiet line of ours. The chat knows it as it knows messages, so that an edit takes it away with them."""

    async def remove(self) -> bool:
        cl.chat_context.remove(self)
        return bool(await super().remove())


async def send(text: str, icon: str = "circle-alert", *, is_error: bool = False) -> None:
    """Add a notice to the chat. It is no answer, and leaves the buttons and thumbs of answers alone."""
    notice = make(text, icon, is_error=is_error)
    cl.chat_context.add(notice)
    await notice.send()


async def send_passing(text: str) -> None:
    """Tell whoever looks at the page why it ends; the chat, which others may open later, does not keep it."""
    notice = make(text, is_error=True)
    notice.metadata = {NOTICE: True, PASSING: True}
    await notice.send()


def make(text: str, icon: str = "circle-alert", *, is_error: bool = False) -> Notice:
    """A notice that nobody has sent yet. It is open for the buttons that it may get, and shows nothing else."""
    parent = cl.context.current_step
    notice = Notice(text, type="run", icon=icon, parent_id=parent.id if parent else None, default_open=True)
    notice.metadata = {NOTICE: True}
    notice.is_error = is_error
    notice.start = notice.end = notice.created_at
    return notice


def is_passing(step: Mapping[str, Any]) -> bool:
    """Whether a step comes and goes: a saved chat is without it."""
    return bool((step.get("metadata") or {}).get(PASSING))


@asynccontextmanager
async def progress(text: str = "") -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """A notice with a spinner, for as long as this context; what it gives sets the text, and '' hides it.

    It is a step of type run: any other would hide the welcome screen with its starters.
    """
    shown: cl.Step | None = None

    async def show(text: str) -> None:
        nonlocal shown
        if shown and text == shown.name:
            return
        if shown and text:
            shown.name = text
            await shown.update()
        elif text:
            shown = make_step(text, "run", "loader-circle")
            shown.metadata = {PASSING: True}
            await shown.send()
        elif shown:
            await shown.remove()
            shown = None

    try:
        await show(text)
        yield show
    finally:
        await show("")
