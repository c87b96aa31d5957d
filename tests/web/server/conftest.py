"""A real server with our protocols and small limits, in the test's own loop, and a client that sends what it likes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp

from web.auth.attempts import network
from web.server.address_limit import AddressLimit
from web.server.connections import protocols
from web.server.http_connection import ConnectionLimits

Serve = Callable[..., Awaitable[int]]
SOON = ConnectionLimits(head_s=0.2, rate_s=0.2, passing_s=0.3, head_bytes=4000, passing_bytes=200_000)


@asynccontextmanager
async def _running(app: ASGIApp, limits: ConnectionLimits, most: int, proxies: tuple[str, ...]) -> AsyncIterator[int]:
    http, websocket = protocols(AddressLimit(most, network, lambda address: address in proxies), limits)
    config = uvicorn.Config(app, http=http, ws=websocket, lifespan="off", log_level="error", timeout_keep_alive=1)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0)
        yield listener.getsockname()[1]
        server.should_exit = server.force_exit = True
        await task


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an app; gives the port."""
    async with AsyncExitStack() as running:

        async def start(
            app: ASGIApp, limits: ConnectionLimits = SOON, most: int = 100, proxies: tuple[str, ...] = ()
        ) -> int:
            return await running.enter_async_context(_running(app, limits, most, proxies))

        yield start
