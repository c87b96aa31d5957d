"""Three hostile users and a stranger do all that they can think of at once, while ten others chat and feel nothing.

Attackers, chats, model and app share two cores here, so the attackers' process gives way to the others, and what is
compared are medians of windows of one run.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev.app_process import App
from dev.chat_client import Chat
from tests.e2e.conftest import SCREENSHOTS, wait_until
from tests.e2e.gaps import Gap, longest, p99, talk, waits
from tests.e2e.storyteller import call, chunk, storyteller
from tests.e2e.visitor import Visitor
from web.auth.passwords import Passwords
from web.store.database import connect, database_url
from web.store.migrations import migrate

PASSWORD = "correct horse"
CHATTING = [f"friend{number}" for number in range(10)]
HOSTILE = ("mallory", "oscar", "trudy")
PACE_S = 0.05  # of the model, from word to word
WORDS = 100
WINDOW_S = 3.0
QUIET, LOUD = 3, 6  # windows
SETTLED_S = 10.0
FREEZE_S = 1.0
MOST = 4  # what is wanted is 2; two cores that all of them share give 2.2 to 3.0, and 1.4 without the imports
MEMORY_GROWTH = 1.1
STRANGER = ""
By = dict[str, tuple[str, ...]]  # who attacks -> in which ways
EVERYTHING: By = {
    "mallory": ("schemas", "files", "bodies"),
    "oscar": ("imports", "events"),
    "trudy": ("calls", "events", "files"),
    STRANGER: ("bodies", "logins", "halves"),
}


def decide(messages: list[dict[str, Any]]) -> list[Any]:
    """A story at a steady pace; a call or hundreds, or some JSON, for whoever asks for those."""
    match messages[-1]:
        case {"role": "tool"}:
            return [chunk({"content": "So many."}), chunk({}, "stop")]
        case {"content": str(text)} if "hundreds" in text:
            wanted = [call("get_current_time", f"Paris {number}")[0] for number in range(300)]
            for number, one in enumerate(wanted):
                one["choices"][0]["delta"]["tool_calls"][0] |= {"index": number, "id": f"call-{number}"}
            return [*wanted, chunk({}, "tool_calls")]
        case {"content": str(text)} if "time" in text:
            return call("get_current_time", "Paris 0")  # a name that is looked for among all
        case {"content": str(text)} if "json" in text:
            return [chunk({"content": "[]"}), chunk({}, "stop")]
    return [
        *(part for number in range(WORDS) for part in (PACE_S, chunk({"content": f"{number} "}))),
        chunk({}, "stop"),
    ]


async def add_people(data_dir: Path) -> None:
    data_dir.mkdir()
    url = database_url(None, data_dir)
    migrate(url)
    database = connect(url)
    for name in (*CHATTING, *HOSTILE):
        await Passwords(database).add(name, PASSWORD)
    await database.close()


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    data_dir = tmp_path_factory.mktemp("hostile") / "data"
    asyncio.run(add_people(data_dir))
    env = {"AUTH": "password", "ENGINE": "remote", "MODEL": "auto", "DATA_DIR": str(data_dir)}
    with storyteller(decide) as url, launch(REMOTE_BASE_URL=url, **env) as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture
async def cookies(app: App) -> dict[str, str]:
    """name -> the cookie of each of them; a stranger has none."""

    async def log_in(name: str) -> str:
        async with Visitor(app.url) as visitor:
            (await visitor.log_in(name, PASSWORD)).raise_for_status()
            return visitor.cookie

    return {STRANGER: ""} | {name: await log_in(name) for name in (*CHATTING, *HOSTILE)}


class Attackers:
    """The hostile process: made ready, then let go."""

    def __init__(
        self, process: asyncio.subprocess.Process, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:
        self._process, self._stdin, self._stdout = process, stdin, stdout

    @classmethod
    @asynccontextmanager
    async def ready(cls, app: App, cookies: dict[str, str], by: By, seconds: float) -> AsyncIterator[Attackers]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("hostile.py")),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        attacks = [{"attack": way, "cookie": cookies[name]} for name, ways in by.items() for way in ways]
        job = {"host": "127.0.0.1", "port": app.port, "seconds": seconds, "attacks": attacks}
        process.stdin.write(json.dumps(job).encode() + b"\n")
        try:
            assert await process.stdout.readline() == b"ready\n"
            yield cls(process, process.stdin, process.stdout)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def go(self) -> dict[str, dict[str, int]]:
        """Attack until the time is up; gives what the attackers were told, by attack."""
        self._stdin.write(b"go\n")
        told: dict[str, dict[str, int]] = json.loads(await self._stdout.readline())
        return told


@dataclass(frozen=True)
class Felt:
    """What the ten feel, in seconds."""

    quiet: list[float]  # the p99 of the gaps in each window
    loud: list[float]
    longest: float  # gap, from the first attack on
    note: float  # until a note of 12 bytes is read, at most
    login: float  # of a right password, at most

    @property
    def ratio(self) -> float:
        return statistics.median(self.loud) / statistics.median(self.quiet)


def windows(gaps: list[Gap], start: float, count: int) -> list[float]:
    """The p99 of each window; one in which nobody had a frame is itself a gap."""
    starts = [start + number * WINDOW_S for number in range(count)]
    return [p99([gap for ended, gap in gaps if one <= ended < one + WINDOW_S] or [WINDOW_S]) for one in starts]


async def feel(app: App, cookies: dict[str, str], by: By, loud: int) -> tuple[Felt, dict[str, dict[str, int]]]:
    """Ten chats, quietly, then beside these attacks; gives what they felt, and what the attackers were told."""
    over = asyncio.Event()

    async def note() -> None:
        (await writer.upload(b"twelve bytes")).raise_for_status()

    async def log_in() -> None:
        async with Visitor(app.url) as visitor:
            (await visitor.log_in(CHATTING[1], PASSWORD)).raise_for_status()

    async with AsyncExitStack() as stack:
        attack = await stack.enter_async_context(Attackers.ready(app, cookies, by, loud * WINDOW_S))
        writer = await stack.enter_async_context(Visitor(app.url))
        await writer.log_in(CHATTING[0], PASSWORD)
        await writer.connect()
        chats = [await Chat.open(app.url, cookie=cookies[name]) for name in CHATTING]
        for chat in chats:
            stack.push_async_callback(chat.close)
        talking = [asyncio.create_task(talk(chat, "tell me a story", over)) for chat in chats]
        doing = [asyncio.create_task(waits(does, over)) for does in (note, log_in)]
        await asyncio.gather(*(chat.first_text() for chat in chats))
        quiet_from = time.perf_counter()
        await asyncio.sleep(QUIET * WINDOW_S)
        loud_from = time.perf_counter()
        told = await attack.go()
        over.set()
        gaps = [gap for talked in await asyncio.gather(*talking) for gap in talked]
        notes, logins = await asyncio.gather(*doing)
    frames = windows(gaps, quiet_from, QUIET), windows(gaps, loud_from, loud)
    return Felt(*frames, longest(gaps, loud_from), longest(notes, loud_from), longest(logins, loud_from)), told


def report(felt: Felt, told: dict[str, dict[str, int]], memory: dict[str, float]) -> dict[str, Any]:
    ms = {name: [round(1000 * gap) for gap in getattr(felt, name)] for name in ("quiet", "loud")}
    seconds = {name: round(getattr(felt, name), 2) for name in ("longest", "note", "login")}
    return {"gap p99, ms": ms, "ratio": round(felt.ratio, 2), "seconds": seconds, "MiB": memory, "told": told}


def chosen() -> By:
    """All attacks, or those that ATTACKS names, such as imports,calls: so docs/security.md has each alone."""
    named = os.environ.get("ATTACKS", "").split(",")
    return EVERYTHING if named == [""] else {who: tuple(set(ways) & set(named)) for who, ways in EVERYTHING.items()}


async def test_ten_chats_feel_nothing_of_three_hostile_users_and_a_stranger(app: App, cookies: dict[str, str]) -> None:
    chat = await Chat.open(app.url, cookie=cookies[CHATTING[0]])
    await chat.ask("What time is it in Paris?")  # names of places are loaded once, and that is no growth
    await chat.close()
    await feel(app, cookies, {STRANGER: ()}, 0)
    before = app.rss_mib
    felt, told = await feel(app, cookies, chosen(), LOUD)
    with suppress(TimeoutError):
        await wait_until(lambda: app.rss_mib <= MEMORY_GROWTH * before, SETTLED_S)
    figures = report(felt, told, {"before": round(before), "after": round(app.rss_mib)})
    (SCREENSHOTS / "hostile.json").write_text(json.dumps(figures, indent=1))
    assert all(told.values()), told  # an attack of which nothing came proves nothing
    assert app.health() | {"stage": "ready", "loads": 1} == app.health()
    assert felt.ratio <= MOST, figures
    assert felt.longest < FREEZE_S, figures
    assert app.rss_mib <= MEMORY_GROWTH * before, figures
