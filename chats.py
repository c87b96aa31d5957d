"""What one open chat needs between its messages: its history, and the turns that run or wait. Knows no model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import chainlit as cl

from agent.history import History

EDITED = "edited"  # why a turn was cancelled, where it was not stopped


class Chat:
    """The state of one open chat. Its history is kept as plain values, so that code after a hot reload can read it."""

    def __init__(self) -> None:
        self.history = History().to_json()
        self._turns: dict[str, asyncio.Task[Any]] = {}  # by the message's id
        self._asked: set[str] = set()
        self._one_turn = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None
        self.watching: asyncio.Task[None] | None = None  # what draws the model's state, as long as there is a page

    @property
    def is_busy(self) -> bool:
        """Whether a message is being answered."""
        return self._one_turn.locked()

    @asynccontextmanager
    async def turn(self, message_id: str) -> AsyncIterator[None]:
        """The current task's turn: alone in this chat, and ended by `stop` or by an edit of any message."""
        task = asyncio.current_task()
        assert task
        if message_id in self._asked:  # an edit: nobody wants the answers to what it removes
            for turn in self._turns.values():
                turn.cancel(EDITED)
        self._asked.add(message_id)
        self._turns[message_id] = task
        try:
            async with self._one_turn:
                yield
        finally:
            if self._turns.get(message_id) is task:
                del self._turns[message_id]

    def stop(self) -> None:
        """End the turn that runs, and those that wait."""
        for turn in self._turns.values():
            turn.cancel()

    def stop_unless_back(self, session: Any, grace_s: float) -> None:
        """Stop after `grace_s` seconds, unless the page has connected again; at once where it opened a new chat."""
        self._leaving = asyncio.create_task(self._stop_later(session, 0 if session.to_clear else grace_s))

    async def _stop_later(self, session: Any, grace_s: float) -> None:
        left = session.socket_id
        await asyncio.sleep(grace_s)
        if session.socket_id == left:
            self.stop()
            if self.watching:
                self.watching.cancel()


def person() -> str:
    """Who asks in the chat whose event is being handled: who is logged in, or else nobody but this chat."""
    user = cl.user_session.get("user")
    return str(user.identifier if user else cl.user_session.get("id"))


def current() -> Chat:
    """The chat whose event is being handled."""
    if cl.user_session.get("chat") is None:
        cl.user_session.set("chat", Chat())
    chat: Chat = cl.user_session.get("chat")
    return chat
