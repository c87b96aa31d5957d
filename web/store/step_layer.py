"""Steps in the database: all messages and steps that a chat shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainlit.context import context
from chainlit.step import StepDict
from sqlalchemy import Connection, and_, delete, select
from sqlalchemy.exc import IntegrityError

from web.store.data_layer_base import DataLayerBase, unawaited
from web.store.rows import (
    ROW_BYTES,
    has_thread,
    step_from,
    step_row,
    step_time,
    steps_with_feedback,
    upsert,
    user_of,
)
from web.store.tables import elements, steps, threads


class StepLayer(DataLayerBase):
    """Saves, finds and deletes steps."""

    @unawaited
    async def create_step(self, step_dict: StepDict) -> None:
        await self.save_step(step_dict)

    @unawaited
    async def update_step(self, step_dict: StepDict) -> None:
        """Save a changed step; one that still streams only if that need not wait, as its end is saved in any case."""
        if not (step_dict.get("streaming") and self._database.writes.is_stuck):
            await self.save_step(step_dict)

    async def save_step(self, step_dict: Mapping[str, Any]) -> None:
        """Save a step, new or changed, if its chat is there; it may take as long as the database is away.

        Raises AccountFull for a question.
        """
        if self._skip(step_dict):
            return
        row = step_row(step_dict)

        def change(connection: Connection) -> None:
            if row["type"] == "user_message":
                self._check_room(connection, user_of(connection, row["thread_id"]))
            upsert(connection, steps, row, "id", ("type", "output", "fields"))

        size = ROW_BYTES + len(row["output"]) + len(str(row["fields"].get("input", "")))
        try:
            await self._database.keep(change, owner=row["thread_id"], size=size)
        except IntegrityError:
            if await self._database.read(lambda connection: has_thread(connection, row["thread_id"])):
                raise  # else the chat was deleted meanwhile

    @unawaited
    async def delete_step(self, step_id: str) -> None:
        """Only in the chat whose event is being handled: a page must not name the steps of another."""
        here = context.session.thread_id

        def change(connection: Connection) -> list[str]:
            mine = select(steps.c.id).where(steps.c.id == step_id, steps.c.thread_id == here).scalar_subquery()
            of_it = and_(elements.c.step_id == mine, elements.c.thread_id == here)
            keys = connection.scalars(select(elements.c.object_key).where(of_it)).all()
            connection.execute(delete(elements).where(of_it))
            connection.execute(delete(steps).where(steps.c.id == mine))
            return [key for key in keys if key]

        for key in await self._database.keep(change, owner=here):
            await self._files.delete_file(key)

    async def forget_after(self, thread_id: str, step_id: str) -> list[str]:
        """Delete what a chat shows after a step, as its editing does; gives the ids of the steps that are gone."""
        shown = select(steps.c.id, steps.c.fields["createdAt"].as_string()).where(steps.c.thread_id == thread_id)

        def change(connection: Connection) -> tuple[list[str], list[str]]:
            rows = connection.execute(shown.order_by(steps.c.position)).all()
            order = [name for name, _ in sorted(rows, key=lambda row: step_time(row[1]))]
            gone = order[order.index(step_id) + 1 :] if step_id in order else []
            of_them = and_(elements.c.thread_id == thread_id, elements.c.step_id.in_(gone))
            keys = connection.scalars(select(elements.c.object_key).where(of_them)).all()
            connection.execute(delete(elements).where(of_them))
            connection.execute(delete(steps).where(steps.c.id.in_(gone)))
            return gone, [key for key in keys if key]

        gone, keys = await self._database.write(change)
        for key in keys:
            await self._files.delete_file(key)
        return gone

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:
        query = (
            steps_with_feedback().join(threads, threads.c.id == steps.c.thread_id).where(threads.c.user_id == user_id)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [step for step in map(step_from, rows) if step["metadata"].get("favorite")][::-1]

    async def output_of(self, thread_id: str, step_id: str) -> str | None:
        """The text of one step of this chat, as it was written; None if it has no such step."""
        row = await self._first(select(steps.c.output).where(steps.c.id == step_id, steps.c.thread_id == thread_id))
        return None if row is None else str(row.output)
