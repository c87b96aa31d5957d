"""Quiet lines of ours in a chat: one that stays, and one that comes and goes. Knows no engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

import chainlit as cl

from web.render.saved_steps import LINE

PASSING = "is_passing"  # in a step's metadata: it comes and goes, and is not saved


class Line(cl.Step):  # type: ignore[misc]  # Chainlit's own types are not followed
    """A quiet line of ours. The chat knows it as it knows messages, so that an edit takes it away with them."""

    async def remove(self) -> bool:
        cl.chat_context.remove(self)
        return bool(await super().remove())


async def say(text: str, icon: str = "circle-alert", *, is_error: bool = False) -> None:
    """A sentence of ours in a chat: a quiet line, and no answer, whose buttons and thumbs it leaves alone."""
    said = line(text, icon, is_error=is_error)
    cl.chat_context.add(said)
    await said.send()


async def tell(text: str) -> None:
    """Say to whoever looks at the page why it ends; the chat, which others may open later, does not keep it."""
    said = line(text, is_error=True)
    said.metadata = {LINE: True, PASSING: True}
    await said.send()


def line(text: str, icon: str = "circle-alert", *, is_error: bool = False) -> Line:
    """The step that `say` draws. It is open for the buttons that it may get, and shows nothing else."""
    parent = cl.context.current_step
    said = Line(text, type="run", icon=icon, parent_id=parent.id if parent else None, default_open=True)
    said.metadata = {LINE: True}
    said.is_error = is_error
    said.start = said.end = said.created_at
    return said


def is_passing(step: Mapping[str, Any]) -> bool:
    """Whether a step comes and goes: a saved chat is without it."""
    return bool((step.get("metadata") or {}).get(PASSING))


@asynccontextmanager
async def notice(text: str = "") -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """A line with a spinner that is there for as long as this context; what it gives sets the line's text, '' hides it.

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
            shown = step(text, "run", "loader-circle")
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


def step(name: str, kind: Literal["run", "tool"], icon: str) -> cl.Step:
    """A step where the turn's messages are too; the page sorts by parents first."""
    parent = cl.context.current_step
    return cl.Step(name, type=kind, icon=icon, show_input="json", parent_id=parent.id if parent else None)
