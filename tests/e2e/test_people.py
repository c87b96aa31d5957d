"""People at the running app: logging in, slowed attempts, sessions that end, demo links, other sites, the page."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser

from dev.app_process import App
from tests.agent.engine.remote_model import RemoteModel, remote_model
from tests.e2e.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.e2e.visitor import Visitor, people
from web.texts import CHINESE, ENGLISH

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def model() -> Iterator[RemoteModel]:
    with remote_model() as running:
        yield running


@pytest.fixture(scope="module")
def env(model: RemoteModel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the app and the commands are started with."""
    data_dir = tmp_path_factory.mktemp("people") / "data"
    return {"AUTH": "password", "ENGINE": "remote", "REMOTE_BASE_URL": model.url, "DATA_DIR": str(data_dir)}


@pytest.fixture(scope="module")
def guarded(launch: Callable[..., App], env: dict[str, str]) -> Iterator[App]:
    for name in ("anna", "bob", "carol"):
        people("add", name, password=PASSWORD, **env)
    with launch(**env) as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture
async def visitor(guarded: App) -> AsyncIterator[Callable[[], Visitor]]:
    """A new browser, in which nobody is logged in."""
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor(guarded.url))
        return made[-1]

    yield make
    for one in made:
        await one.__aexit__()


async def answer(one: Visitor, question: str) -> str:
    """What the page says to a question: the model's words, or an error."""
    one.seen.clear()
    await one.say(question)
    steps = ("stream_start", "new_message")
    said = await one.expect(lambda name, data: name in steps and (_is_answer(data) or "line" in data["metadata"]))
    at = next(place for place, (_, data) in enumerate(one.seen) if data is said)
    await one.expect(lambda name, data: name == "task_end" and ("task_end", data) in one.seen[at:])
    return str(said["output"] if _is_answer(said) else said["name"])


def _is_answer(step: dict[str, Any]) -> bool:
    return bool(step["type"] == "assistant_message")


async def test_a_password_lets_in_and_nothing_else_does(guarded: App, visitor: Callable[[], Visitor]) -> None:
    anna, stranger = visitor(), visitor()
    assert (await anna.log_in("Anna", PASSWORD)).json() == {"success": True}
    assert (await anna.http.get("/user")).json()["identifier"] == "anna"
    for name, password in (("anna", "wrong horse!"), ("nobody", PASSWORD), ("local", ""), ("", "")):
        assert (await stranger.log_in(name, password)).status_code in (401, 422)
    assert (await stranger.http.get("/user")).status_code == 401
    assert (await stranger.http.post("/auth/header")).status_code == 400
    with pytest.raises(Exception, match=r"refused|failed|Connection error"):
        await stranger.connect()


async def test_wrong_attempts_are_slowed_and_another_name_is_not(visitor: Callable[[], Visitor]) -> None:
    attacker, bob = visitor(), visitor()
    begun = time.monotonic()
    given = await asyncio.gather(*(attacker.log_in("carol", f"wrong horse {n}") for n in range(20)))
    statuses = [one.status_code for one in given]
    assert statuses.count(401) <= 7
    assert statuses.count(429) >= 13
    assert time.monotonic() - begun > 3
    assert (await bob.log_in("bob", PASSWORD)).status_code == 200


async def test_another_password_ends_the_sessions_with_the_old_one(
    visitor: Callable[[], Visitor], model: RemoteModel, env: dict[str, str]
) -> None:
    bob = visitor()
    await bob.log_in("bob", PASSWORD)
    await bob.connect()
    model.say("Good morning.")
    assert await answer(bob, "Hello?") == "Good morning."
    people("passwd", "bob", password="another horse", **env)
    assert (await bob.http.get("/user")).status_code == 401
    await bob.told("no longer logged in")
    await asyncio.wait_for(bob.socket.wait(), 5)  # until the connection that was open is closed
    assert (await bob.log_in("bob", PASSWORD)).status_code == 401
    assert (await bob.log_in("bob", "another horse")).status_code == 200
    people("remove", "bob", **env)
    assert (await bob.http.get("/user")).status_code == 401


