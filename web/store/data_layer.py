"""Chainlit's data layer over our tables: what the sidebar lists, and what a chat shows when it is opened again.

Chainlit writes steps and elements in tasks that nobody waits for. What cannot be written there just now is written
later (`Database.keep`), and the person is told where it is late or lost; everything else raises. Knows neither the
model nor its history.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from copy import copy
from functools import cache, wraps
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from chainlit.context import context
from chainlit.data.base import BaseDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.element import Element, ElementDict
from chainlit.step import StepDict
from chainlit.types import Feedback, PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User
from chainlit.utils import utc_now
from sqlalchemy import Connection, Row, Select, Table, and_, bindparam, delete, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from web.store import owners
from web.store.database import Database, is_away
from web.store.following import SOON_S, Following
from web.store.search import has_word
from web.store.tables import elements, feedbacks, steps, threads, users

logger = logging.getLogger(__name__)
PASSING = "is_passing"  # a step with this in its metadata comes and goes: it is not kept
NAME_CHARS = 120  # of a chat's name, which is its first message until somebody changes it
ROW_BYTES = 1000  # of a row that waits to be written, beside its text
MAX_KNOWN = 10_000  # people who are known while the database is away

MAX_COMMENT = 10_000  # characters of what is said with a thumb

Loss = Callable[[], Awaitable[None]]
Late = Callable[[asyncio.Task[bool]], object]
Deleting = Callable[[str], AbstractAsyncContextManager[None]]


class Full(Exception):
    """The user keeps more than there is for one already, and this is no part of an answer."""


class Files(Protocol):
    """Where elements' files are kept: web/store/files.py, or one of Chainlit's storage clients."""

    async def upload_file(self, object_key: str, data: bytes | str, mime: str = ...) -> dict[str, Any]: ...
    async def delete_file(self, object_key: str) -> bool: ...
    async def get_read_url(self, object_key: str) -> str: ...
    async def close(self) -> None: ...


def _in_a_task(method: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Chainlit calls this without waiting, and only for a chat in which somebody wrote."""

    @wraps(method)
    async def reporting(self: Layer, *args: Any, **kwargs: Any) -> None:
        writing = method(self, *args, **kwargs)
        await self.following.soon(writing, f"{method.__name__} failed: what the page shows was not kept")

    queued: Callable[..., Awaitable[None]] = queue_until_user_message()(reporting)
    return queued


