"""State of the open chats: their histories, and their turns that run or wait. Knows no model."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import chainlit as cl
from chainlit.config import config
from chainlit.session import BaseSession, WebsocketSession, ws_sessions_id
from chainlit.step import StepDict
from chainlit.user_session import user_sessions

from agent.history import History
from web.chat import unsaved
from web.render.turn import TurnRenderer
from web.server import closed_pages, connection
from web.store.histories import Change

LOCAL_USER = "local"  # who it is if nobody logs in
EDITED = "edited"  # why a turn was cancelled, if it was not stopped
GIVE_UP_S = 5.0  # what turns that are cancelled get to end
Json = dict[str, Any]
_watching: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish


class ChatState:
    """The state of one open chat. Its history is kept as plain values, so that code after a hot reload can read it."""

    def __init__(self) -> None:
        self.history = History().to_json()
        self.written: list[Json] = []  # the messages of the history that the database has, or is about to have
        self.offered: list[cl.Action] = []  # the buttons under the last answer
        self.opened: StepDict | None = None  # the line that has them if there is no answer, as it was before
        self.renderer: TurnRenderer | None = None  # of the turn that runs
        self._turns: set[asyncio.Task[None]] = set()
        self._one_turn = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None
        self.watching: asyncio.Task[None] | None = None  # what draws the model's state, as long as there is a page

    def write(self, history: History) -> Change:
        """What of `history` is to be written, which counts as written from now on: what is new, and no more.

        A history grows, or loses messages at its end: so the last that both have tells that those before are the same.
        """
        before, stay = self.written, min(len(self.written), len(history.messages))
        while stay and before[stay - 1] != history.messages[stay - 1].to_json():
            stay -= 1  # what another turn wrote after this one was given up
        new = [message.to_json() for message in history.since(stay)]
        self.written = [*before[:stay], *new]
        return Change(before, stay, new, history.state())

    @property
    def has_turns(self) -> bool:
        """Whether a message is being answered, or waits for that."""
        return bool(self._turns)

    @property
    def is_busy(self) -> bool:
        """Whether a message is being answered."""
        return self._one_turn.locked()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The current task's turn: alone in this chat, and ended by `stop` or by `give_up`."""
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task
        self._turns.add(task)
        try:
            async with self._one_turn:
                yield
        finally:
            self._turns.discard(task)

    def stop(self) -> None:
        """End the turn that runs, and those that wait."""
        for turn in self._turns:
            turn.cancel()

    async def give_up(self) -> None:
        """End all turns for an edit, which nobody wants the answers to, and wait until nothing of them is rendered."""
        if turns := list(self._turns):
            for turn in turns:
                turn.cancel(EDITED)
            await asyncio.wait(turns, timeout=GIVE_UP_S)

    def watch(self, showing: Coroutine[Any, Any, None]) -> None:
        """Let `showing` draw the model's state from now on, and nothing else."""
        if self.watching:
            self.watching.cancel()
        self.watching = asyncio.create_task(showing)

    def stay(self) -> None:
        """Take back what `stop_unless_back` was about to do: another page shows this chat now."""
        for task in (self._leaving, self.watching):
            if task:
                task.cancel()

    async def follow(self) -> None:
        """Let the turn that runs go on in the page whose event is being handled; its own may be gone."""
        here = cl.context.session
        for other in _sessions(here.thread_id):
            if other is not here and not connection.is_connected(other.socket_id):
                connection.show_in(other, here)
        if self.renderer:
            await self.renderer.resend()

    def stop_unless_back(self, session: WebsocketSession, grace_s: float) -> None:
        """Stop after `grace_s` seconds, unless the page has connected again; at once if it opened a new chat."""
        self._leaving = asyncio.create_task(self._stop_later(session, 0 if session.to_clear else grace_s))

    async def _stop_later(self, session: WebsocketSession, grace_s: float) -> None:
        left = session.socket_id
        await asyncio.sleep(grace_s)
        if session.socket_id == left and not _is_shown_beside(session):
            self.end()

    def end(self) -> None:
        """End all that goes on for it."""
        self.stop()
        if self.watching:
            self.watching.cancel()


