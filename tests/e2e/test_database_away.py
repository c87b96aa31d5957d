"""The database goes away under open chats, and comes back: answers go on, nothing is lost, and who watches is told."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from dev.app_process import App
from dev.chat_client import Chat
from tests.e2e.conftest import wait_until
from tests.e2e.storyteller import storyteller
from web.texts import ENGLISH

SOON_S = 5.0


class House:
    """An app over a database of its own, which can be sent away."""

    def __init__(self, app: App, url: URL) -> None:
        self.app, self._url = app, url

    def _ask(self, database: str, query: str) -> list[Any]:
        address = self._url.set(database=database).render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(query.encode())
            return found.fetchall() if found.description else []

    def send_away(self) -> None:
        name = self._url.database
        self._ask("postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        self._ask("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def bring_back(self) -> None:
        self._ask("postgres", f'ALTER DATABASE "{self._url.database}" ALLOW_CONNECTIONS true')

    def kept(self, thread_id: str) -> list[str]:
        """What of a chat is kept for the model."""
        query = f"SELECT message->>'content' FROM history_messages WHERE thread_id = '{thread_id}' ORDER BY number"
        return [content for (content,) in self._ask(self._url.database or "", query)]

    def shown(self, thread_id: str) -> list[str]:
        """What of a chat its page would show: questions and answers."""
        query = f"SELECT output FROM steps WHERE thread_id = '{thread_id}' AND type LIKE '%message' ORDER BY position"
        return [output for (output,) in self._ask(self._url.database or "", query)]

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"{self.app.url}/health", timeout=1) as answer:  # it answers within a second
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)


@pytest.fixture
def house(launch: Callable[..., App], new_database: Callable[[], URL], tmp_path: Path) -> Iterator[House]:
    url = new_database()
    address = {"DATABASE_URL": url.render_as_string(hide_password=False), "DATA_DIR": str(tmp_path)}
    with storyteller() as model, launch(ENGINE="remote", REMOTE_BASE_URL=model, MODEL="auto", **address) as app:
        app.wait_until_loaded()
        yield House(app, url)


async def test_answers_go_on_while_the_database_is_away_and_all_of_it_is_kept_then(house: House) -> None:
    chat = await Chat.open(house.app.url)
    toasts: list[str] = []
    chat._socket.on("toast", lambda toast: toasts.append(toast["message"]))
    await chat.ask("hello 1")
    await wait_until(lambda: len(house.kept(chat.thread_id)) == 2, 10)

    house.send_away()
    for number in (2, 3):
        answer = await chat.ask(f"hello {number}")
        assert (answer.errors, answer.text) == ([], f"There are {2 * number} messages.")
        assert answer.end_s - answer.last_text_s < SOON_S
    await wait_until(lambda: house.health()[0] == 503, 10)
    report = house.health()[1]
    assert report["parts"] == {"engine": "ok", "line": "ok", "database": "ill", "disk": "ok"}
    assert report["stage"] == "ready"
    assert "postgres" not in json.dumps(report)

    await chat.drop()
    await chat.come_back()  # after the grace: what is not kept yet is held
    exported = json.loads(await chat.request(f"/chats/{chat.thread_id}/export.json"))
    assert [message["content"] for message in exported["chat"]["history"]["messages"]][::2] == [
        f"hello {number}" for number in (1, 2, 3)
    ]
    await chat.ask("hello 4")
    assert toasts == [ENGLISH.not_saved_yet]

    house.bring_back()
    await wait_until(lambda: len(house.kept(chat.thread_id)) == 8, 20)
    said = [text for number in (1, 2, 3, 4) for text in (f"hello {number}", f"There are {2 * number} messages.")]
    assert house.kept(chat.thread_id) == said
    await wait_until(lambda: house.shown(chat.thread_id) == said, 10)
    await wait_until(lambda: house.health()[0] == 200, 10)
    await wait_until(lambda: toasts[1:] == [ENGLISH.saved_at_last], 10)
    await chat.drop()
    await asyncio.sleep(3)  # the grace is 1 s here: the page's session is freed
    await chat.come_back()
    assert [step["output"] for step in chat.resumed["steps"] if "message" in step["type"]] == said
    answer = await chat.ask("hello 5")
    assert answer.text == "There are 10 messages."
    await chat.close()
