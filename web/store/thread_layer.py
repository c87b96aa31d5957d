"""Saved chats, which Chainlit calls threads: their names, settings and lists, and one with all that it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from chainlit.types import PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from sqlalchemy import Connection, Row, and_, delete, or_, select, tuple_

from web.store import owners
from web.store.background_writes import SOON_S
from web.store.element_layer import ElementLayer
from web.store.rows import (
    ROW_BYTES,
    change_thread,
    has_thread,
    step_from,
    step_row,
    step_time,
    steps_with_feedback,
    thread_from,
    threads_with_user,
    upsert_statement,
)
from web.store.search import has_word
from web.store.tables import elements, feedbacks, steps, threads


class ThreadLayer(ElementLayer):
    """Saves, lists, opens and deletes chats."""

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Change a chat; with `user_id`, make it if it is new. A key of `metadata` that is None is removed.

        Without a user nothing is made: what still comes from a chat that was deleted must not bring it back.
        """

        def change(connection: Connection) -> None:
            if user_id is not None and not has_thread(connection, thread_id):
                self._check_room(connection, user_id)
            change_thread(connection, thread_id, name, user_id, metadata, tags)

        size = len(name or "") + len(str(metadata or ""))
        keeping = self._database.keep(change, owner=thread_id, size=ROW_BYTES + size)
        await self.background.run(keeping, "a chat, its name or its settings were not saved")

    async def add_thread(self, thread: Mapping[str, Any], user_id: str, then: Callable[[Connection], None]) -> None:
        """Save a new chat of this person with its steps, and what `then` adds: all of it, or nothing."""

        def change(connection: Connection) -> None:
            change_thread(connection, thread["id"], thread["name"], user_id, thread["metadata"], thread["tags"])
            for columns, alike in groupby(map(step_row, thread["steps"]), tuple):
                connection.execute(upsert_statement(connection.dialect.name, steps, columns, "id", ()), list(alike))
            then(connection)

        await self._database.write(change)

    async def get_thread_author(self, thread_id: str) -> str:
        """The name of the owner; '' if there is no such chat, or it is nobody's: Chainlit then answers 404."""
        return await owners.of_thread(self._database, thread_id) or ""

    async def delete_thread(self, thread_id: str) -> None:
        def change(connection: Connection) -> list[str]:
            keys = select(elements.c.object_key).where(elements.c.thread_id == thread_id, elements.c.object_key != "")
            found = [str(key) for key in connection.scalars(keys).all()]
            connection.execute(delete(threads).where(threads.c.id == thread_id))  # and all that hangs on it
            return found

        async with self._deleting(thread_id):
            keys = await self._database.write(change)
        for key in keys:
            await self._files.delete_file(key)

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """A page of one person's chats, the newest first, without what they show.

        `search` finds those whose name, or one thing that they show, has all of its words, whatever their case.
        """
        query = threads_with_user().where(threads.c.user_id == filters.userId)
        if words := (filters.search or "").split():
            shown = (has_word(steps.c.output, word) for word in words)
            said = select(steps.c.id).where(steps.c.thread_id == threads.c.id, *shown)
            query = query.where(or_(and_(*(has_word(threads.c.name, word) for word in words)), said.exists()))
        if filters.feedback is not None:
            given = select(feedbacks.c.id).join(steps, steps.c.id == feedbacks.c.step_id)
            given = given.where(steps.c.thread_id == threads.c.id, feedbacks.c.value == int(filters.feedback))
            query = query.where(given.exists())
        order = (threads.c.created_at, threads.c.id)

        def find(connection: Connection) -> Sequence[Row[Any]]:
            later = query.order_by(*(column.desc() for column in order)).limit(pagination.first + 1)
            if pagination.cursor:
                last = connection.execute(select(*order).where(threads.c.id == pagination.cursor)).first()
                if last:
                    later = later.where(tuple_(*order) < tuple_(*last))
            return connection.execute(later).all()

        rows = await self._database.read(find)
        page = [thread_from(row) for row in rows[: pagination.first]]
        ends = (page[0]["id"], page[-1]["id"]) if page else (None, None)
        return PaginatedResponse(PageInfo(len(rows) > pagination.first, *ends), page)

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """A chat with all that it shows, in the order in which that came; writes of it that wait come first."""
        await self._database.writes.settled(thread_id, SOON_S)

        def find(connection: Connection) -> tuple[ThreadDict | None, Sequence[Row[Any]]]:
            row = connection.execute(threads_with_user().where(threads.c.id == thread_id)).first()
            if row is None:
                return None, ()
            thread = thread_from(row)
            shown = connection.execute(steps_with_feedback().where(steps.c.thread_id == thread_id)).all()
            thread["steps"] = sorted(
                (step_from(one) for one in shown), key=lambda step: step_time(step.get("createdAt"))
            )
            attached = select(elements).where(elements.c.thread_id == thread_id).order_by(elements.c.position)
            return thread, connection.execute(attached).all()

        thread, attached = await self._database.read(find)
        if thread is not None:
            thread["elements"] = [await self._element(one) for one in attached]
        return thread
