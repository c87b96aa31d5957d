"""The base of the data layer's parts: the database, the files, and writes that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import wraps
from typing import Any, Protocol

from chainlit.data.base import BaseDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.user import PersistedUser
from sqlalchemy import Connection, Row, Select

from web.store.background_writes import BackgroundWrites
from web.store.database import Database

Loss = Callable[[], Awaitable[None]]
Late = Callable[[asyncio.Task[bool]], object]
Deleting = Callable[[str], AbstractAsyncContextManager[None]]
Skip = Callable[[Mapping[str, Any]], bool]


class AccountFull(Exception):
    """The user has saved as much as there is for one, and this is no part of an answer."""


class FileStorage(Protocol):
    """What keeps the files of elements: web/store/files.py, or one of Chainlit's storage clients."""

    async def upload_file(self, object_key: str, data: bytes | str, mime: str = ...) -> dict[str, Any]: ...
    async def delete_file(self, object_key: str) -> bool: ...
    async def get_read_url(self, object_key: str) -> str: ...
    async def close(self) -> None: ...


def unawaited(method: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """For a method that Chainlit calls without waiting, and only for a chat in which somebody wrote."""

    @wraps(method)
    async def reporting(self: DataLayerBase, *args: Any, **kwargs: Any) -> None:
        writing = method(self, *args, **kwargs)
        await self.background.run(writing, f"{method.__name__} failed: what the page shows was not saved")

    queued: Callable[..., Awaitable[None]] = queue_until_user_message()(reporting)
    return queued


class DataLayerBase(BaseDataLayer):  # type: ignore[misc]  # Chainlit's own types are not followed
    """The database, the files, and the limit of what one person saves."""

    def __init__(
        self,
        database: Database,
        files: FileStorage,
        on_loss: Loss,
        deleting: Deleting = lambda _: nullcontext(),
        on_late: Late = lambda _: None,
        skip: Skip = lambda _: False,
    ) -> None:
        """`deleting` surrounds the deletion of a chat, whose id it gets; a step that `skip` names is not saved.

        `on_loss` and `on_late`: see web/store/background_writes.py.
        """
        self._database = database
        self._files = files
        self.background = BackgroundWrites(lambda: database.writes.is_stuck, on_loss, on_late)
        self.is_full: Callable[[Connection, str], bool] = lambda connection, user_id: False
        self._deleting = deleting
        self._skip = skip
        self._known: dict[str, PersistedUser] = {}

    def _check_room(self, connection: Connection, user_id: str | None) -> None:
        if user_id is not None and self.is_full(connection, user_id):
            raise AccountFull

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        return await self._database.read(lambda connection: connection.execute(query).first())
