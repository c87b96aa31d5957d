"""Logging in by a password: what is refused before it is looked at, who waits for whom, and who is never kept out."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from tests.web.auth.house import Browser, House
from web.auth import known_browsers


@pytest.fixture
async def house_of_anna(house: House) -> House:
    await house.add("anna", "bob")
    house.let_in_by("password")
    return house


@pytest.mark.parametrize(("name", "password"), [
    ("x" * 900_000, "correct horse"), ("x" * 65, "correct horse"), ("ﷺ" * 60, "correct horse"), ("", "correct horse"),
    ("anna", "x" * 900_000), ("anna", "x" * 1001),
])  # fmt: skip
async def test_what_nobody_can_have_is_neither_counted_nor_hashed_nor_logged(
    house_of_anna: House, caplog: pytest.LogCaptureFixture, name: str, password: str
) -> None:
    login = house_of_anna.login
    assert await house_of_anna.browser().log_in(name, password) in (401, 413)
    for counted in (
        login.by_password.attempts._by_name_here,
        login.by_password.attempts._by_network,
        login.by_password.attempts._by_name,
    ):
        assert not counted._records
    assert all(len(record.getMessage()) < 300 for record in caplog.records)


async def test_a_log_line_is_one_line_of_a_name(house_of_anna: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "web.auth"):
        await house_of_anna.browser().log_in("anna\n2026 INFO \x1b[31mbob logged in\u202e", "wrong horse!")
    (told,) = [record.getMessage() for record in caplog.records if record.name.startswith("web.auth")]
    assert told.isprintable()


async def test_a_stranger_slows_neither_the_owner_elsewhere_nor_in_a_known_browser(house_of_anna: House) -> None:
    owner = house_of_anna.browser("192.0.2.1")
    assert await owner.log_in("anna") == 200
    await owner.http.post("/logout")
    for address in ("198.51.100.7", "192.0.2.1"):
        while house_of_anna.login.by_password.attempts.begin("anna", address, None) is not None:
            pass
        assert await house_of_anna.browser(address).log_in("anna") == 429
    begun = time.monotonic()
    assert await house_of_anna.browser("203.0.113.5").log_in("anna") == 200  # another address, an unknown browser
    assert await owner.log_in("anna") == 200  # the stranger's own address, and a browser that knows her
    assert time.monotonic() - begun < 1


async def test_the_mark_of_a_browser_lets_nobody_in_and_is_for_one_name(house_of_anna: House) -> None:
    owner = house_of_anna.browser()
    assert await owner.log_in("anna") == 200
    value = owner.http.cookies[known_browsers.COOKIE]
    thief = house_of_anna.browser(Cookie=f"{known_browsers.COOKIE}={value}; access_token={value}")
    assert await thief.name() is None
    secret = "a secret of the test's own, which is long enough"
    assert known_browsers.read_mark(secret, "anna", value) == value.partition(".")[0]
    browser, _, signature = value.partition(".")
    for name, other in (
        ("bob", value), ("anna", None), ("anna", ""), ("anna", "."), ("anna", browser), ("anna", f".{signature}"),
        ("anna", f"x{value}"), ("anna", f"{value}x"), ("anna", f"{browser}.é"), ("anna", f"{browser}\0.{signature}"),
    ):  # fmt: skip
        assert known_browsers.read_mark(secret, name, other) is None


async def test_a_flood_from_one_address_is_refused_and_a_right_password_elsewhere_waits_little(
    house_of_anna: House,
) -> None:
    passwords = house_of_anna.login.by_password.passwords
    passwords._nobody = passwords._hasher.hash("nobody has this one")  # takes its real time
    flood = house_of_anna.browser("198.51.100.7")
    tries = [asyncio.create_task(flood.log_in(f"nobody{n}", "wrong horse!")) for n in range(40)]
    while not any(one.done() for one in tries):
        await asyncio.sleep(0)
    assert await house_of_anna.browser("203.0.113.5").log_in("anna") == 200
    given = [one.result() for one in tries if one.done()]
    assert given.count(401) <= 4  # two were being looked at, and so each place is free for the other address
    assert given.count(429) >= 40 - 2 - 20
    for one in tries:
        one.cancel()
    await asyncio.gather(*tries, return_exceptions=True)


async def test_the_address_that_is_counted_cannot_be_written_by_a_stranger(house_of_anna: House) -> None:
    def counted() -> set[str]:
        return set(house_of_anna.login.by_password.attempts._by_network._records)

    for peer, headers, address in (
        ("198.51.100.1", {"X-Forwarded-For": "10.0.0.1"}, "198.51.100.1"),
        ("198.51.100.2", {"Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1"}, "198.51.100.2"),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.1, 198.51.100.3"}, "198.51.100.3"),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 198.51.100.4, 127.0.0.1"}, "198.51.100.4"),
        ("127.0.0.1", {"X-Forwarded-For": "198.51.100.5:4711"}, "198.51.100.5"),
        ("127.0.0.1", {"X-Forwarded-For": "[2001:db8:1:2::9]:443"}, "2001:db8:1:2::/64"),
        ("127.0.0.1", {"X-Forwarded-For": "x" * 5000}, "127.0.0.1"),
    ):
        before = counted()
        browser: Browser = house_of_anna.browser(peer, **headers)
        assert await browser.log_in("bob", "wrong horse!") == 401
        assert counted() - before == {address}
