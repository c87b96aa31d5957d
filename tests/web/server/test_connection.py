"""What the server knows of a page's connection, with the real queue of socket.io."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chainlit import server
from chainlit.context import ChainlitContext, context_var
from chainlit.session import HTTPSession
from engineio.async_socket import AsyncSocket

from web.server.connection import hear, is_behind, is_typing, show_in


@pytest.fixture
async def connection() -> AsyncSocket:
    return AsyncSocket(server.sio.eio, "connection")


@pytest.fixture
async def session(connection: AsyncSocket) -> Iterator[Any]:
    """A chat's session whose page is connected."""
    server.sio.eio.sockets["connection"] = connection
    session: Any = HTTPSession(id="chat", client_type="webapp")
    session.socket_id = await server.sio.manager.connect("connection", "/")
    yield session
    await server.sio.manager.disconnect(session.socket_id, "/")
    server.sio.eio.sockets.pop("connection", None)


async def test_a_page_is_behind_as_long_as_a_packet_waits_for_it(session: Any, connection: AsyncSocket) -> None:
    context_var.set(ChainlitContext(session))
    assert not is_behind()
    await server.sio.emit("stream_token", "It is", to=session.socket_id)
    assert is_behind()
    await connection.poll()
    assert not is_behind()


async def test_of_a_page_that_was_loaded_anew_the_new_one_counts(session: Any, connection: AsyncSocket) -> None:
    old: Any = HTTPSession(id="old", client_type="webapp")
    old.socket_id, session.emit = "gone", "to the new one"
    show_in(old, session)
    assert old.emit == session.emit
    context_var.set(ChainlitContext(old))
    assert (is_behind(), is_typing()) == (False, False)
    await server.sio.emit("stream_token", "It is", to=session.socket_id)
    context_var.set(ChainlitContext(session))
    await hear({"typing": True})
    context_var.set(ChainlitContext(old))
    assert (is_behind(), is_typing()) == (True, True)


async def test_a_page_that_is_gone_is_not_behind(session: Any) -> None:
    context_var.set(ChainlitContext(session))
    await server.sio.emit("stream_token", "It is", to=session.socket_id)
    del server.sio.eio.sockets["connection"]
    assert not is_behind()
    session.socket_id = "unknown"
    assert not is_behind()
