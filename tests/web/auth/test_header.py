"""AUTH=header: the proxy's word at each request and for each connection decides, under our names alone."""

from __future__ import annotations

import pytest

from agent.errors import SettingsError
from tests.web.auth.house import Browser, House
from web.auth import expiry
from web.auth.cookies import WAY

NAME = "X-Forwarded-User"


def behind(house: House, **settings: str) -> None:
    house.let_in_by("header", header=NAME, **settings)


def says(browser: Browser, *names: str) -> None:
    """What the proxy says of this browser from now on."""
    kept = [(key, value) for key, value in browser.http.headers.raw if key.lower() != NAME.lower().encode()]
    browser.http.headers = [*kept, *((NAME.encode(), name.encode()) for name in names)]  # type: ignore[assignment]


async def test_every_request_is_whose_the_proxy_says_and_no_cookie_is_given(house: House) -> None:
    behind(house)
    one = house.browser()
    for names, who in (
        ((), None), (("anna",), "anna"), (("bob",), "bob"), ((), None), (("",), None), (("  ",), None),
        ((" anna ",), "anna"), (("anna", "bob"), None), (("anna", "anna"), None), (("", "anna"), "anna"),
        (("local",), None), (("guest-1",), None), (("a" * 256,), "a" * 256), (("a" * 257,), None),
        (("an\x7fna",), None), (("an\tna",), None), (("王小明",), "王小明"), (("an\u202ena",), None),
        (("Anna",), "Anna"), (("anna@example.com",), "anna@example.com"),
    ):  # fmt: skip
        says(one, *names)
        assert await one.name() == who, names
        assert (await one.http.post("/auth/header")).status_code == (200 if who else 401)
        assert (await one.http.get("/project/translations?language=en-US")).status_code == 200
    assert list(one.http.cookies) == ["browser"]  # which says of pages that they are in one browser, and of nobody who
    assert (await one.http.get("/user?page", headers={NAME: ""})).status_code == 204


async def test_a_page_belongs_to_whom_its_connection_named_and_nobody_else_uses_it(house: House) -> None:
    behind(house)
    one = house.browser()
    says(one, "anna")
    assert await one.open()
    assert await house.has_passed(one)
    for names in ((), ("bob",), ("anna", "bob")):
        says(one, *names)
        assert not await house.has_passed(one)  # each polling request says it anew
        assert not await one.emit("noted")
    says(one, "anna")
    assert await house.has_passed(one)
    await expiry.close_ended(house.login.pages.find_ended)
    assert not one.closed.is_set()
    one.session.environ["asgi.scope"]["headers"] = []  # the connection of the page that came back: nobody's
    one.session.environ.pop("login.user")
    await expiry.close_ended(house.login.pages.find_ended)
    await one.closed.wait()
    assert "no longer logged in" in one.read()


async def test_a_page_is_closed_if_the_proxy_names_another_in_its_browser(house: House) -> None:
    behind(house)
    one, elsewhere = house.browser(), house.browser()
    for browser in (one, elsewhere):
        says(browser, "anna")
        assert await browser.name() == "anna"
        assert await browser.open()
    for names in (("bob",), ()):
        other = house.browser()  # the same browser's other requests: its page speaks over a WebSocket
        other.http.cookies.update(one.http.cookies)
        says(other, *names)
        assert await other.name() == (names[0] if names else None)
        await one.closed.wait()
        assert not await house.has_passed(one)
        assert await house.has_passed(elsewhere)
        one = house.browser()
        says(one, "anna")
        assert await one.name() == "anna"
        assert await one.open()


async def test_a_cookie_of_another_way_says_nothing(house: House) -> None:
    await house.add("anna")
    house.let_in_by("password")
    one = house.browser()
    assert await one.log_in("anna") == 200
    behind(house)
    assert await one.name() is None
    says(one, "bob")
    assert await one.name() == "bob"
    assert (await one.http.post("/login", data={"username": "anna", "password": "x"})).status_code == 400


@pytest.mark.parametrize(("peer", "proxies", "is_believed"), [
    ("127.0.0.1", None, True), ("127.9.9.9", None, True), ("::1", None, True), ("192.0.2.7", None, False),
    ("10.0.0.5", "10.0.0.0/24", True), ("10.0.1.5", "10.0.0.0/24", False), ("127.0.0.1", "10.0.0.5", False),
    ("10.0.0.5", " 192.0.2.1 , 10.0.0.5", True), ("2001:db8::5", "2001:db8::/64", True),
    ("::ffff:10.0.0.5", "10.0.0.5", True), ("testclient", None, False), ("", None, False),
])  # fmt: skip
async def test_only_proxies_are_believed(house: House, peer: str, proxies: str | None, is_believed: bool) -> None:
    behind(house, **({"trusted_proxies": proxies} if proxies else {}))
    one = house.browser(peer)
    says(one, "anna")
    one.http.headers["X-Forwarded-For"] = "127.0.0.1"
    assert await one.name() == ("anna" if is_believed else None)
    assert await one.open() == is_believed


@pytest.mark.parametrize(
    "setting", ["*", "proxy.example.com", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1; 10.0.0.2", "::1::"]
)
def test_what_is_no_address_ends_the_start(house: House, setting: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        behind(house, trusted_proxies=setting)


async def test_a_guest_comes_past_the_proxy_and_is_whom_it_names_behind_it(house: House) -> None:
    behind(house)
    link = await house.link()
    one = house.browser()
    assert (await one.http.get(link)).headers["location"] == "/"
    assert str(await one.name()).startswith("guest-")
    says(one, "anna")
    assert await one.name() == "anna"
    known = dict(one.http.cookies)
    assert (await one.http.get(link)).headers["location"] == "/"
    assert dict(one.http.cookies) == known


async def test_without_a_login_everybody_is_the_same_and_needs_no_cookie(house: House) -> None:
    house.let_in_by("none")
    one = house.browser(Cookie="access_token=of-an-older-version")
    assert await one.name() == "local"
    assert await one.open()
    assert await house.has_passed(one)
    await expiry.close_ended(house.login.pages.find_ended)
    assert not one.closed.is_set()
    assert (await one.http.post("/logout")).json() == {"success": True}
    assert await house.has_passed(one)
    assert (await one.http.get("/guest/anything")).headers["location"] == "/login?error=linkEnded"
    user = await house.layer.get_user("local")
    assert user
    assert user.metadata == {WAY: "none"}
