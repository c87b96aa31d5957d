"""Demo links: a new guest comes in, a preview leaves nothing, and nobody's login is replaced without being asked."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.web.auth.house import Browser, House
from web.store.tables import guests, users

OURS = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


async def kept(house: House) -> list[int]:
    count = [select(func.count()).select_from(one) for one in (guests, users)]
    return await house.database.read(lambda connection: [connection.scalar(one) or 0 for one in count])


@pytest.fixture
async def anna(house: House) -> Browser:
    await house.add("anna")
    house.let_in_by("password")
    one = house.browser()
    assert await one.log_in("anna") == 200
    return one


async def test_a_new_guest_comes_in_and_again_as_the_same(house: House, anna: Browser) -> None:
    link, guest = await house.link(), house.browser()
    assert (await guest.http.get(link)).headers["location"] == "/"
    name = await guest.name()
    assert str(name).startswith("guest-")
    assert (await guest.http.get(link)).headers["location"] == "/"
    assert await guest.name() == name


async def test_a_preview_leaves_nothing_behind(house: House, anna: Browser) -> None:
    link, before = await house.link(), await kept(house)
    for method in ("HEAD", "GET"):
        given = await house.browser().http.request(method, link)
        assert given.status_code == (200 if method == "HEAD" else 303)
        assert ("set-cookie" in given.headers) == (method == "GET")
    assert await kept(house) == before


@pytest.mark.parametrize(("language", "asks", "goes_on"), [
    ("en-US", "anna is logged in here", "Go on as a guest"), ("zh-CN", "现在登录的是 anna", "以来宾身份继续"),
])  # fmt: skip
async def test_whoever_is_logged_in_is_asked(
    house: House, anna: Browser, language: str, asks: str, goes_on: str
) -> None:
    link = await house.link()
    for _ in range(2):
        shown = await anna.http.get(link, headers={"Accept-Language": language})
        assert shown.status_code == 200
        assert asks in shown.text
        assert goes_on in shown.text
        assert "set-cookie" not in shown.headers
    assert await anna.name() == "anna"
    assert await anna.open()
    copy = house.browser()
    copy.http.cookies.update(anna.http.cookies)
    assert (await anna.http.post(link, headers=OURS)).headers["location"] == "/"
    assert str(await anna.name()).startswith("guest-")
    assert await copy.name() is None  # what was replaced has ended
    await anna.closed.wait()


async def test_a_guest_of_another_link_is_asked_too(house: House, anna: Browser) -> None:
    first, second, guest = await house.link(), await house.link(), house.browser()
    await guest.http.get(first)
    name = await guest.name()
    assert "guest is logged in here" in (await guest.http.get(second)).text
    assert await guest.name() == name
    assert (await guest.http.post(second, headers=OURS)).status_code == 303
    assert await guest.name() not in (name, None)


@pytest.mark.parametrize("headers", [
    {}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
])  # fmt: skip
async def test_another_site_replaces_nobody(house: House, anna: Browser, headers: dict[str, str]) -> None:
    assert (await anna.http.post(await house.link(), headers=headers)).status_code == 403
    assert await anna.name() == "anna"


async def test_a_link_that_is_over_replaces_nobody(house: House, anna: Browser) -> None:
    link = await house.link()
    await house.guests.end_links()
    for path in (link, "/guest/x", "/guest/" + "x" * 200):
        for method in ("GET", "POST"):
            given = await anna.http.request(method, path, headers=OURS)
            assert given.headers["location"] == "/login?error=linkEnded"
    assert await anna.name() == "anna"


async def test_a_name_is_shown_as_text(house: House, anna: Browser) -> None:
    await house.add("<b>anna</b>")
    assert await anna.log_in("<b>anna</b>") == 200
    assert "&lt;b&gt;anna&lt;/b&gt; is logged in here" in (await anna.http.get(await house.link())).text
