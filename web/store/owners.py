"""The owner of a saved chat, step or feedback, by its id: a user's name, or None if it is nobody's or not there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from web.store.database import Database
from web.store.tables import feedbacks, steps, threads, users


async def of_thread(database: Database, thread_id: str) -> str | None:
    return await _find(database, _users().where(threads.c.id == thread_id))


async def of_step(database: Database, step_id: str) -> str | None:
    query = _users().join(steps, steps.c.thread_id == threads.c.id)
    return await _find(database, query.where(steps.c.id == step_id))


async def of_feedback(database: Database, feedback_id: str) -> str | None:
    query = _users().join(steps, steps.c.thread_id == threads.c.id).join(feedbacks, feedbacks.c.step_id == steps.c.id)
    return await _find(database, query.where(feedbacks.c.id == feedback_id))


def _users() -> Select[Any]:
    return select(users.c.identifier).join(threads, threads.c.user_id == users.c.id)


async def _find(database: Database, query: Select[Any]) -> str | None:
    found = await database.read(lambda connection: connection.scalar(query))
    return None if found is None else str(found)