def person(page: BaseSession | None = None) -> str:
    """Who asks in this page, or else in that whose event is being handled: who is logged in, or nobody but the page."""
    session = page or cl.context.session
    is_shared = session.user is None or session.user.identifier == LOCAL_USER
    return str(session.id if is_shared else session.user.identifier)


def open_pages() -> list[WebsocketSession]:
    """The pages that have a connection now."""
    return [page for page in ws_sessions_id.values() if connection.is_connected(page.socket_id)]


def find(thread_id: str) -> ChatState | None:
    """A chat that this process has open already, in another page or in one that was closed a moment ago."""
    return next(iter(_chats_of(thread_id)), None)


def _chats_of(thread_id: str, besides: WebsocketSession | None = None) -> list[ChatState]:
    pages = (session for session in _sessions(thread_id) if session is not besides)
    return [chat for session in pages if (chat := _chat_of(session)) is not None]


def _chat_of(session: WebsocketSession) -> ChatState | None:
    chat: ChatState | None = user_sessions.get(session.id, {}).get("chat")
    return chat


def page_of(thread_id: str, name: str) -> WebsocketSession | None:
    """A page of this user that shows the chat; first one that has something of it that is not saved."""
    own = [one for one in _sessions(thread_id) if one.user and one.user.identifier == name]
    return next((one for one in own if unsaved.is_unsaved(one)), own[0] if own else None)


@asynccontextmanager
async def deleting(thread_id: str) -> AsyncIterator[None]:
    """Around the deletion of a chat: ends its turns before, and leads the pages that show it to a new chat after."""
    if chat := find(thread_id):
        await chat.give_up()
    yield
    for session in _sessions(thread_id):
        unsaved.is_chat_deleted.set(session, True)
        await lead_away(session)


async def lead_away(session: WebsocketSession) -> None:
    """Lead a page to a new chat if its own was deleted: it may have been away then."""
    if unsaved.is_chat_deleted.of(session):
        await session.emit("window_message", {"gone": session.thread_id})


def watch(grace_s: float) -> None:
    """Free the pages that are gone for longer than `grace_s`, from now on."""
    _watching.add(asyncio.create_task(closed_pages.watch(lambda session: _keeps_s(session, grace_s), _forget)))


def _keeps_s(session: WebsocketSession, grace_s: float) -> float:
    """How long a page that is gone is kept: to the end of its turns, and longer if it has what is nowhere else.

    Any other that comes back later is opened as its chat is saved.
    """
    chat = _chat_of(session)
    if chat and chat.has_turns:
        return math.inf
    if session.to_clear:
        return 0
    return config.project.session_timeout if unsaved.is_nowhere_else(session) else grace_s


def _forget(session: WebsocketSession) -> None:
    """End what goes on for a page that is about to be freed, unless another page has its chat."""
    chat = _chat_of(session)
    if chat and not any(chat is other for other in _chats_of(session.thread_id, besides=session)):
        chat.end()


def _is_shown_beside(session: WebsocketSession) -> bool:
    """Whether another page that is open shows the same chat."""
    others = (other for other in _sessions(session.thread_id) if other is not session)
    return any(connection.is_connected(other.socket_id) for other in others)


def _sessions(thread_id: str) -> list[WebsocketSession]:
    return [session for session in ws_sessions_id.values() if session.thread_id == thread_id]


def current() -> ChatState | None:
    """The chat of the page whose event is being handled; None until web/chat/saved_chats.py has opened it there."""
    chat: ChatState | None = cl.user_session.get("chat")
    return chat


def is_busy() -> bool:
    """Whether a message of the current page's chat is being answered."""
    chat = current()
    return chat is not None and chat.is_busy


async def follow() -> None:
    """Show in the current page the turn of its chat that runs."""
    if chat := current():
        await chat.follow()


def leave(grace_s: float) -> None:
    """The current page is gone: end its chat's turns unless it is back in time."""
    if chat := current():  # a page that leaves before its chat was opened leaves none behind
        chat.stop_unless_back(cl.context.session, grace_s)


def stop() -> None:
    """End the turns of the current page's chat."""
    if chat := current():
        chat.stop()