async def test_a_guest_has_turns_and_tokens_until_the_links_end(
    visitor: Callable[[], Visitor], model: RemoteModel, env: dict[str, str]
) -> None:
    link = people("link", "--until", "23:59", "--turns", "2", "--tokens", "1000", "--guests", "2", **env).split()[0]
    path = link.removeprefix("http://localhost:8000")
    first, second, third = visitor(), visitor(), visitor()
    for guest in (first, second):
        opened = await guest.http.get(path)
        assert (opened.status_code, opened.headers["location"]) == (303, "/")
        await guest.connect()
    name = (await first.http.get("/user")).json()["identifier"]
    assert name.startswith("guest-")
    await first.http.get(path)  # comes again, and is still the same
    assert (await first.http.get("/user")).json()["identifier"] == name
    assert (await second.http.get("/user")).json()["identifier"] != name

    for text in ("One.", "Two."):
        model.say(text, tokens=(30, 4))
        assert await answer(first, "Count!") == text
    assert "used what this demo link gives" in await answer(first, "Three?")  # turns
    model.say("Much.", tokens=(900, 100))
    assert await answer(second, "How much?") == "Much."
    assert "used what this demo link gives" in await answer(second, "More?")  # tokens
    await third.http.get(path)
    await third.connect()
    assert "as many guests" in await answer(third, "And me?")
    assert "2 of 2 guests asked, in 3 turns, with 1068 tokens" in people("links", **env)

    model.say("Once upon a time,", hold=True)
    third_link = people("link", "--until", "23:59", **env).split()[0].removeprefix("http://localhost:8000")
    fourth = visitor()
    await fourth.http.get(third_link)
    await fourth.connect()
    await fourth.say("A story, please")
    await fourth.expect(lambda name, data: name == "stream_start" and "Once" in data["output"])
    await fourth.emit("stop")
    await fourth.told(ENGLISH.ended_stopped)
    listed = people("links", **env).splitlines()[0]
    (tokens,) = re.findall(r"1 of 50 guests asked, in 1 turns, with (\d+) tokens", listed)
    assert int(tokens) > 20  # with those of the prompt
    model.release()

    assert people("end-links", **env).startswith("2 links are over")
    for guest in (third, fourth):
        await guest.told("This demo is over")
        await asyncio.wait_for(guest.socket.wait(), 5)  # until it is closed
        with pytest.raises(Exception, match=r"refused|failed"):
            await guest.connect()
    assert (await first.http.get("/user")).status_code == 401
    assert (await visitor().http.get(path)).headers["location"] == "/login?error=linkEnded"


@pytest.mark.parametrize(("language", "reason", "other"), [
    ("zh-CN", "这次演示已经结束，感谢参与。想继续的话，请向给你链接的人要一个新的链接。", "用其他方式登录"),
    ("en-US", "This demo is over. Thank you for coming; ask whoever gave you the link for a new one.",
     "Log in another way"),
])  # fmt: skip
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_guest_whose_link_ends_reads_why_for_as_long_as_they_look_and_is_asked_no_password(
    guarded: App, browser: Browser, model: RemoteModel, env: dict[str, str],
    language: str, reason: str, other: str, size: Any,
) -> None:  # fmt: skip
    link = people("link", "--until", "23:59", **env).split()[0].removeprefix("http://localhost:8000")
    context = await browser.new_context(locale=language, viewport=size)
    page = await context.new_page()
    await page.goto(guarded.url + link)
    await page.wait_for_selector("#mode-picker-trigger-model")
    model.say("Good morning.")
    await page.locator("#chat-input").click()
    await page.keyboard.type("Hello?")
    await page.keyboard.press("Enter")
    await page.get_by_text("Good morning.").first.wait_for()
    people("end-links", **env)
    await page.get_by_text(reason).first.wait_for(timeout=15_000)
    await page.wait_for_url("**/login?error=demoOver")
    await page.get_by_text(other).wait_for()
    assert not await page.locator("#password").is_visible()
    await page.screenshot(path=SCREENSHOTS / f"demo-over-{language[:2]}-{size['width']}.png")
    for address in (page.url, guarded.url, f"{guarded.url}/import"):
        await page.goto(address)
        await page.get_by_text(reason).first.wait_for()
        assert not await page.locator("#password").is_visible()
    await page.get_by_text(other).click()
    await page.locator("#password").wait_for()  # for somebody who has a name here
    await context.close()


OURS = ("/import", "/chats/{0}/export.md", "/chats/{0}/export.json", "/kept/{0}/e1")
NOBODYS = "00000000-0000-4000-8000-000000000000"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "zh-CN"}


async def test_an_address_of_ours_leads_a_browser_to_the_login_and_answers_a_program_in_json(
    visitor: Callable[[], Visitor],
) -> None:
    anna = visitor()
    for path in (address.format(NOBODYS) for address in OURS):
        led = await anna.http.get(path, headers=HTML)
        assert (led.status_code, led.headers["location"]) == (303, f"/login?next={quote(path, safe='')}")
        plain = await anna.http.get(path)
        assert (plain.status_code, plain.json()) == (401, {"detail": "Log in"})
    sent = await anna.http.post("/import", headers=HTML, files={"chat": ("chat.json", b"{}")})
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2Fimport")
    await anna.log_in("anna", PASSWORD)
    for path in (address.format(NOBODYS) for address in OURS[1:]):
        missing = await anna.http.get(path, headers=HTML)
        assert (missing.status_code, CHINESE.nothing_here in missing.text) == (404, True)
        assert (await anna.http.get(path)).json() == {"detail": "Not Found"}


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
async def test_the_login_leads_back_to_the_import(guarded: App, browser: Browser, language: str) -> None:
    context = await browser.new_context(locale=language)
    page = await context.new_page()
    await page.goto(f"{guarded.url}/import")
    await page.locator("#email").fill("anna")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/import")
    await page.locator("input[type=file]").wait_for()
    await page.get_by_role("link").click()
    await page.wait_for_selector("#mode-picker-trigger-model")
    assert page.url.rstrip("/") == guarded.url  # where one stays
    await page.goto(f"{guarded.url}/login?next=//evil.example/import")
    await page.wait_for_selector("#mode-picker-trigger-model")
    assert page.url.startswith(guarded.url)
    await context.close()


