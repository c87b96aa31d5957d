"""Users, their chats with all that was seen, and the model's side of each chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("identifier", name="uq_users_identifier"),
    )
    op.create_table(
        "threads",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_threads"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_threads_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_threads_user_id_threads_created_at_threads_id", "threads", ["user_id", "created_at", "id"])
    op.create_table(
        "steps",
        sa.Column("position", number, nullable=False, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("output", sa.Text, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_steps"),
        sa.UniqueConstraint("id", name="uq_steps_id"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_steps_thread_id_threads", ondelete="CASCADE"),
    )
    op.create_index("ix_steps_thread_id_steps_position", "steps", ["thread_id", "position"])
    op.create_table(
        "elements",
        sa.Column("position", number, nullable=False, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.Column("step_id", sa.Text),
        sa.Column("object_key", sa.Text),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_elements"),
        sa.UniqueConstraint("id", name="uq_elements_id"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name="fk_elements_thread_id_threads", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_elements_step_id", "elements", ["step_id"])
    op.create_index("ix_elements_thread_id_elements_position", "elements", ["thread_id", "position"])
    op.create_table(
        "feedbacks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("step_id", sa.Text, nullable=False),
        sa.Column("value", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_feedbacks"),
        sa.UniqueConstraint("step_id", name="uq_feedbacks_step_id"),
        sa.ForeignKeyConstraint(["step_id"], ["steps.id"], name="fk_feedbacks_step_id_steps", ondelete="CASCADE"),
    )
    op.create_table(
        "histories",
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name="pk_histories"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name="fk_histories_thread_id_threads", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "history_messages",
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "number", name="pk_history_messages"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name="fk_history_messages_thread_id_threads", ondelete="CASCADE"
        ),
    )
