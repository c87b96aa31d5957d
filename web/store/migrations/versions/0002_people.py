"""Who may log in by a password, demo links, and what their guests have used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "passwords",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_passwords"),
    )
    op.create_table(
        "links",
        sa.Column("number", number, nullable=False, autoincrement=True),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("guests", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_links"),
        sa.UniqueConstraint("token_hash", name="uq_links_token_hash"),
    )
    op.create_table(
        "guests",
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("link_number", number, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("tokens", number, nullable=False),
        sa.PrimaryKeyConstraint("identifier", name="pk_guests"),
        sa.ForeignKeyConstraint(
            ["link_number"], ["links.number"], name="fk_guests_link_number_links", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_guests_link_number", "guests", ["link_number"])