async def test_the_badge_and_the_errors_of_a_visitor_name_no_address(
    visitor: Callable[[], Visitor], model: RemoteModel
) -> None:
    anna = visitor()
    await anna.log_in("anna", PASSWORD)
    await anna.connect()
    await anna.expect(lambda name, _: name == "set_modes")
    model.refuse(500, "out of order")
    told = await answer(anna, "Hello?")
    assert "whoever runs this page" in told
    address = model.url.removeprefix("http://").removesuffix("/v1")
    assert address not in anna.all_seen()
    assert ".env" not in anna.all_seen()


async def test_another_site_cannot_call_the_app(guarded: App, visitor: Callable[[], Visitor]) -> None:
    anna = visitor()
    await anna.log_in("anna", PASSWORD)
    for origin, status in ((guarded.url, 200), ("http://evil.example", 403), ("null", 403), (f"{guarded.url}1", 403)):
        assert (await anna.http.get("/user", headers={"Origin": origin})).status_code == status
    preflight = {"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}
    assert (await anna.http.options("/user", headers=preflight)).status_code == 403


def test_a_name_that_another_site_points_here_is_not_answered_where_nobody_logs_in(
    launch: Callable[..., App], env: dict[str, str]
) -> None:
    open_to_all = {"AUTH": "none", "CHAINLIT_HOST": "0.0.0.0", "ALLOWED_HOSTS": "chat.example.com"}
    with launch(**env | open_to_all) as app, httpx.Client(base_url=app.url) as http:
        app.wait_for_page()
        port = app.port
        for host, status in (
            (f"localhost:{port}", 200), (f"127.0.0.1:{port}", 200), (f"[::1]:{port}", 200), ("chat.example.com", 200),
            (f"evil.example:{port}", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421), ("", 421),
        ):  # fmt: skip
            assert http.post("/auth/header", headers={"Host": host}).status_code == status, host
        assert "ALLOWED_HOSTS=evil.example" in http.get("/user", headers={"Host": "evil.example"}).text
        assert http.get("/user").json()["identifier"] == "local"
        log = app.log.read_text("utf-8")
        assert f"*** ANYBODY WHO REACHES 0.0.0.0:{port} CAN USE THIS APP AND READ EVERY CHAT" in log
        assert (http.get("/guest/anything").headers["location"]) == "/login?error=linkEnded"


def test_a_proxys_header_is_believed_only_where_it_is_set(launch: Callable[..., App], env: dict[str, str]) -> None:
    behind = {"AUTH": "header", "AUTH_HEADER": "X-Forwarded-User"}
    with launch(**env | behind) as app, httpx.Client(base_url=app.url) as http:
        app.wait_for_page()
        for headers in ({}, {"X-Remote-User": "anna"}, {"X-Forwarded-User": "local"}, {"X-Forwarded-User": "guest-1"}):
            assert http.post("/auth/header", headers=headers).status_code == 401
        assert http.post("/auth/header", headers={"X-Forwarded-User": "anna"}).status_code == 200
        assert http.get("/user", headers={"X-Forwarded-User": "anna"}).json()["identifier"] == "anna"
        assert http.get("/user").status_code == 401  # the next request says it anew
        assert "access_token" not in http.cookies


def test_a_way_of_logging_in_without_what_it_needs_ends_the_start(
    launch: Callable[..., App], env: dict[str, str]
) -> None:
    for auth, sentence in (
        ("header", "AUTH=header needs AUTH_HEADER"),
        ("oauth", "AUTH=oauth needs a provider's keys"),
    ):
        with launch(**env | {"AUTH": auth}) as app:
            assert app.process.wait(30) == 1
            assert sentence in app.log.read_text("utf-8")


@pytest.mark.parametrize(("language", "title", "wrong"), [
    ("zh-CN", "登录清谈", "用户名或密码不对。"), ("en-US", "Sign in to Qingtan", "The name or the password is wrong."),
])  # fmt: skip
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_the_login_page_speaks_both_languages_and_fits(
    guarded: App, browser: Browser, language: str, title: str, wrong: str, size: Any
) -> None:
    context = await browser.new_context(locale=language, viewport=size)
    page = await context.new_page()
    await page.goto(guarded.url)
    await page.get_by_role("heading", name=title).wait_for()
    name = f"login-{language[:2]}-{size['width']}"
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")
    await page.locator("#email").fill("dora")
    await page.locator("#password").fill("wrong horse!")
    await page.keyboard.press("Enter")
    await page.get_by_text(wrong).wait_for()
    await page.screenshot(path=SCREENSHOTS / f"{name}-wrong.png")
    assert not await page.get_by_text("credentialssignin").is_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    await page.locator("#email").fill("anna")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#mode-picker-trigger-model")
    await context.close()
