"""Logins that were ended before their time: by a logout, or all of one person's at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "ended_logins",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text, nullable=False),
        sa.Column("forget_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "login", name="pk_ended_logins"),
    )
