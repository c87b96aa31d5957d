"""Quotas at the running app: many uploads at once, turns, chats and imports, usage, and what goes from the disk."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from dev.app_process import App
from tests.e2e.conftest import wait_until
from tests.e2e.storyteller import storyteller
from tests.e2e.visitor import Visitor, people

PASSWORD = "correct horse"
LIMITS = {
    "QUOTA_TURNS_A_MINUTE": "4,2",
    "QUOTA_UPLOADS_MB_A_DAY": "3,2",
    "QUOTA_CHATS": "2,1",
    "QUOTA_WAITING_FILES": "3,1",
}
HOLD = (
    "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX); print(flush=True); input()"
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quotas") / "data"


@pytest.fixture(scope="module")
def env(data_dir: Path) -> Iterator[dict[str, str]]:
    with storyteller() as url:
        yield {"AUTH": "password", "ENGINE": "remote", "REMOTE_BASE_URL": url, "DATA_DIR": str(data_dir), **LIMITS}


@pytest.fixture(scope="module")
def living(data_dir: Path) -> Iterator[Path]:
    """The folder of another process that lives, and one of a process that was killed."""
    for name in ("123456789", "7"):
        (data_dir / "uploads" / name / "a page").mkdir(parents=True)
        (data_dir / "uploads" / name / "a page" / "file").write_text("hello")
    folder = data_dir / "uploads" / "7"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD, folder], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        yield folder
        process.kill()


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], env: dict[str, str], living: Path) -> Iterator[App]:
    for name in ("anna", "bob"):
        people("add", name, password=PASSWORD, **env)
    with launch(**env) as running:
        running.wait_until_loaded()
        yield running


async def come(app: App, name: str) -> Visitor:
    one = Visitor(app.url)
    one.http.timeout = 90.0  # files are read by processes, one after another
    assert (await one.log_in(name, PASSWORD)).status_code == 200
    await one.connect()
    return one


async def answer(one: Visitor, question: str, *file_ids: str) -> str:
    """The first thing that is said to a question: the model's words, or a line of ours."""
    one.seen.clear()
    await one.say(question, *file_ids)
    steps = ("new_message", "stream_start", "update_message")

    def is_said(name: str, data: object) -> bool:
        if name not in steps or not isinstance(data, dict):
            return False
        return "line" in data["metadata"] or (data["type"] == "assistant_message" and bool(data["output"]))

    said = await one.expect(is_said)
    await one.expect(lambda name, data: name == "task_end")
    return str(said["output"] or said["name"])


def uploaded(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "uploads").glob("*/*/*") if path.parts[-3] != "7"]


async def test_one_person_sends_too_much_of_everything_and_another_goes_on(
    app: App, data_dir: Path, env: dict[str, str]
) -> None:
    async with await come(app, "anna") as anna, await come(app, "bob") as bob:
        given = await asyncio.gather(*(anna.upload(b"a small file") for _ in range(50)))
        assert Counter(one.status_code for one in given) == {200: 3, 429: 47}
        refusals = {one.json()["detail"] for one in given if one.status_code == 429}
        assert refusals == {
            "3 files can be attached that are not sent yet. Send those first, or reload the page to drop them."
        }
        assert len(uploaded(data_dir)) == 3
        ids = [one.json()["id"] for one in given if one.status_code == 200]
        assert "messages" in await answer(anna, "What is in them?", *ids)
        assert (await anna.upload(b"a fourth")).status_code == 200  # those are sent now
        assert (await bob.upload(b"mine")).status_code == 200
        large = await anna.upload(b"x" * 2_990_000)
        assert (large.status_code, "upload 3 MB a day" in large.json()["detail"]) == (429, True)

        for _ in range(3):
            assert "messages" in await answer(anna, "And?")
        assert "many questions within a minute" in await answer(anna, "And now?")
        again = await anna.expect(lambda name, data: name == "action" and data["name"] == "again")
        assert again  # the question is there, to be asked again
        kept = (await anna.send("GET", f"/project/thread/{anna.thread_id}")).json()
        assert "And now?" in [step["output"] for step in kept["steps"]]
        assert "messages" in await answer(bob, "Hello?")

        exported = (await bob.http.get(f"/chats/{bob.thread_id}/export.json")).content
        places = await asyncio.gather(*(import_chat(bob, exported) for _ in range(10)))
        assert Counter(place.status_code for place in places) == {303: 1, 400: 9}
        assert all("You can have 2 chats" in place.text for place in places if place.status_code == 400)
        lied = await import_chat(bob, b"{" * 2_990_000)
        assert "upload 3 MB a day" in lied.text

        lines = {line.split(":")[0]: line for line in people("usage", **env).splitlines()}
        assert "1 of 2 chats" in lines["anna"]
        assert "today 4 turns" in lines["anna"]
        assert "2 of 2 chats" in lines["bob"]


async def import_chat(one: Visitor, content: bytes) -> httpx.Response:
    return await one.http.post("/import", files={"chat": ("chat.json", content, "application/json")})


async def test_a_new_chat_beyond_the_limit_waits_until_another_is_deleted(app: App) -> None:
    async with await come(app, "bob") as bob:  # who has two
        assert "You can have 2 chats" in await answer(bob, "Hello?")
        shown = json.dumps((await bob.send("GET", f"/project/thread/{bob.thread_id}")).json())
        assert "Hello?" in shown
        body = {"pagination": {"first": 5}, "filter": {}}
        listed = (await bob.send("POST", "/project/threads", body)).json()["data"]
        await bob.send("DELETE", "/project/thread", {"threadId": listed[-1]["id"]})
        assert "messages" in await answer(bob, "Hello again?")


async def test_what_guests_sent_goes_with_their_link_and_what_was_left_by_the_dead_is_gone(
    app: App, data_dir: Path, env: dict[str, str], living: Path
) -> None:
    assert not (data_dir / "uploads" / "123456789").exists()
    assert (living / "a page" / "file").exists()
    link = people("link", "--until", "23:59", **env).split()[0]
    async with Visitor(app.url) as guest:
        await guest.http.get(link.removeprefix("http://localhost:8000"))
        await guest.connect()
        assert [(await guest.upload(b"a guest's file")).status_code for _ in range(2)] == [200, 429]
        folder = data_dir / "uploads" / str(app.process.pid) / guest.session_id
        assert folder.exists()
        people("end-links", **env)
        await wait_until(lambda: not folder.exists())
    assert "link 1, 1 guest together: 0 of 20 chats" in people("usage", **env)
