"""What the parts of the data layer share: the database, the files, and writes that nobody waits for."""

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

from web.store.database import Database
from web.store.following import Following

Loss = Callable[[], Awaitable[None]]
Late = Callable[[asyncio.Task[bool]], object]
Deleting = Callable[[str], AbstractAsyncContextManager[None]]
Skip = Callable[[Mapping[str, Any]], bool]


class Full(Exception):
    """The user keeps more than there is for one already, and this is no part of an answer."""


class Files(Protocol):
    """Where elements' files are kept: web/store/files.py, or one of Chainlit's storage clients."""

    async def upload_file(self, object_key: str, data: bytes | str, mime: str = ...) -> dict[str, Any]: ...
    async def delete_file(self, object_key: str) -> bool: ...
    async def get_read_url(self, object_key: str) -> str: ...
    async def close(self) -> None: ...


def in_a_task(method: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Chainlit calls this without waiting, and only for a chat in which somebody wrote."""

    @wraps(method)
    async def reporting(self: LayerBase, *args: Any, **kwargs: Any) -> None:
        writing = method(self, *args, **kwargs)
        await self.following.soon(writing, f"{method.__name__} failed: what the page shows was not kept")

    queued: Callable[..., Awaitable[None]] = queue_until_user_message()(reporting)
    return queued


class LayerBase(BaseDataLayer):  # type: ignore[misc]  # Chainlit's own types are not followed
    """The database, the files, and the limits of one person."""

    def __init__(
        self,
        database: Database,
        files: Files,
        on_loss: Loss,
        deleting: Deleting = lambda _: nullcontext(),
        on_late: Late = lambda _: None,
        skip: Skip = lambda _: False,
    ) -> None:
        """`deleting` surrounds the deletion of a chat, whose id it gets; a step that `skip` names is not saved.

        `on_loss` and `on_late`: see web/store/following.py.
        """
        self._database = database
        self._files = files
        self.following = Following(lambda: database.writes.is_stuck, on_loss, on_late)
        self.is_full: Callable[[Connection, str], bool] = lambda connection, user_id: False
        self._deleting = deleting
        self._skip = skip
        self._known: dict[str, PersistedUser] = {}

    def _check_room(self, connection: Connection, user_id: str | None) -> None:
        if user_id is not None and self.is_full(connection, user_id):
            raise Full

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        return await self._database.read(lambda connection: connection.execute(query).first())
