"""The tables, as SQLAlchemy knows them. How they came to be, version by version: web/store/migrations/versions.

What is searched, sorted or joined is a column; the rest of what Chainlit gives is kept as it is, in `fields`. So a
field that a later Chainlit adds is kept without a migration.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from tools.text import clean


class CleanText(TypeDecorator[str]):
    """Text from people and models."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(clean(str(value)))


class CleanJson(TypeDecorator[Any]):
    """Plain values, kept as JSON; what JSON has no form for becomes text. Those of an older version are cleaned too."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return clean(json.loads(json.dumps(value, default=str)))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return clean(value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return JSON().coerce_compared_value(op, value)


def time_text(moment: datetime | None = None) -> str:
    """A moment, or now, in ISO 8601 and UTC to the microsecond: so the earlier of two texts is the earlier moment."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")


NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only if the type is INTEGER

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = Table(
    "users",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("identifier", CleanText, nullable=False, unique=True),  # the name by which a person logs in
    Column("created_at", CleanText, nullable=False),  # times are ISO 8601 in UTC, as Chainlit writes them
    Column("metadata", CleanJson, nullable=False),
)

# Who may log in by a password (web/auth/passwords.py).
passwords = Table(
    "passwords",
    metadata,
    Column("name", CleanText, primary_key=True),  # the identifier of a user
    Column("hash", CleanText, nullable=False),
    Column("changed_at", CleanText, nullable=False),
)

# Demo links, and what each guest who asked something has used (web/auth/guests.py).
links = Table(
    "links",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("token_hash", CleanText, nullable=False, unique=True),
    Column("made_at", CleanText, nullable=False),
    Column("until", CleanText, nullable=False),
    Column("turns", Integer, nullable=False),  # these three are limits: the first two for each guest
    Column("tokens", Integer, nullable=False),
    Column("guests", Integer, nullable=False),
    Column("ended_at", CleanText),
)

guests = Table(
    "guests",
    metadata,
    Column("identifier", CleanText, primary_key=True),
    Column("link_number", NUMBER, ForeignKey("links.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("turns", Integer, nullable=False),
    Column("tokens", NUMBER, nullable=False),
)

# Logins that were ended before their time (web/auth/login_records.py).
ended_logins = Table(
    "ended_logins",
    metadata,
    Column("name", CleanText, primary_key=True),  # the identifier of a user
    Column("login", CleanText, primary_key=True),  # the login's id; '' for all that began before
    Column("ended_at", CleanText, nullable=False),
    Column("forget_at", CleanText, nullable=False),  # when what was ended would have ended by itself
)

threads = Table(
    "threads",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("user_id", CleanText, ForeignKey("users.id", ondelete="CASCADE")),
    Column("name", CleanText),
    Column("created_at", CleanText, nullable=False),
    Column("tags", CleanJson, nullable=False),
    Column("metadata", CleanJson, nullable=False),
    Column("bytes", NUMBER, nullable=False, server_default="0"),  # of all rows and files that hang on it
    Index(None, "user_id", "created_at", "id"),
)

steps = Table(
    "steps",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=True),  # the order in which they were first kept
    Column("id", CleanText, nullable=False, unique=True),
    Column("thread_id", CleanText, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("type", CleanText, nullable=False),
    Column("output", CleanText, nullable=False),
    Column("fields", CleanJson, nullable=False),
    Index(None, "thread_id", "position"),
)

elements = Table(
    "elements",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=True),
    Column("id", CleanText, nullable=False, unique=True),
    Column("thread_id", CleanText, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("step_id", CleanText, index=True),
    Column("object_key", CleanText),  # of the file, if there is one: web/store/files.py
    Column("fields", CleanJson, nullable=False),
    Column("bytes", NUMBER, nullable=False, server_default="0"),  # of the file
    Index(None, "thread_id", "position"),
)

feedbacks = Table(
    "feedbacks",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("step_id", CleanText, ForeignKey("steps.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("value", Integer, nullable=False),  # 1 is a thumb up, 0 is down
    Column("comment", CleanText),
)

# The model's side of a chat: one row a message, so that a turn writes what it adds and not the whole chat.
histories = Table(
    "histories",
    metadata,
    Column("thread_id", CleanText, ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True),
    Column("state", CleanJson, nullable=False),  # all of the history's JSON form but its messages
)

history_messages = Table(
    "history_messages",
    metadata,
    Column("thread_id", CleanText, ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("message", CleanJson, nullable=False),
)

# What each user keeps, and has used today. Triggers of the database (migration 0004) make a row with each user, and
# keep `link_number`, `chats` and `bytes` right, here and in `threads`. The rest is written by web/store/accounts.py.
accounts = Table(
    "accounts",
    metadata,
    Column("user_id", CleanText, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("link_number", NUMBER, index=True),  # of a guest
    Column("chats", NUMBER, nullable=False, server_default="0"),
    Column("bytes", NUMBER, nullable=False, server_default="0"),
    Column("day", CleanText, nullable=False, server_default=""),  # in UTC, of the three that follow
    Column("turns", NUMBER, nullable=False, server_default="0"),
    Column("tokens", NUMBER, nullable=False, server_default="0"),
    Column("uploaded", NUMBER, nullable=False, server_default="0"),  # bytes, of files and imports
    Column("rests_until_ms", NUMBER, nullable=False, server_default="0"),  # when the turns of late no longer count
)

# Chats that were deleted, until web/store/cleanup.py has seen that their files are gone. A trigger adds them.
gone_chats = Table("gone_chats", metadata, Column("thread_id", CleanText, primary_key=True))
