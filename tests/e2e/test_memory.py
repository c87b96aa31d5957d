"""A kept chat is never forgotten: what the model is asked is what was kept, however the chat was opened.

In a real browser, over a remote model that notes what it is asked.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import socketio
from playwright.async_api import Page, expect
from sqlalchemy import URL, create_engine, select, text

from dev.app_process import App
from dev.chat_client import Chat, log_in
from tests.e2e.conftest import wait_until
from tests.e2e.storyteller import Storyteller, overheard
from tests.e2e.test_browser import ask
from tests.e2e.test_sidebar import listed
from tests.e2e.visitor import people
from web.store.tables import history_messages
from web.texts import CHINESE

PASSWORD = "correct horse"


class House:
    """An app that can be restarted over one database, its model, and what is kept."""

    def __init__(self, launch: Callable[..., App], model: Storyteller, url: URL, env: dict[str, str]) -> None:
        self._launch, self.model, self._env = launch, model, env
        self._engine = create_engine(url)
        self.app = launch(**env)
        self.app.wait_until_loaded()

    def end(self) -> None:
        self.app.__exit__()
        self._engine.dispose()

    def restart(self, *, same_port: bool = False) -> None:
        self.app.__exit__()
        self.app = self._launch(port=self.app.port if same_port else 0, **self._env)
        self.app.wait_until_loaded()

    def kept(self, thread_id: str) -> list[tuple[str, str]]:
        """(role, content) of each message that is kept for the model."""
        query = select(history_messages.c.message).where(history_messages.c.thread_id == thread_id)
        with self._engine.connect() as connection:
            rows = connection.scalars(query.order_by(history_messages.c.number)).all()
        return [(row["role"], row["content"]) for row in rows]

    def alter(self, statement: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(statement))

    def asked(self) -> list[tuple[str, str]]:
        """(role, content) of what the model was asked last, without the system prompt."""
        messages = self.model.requests[-1]["messages"]
        return [(one["role"], one["content"] or "") for one in messages if one["role"] != "system"]

    async def goes_on(self, thread_id: str, before: list[tuple[str, str]], question: str) -> list[tuple[str, str]]:
        """Wait for the answer to `question`; the model got all that was kept, which is longer now by this turn."""
        await wait_until(lambda: len(self.kept(thread_id)) >= len(before) + 2, 20)
        kept = self.kept(thread_id)
        assert kept[: len(before) + 1] == [*before, ("user", question)]
        assert self.asked() == kept[:-1]
        return kept


@pytest.fixture(params=["sqlite", "postgresql", "password"])
def house(launch: Callable[..., App], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    with overheard() as model:
        env = {"ENGINE": "remote", "REMOTE_BASE_URL": model.url, "MODEL": "auto", "DATA_DIR": str(tmp_path)}
        url = URL.create("sqlite", database=str(tmp_path / "chats.db"))
        if request.param == "postgresql":
            url = request.getfixturevalue("new_database")()
            env["DATABASE_URL"] = url.render_as_string(hide_password=False)
            url = url.set(drivername="postgresql+psycopg")
        if request.param == "password":
            env["AUTH"] = "password"
            people("add", "anna", password=PASSWORD, **env)
        house = House(launch, model, url, env)
        yield house
        house.end()


async def open_at(browser: Any, url: str) -> Page:
    """A page at this address, past the login where there is one."""
    context = await browser.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(url)
    await page.locator("#chat-input, #password").first.wait_for()
    if await page.locator("#password").count():
        await page.locator("#email").fill("anna")
        await page.locator("#password").fill(PASSWORD)
        await page.keyboard.press("Enter")
    await page.locator("#mode-picker-trigger-model").wait_for()
    return page


async def is_whole(page: Page, text: str) -> None:
    """Wait until the page shows the kept chat."""
    await expect(page.locator(".step").get_by_text(text, exact=True).first).to_be_visible()


async def test_whatever_way_a_chat_is_opened_the_model_gets_all_of_it(house: House, browser: Any) -> None:
    page = await open_at(browser, house.app.url)
    await ask(page, "广州天气怎么样?")
    await page.wait_for_url("**/thread/*")
    thread_id = page.url.rpartition("/")[2]
    await wait_until(lambda: len(house.kept(thread_id)) == 4, 20)
    kept = await continue_in(house, page, thread_id, "hello 1")

    house.restart()  # a new address: no cookie, no page, nothing of before
    page = await open_at(browser, f"{house.app.url}/thread/{thread_id}")
    await is_whole(page, "hello 1")
    kept = await continue_in(house, page, thread_id, "hello, by its address")

    await page.reload()
    await is_whole(page, "hello 1")
    kept = await continue_in(house, page, thread_id, "hello after a reload")

    second = await page.context.new_page()
    await second.goto(page.url)
    await is_whole(second, "hello after a reload")
    kept = await continue_in(house, second, thread_id, "hello in a second tab")
    await asyncio.gather(ask(page, "hello from one"), ask(second, "hello from two"))
    await wait_until(lambda: len(house.kept(thread_id)) == len(kept) + 4, 20)
    both = house.kept(thread_id)
    assert both[: len(kept)] == kept
    assert {both[len(kept)], both[len(kept) + 2]} == {("user", "hello from one"), ("user", "hello from two")}
    assert house.asked() == both[:-1]
    await second.close()

    house.restart(same_port=True)  # under the open page, which comes back by itself
    await is_back(page)
    kept = await continue_in(house, page, thread_id, "hello from a page that was open all along")

    house.restart()
    page = await open_at(browser, house.app.url)
    await listed(page, "广州").click()
    await is_whole(page, "hello 1")
    kept = await continue_in(house, page, thread_id, "hello by the sidebar")

    exported = await page.context.request.get(f"{house.app.url}/chats/{thread_id}/export.json")
    await page.goto(f"{house.app.url}/import")
    file = {"name": "chat.json", "mimeType": "application/json", "buffer": await exported.body()}
    await page.locator("input[type=file]").set_input_files(file)
    await page.locator("form button").click()
    await page.wait_for_url("**/thread/*")
    copy_id = page.url.rpartition("/")[2]
    assert copy_id != thread_id
    assert house.kept(copy_id) == kept
    await is_whole(page, "hello 1")
    await continue_in(house, page, copy_id, "hello in the copy")


async def is_back(page: Page) -> None:
    """Wait until a page whose server was restarted goes on; Chainlit may have led it away while nobody answered."""
    await page.bring_to_front()
    if page.url.startswith("chrome-error"):
        await page.reload()
    await is_whole(page, "hello 1")
    await expect(page.locator("#mode-picker-trigger-model")).to_be_enabled(timeout=20_000)


async def continue_in(house: House, page: Page, thread_id: str, question: str) -> list[tuple[str, str]]:
    before = house.kept(thread_id)
    await ask(page, question)
    return await house.goes_on(thread_id, before, question)


@pytest.fixture
def plain_house(launch: Callable[..., App], tmp_path: Path) -> Iterator[House]:
    with overheard() as model:
        env = {"ENGINE": "remote", "REMOTE_BASE_URL": model.url, "MODEL": "auto", "DATA_DIR": str(tmp_path)}
        house = House(launch, model, URL.create("sqlite", database=str(tmp_path / "chats.db")), env)
        yield house
        house.end()


@contextmanager
def away(house: House, table: str) -> Iterator[None]:
    """While a table of the house's database cannot be read."""
    house.alter(f"ALTER TABLE {table} RENAME TO away")
    try:
        yield
    finally:
        house.alter(f"ALTER TABLE away RENAME TO {table}")


