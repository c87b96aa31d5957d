"""What tests of chats share: saved chats on a real SQLite, and visitors whom a header names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from chainlit import data
from chainlit.chat_context import chat_contexts
from chainlit.config import config
from chainlit.context import local_steps
from chainlit.user import PersistedUser, User
from chainlit.user_session import user_sessions
from starlette.requests import HTTPConnection

from web.chat.saved_chats import SavedChats
from web.quotas.limits import Limits
from web.quotas.quotas import Quotas


@pytest.fixture
def chainlit_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(data, "_data_layer", None)
    monkeypatch.setattr(data, "_data_layer_initialized", False)
    monkeypatch.setattr(config.code, "data_layer", None)
    yield
    user_sessions.clear()
    chat_contexts.clear()
    local_steps.set(None)


@pytest.fixture
async def saved_chats(
    tmp_path: Path, chainlit_as_it_was: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SavedChats]:
    monkeypatch.setattr("web.store.write_queue.LONGEST_PAUSE_S", 0.2)
    monkeypatch.setattr("web.store.database.ATTEMPT_S", 0.2)
    monkeypatch.setattr("web.store.database.BUSY_TIMEOUT_S", 1.0)
    saved_chats = SavedChats(None, tmp_path)
    yield saved_chats
    await saved_chats.layer.close()


class Visitors:
    """A login that believes the header X-Person."""

    def __init__(self, saved_chats: SavedChats) -> None:
        self._saved_chats = saved_chats
        self.quotas = Quotas(saved_chats.database, Limits(chats=2, waiting_files=2), Limits())

    async def user(self, connection: HTTPConnection) -> PersistedUser | None:
        name = connection.headers.get("X-Person")
        return await self._saved_chats.layer.create_user(User(name)) if name else None


@pytest.fixture
def visitors(saved_chats: SavedChats) -> Visitors:
    return Visitors(saved_chats)
