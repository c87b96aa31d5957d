"""A house for each test, and the databases of tests/web/store; Chainlit's server is afterwards what it was before."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chainlit import data, server, socket
from chainlit.config import config

from tests.web.auth.house import House, close
from tests.web.store.conftest import database, database_kind

__all__ = ["database", "database_kind", "house"]


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(config, "code", copy.copy(config.code))
    monkeypatch.setattr(config.project, "session_timeout", 0)
    monkeypatch.setattr(socket, "_authenticate_connection", socket._authenticate_connection)
    monkeypatch.setattr(server.sio, "_trigger_event", server.sio._trigger_event)
    for name, value in (("handlers", {"/": dict(server.sio.handlers["/"])}), ("environ", dict(server.sio.environ))):
        monkeypatch.setattr(server.sio, name, value)
    monkeypatch.setattr(server.app, "dependency_overrides", dict(server.app.dependency_overrides))
    monkeypatch.setattr(server.app, "user_middleware", list(server.app.user_middleware))
    monkeypatch.setattr(server.app, "middleware_stack", None)
    monkeypatch.setattr(server.app.router, "routes", list(server.app.router.routes))
    monkeypatch.setenv("CHAINLIT_AUTH_SECRET", "a secret of the test's own, which is long enough")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    made = House(tmp_path, sqlite_template)
    monkeypatch.setattr(data, "_data_layer", made.layer)
    monkeypatch.setattr(data, "_data_layer_initialized", True)
    server.sio.on("noted", made.note)
    yield made
    await close(made, made.came)