async def test_a_chat_that_cannot_be_read_just_now_is_said_to_be_so_and_not_forgotten(
    plain_house: House, browser: Any
) -> None:
    house = plain_house
    page = await open_at(browser, house.app.url)
    await ask(page, "hello 1")
    await page.wait_for_url("**/thread/*")
    thread_id = page.url.rpartition("/")[2]
    await wait_until(lambda: len(house.kept(thread_id)) == 2, 20)
    house.restart()
    address = f"{house.app.url}/thread/{thread_id}"

    await page.goto(house.app.url)
    with away(house, "elements"):  # what the page would show of it
        await page.goto(address)
        await expect(page.locator("[data-sonner-toast]").get_by_text(CHINESE.chat_unread)).to_be_visible()
        await page.locator("#mode-picker-trigger-model").wait_for()
        assert page.url == f"{house.app.url}/"
    await ask(page, "hello in a new chat")
    await page.wait_for_url("**/thread/*")
    assert page.url != address

    with away(house, "histories"):  # what the model would get of it
        await page.goto(address)
        await expect(page.locator(".step").get_by_text(CHINESE.chat_unread)).to_be_visible()
        await is_whole(page, "hello 1")
        await ask(page, "are you there?")
        await expect(page.locator(".step").get_by_text(CHINESE.chat_unread)).to_have_count(2)
    await continue_in(house, page, thread_id, "hello again")
    await page.locator("#mode-picker-trigger-model").wait_for()
    assert "Traceback" not in house.app.log.read_text()


@pytest.mark.parametrize("says_so", [False, True])
async def test_a_connection_that_is_lost_before_the_chat_is_there_costs_nothing(
    plain_house: House, says_so: bool
) -> None:
    house = plain_house
    page = await Chat.open(house.app.url, "zh-CN")
    await page.ask("广州天气怎么样?")
    await page.ask("hello")
    await page.close()
    thread_id, session_id = page.thread_id, str(uuid.uuid4())
    house.restart()

    auth = {"sessionId": session_id, "threadId": thread_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
    headers = {"Cookie": await asyncio.to_thread(log_in, house.app.url)}
    for _ in range(3):  # as a page load does, and a phone in a tunnel
        early = socketio.AsyncClient(reconnection=False)
        await early.connect(
            house.app.url, socketio_path="/ws/socket.io", transports=["websocket"], auth=auth, headers=dict(headers)
        )
        if says_so:
            await early.emit("connection_successful")
        await early.disconnect()

    again = Chat(house.app.url, headers | {"Accept-Language": "zh-CN"})
    again.session_id, again.thread_id = session_id, thread_id
    await again._connect()
    before = house.kept(thread_id)
    await again.ask("hello at once")
    await house.goes_on(thread_id, before, "hello at once")
    listed_chats = await again.request("/project/threads", {"pagination": {"first": 5}, "filter": {}})
    assert "广州天气怎么样?" in listed_chats
    await again.close()


async def test_twenty_chats_keep_every_row_over_a_restart(plain_house: House) -> None:
    house = plain_house
    pages = [await Chat.open(house.app.url, "zh-CN") for _ in range(20)]
    for page in pages:
        await page.ask("广州天气怎么样?")
        await page.close()
    house.restart()
    for page in pages:
        before = house.kept(page.thread_id)
        assert len(before) == 4
        again = await Chat.open(house.app.url, "zh-CN", thread_id=page.thread_id)
        await again.ask("hello")
        await house.goes_on(page.thread_id, before, "hello")
        await again.close()
