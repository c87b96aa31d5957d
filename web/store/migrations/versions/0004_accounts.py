"""What each user keeps and has used, summed up by the database itself as rows come and go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# The columns whose bytes count, of rows that hang on a chat and of a chat; a column `bytes` is a number of them.
IN_CHATS = {"steps": ("output", "fields"), "elements": ("fields", "bytes"), "history_messages": ("message",)}
COUNTED = IN_CHATS | {"threads": ("name", "metadata", "bytes")}


def upgrade() -> None:
    op.add_column("threads", sa.Column("bytes", number, nullable=False, server_default="0"))
    op.add_column("elements", sa.Column("bytes", number, nullable=False, server_default="0"))
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("link_number", number),
        sa.Column("chats", number, nullable=False, server_default="0"),
        sa.Column("bytes", number, nullable=False, server_default="0"),
        sa.Column("day", sa.Text, nullable=False, server_default=""),
        sa.Column("turns", number, nullable=False, server_default="0"),
        sa.Column("tokens", number, nullable=False, server_default="0"),
        sa.Column("uploaded", number, nullable=False, server_default="0"),
        sa.Column("rests_until_ms", number, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("user_id", name="pk_accounts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_accounts_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_accounts_link_number", "accounts", ["link_number"])
    op.create_table(
        "gone_chats",
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name="pk_gone_chats"),
    )
    for table in IN_CHATS:
        rows = f"FROM {table} WHERE {table}.thread_id = threads.id"
        op.execute(f"UPDATE threads SET bytes = bytes + COALESCE((SELECT SUM({_size(table, table)}) {rows}), 0)")
    op.execute(f"INSERT INTO accounts (user_id, link_number) SELECT users.id, {_link('users')} FROM users")
    chats = "FROM threads WHERE threads.user_id = accounts.user_id"
    op.execute(
        f"UPDATE accounts SET chats = (SELECT COUNT(*) {chats}), "
        f"bytes = COALESCE((SELECT SUM({_size('threads', 'threads')}) {chats}), 0)"
    )
    _count_rows()
    _count_chats()


def _count_rows() -> None:
    """Let what comes to a chat, changes in it or goes from it change the chat's bytes."""
    for table, columns in IN_CHATS.items():
        new, old, add = _size(table, "NEW"), _size(table, "OLD"), "UPDATE threads SET bytes = bytes"
        _trigger(table, "INSERT", f"{add} + {new} WHERE id = NEW.thread_id")
        _trigger(table, "UPDATE", f"{add} + {new} - ({old}) WHERE id = NEW.thread_id", of=columns)
        _trigger(table, "DELETE", f"{add} - ({old}) WHERE id = OLD.thread_id")


def _count_chats() -> None:
    """Let chats, as they come, change and go, change their user's account; those that went are noted."""
    new, old, account = _size("threads", "NEW"), _size("threads", "OLD"), "UPDATE accounts SET"
    _trigger("users", "INSERT", f"INSERT INTO accounts (user_id, link_number) SELECT NEW.id, {_link('NEW')}")
    _trigger("threads", "INSERT", f"{account} chats = chats + 1, bytes = bytes + {new} WHERE user_id = NEW.user_id")
    changed = f"{account} bytes = bytes + {new} - ({old}) WHERE user_id = NEW.user_id"
    _trigger("threads", "UPDATE", changed, of=COUNTED["threads"])
    _trigger(
        "threads",
        "DELETE",
        f"{account} chats = chats - 1, bytes = bytes - ({old}) WHERE user_id = OLD.user_id",
        "INSERT INTO gone_chats (thread_id) VALUES (OLD.id) ON CONFLICT DO NOTHING",
    )


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _size(table: str, row: str) -> str:
    """How many bytes a row takes, as an expression; for a chat those that are counted in it too."""
    as_bytes = "length(CAST({} AS BLOB))" if _is_sqlite() else "octet_length(CAST({} AS TEXT))"
    parts = [f"{row}.bytes" if one == "bytes" else as_bytes.format(f"{row}.{one}") for one in COUNTED[table]]
    return " + ".join(f"COALESCE({part}, 0)" for part in parts)


def _link(row: str) -> str:
    """The number of the demo link by which a guest came; NULL of anybody else."""
    found = f"json_extract({row}.metadata, '$.link')" if _is_sqlite() else f"{row}.metadata ->> 'link'"
    return f"CASE WHEN {row}.identifier LIKE 'guest-%' THEN CAST({found} AS BIGINT) END"


def _trigger(table: str, event: str, *statements: str, of: tuple[str, ...] = ()) -> None:
    """Let each row's event be followed by the statements, in the same transaction."""
    name, when = f"count_{table}_{event.lower()}", f"{event} OF {', '.join(of)}" if of else event
    does = " ".join(f"{statement};" for statement in statements)
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {does} END")
        return
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
