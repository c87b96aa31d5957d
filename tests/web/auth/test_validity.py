"""A login that has ended has ended everywhere: requests, pages, their events, copies and renewals of a cookie."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import chainlit as cl
import pytest
from chainlit import server
from chainlit.auth import create_jwt
from chainlit.config import config

from tests.web.auth.house import Browser, House
from web.auth import expiry
from web.auth.cookies import BEGAN, LOGIN, SINCE, WAY, new_login, user_of
from web.auth.login_records import Logins
from web.auth.validity import confirmed_s


async def enter(house: House, name: str = "anna") -> Browser:
    """Log in by a password, and open a page."""
    one = house.browser()
    assert await one.log_in(name) == 200
    assert await one.open()
    assert await house.has_passed(one)
    return one


async def look(house: House) -> None:
    """What the app does every second."""
    await expiry.close_ended(house.login.pages.find_ended)


async def assert_is_out(house: House, page: Browser, told: str = "no longer logged in") -> None:
    async with asyncio.timeout(3):
        await page.closed.wait()
    assert told in page.read()
    assert ["window_message", {"ended": True}] in page.said  # which leads it to the login
    assert not await house.has_passed(page)
    assert await page.name() is None
    page.sid = ""
    assert not await page.open()


@pytest.fixture
async def anna(house: House) -> Browser:
    await house.add("anna", "bob")
    house.let_in_by("password")
    return await enter(house)


async def test_each_end_is_told_and_closes(house: House, anna: Browser) -> None:
    bob = await enter(house, "bob")
    await look(house)
    assert not anna.closed.is_set()
    await house.passwords.change("anna", "another horse")
    await look(house)
    await assert_is_out(house, anna)
    assert await anna.log_in("anna", "another horse") == 200
    again = house.browser()
    assert await again.log_in("anna", "another horse") == 200
    assert await again.open()
    await house.passwords.remove("anna")
    await look(house)
    await assert_is_out(house, again)
    assert await house.has_passed(bob)
    await Logins(house.database).end_all("bob")
    await look(house)
    await assert_is_out(house, bob)
    assert await bob.log_in("bob") == 200  # and may come again
    assert await bob.name() == "bob"


async def test_an_event_asks_by_itself_and_uses_an_answer_for_a_second_at_most(house: House, anna: Browser) -> None:
    await house.passwords.change("anna", "another horse")
    house.forget_answers(anna)
    for event in ("noted", "connection_successful", "client_message", "chat_settings_change", "stop", "no such event"):
        assert not await house.has_passed(anna, event)
    await assert_is_out(house, anna)


async def test_logout_ends_the_login_with_all_copies_and_pages_and_no_other(house: House, anna: Browser) -> None:
    second_tab, thief, other = house.browser(), house.browser(), house.browser()
    for one in (second_tab, thief):
        one.http.cookies.update(anna.http.cookies)
        assert await one.open()
    token = anna.http.cookies["access_token"]
    bearer = house.browser(Authorization=f"Bearer {token}")
    assert await bearer.name() == "anna"
    assert await other.log_in("anna") == 200
    assert await other.open()
    assert (await anna.http.post("/logout")).json() == {"success": True}
    assert "access_token" not in anna.http.cookies
    for one in (anna, second_tab, thief):
        await assert_is_out(house, one)
    assert await bearer.name() is None
    assert (await bearer.http.post("/auth/jwt")).status_code == 401
    assert await house.has_passed(other)
    assert await other.name() == "anna"


async def test_a_token_is_put_into_a_cookie_but_never_renewed(house: House, anna: Browser) -> None:
    token = anna.http.cookies["access_token"]
    bearer = house.browser(Authorization=f"Bearer {token}")
    assert (await bearer.http.post("/auth/jwt")).json() == {"success": True}
    assert bearer.http.cookies["access_token"] == token
    began = datetime.now(UTC) - timedelta(seconds=config.project.user_session_timeout - 2)
    old = user_of(token)
    assert old
    for seconds, holds in ((1, True), (-3, False), (-1_000_000, False)):
        old.metadata[BEGAN] = (began + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
        late = house.browser(Authorization=f"Bearer {create_jwt(old)}")  # its own `exp` is far away
        assert (await late.name() is not None) == holds
        assert (await late.http.post("/auth/jwt")).status_code == (200 if holds else 401)


async def test_tokens_that_are_none_of_ours_or_of_another_time_let_nobody_in(house: House, anna: Browser) -> None:
    real = user_of(anna.http.cookies["access_token"])
    assert real

    def changed(**said: object) -> str:
        user = new_login("anna", "password")
        user.metadata = {key: value for key, value in (real.metadata | said).items() if value is not None}
        return str(create_jwt(user))

    token = anna.http.cookies["access_token"]
    head, body, signature = token.split(".")
    tokens = [
        "", "x", "a.b.c", f"{head}.{body}.", f"{head}.{body}.{signature[:-2]}xx", f".{body}.{signature}",
        changed(**{LOGIN: None}), changed(**{LOGIN: 7}), changed(**{SINCE: None}), changed(**{SINCE: "2020"}),
        changed(**{WAY: "oauth"}), changed(**{WAY: "header"}), changed(**{WAY: "none"}), changed(**{WAY: "guest"}),
        changed(**{WAY: None}),
    ]  # fmt: skip
    for one in tokens:
        bearer = house.browser(Authorization=f"Bearer {one}")
        assert await bearer.name() is None, one
        assert (await bearer.http.post("/auth/jwt")).status_code == 401
        cookie = house.browser(Cookie=f"access_token={one}")
        assert await cookie.name() is None, one
        assert not await cookie.open()


async def test_a_guests_page_ends_with_the_link(house: House, anna: Browser) -> None:
    guest = house.browser()
    await guest.http.get(await house.link())
    assert await guest.open()
    await house.guests.end_links()
    await look(house)
    await assert_is_out(house, guest, "This demo is over")
    assert (await guest.http.get("/login")).headers["location"] == "/login?error=demoOver"
    assert not anna.closed.is_set()


async def test_whom_oauth_allowed_names_no_longer_is_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_GITHUB_CLIENT_ID", "x")
    monkeypatch.setenv("OAUTH_GITHUB_CLIENT_SECRET", "x")
    token = None
    for allowed, is_in in (("anna,bob", True), ("bob", False), ("github:anna", True), ("", True)):
        login = house.let_in_by("oauth", allowed=allowed)
        if token is None:
            user = await login._identity.of_account("github", "", {}, cl.User("anna"))
            assert user
            token = create_jwt(user)
        one = house.browser(Cookie=f"access_token={token}")
        assert await one.name() == ("github:anna" if is_in else None)
        assert await one.open() == is_in
    await one.http.post("/logout")
    assert await house.browser(Cookie=f"access_token={token}").name() is None


async def test_chainlit_leads_to_the_login_by_its_routes_name(house: House, anna: Browser) -> None:
    assert server.app.url_path_for("login") == "/login"


async def test_the_login_page_says_why(house: House, anna: Browser) -> None:
    await Logins(house.database).end_all("anna")
    assert (await anna.http.get("/login")).headers["location"] == "/login?error=loginEnded"


async def test_one_round_asks_the_database_once_however_many_pages_there_are(house: House, anna: Browser) -> None:
    pages = [anna, *[await enter(house, name) for name in ("bob", "bob", "anna")]]
    reads = 0
    read = house.database.read

    async def counting(query: object) -> object:
        nonlocal reads
        reads += 1
        return await read(query)  # type: ignore[arg-type]

    house.login.validity._logins._database.read = counting  # type: ignore[method-assign,assignment]
    await look(house)
    assert reads == 1
    assert not any(one.closed.is_set() for one in pages)


async def test_without_the_database_no_login_ends_and_none_is_confirmed_for_ever(house: House, anna: Browser) -> None:
    away = house.folder / "away.db"
    await house.database.close()
    (house.folder / "chats.db").rename(away)
    for rest in house.folder.glob("chats.db-*"):
        rest.unlink()
    await look(house)
    house.forget_answers(anna)
    assert await house.has_passed(anna)  # which was confirmed a moment ago
    confirmed_s.set(anna.session, time.monotonic() - 61)
    assert not await house.has_passed(anna)
    assert "cannot be checked just now" in anna.read()
    assert not anna.closed.is_set()
    await house.database.close()
    away.rename(house.folder / "chats.db")
    house.login.validity._asks_from_s = 0
    assert await house.has_passed(anna)
