"""The app, top down: its parts from the settings, its start and end, a chat's page, and a question's answer."""

from __future__ import annotations

from web.server import chainlit_internals

chainlit_internals.check()  # before those that are imported by name

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import Any

import chainlit as cl
from chainlit.types import ThreadDict

from agent.conversation import Conversation
from agent.engine import supervisor
from agent.engine.protocol import Engine
from agent.errors import AgentError, StoreError
from agent.history import History
from agent.profiles import read_profiles
from agent.settings import read_settings
from web.auth.admission import Used
from web.chat import answer_actions, state
from web.chat.file_readers import FileReaders
from web.chat.message_files import MessageFiles
from web.chat.page_events import PageEvents
from web.chat.saved_chats import SavedChats
from web.chat.settings import ChatSettings
from web.chat.transcript_routes import TranscriptRoutes
from web.chat.uploads import Uploads
from web.factories import health, make_backend, make_login, make_probes, make_registry, make_turn_queue, read_or_exit
from web.render import model_status, notices, page_form
from web.render.turn import TurnRenderer
from web.server import connection, opening, patches, routes
from web.texts import Texts, texts_for

logger = logging.getLogger(__name__)
settings = read_or_exit(read_settings)
registry = make_registry(settings)
profiles = read_or_exit(lambda: read_profiles(registry.names, settings.system_prompt, settings.sampling()))
backend = make_backend(settings, profiles[0], registry)
turn_queue = make_turn_queue(settings, backend)
saved_chats = read_or_exit(lambda: SavedChats(settings.database_url, settings.data_dir))
login = read_or_exit(lambda: make_login(settings, saved_chats.database))
texts_in = partial(texts_for, for_operator=not settings.has_visitors)
chat_settings = ChatSettings(profiles, backend.unheld)
max_files, max_mb, max_tokens = settings.attachment_limits()
file_readers = FileReaders(max_tokens)
message_files = MessageFiles(file_readers, max_files, max_tokens)

# What Chainlit's server does for us is set here, at each hot reload anew.
patches.install(
    lambda step: page_form.render(step, _texts().picture_not_loaded), for_operator=not settings.has_visitors
)
PageEvents(saved_chats, lambda: chat_settings.refresh(_texts())).install()
login.install(settings.data_dir, saved_chats.layer)
routes.answer_at("/health", partial(health, backend, turn_queue, make_probes(saved_chats.database, settings.data_dir)))
TranscriptRoutes(saved_chats, login).install()
answer_actions.install(saved_chats)
uploads = Uploads(settings.data_dir, file_readers, max_files, max_mb, login.quotas, texts_in)
uploads.install()


@cl.on_app_startup
async def start() -> None:
    await login.warn()
    login.watch()
    state.watch(settings.closed_tab_grace_s)
    saved_chats.watch(settings.guest_chats_days, uploads.clean)
    supervisor.start(backend)


@cl.on_app_shutdown
async def shut_down() -> None:
    await supervisor.stop(backend)


@cl.set_chat_profiles
async def list_profiles(user: cl.User | None, language: str | None) -> list[cl.ChatProfile]:
    return chat_settings.choices(texts_in(language or ""))


@cl.on_chat_start
async def open_chat() -> None:
    chat = await saved_chats.open(_texts())
    await chat_settings.send(_texts(), is_new=True)
    _watch_model(chat, is_told=False)


@cl.on_chat_resume
async def reopen_chat(thread: ThreadDict) -> None:
    texts, chat = _texts(), None
    try:
        chat = await saved_chats.open(texts, thread)
    except StoreError as error:  # the next question opens it, or says so again
        thread["steps"].append(notices.make(texts.explain(error), is_error=True).to_dict())
    await cl.send_window_message({"thread": thread["id"], "name": thread.get("name")})
    await chat_settings.send(texts)
    thread["metadata"] = {**(thread["metadata"] or {}), "chat_settings": cl.context.session.chat_settings}
    if chat:
        _watch_model(chat, is_told=True)
        await answer_actions.offer(chat, texts, thread["steps"])
    await opening.remember(thread)


def _watch_model(chat: state.ChatState, *, is_told: bool) -> None:
    remote_url = settings.remote_base_url if settings.engine == "remote" else ""
    chat.watch(model_status.render(supervisor.watch(forever=True), _texts(), remote_url, is_told=is_told))


@cl.on_settings_update
async def change_settings(values: dict[str, Any]) -> None:
    await chat_settings.change(values, _texts(), saved_chats.save_settings, is_busy=state.is_busy())


@cl.on_stop
async def stop() -> None:
    state.stop()


@cl.on_chat_end
async def leave() -> None:
    state.leave(settings.closed_tab_grace_s)


@cl.on_message
async def answer(message: cl.Message) -> None:
    texts = _texts()
    try:
        chat = await saved_chats.open(texts)
    except StoreError as error:
        await notices.send(texts.explain(error), is_error=True)
        return
    if chat.watching is None:  # it could not be read when the page was opened
        _watch_model(chat, is_told=True)
    try:
        async with notices.progress(texts.waiting_for_earlier if chat.is_busy else "") as show, chat.turn():
            await show("")
            await cl.context.emitter.task_start()  # the end of the turn before took the Stop button away
            await _take_turn(message, chat, texts)
    except asyncio.CancelledError as end:
        if state.EDITED not in end.args:
            await notices.send(texts.ended_stopped, "circle-stop")
        raise
    finally:
        await answer_actions.offer(chat, texts)


async def _take_turn(message: cl.Message, chat: state.ChatState, texts: Texts) -> None:
    """Answer one message as soon as it is its turn, and say in words what hindered that."""
    try:
        async with turn_queue.join(state.person()) as waits, login.turn() as used:  # a full queue costs a guest no turn
            async with notices.progress() as show:
                async for wait in waits:
                    await show(model_status.describe_wait(supervisor.status(), wait, texts))
            engine = await supervisor.engine(backend)
            async with asyncio.timeout(settings.turn_timeout_s):
                await _converse(engine, message, chat, texts, used)
    except TimeoutError:
        await notices.send(texts.ended_time_limit.format(limit=texts.duration(settings.turn_timeout_s)))
    except AgentError as error:
        told = texts.explain(error)
        if told != error.in_language(texts.language):
            logger.warning("a turn was not answered: %s", error)
        await notices.send(told, is_error=True)
    except Exception:
        logger.exception("a turn broke")
        await notices.send(texts.ended_error, is_error=True)


async def _converse(engine: Engine, message: cl.Message, chat: state.ChatState, texts: Texts, used: Used) -> None:
    """Show the model's answer as it comes, and save it message by message."""
    options = await asyncio.to_thread(chat_settings.options, texts)
    history = History.from_json(chat.history)
    conversation = Conversation(
        engine,
        registry,
        history,
        system=options.system_prompt,
        sampling=options.sampling,
        tool_names=options.tools,
        max_rounds=settings.max_rounds,
    )
    turn = chat.renderer = TurnRenderer(
        texts,
        settings.max_rounds,
        options.sampling,
        connection.is_behind,
        settings.show_receipts,
        connection.is_typing,
        model_status.short_name(supervisor.status()),
    )
    try:
        history.add_user(await message_files.text_of(message, engine, texts), message.id)
        async with saved_chats.turn(chat, history) as save_new, aclosing(conversation.send()) as events:
            async for event in events:
                await turn.render(event)
                save_new()
    finally:
        used.tokens = conversation.tokens
        await turn.close()


def _texts() -> Texts:
    return texts_in(cl.context.session.language)