class Layer(BaseDataLayer):  # type: ignore[misc]  # Chainlit's own types are not followed
    """What Chainlit's server asks of a database."""

    def __init__(
        self,
        database: Database,
        files: Files,
        on_loss: Loss,
        deleting: Deleting = lambda _: nullcontext(),
        on_late: Late = lambda _: None,
    ) -> None:
        """`deleting` surrounds the deletion of a chat, whose id it gets. The others: see web/store/following.py."""
        self._database = database
        self._files = files
        self.following = Following(lambda: database.writes.is_stuck, on_loss, on_late)
        self.is_full: Callable[[Connection, str], bool] = lambda connection, user_id: False
        self._deleting = deleting
        self._known: dict[str, PersistedUser] = {}

    # People

    async def get_user(self, identifier: str) -> PersistedUser | None:
        """Whoever was found before is known while the database is away; whether they may come in, login.py says."""
        try:
            row = await self._first(select(users).where(users.c.identifier == identifier))
        except Exception as error:
            if is_away(error) and identifier in self._known:
                return copy(self._known[identifier])
            raise
        return row and self._note(row)

    def _note(self, row: Row[Any]) -> PersistedUser:
        if len(self._known) >= MAX_KNOWN:
            self._known.pop(next(iter(self._known)))
        self._known[row.identifier] = user = _user(row)
        return copy(user)

    async def create_user(self, user: User) -> PersistedUser | None:
        """Keep the user, or the new metadata of one who is known."""
        known = await self.get_user(user.identifier)
        if known and known.metadata == user.metadata:
            return known

        def change(connection: Connection) -> Row[Any]:
            row = {
                "id": str(uuid.uuid4()),
                "identifier": user.identifier,
                "created_at": utc_now(),
                "metadata": user.metadata,
            }
            _upsert(connection, users, row, "identifier", ("metadata",))
            return connection.execute(select(users).where(users.c.identifier == user.identifier)).one()

        return self._note(await self._database.write(change))

    # Chats

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
            if user_id is not None and not _has_thread(connection, thread_id):
                self._check_room(connection, user_id)
            _change_thread(connection, thread_id, name, user_id, metadata, tags)

        size = len(name or "") + len(str(metadata or ""))
        keeping = self._database.keep(change, owner=thread_id, size=ROW_BYTES + size)
        await self.following.soon(keeping, "a chat, its name or its settings were not kept")

    async def add_thread(self, thread: Mapping[str, Any], user_id: str, then: Callable[[Connection], None]) -> None:
        """Keep a new chat of this person with its steps, and what `then` adds: all of it, or nothing."""

        def change(connection: Connection) -> None:
            _change_thread(connection, thread["id"], thread["name"], user_id, thread["metadata"], thread["tags"])
            for columns, alike in groupby(map(_step_row, thread["steps"]), tuple):
                connection.execute(_upserting(connection.dialect.name, steps, columns, "id", ()), list(alike))
            then(connection)

        await self._database.write(change)

    async def get_thread_author(self, thread_id: str) -> str:
        """'' where there is no such chat, or nobody's: Chainlit then answers 404."""
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
        query = _with_user().where(threads.c.user_id == filters.userId)
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
        page = [_thread(row) for row in rows[: pagination.first]]
        ends = (page[0]["id"], page[-1]["id"]) if page else (None, None)
        return PaginatedResponse(PageInfo(len(rows) > pagination.first, *ends), page)

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """A chat with all that it shows, in the order in which that came; writes of it that wait come first."""
        await self._database.writes.settled(thread_id, SOON_S)

        def find(connection: Connection) -> tuple[ThreadDict | None, Sequence[Row[Any]]]:
            row = connection.execute(_with_user().where(threads.c.id == thread_id)).first()
            if row is None:
                return None, ()
            thread = _thread(row)
            shown = connection.execute(_with_feedback().where(steps.c.thread_id == thread_id)).all()
            thread["steps"] = sorted((_step(one) for one in shown), key=lambda step: _time(step.get("createdAt")))
            attached = select(elements).where(elements.c.thread_id == thread_id).order_by(elements.c.position)
            return thread, connection.execute(attached).all()

        thread, attached = await self._database.read(find)
        if thread is not None:
            thread["elements"] = [await self._element(one) for one in attached]
        return thread

    # What a chat shows

    @_in_a_task
    async def create_step(self, step_dict: StepDict) -> None:
        await self.keep_step(step_dict)

    @_in_a_task
    async def update_step(self, step_dict: StepDict) -> None:
        """What still streams is left out where it would have to wait: its end is kept in any case."""
        if not (step_dict.get("streaming") and self._database.writes.is_stuck):
            await self.keep_step(step_dict)

    async def keep_step(self, step_dict: Mapping[str, Any]) -> None:
        """Keep a step, new or changed, if its chat is there; it may take as long as the database is away.

        Raises Full for a question.
        """
        if (step_dict.get("metadata") or {}).get(PASSING):
            return
        row = _step_row(step_dict)

        def change(connection: Connection) -> None:
            if row["type"] == "user_message":
                self._check_room(connection, _user_of(connection, row["thread_id"]))
            _upsert(connection, steps, row, "id", ("type", "output", "fields"))

        size = ROW_BYTES + len(row["output"]) + len(str(row["fields"].get("input", "")))
        try:
            await self._database.keep(change, owner=row["thread_id"], size=size)
        except IntegrityError:
            if await self._database.read(lambda connection: _has_thread(connection, row["thread_id"])):
                raise  # else the chat was deleted meanwhile

    @_in_a_task
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
            order = [name for name, _ in sorted(rows, key=lambda row: _time(row[1]))]
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
        query = _with_feedback().join(threads, threads.c.id == steps.c.thread_id).where(threads.c.user_id == user_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [step for step in map(_step, rows) if step["metadata"].get("favorite")][::-1]

    async def output_of(self, thread_id: str, step_id: str) -> str | None:
        """The text of one step of this chat, as it was written; None where it has no such step."""
        row = await self._first(select(steps.c.output).where(steps.c.id == step_id, steps.c.thread_id == thread_id))
        return None if row is None else str(row.output)

    # Feedback

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Keep a thumb with its comment; a step has one. Raises IntegrityError where there is no such step."""
        row = {
            "id": feedback.id or str(uuid.uuid4()),
            "step_id": feedback.forId,
            "value": feedback.value,
            "comment": feedback.comment and feedback.comment[:MAX_COMMENT],
        }

        def change(connection: Connection) -> str:
            _upsert(connection, feedbacks, row, "step_id", ("value", "comment"))
            kept = connection.scalar(select(feedbacks.c.id).where(feedbacks.c.step_id == feedback.forId))
            return str(kept)

        return await self._database.write(change)

    async def delete_feedback(self, feedback_id: str) -> bool:
        def change(connection: Connection) -> bool:
            return connection.execute(delete(feedbacks).where(feedbacks.c.id == feedback_id)).rowcount > 0

        return await self._database.write(change)

    # Elements

    @_in_a_task
    async def create_element(self, element: Element) -> None:
        """Keep an element, and a copy of its file."""
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
            self._check_room(connection, _user_of(connection, element.thread_id))
            if has_thread := _has_thread(connection, element.thread_id):
                changed = ("step_id", "object_key", "bytes", "fields")
                _upsert(connection, elements, row, "id", changed)
            return has_thread

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

    @_in_a_task
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

    # The rest

    def _check_room(self, connection: Connection, user_id: str | None) -> None:
        if user_id is not None and self.is_full(connection, user_id):
            raise Full

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        return await self._database.read(lambda connection: connection.execute(query).first())

    async def build_debug_url(self) -> str:
        return ""

    async def close(self) -> None:
        await self._files.close()
        await self._database.close()


def _time(created_at: str | None) -> str:
    """By what a chat's steps are sorted. They are kept in nearly that order: what a chat showed before its first
    message is kept after that."""
    return created_at or "9"


def title(text: str) -> str:
    """A chat's name of a text: in one line, and not longer than the sidebar can use."""
    line = " ".join(text.split())
    return line if len(line) <= NAME_CHARS else line[: NAME_CHARS - 1] + "…"


def _upsert(
    connection: Connection, table: Table, row: Mapping[str, Any], unique: str, changed: tuple[str, ...]
) -> None:
    """Insert `row`, or set the columns `changed` where a row with the same `unique` is there already.

    A row of another chat is left as it is: nobody writes into it by knowing an id.
    """
    connection.execute(_upserting(connection.dialect.name, table, tuple(row), unique, changed), row)


@cache  # making it takes longer than running it
def _upserting(dialect: str, table: Table, columns: tuple[str, ...], unique: str, changed: tuple[str, ...]) -> Any:
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    statement = statement.values({name: bindparam(name) for name in columns})
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=[unique])
    mine = table.c.thread_id == statement.excluded.thread_id if "thread_id" in columns else None
    values = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=[unique], set_=values, where=mine)


