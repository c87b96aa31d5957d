"""Elements in the database: the files and plots that hang on a step."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from chainlit.context import context
from chainlit.element import Element, ElementDict
from sqlalchemy import Connection, Row, and_, delete, select

from web.store.data_layer_base import DataLayerBase, unawaited
from web.store.rows import has_thread, upsert, user_of
from web.store.tables import elements


class ElementLayer(DataLayerBase):
    """Saves, finds and deletes elements and their files."""

    @unawaited
    async def create_element(self, element: Element) -> None:
        """Save an element, and a copy of its file."""
        if not element.for_id:
            return
        content: bytes | str | None = element.content
        if element.path:
            content = await asyncio.to_thread(Path(element.path).read_bytes)
        fields = element.to_dict()
        key = None
        if content and element.type != "custom":  # whose content are its props
            key = f"{element.thread_id}/{element.id}"
            await self._files.upload_file(key, content, mime=element.mime or "application/octet-stream")
        gone = (
            "id",
            "threadId",
            "forId",
            "objectKey",
            "chainlitKey",
            "path",
        )  # Chainlit's own copy ends with the session
        row = {
            "id": element.id,
            "thread_id": element.thread_id,
            "step_id": element.for_id,
            "object_key": key,
            "bytes": len(content.encode() if isinstance(content, str) else content) if content and key else 0,
            "fields": {name: value for name, value in fields.items() if name not in gone},
        }

        def change(connection: Connection) -> bool:
            self._check_room(connection, user_of(connection, element.thread_id))
            if is_there := has_thread(connection, element.thread_id):
                changed = ("step_id", "object_key", "bytes", "fields")
                upsert(connection, elements, row, "id", changed)
            return is_there

        if not await self._database.keep(change, owner=element.thread_id) and key:
            await self._files.delete_file(key)

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        query = select(elements).where(elements.c.thread_id == thread_id, elements.c.id == element_id)
        row = await self._first(query)
        return None if row is None else await self._element(row)

    async def elements_of(self, thread_id: str, step_id: str) -> list[ElementDict]:
        """What hangs on a step of this chat, in the order in which that came."""
        mine = (elements.c.thread_id == thread_id, elements.c.step_id == step_id)
        query = select(elements).where(*mine).order_by(elements.c.position)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [await self._element(row) for row in rows]

    @unawaited
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Only in the chat whose event is being handled."""
        here_id = context.session.thread_id
        here = and_(elements.c.id == element_id, elements.c.thread_id == here_id)

        def change(connection: Connection) -> str | None:
            key = connection.scalar(select(elements.c.object_key).where(here))
            connection.execute(delete(elements).where(here))
            return key

        if key := await self._database.keep(change, owner=here_id):
            await self._files.delete_file(key)

    async def _element(self, row: Row[Any]) -> ElementDict:
        element = {**row.fields, "id": row.id, "threadId": row.thread_id, "forId": row.step_id}
        if row.object_key:
            element |= {"objectKey": row.object_key, "url": await self._files.get_read_url(row.object_key)}
        return element
