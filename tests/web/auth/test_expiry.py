"""Pages whose login has ended, at Chainlit's own server: each is told why, and closed, whatever happens to another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from chainlit import server
from chainlit.session import WebsocketSession
from chainlit.user_session import user_sessions

from tests.web.auth.house import Browser, House
from web.auth import expiry
from web.auth.guests import link_ended
from web.auth.login_records import Logins
from web.chat.state import ChatState

GONE = ["window_message", {"ended": True}]


async def open_page(house: House, name: str, **headers: str) -> Browser:
    page = house.browser(**headers)
    assert await page.log_in(name) == 200
    assert await page.open()
    return page


@pytest.fixture
async def pages(house: House) -> list[Browser]:
    """Of Anna, Bob and Carla."""
    await house.add("anna", "bob", "carla")
    house.let_in_by("password")
    return [await open_page(house, name) for name in ("anna", "bob", "carla")]


async def test_a_page_that_cannot_be_closed_does_not_keep_the_others_open(
    house: House, pages: list[Browser], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, over, stays = pages
    disconnect = server.sio.disconnect

    async def disconnect_or_break(sid: str, *rest: Any) -> None:
        if sid == broken.session.socket_id:
            raise ConnectionError
        await disconnect(sid, *rest)

    monkeypatch.setattr(server.sio, "disconnect", disconnect_or_break)
    for name in ("anna", "bob"):
        await Logins(house.database).end_all(name)
    await expiry.close_ended(house.login.pages.find_ended)
    async with asyncio.timeout(5):
        await over.closed.wait()
    assert "a page was not closed" in caplog.messages
    assert not broken.closed.is_set()
    assert not stays.closed.is_set()
    assert not await house.has_passed(broken)
    assert await house.has_passed(stays)


async def test_a_round_that_could_not_ask_closes_nobody_and_the_next_one_does(
    house: House, pages: list[Browser]
) -> None:
    over, stays, _ = pages
    open_then = list[int]()

    async def find_ended(found: Sequence[WebsocketSession]) -> Sequence[expiry.Ended]:
        open_then.append(len(found))
        if len(open_then) == 1:
            raise OSError("the database is away for once")
        return await house.login.pages.find_ended(found)

    await Logins(house.database).end_all("anna")
    watching = asyncio.create_task(expiry.watch(find_ended, every_s=0.001))
    async with asyncio.timeout(5):
        await over.closed.wait()
        while open_then[-1] != 2:
            await asyncio.sleep(0)
    watching.cancel()
    assert open_then[:2] == [3, 3]
    assert not stays.closed.is_set()


async def test_a_page_is_told_once_by_however_many_it_is_closed(house: House, pages: list[Browser]) -> None:
    over = pages[0]
    await asyncio.gather(*(expiry.close([(over.session, link_ended())]) for _ in range(3)))
    async with asyncio.timeout(5):
        await over.closed.wait()
    assert over.read().count("This demo is over") == 1
    assert over.said.count(GONE) == 1


async def test_a_page_reads_why_in_its_own_language(house: House, pages: list[Browser]) -> None:
    chinese = await open_page(house, "anna", **{"Accept-Language": "zh-CN"})
    await expiry.close([(chinese.session, link_ended())])
    async with asyncio.timeout(5):
        await chinese.closed.wait()
    assert "这次演示已经结束" in chinese.read()
    assert "This demo is over" not in chinese.read()


async def test_the_turn_of_a_page_that_is_closed_ends(house: House, pages: list[Browser]) -> None:
    over, begun = pages[0].session, asyncio.Event()
    chat = user_sessions.setdefault(over.id, {})["chat"] = ChatState()

    async def answer() -> None:
        async with chat.turn():
            begun.set()
            await asyncio.Event().wait()

    turn = asyncio.create_task(answer())
    await begun.wait()
    await expiry.close([(over, link_ended())])
    await asyncio.wait([turn], timeout=5)
    assert turn.cancelled()


async def test_a_page_that_is_refused_is_told_why_and_stays_open(house: House, pages: list[Browser]) -> None:
    page = pages[0]
    await expiry.refuse(page.session, link_ended())
    assert await house.has_passed(page)
    async with asyncio.timeout(5):
        while "This demo is over" not in page.read():
            await asyncio.sleep(0)
    assert not page.closed.is_set()