def _change_thread(
    connection: Connection,
    thread_id: str,
    name: str | None,
    user_id: str | None,
    metadata: Mapping[str, Any] | None,
    tags: list[str] | None,
) -> None:
    if user_id is not None:
        row = {"id": thread_id, "user_id": user_id, "created_at": utc_now(), "tags": [], "metadata": {}}
        _upsert(connection, threads, row, "id", ())
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


def _step_row(step: Mapping[str, Any]) -> dict[str, Any]:
    columns = ("id", "threadId", "type", "output", "feedback")
    return {
        "id": step["id"],
        "thread_id": step["threadId"],
        "type": step["type"],
        "output": step.get("output") or "",
        "fields": {key: value for key, value in step.items() if key not in columns},
    }


def _has_thread(connection: Connection, thread_id: str) -> bool:
    return connection.scalar(select(threads.c.id).where(threads.c.id == thread_id)) is not None


def _user_of(connection: Connection, thread_id: str) -> str | None:
    return connection.scalar(select(threads.c.user_id).where(threads.c.id == thread_id))


def _with_user() -> Select[Any]:
    return select(threads, users.c.identifier).outerjoin(users, users.c.id == threads.c.user_id)


def _with_feedback() -> Select[Any]:
    given = (feedbacks.c.id.label("feedback_id"), feedbacks.c.value, feedbacks.c.comment)
    joined = select(steps, *given).outerjoin(feedbacks, feedbacks.c.step_id == steps.c.id)
    return joined.order_by(steps.c.position)


def _user(row: Row[Any]) -> PersistedUser:
    return PersistedUser(id=row.id, identifier=row.identifier, createdAt=row.created_at, metadata=row.metadata)


def _thread(row: Row[Any]) -> ThreadDict:
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


def _step(row: Row[Any]) -> StepDict:
    feedback = None
    if row.feedback_id is not None:
        feedback = {"id": row.feedback_id, "forId": row.id, "value": row.value, "comment": row.comment}
    step = {"metadata": {}, **row.fields, "id": row.id, "threadId": row.thread_id, "type": row.type}
    return {**step, "output": row.output, "feedback": feedback}
