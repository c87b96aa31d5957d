"""The real app with real vLLM and the built-in model, in a copy of the project that tests may save files in."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright

from dev.app_process import LEFT_OUT, PROJECT, App
from dev.chat_client import Chat
from tests.e2e.showcase import show
from tests.e2e.storyteller import storyteller
from tests.e2e.visitor import people

CHROMIUM = Path("/usr/bin/chromium")
SCREENSHOTS = PROJECT / ".ci" / "out"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is end to end, and is tried once more where it fails: the summary names what was."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "qingtan"
    shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
    return folder


@pytest.fixture(scope="session")
def launch(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., App]:
    """Start an app of `folder`; the caller ends it. All share one data folder, as a person's starts do."""
    data_dir = tmp_path_factory.mktemp("data")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    number = count(1)

    def start(folder: Path = project, *, port: int = 0, **env: str) -> App:
        log = SCREENSHOTS / f"app-{next(number)}.log"
        # A laptop has no C++ compiler, and nothing that one has made.
        no_compiler = {"CXX": "/no/compiler", "TORCHINDUCTOR_CACHE_DIR": str(data_dir / "compiled")}
        defaults = no_compiler | {"MODEL": "builtin", "WEATHER_PROVIDER": "simulated", "CLOSED_TAB_GRACE_S": "1"}
        return App(folder, log=log, port=port, **defaults | {"DATA_DIR": str(data_dir)} | env)

    return start


@pytest.fixture(scope="session")
def app(launch: Callable[..., App]) -> Iterator[App]:
    """One app for all tests that only talk to it."""
    with launch() as running:
        running.wait_until_loaded()
        assert running.health()["stage"] == "ready"
        yield running


@pytest.fixture
async def chat(app: App) -> AsyncIterator[Callable[..., asyncio.Future[Chat]]]:
    """Open a chat as a browser in a language would."""
    chats: list[Chat] = []

    async def open_chat(language: str = "en-US") -> Chat:
        chats.append(await Chat.open(app.url, language))
        return chats[-1]

    yield open_chat
    for one in chats:
        await one.close()


@pytest.fixture(scope="module")
def showcase_app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose model shows all that Markdown has."""
    data_dir = str(tmp_path_factory.mktemp("looks"))
    with (
        storyteller(show) as url,
        launch(ENGINE="remote", REMOTE_BASE_URL=url, MODEL="auto", DATA_DIR=data_dir) as running,
    ):
        running.wait_until_loaded()
        yield running


@pytest.fixture(scope="module")
def login_app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The same with a login, for anna."""
    data_dir = str(tmp_path_factory.mktemp("guarded"))
    env = {"AUTH": "password", "ENGINE": "remote", "MODEL": "auto", "DATA_DIR": data_dir}
    people("add", "anna", password="correct horse", **env)
    with storyteller(show) as url, launch(REMOTE_BASE_URL=url, **env) as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("there is no /usr/bin/chromium here; on Debian: sudo apt install chromium fonts-noto-cjk")
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield chromium
        await chromium.close()


@pytest.fixture
async def open_page(browser: Browser) -> Callable[..., asyncio.Future[Page]]:
    """Open a page in a language, a size and a colour scheme; `page.requested` lists every address that it asks."""

    async def open_one(
        url: str, language: str = "en-US", size: dict[str, int] = DESKTOP, scheme: str = "light"
    ) -> Page:
        context = await browser.new_context(locale=language, viewport=size, color_scheme=scheme)
        page = await context.new_page()
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        await page.goto(url)
        await page.wait_for_selector("#mode-picker-trigger-model")  # the socket is connected, and the chat open
        return page

    return open_one


async def wait_until(condition: Callable[[], bool], timeout_s: float = 5) -> float:
    """Seconds until `condition` holds. Raises TimeoutError."""
    started = asyncio.get_running_loop().time()
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)
    return asyncio.get_running_loop().time() - started


async def becomes_true(one: Locator, expression: str) -> None:
    """Wait until it holds. Playwright's own way needs what the page's policy forbids. Raises TimeoutError."""
    async with asyncio.timeout(5):
        while not await one.evaluate(expression):
            await asyncio.sleep(0.02)
