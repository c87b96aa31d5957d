"""Saves chats and reopens them: puts the database behind Chainlit, and writes the model's side of each turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import chainlit as cl
from chainlit.element import Element
from chainlit.types import ThreadDict
from chainlit.user import PersistedUser
from pydantic import SecretStr

from agent.errors import DatabaseAway
from agent.history import History
from web.chat import state, unsaved
from web.chat.cut_turns import end_cut_turn
from web.render import notices, saved_steps
from web.server.chainlit_internals import replace
from web.store import cleanup, histories
from web.store.background_writes import SOON_S
from web.store.data_layer import DataLayer
from web.store.database import Database, database_url, is_away, open_once, opened
from web.store.files import Files
from web.store.migrations import migrate
from web.store.transcripts import Transcript
from web.texts import CHINESE, ENGLISH, Texts, texts_for

logger = logging.getLogger(__name__)
FILE_URL = "/kept/{key}"


class SavedChats:
    """Saves chats and reopens them."""

    def __init__(self, url: SecretStr | None, data_dir: Path) -> None:
        """Open the database, and bring it to the current version. Blocks. Raises StoreError."""
        address = database_url(url.get_secret_value() if url else None, data_dir)
        if opened(address) is None:
            migrate(address)
        self.database: Database = open_once(address)
        self.files = Files(data_dir / "files", FILE_URL)
        self._telling = set[asyncio.Task[None]]()  # a task that nobody holds may vanish
        self._opening = WeakValueDictionary[str, asyncio.Lock]()
        self.layer = DataLayer(
            self.database, self.files, self._tell_loss, state.deleting, self._tell_late, notices.is_passing
        )
        replace("chainlit.data._data_layer", None)  # the one of before a hot reload
        replace("chainlit.data._data_layer_initialized", False)
        cl.data_layer(lambda: self.layer)

    def watch(self, guest_chats_days: float, clean_uploads: Callable[[], Awaitable[None]]) -> None:
        """Clean away, from now on, what nobody can reach any more."""
        self._cleaning = asyncio.create_task(
            cleanup.watch(
                lambda: cleanup.clean_guests(self.database, guest_chats_days),
                lambda: cleanup.clean_files(self.database, self.files.folder),
                clean_uploads,
            )
        )

    def begin(self, text: str) -> None:
        """Save the chat of the current page under its first message, so that what hangs on it has something to hang on.

        Chainlit does so too, but after it has begun to save what the chat shows.
        """
        session = cl.context.session
        if not session.has_first_interaction and isinstance(session.user, PersistedUser):
            self._hold(self.layer.update_thread(session.thread_id, name=text, user_id=session.user.id))

    def _hold(self, work: Coroutine[Any, Any, None]) -> None:
        self._telling.add(task := asyncio.create_task(work))
        task.add_done_callback(self._telling.discard)

    async def _tell_loss(self) -> None:
        """Say in the page that what it shows is not saved: once, if the line of writes is full and takes no more."""
        session = cl.context.session
        if not (unsaved.is_lost.of(session) and self.database.writes.is_stuck):
            unsaved.is_lost.set(session, True)
            await cl.context.emitter.send_toast(_texts().not_saved, "error")

    def _tell_late(self, writing: asyncio.Task[bool]) -> None:
        """Say once in the page that what it shows is not saved yet, and once that all of it is."""
        late = unsaved.late_writes.of(cl.context.session)
        late.add(writing)
        if len(late) == 1:
            self._hold(_tell_until_saved(late))

    @asynccontextmanager
    async def turn(self, chat: state.ChatState, history: History) -> AsyncIterator[Callable[[], None]]:
        """Save one turn's part of `history`, from its question, the last message; yields what to call at each event.

        Until the turn is over the history is marked as open: so it is found if the process was killed. The model waits
        for none of it: writes keep their order.
        """
        keeps = len(history.messages) - 1
        writes = [asyncio.create_task(self._begin(self._save(chat, history, keeps, is_open=True)))]

        def save_new() -> None:
            if history.since(len(chat.written)) and history.goes_on:  # its end is saved below
                writes.append(asyncio.create_task(self._save(chat, history, keeps, is_open=True)))

        try:
            yield save_new
        finally:
            chat.history = history.to_json()
            writes.append(asyncio.create_task(self._save(chat, history, keeps, is_open=False)))
            # They go on if this is cancelled, and if the database is away: the turn ends all the same.
            await asyncio.wait(writes, timeout=SOON_S)

    async def _begin(self, saving: Awaitable[None]) -> None:
        await saving
        await self.save_settings()
        await cl.send_window_message({"thread": cl.context.session.thread_id})

    async def cut(self, message_id: str) -> list[str]:
        """Forget what comes after a message of the current chat that is being edited; gives the ids of the steps.

        The model forgets the message too: it is asked anew. If it never had it, it forgets what came after it.
        In a chat that was opened again the message gets its files back, which Chainlit leaves out there. Raises
        StoreError.
        """
        chat = await self.open(_texts())
        await chat.give_up()
        with _or_unread():
            gone = await self.layer.forget_after(cl.context.session.thread_id, message_id)
            history = History.from_json(chat.history)
            if history.cut(message_id, *gone):
                chat.history = history.to_json()
                await self._save(chat, history, len(history.messages), is_open=False)
            for message in cl.chat_context.get():
                if message.id == message_id and not message.elements:
                    message.elements = await self._attached(message_id)
            return gone

    async def _attached(self, message_id: str) -> list[Element]:
        """The files that came with a message of the current chat, as they are saved."""
        saved = await self.layer.elements_of(cl.context.session.thread_id, message_id)
        return [
            Element.from_dict({**element, "path": str(self.files.path(element["objectKey"]))})
            for element in saved
            if element.get("objectKey")
        ]

    def _save(self, chat: state.ChatState, history: History, keeps: int, *, is_open: bool) -> Coroutine[Any, Any, None]:
        """Write what is new in `history`, as it is now. `keeps`: see histories.save.

        A chat goes on if its history cannot be written; the person is told.
        """
        change = chat.write(history)  # at once: writes are applied in the order of their asking
        writing = histories.save(self.database, cl.context.session.thread_id, change, is_open=is_open, keeps=keeps)
        return self.layer.background.run(writing, "the history of a chat was not saved")

    async def save_settings(self) -> None:
        """Save the settings and the profile of the current chat, if it has begun."""
        session = cl.context.session
        if session.has_first_interaction:
            await self.layer.update_thread(session.thread_id, metadata=session.to_persistable())

    async def open(self, texts: Texts, thread: ThreadDict | None = None) -> state.ChatState:
        """The chat of the current page: open already, or as it was saved, or a new one. Raises StoreError.

        It is made here alone, so a saved chat is never taken for a new one. `thread` is what the page is about
        to show of it: a turn that was cut when its process ended is closed there, and in what is saved.
        """
        session = cl.context.session
        async with self._opening.setdefault(session.thread_id, asyncio.Lock()):  # two pages at once get one chat
            chat = state.current() or state.find(session.thread_id)
            with _or_unread():
                if chat is None:
                    is_new = not (session.thread_id_to_resume or session.has_first_interaction)
                    chat = state.ChatState() if is_new else await self._load(thread, texts)
                elif thread:
                    chat.stay()
                    if now := await self.layer.get_thread(thread["id"]):  # mended by another page since it was read
                        thread["steps"] = now["steps"]
                if thread:
                    said = [one["content"] for one in chat.history["messages"] if one["role"] == "assistant"]
                    thread["steps"] = await asyncio.to_thread(saved_steps.renew, thread["steps"], said, texts)
            cl.user_session.set("chat", chat)
            return chat

    async def add(self, transcript: Transcript, user_id: str) -> str:
        """Save a chat that was exported as a new one of this person, whole or not at all; gives its id."""
        thread_id = str(transcript.thread["id"])

        def mended() -> dict[str, Any]:
            history = History.from_json(transcript.history)
            history.mend("")
            return history.to_json()

        history = await asyncio.to_thread(mended)
        then = partial(histories.add, thread_id=thread_id, history=history)
        await self.layer.add_thread(transcript.thread, user_id, then)
        return thread_id

    async def _load(self, thread: ThreadDict | None, texts: Texts) -> state.ChatState:
        chat, thread_id = state.ChatState(), cl.context.session.thread_id
        saved = await histories.load(self.database, thread_id)
        if saved is None:
            return chat
        history = await asyncio.to_thread(History.from_json, saved.history)
        chat.written = saved.history["messages"]
        if saved.is_open and (thread := thread or await self.layer.get_thread(thread_id)):
            history.mend(await end_cut_turn(thread, self.layer, texts))
            await self._save(chat, history, len(chat.written), is_open=False)
        chat.history = history.to_json()
        return chat


@contextmanager
def _or_unread() -> Iterator[None]:
    """Raises DatabaseAway if a saved chat cannot be read, which is logged."""
    try:
        yield
    except Exception as error:
        logger.error("a saved chat cannot be read: %s", error, exc_info=not is_away(error))
        raise DatabaseAway(ENGLISH.chat_unread, CHINESE.chat_unread) from error


async def _tell_until_saved(late: set[asyncio.Task[bool]]) -> None:
    """Tell of writes that are late, of which there may be more meanwhile, and that they are saved."""
    emitter, texts, is_whole = cl.context.emitter, _texts(), True
    await emitter.send_toast(texts.not_saved_yet, "warning")
    while late:
        done, _ = await asyncio.wait(late, return_when=asyncio.FIRST_COMPLETED)
        is_whole = is_whole and all(task.result() for task in done)
        late -= done
    if is_whole:
        await emitter.send_toast(texts.saved_at_last, "success")


def _texts() -> Texts:
    return texts_for(getattr(cl.context.session, "language", ""))
