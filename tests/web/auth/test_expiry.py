"""Pages of guests whose link is over, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from web.auth import expiry
from web.auth.guests import link_ended


@pytest.fixture
async def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `watch` has closed, of three pages that are open and one that is not; the first cannot be told anything."""
    pages = {name: SimpleNamespace(socket_id=name, language="en-US") for name in ("broken", "left", "over", "stays")}
    closed = list[str]()

    async def disconnect(name: str) -> None:
        if name == "broken":
            raise ConnectionError
        closed.append(name)

    async def say(*_: Any, **__: Any) -> None:
        pass

    manager = SimpleNamespace(is_connected=lambda name, _: name != "left" and name not in closed)
    for module in (expiry, expiry.state):
        monkeypatch.setattr(
            module, "server", SimpleNamespace(sio=SimpleNamespace(manager=manager, disconnect=disconnect))
        )
    monkeypatch.setattr(expiry.state, "ws_sessions_id", pages)
    monkeypatch.setattr(expiry, "init_ws_context", lambda _: None)
    monkeypatch.setattr(expiry.state, "current", lambda: SimpleNamespace(stop=lambda: None))
    monkeypatch.setattr(expiry.messages, "say", say)
    monkeypatch.setattr(expiry, "LOOK_EVERY_S", 0.01)
    return closed


async def test_a_page_that_cannot_be_closed_does_not_keep_the_others_open(closed: list[str]) -> None:
    asked = list[list[str]]()

    async def find_ended(pages: Sequence[Any]) -> Any:
        asked.append([page.socket_id for page in pages])
        if len(asked) == 1:
            raise OSError("the database is away for once")
        return [(page, link_ended()) for page in pages if page.socket_id != "stays"]

    watching = asyncio.create_task(expiry.watch(find_ended))
    async with asyncio.timeout(5):
        while len(asked) < 3:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert closed == ["over"]
    assert asked[:3] == [["broken", "over", "stays"], ["broken", "over", "stays"], ["broken", "stays"]]
