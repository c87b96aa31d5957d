"""Alembic runs this for each migration; the connection and its transaction come from web/store/migrations."""

from __future__ import annotations

from alembic import context

from web.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
