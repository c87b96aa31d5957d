"""Chainlit's data layer over our tables: what the sidebar lists, and what a chat shows when it is opened again.

Chainlit writes steps and elements in tasks that nobody waits for. What cannot be written there just now is written
later (`Database.keep`), and the person is told if it is late or lost; everything else raises. Knows neither the
model nor its history.
"""

from __future__ import annotations

import uuid
from copy import copy
from typing import Any

from chainlit.types import Feedback
from chainlit.user import PersistedUser, User
from chainlit.utils import utc_now
from sqlalchemy import Connection, Row, delete, select

from web.store.database import is_away
from web.store.rows import upsert, user_from
from web.store.step_layer import StepLayer
from web.store.tables import feedbacks, users
from web.store.thread_layer import ThreadLayer

MAX_KNOWN = 10_000  # people who are known while the database is away
MAX_COMMENT = 10_000  # characters of what is said with a thumb


class DataLayer(ThreadLayer, StepLayer):
    """All that Chainlit's server asks of a database."""

    # People

    async def get_user(self, identifier: str) -> PersistedUser | None:
        """A user by name; known while the database is away, if found before. Who may come in, login.py says."""
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
        self._known[row.identifier] = user = user_from(row)
        return copy(user)

    async def create_user(self, user: User) -> PersistedUser | None:
        """Save the user, or the new metadata of one who is known."""
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
            upsert(connection, users, row, "identifier", ("metadata",))
            return connection.execute(select(users).where(users.c.identifier == user.identifier)).one()

        return self._note(await self._database.write(change))

    # Feedback

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Save a thumb with its comment; a step has one. Raises IntegrityError if there is no such step."""
        row = {
            "id": feedback.id or str(uuid.uuid4()),
            "step_id": feedback.forId,
            "value": feedback.value,
            "comment": feedback.comment and feedback.comment[:MAX_COMMENT],
        }

        def change(connection: Connection) -> str:
            upsert(connection, feedbacks, row, "step_id", ("value", "comment"))
            kept = connection.scalar(select(feedbacks.c.id).where(feedbacks.c.step_id == feedback.forId))
            return str(kept)

        return await self._database.write(change)

    async def delete_feedback(self, feedback_id: str) -> bool:
        def change(connection: Connection) -> bool:
            return connection.execute(delete(feedbacks).where(feedbacks.c.id == feedback_id)).rowcount > 0

        return await self._database.write(change)

    # The rest

    async def build_debug_url(self) -> str:
        return ""

    async def close(self) -> None:
        await self._files.close()
        await self._database.close()
