"""Rows of the tables and what Chainlit has for them: users, chats, steps. Opens no database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from chainlit.step import StepDict
from chainlit.types import ThreadDict
from chainlit.user import PersistedUser
from chainlit.utils import utc_now
from sqlalchemy import Connection, Row, Select, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from web.store.tables import feedbacks, steps, threads, users

NAME_CHARS = 120  # of a chat's name, which is its first message until somebody changes it
ROW_BYTES = 1000  # of a row that waits to be written, beside its text


def step_time(created_at: str | None) -> str:
    """The sort key of a step: its time. Rows are nearly in that order; what came before the first message is inserted
    after it."""
    return created_at or "9"


def title(text: str) -> str:
    """A chat's name of a text: in one line, and not longer than the sidebar can use."""
    line = " ".join(text.split())
    return line if len(line) <= NAME_CHARS else line[: NAME_CHARS - 1] + "…"


def upsert(connection: Connection, table: Table, row: Mapping[str, Any], unique: str, changed: tuple[str, ...]) -> None:
    """Insert `row`, or set the columns `changed` if a row with the same `unique` is there already.

    A row of another chat is left as it is: nobody writes into it by knowing an id.
    """
    connection.execute(upsert_statement(connection.dialect.name, table, tuple(row), unique, changed), row)


@cache  # making it takes longer than running it
def upsert_statement(
    dialect: str, table: Table, columns: tuple[str, ...], unique: str, changed: tuple[str, ...]
) -> Any:
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    statement = statement.values({name: bindparam(name) for name in columns})
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=[unique])
    mine = table.c.thread_id == statement.excluded.thread_id if "thread_id" in columns else None
    values = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=[unique], set_=values, where=mine)


def change_thread(
    connection: Connection,
    thread_id: str,
    name: str | None,
    user_id: str | None,
    metadata: Mapping[str, Any] | None,
    tags: list[str] | None,
) -> None:
    if user_id is not None:
        row = {"id": thread_id, "user_id": user_id, "created_at": utc_now(), "tags": [], "metadata": {}}
        upsert(connection, threads, row, "id", ())
    kept = connection.execute(select(threads).where(threads.c.id == thread_id)).first()
    if kept is None:
        return
    merged = {**kept.metadata, **(metadata or {})}
    values = {
        "metadata": {key: value for key, value in merged.items() if value is not None},
        "tags": kept.tags if tags is None else tags,
        "name": kept.name if name is None else title(name),
    }
    connection.execute(update(threads).where(threads.c.id == thread_id).values(values))


def step_row(step: Mapping[str, Any]) -> dict[str, Any]:
    columns = ("id", "threadId", "type", "output", "feedback")
    return {
        "id": step["id"],
        "thread_id": step["threadId"],
        "type": step["type"],
        "output": step.get("output") or "",
        "fields": {key: value for key, value in step.items() if key not in columns},
    }


def has_thread(connection: Connection, thread_id: str) -> bool:
    return connection.scalar(select(threads.c.id).where(threads.c.id == thread_id)) is not None


def user_of(connection: Connection, thread_id: str) -> str | None:
    return connection.scalar(select(threads.c.user_id).where(threads.c.id == thread_id))


def threads_with_user() -> Select[Any]:
    return select(threads, users.c.identifier).outerjoin(users, users.c.id == threads.c.user_id)


def steps_with_feedback() -> Select[Any]:
    given = (feedbacks.c.id.label("feedback_id"), feedbacks.c.value, feedbacks.c.comment)
    joined = select(steps, *given).outerjoin(feedbacks, feedbacks.c.step_id == steps.c.id)
    return joined.order_by(steps.c.position)


def user_from(row: Row[Any]) -> PersistedUser:
    return PersistedUser(id=row.id, identifier=row.identifier, createdAt=row.created_at, metadata=row.metadata)


def thread_from(row: Row[Any]) -> ThreadDict:
    return {
        "id": row.id,
        "createdAt": row.created_at,
        "name": row.name,
        "userId": row.user_id,
        "userIdentifier": row.identifier,
        "tags": row.tags,
        "metadata": row.metadata,
        "steps": [],
        "elements": [],
    }


def step_from(row: Row[Any]) -> StepDict:
    feedback = None
    if row.feedback_id is not None:
        feedback = {"id": row.feedback_id, "forId": row.id, "value": row.value, "comment": row.comment}
    step = {"metadata": {}, **row.fields, "id": row.id, "threadId": row.thread_id, "type": row.type}
    return {**step, "output": row.output, "feedback": feedback}
