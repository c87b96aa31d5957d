"""Chainlit's data layer, every method, on both databases, with Chainlit's own messages, steps and elements."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import chainlit as cl
import pytest
from chainlit.context import ChainlitContext, context_var
from chainlit.element import Element
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession
from chainlit.step import StepDict
from chainlit.types import Feedback, Pagination, ThreadFilter
from chainlit.user import PersistedUser, User
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from web.store.data_layer import DataLayer
from web.store.database import Database
from web.store.files import Files
from web.store.tables import elements, feedbacks, metadata, steps, threads

PNG = b"\x89PNG\r\n\x1a\n"
EVERY_FIELD = {
    "name": "get_current_weather · 0.4 s",
    "type": "tool",
    "parentId": "p",
    "command": "search",
    "modes": {"model": "m"},
    "streaming": False,
    "waitForAnswer": False,
    "isError": False,
    "metadata": {"icon": "cloud-sun", "favorite": True},
    "tags": ["a", "b"],
    "input": '{"city": "广州"}',
    "output": '{"temperature_c": 21}',
    "createdAt": "2026-11-22T10:00:00.000001Z",
    "start": "2026-11-22T10:00:00.000001Z",
    "end": "2026-11-22T10:00:01Z",
    "generation": {"type": "CHAT"},
    "showInput": "json",
    "defaultOpen": True,
    "autoCollapse": True,
    "language": "json",
    "icon": "cloud-sun",
}


class Kept:
    """A layer, the chat whose events it handles, and how often it had to tell of a loss."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.losses = 0
        self.database = database
        self.folder = folder
        self.layer = DataLayer(
            database, Files(folder, "/kept/{key}"), self._lose, skip=lambda step: step["output"] == "Loading…"
        )

    async def _lose(self) -> None:
        self.losses += 1

    def enter(self, thread_id: str) -> None:
        """Handle events of this chat from now on."""
        session = HTTPSession(id=f"session of {thread_id}", client_type="webapp", thread_id=thread_id)
        context_var.set(ChainlitContext(session, BaseChainlitEmitter(session)))

    async def person(self, name: str = "ada") -> PersistedUser:
        user = await self.layer.create_user(User(name, metadata={"provider": "header"}))
        assert user
        return user

    async def chat(self, user: PersistedUser, name: str = "Hello", thread_id: str = "") -> str:
        thread_id = thread_id or str(uuid.uuid4())
        await self.layer.update_thread(thread_id, name=name, user_id=user.id)
        self.enter(thread_id)
        return thread_id

    async def say(self, thread_id: str, output: str, **fields: Any) -> str:
        step = {"id": str(uuid.uuid4()), "threadId": thread_id, "type": "user_message", "output": output, **fields}
        await self.layer.create_step(step)
        return str(step["id"])

    async def names(self, user: PersistedUser, search: str | None = None, feedback: Any = None) -> list[str]:
        filters = ThreadFilter(userId=user.id, search=search, feedback=feedback)
        page = await self.layer.list_threads(Pagination(first=100), filters)
        return [thread["name"] or "" for thread in page.data]

    async def count(self, table: Any) -> int:
        query = select(func.count()).select_from(table)
        return int(await self.database.read(lambda connection: connection.scalar(query)) or 0)


@pytest.fixture
async def kept(database: Database, tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept(database, tmp_path / "files")
    yield kept
    assert kept.losses == 0


async def test_a_user_is_made_once_and_found_by_name(kept: Kept) -> None:
    first = await kept.person()
    again = await kept.layer.create_user(User("ada", metadata={"role": "admin"}))
    assert again
    assert (again.id, again.createdAt, again.metadata) == (first.id, first.createdAt, {"role": "admin"})
    found = await kept.layer.get_user("ada")
    assert found == again
    assert await kept.layer.get_user("bob") is None


async def test_a_chat_keeps_its_name_tags_and_metadata(kept: Kept) -> None:
    user = await kept.person()
    chat = await kept.chat(user, "What's the\n weather?")
    await kept.layer.update_thread(
        chat, metadata={"chat_settings": {"top_p": 0.5}, "gone": 1}, tags=["weather", "天气"]
    )
    await kept.layer.update_thread(chat, metadata={"gone": None, "client_type": "webapp"})
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    created = thread["createdAt"]
    assert thread == {
        "id": chat,
        "createdAt": created,
        "name": "What's the weather?",
        "userId": user.id,
        "userIdentifier": "ada",
        "tags": ["weather", "天气"],
        "metadata": {"chat_settings": {"top_p": 0.5}, "client_type": "webapp"},
        "steps": [],
        "elements": [],
    }
    await kept.layer.update_thread(chat, name="Renamed", user_id=user.id)
    assert await kept.names(user) == ["Renamed"]
    assert (await kept.layer.get_thread(chat) or {})["createdAt"] == created


async def test_a_long_first_message_is_cut_to_a_name(kept: Kept) -> None:
    user = await kept.person()
    await kept.chat(user, "很长" * 15_000)
    assert await kept.names(user) == [("很长" * 60)[:119] + "…"]


async def test_an_author_is_known_and_a_lack_of_one_is_said_as_chainlit_expects(kept: Kept) -> None:
    chat = await kept.chat(await kept.person())
    assert await kept.layer.get_thread_author(chat) == "ada"
    assert await kept.layer.get_thread_author("no such chat") == ""
    assert await kept.layer.get_thread("no such chat") is None


async def test_a_step_comes_back_with_every_field_that_it_had(kept: Kept) -> None:
    chat = await kept.chat(await kept.person())
    step = {"id": "s1", "threadId": chat, **EVERY_FIELD}
    await kept.layer.create_step(dict(step))
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    assert thread["steps"] == [{**step, "feedback": None}]


def test_every_field_that_chainlit_knows_is_tried() -> None:
    assert set(StepDict.__annotations__) == {*EVERY_FIELD, "id", "threadId", "feedback"}


async def test_messages_and_steps_of_chainlit_come_back_in_the_order_in_which_they_came(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await kept.chat(await kept.person())
    monkeypatch.setattr("chainlit.data._data_layer", kept.layer)
    monkeypatch.setattr("chainlit.data._data_layer_initialized", True)
    await cl.Message("广州天气怎么样?", type="user_message").send()
    async with cl.Step("get_current_weather", type="tool") as tool:
        tool.output = {"temperature_c": 21}
    answer = cl.Message("")
    for token in ("It is ", "21 °C."):
        await answer.stream_token(token)
    await answer.update()
    await asyncio.sleep(0.05)
    await kept.database.write(lambda connection: connection.execute(text("SELECT 1")))  # all that was asked for before
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    shown = [(step["type"], step["output"], step["streaming"]) for step in thread["steps"]]
    assert shown == [
        ("user_message", "广州天气怎么样?", False),
        ("tool", '{\n    "temperature_c": 21\n}', False),
        ("assistant_message", "It is 21 °C.", False),
    ]
    assert thread["steps"][1]["start"] < thread["steps"][1]["end"]


async def test_a_changed_step_keeps_its_place(kept: Kept) -> None:
    chat = await kept.chat(await kept.person())
    first = await kept.say(chat, "one")
    await kept.say(chat, "two")
    await kept.layer.update_step({"id": first, "threadId": chat, "type": "user_message", "output": "changed"})
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    assert [step["output"] for step in thread["steps"]] == ["changed", "two"]


async def test_a_step_that_is_to_be_skipped_is_not_saved(kept: Kept) -> None:
    chat = await kept.chat(await kept.person())
    await kept.say(chat, "Loading…")
    assert await kept.count(steps) == 0


async def test_what_comes_from_a_deleted_chat_does_not_bring_it_back(kept: Kept) -> None:
    user = await kept.person()
    chat = await kept.chat(user)
    await kept.layer.delete_thread(chat)
    await kept.say(chat, "late")
    await kept.layer.create_element(cl.Text(name="late.txt", content="late", for_id="s", thread_id=chat))
    await kept.layer.update_thread(chat, metadata={"chat_settings": {}})
    assert await kept.layer.get_thread(chat) is None
    assert await kept.names(user) == []
    assert list(kept.folder.rglob("*.*")) == []


async def test_a_step_is_deleted_with_its_thumb_and_its_elements(kept: Kept) -> None:
    chat = await kept.chat(await kept.person())
    gone, stays = await kept.say(chat, "gone"), await kept.say(chat, "stays")
    for step in (gone, stays):
        await kept.layer.upsert_feedback(Feedback(forId=step, value=1))
        await kept.layer.create_element(cl.Text(name="a.txt", content="a", for_id=step))
    await kept.layer.delete_step(gone)
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    assert [step["output"] for step in thread["steps"]] == ["stays"]
    assert [element["forId"] for element in thread["elements"] or []] == [stays]
    assert await kept.count(feedbacks) == 1
    assert len([path for path in kept.folder.rglob("*") if path.is_file()]) == 1


async def test_nobody_changes_or_deletes_a_step_or_an_element_of_another_chat_by_its_id(kept: Kept) -> None:
    theirs = await kept.chat(await kept.person("ada"))
    step = await kept.say(theirs, "theirs")
    await kept.layer.create_element(cl.Text(id="e1", name="a.txt", content="theirs", for_id=step))
    mine = await kept.chat(await kept.person("eve"))
    await kept.layer.update_step({"id": step, "threadId": mine, "type": "user_message", "output": "stolen"})
    await kept.layer.create_element(cl.Text(id="e1", name="b.txt", content="stolen", for_id=step))
    await kept.layer.delete_step(step)
    await kept.layer.delete_element("e1", theirs)
    thread = await kept.layer.get_thread(theirs)
    assert thread is not None
    assert [one["output"] for one in thread["steps"]] == ["theirs"]
    assert [one["name"] for one in thread["elements"] or []] == ["a.txt"]
    assert (kept.folder / theirs / "e1").read_text() == "theirs"
    assert await kept.layer.get_element(mine, "e1") is None


async def test_chats_are_listed_newest_first_page_by_page_and_only_ones_own(kept: Kept) -> None:
    ada, bob = await kept.person("ada"), await kept.person("bob")
    for number in range(7):
        await kept.chat(ada, f"chat {number}")
        await kept.chat(bob, "bob's")
    seen, cursor, pages = [], None, 0
    while True:
        page = await kept.layer.list_threads(Pagination(first=3, cursor=cursor), ThreadFilter(userId=ada.id))
        seen += [thread["name"] for thread in page.data]
        pages += 1
        cursor = page.pageInfo.endCursor
        if not page.pageInfo.hasNextPage:
            break
    assert seen == [f"chat {number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert pages == 3


async def test_a_chat_that_is_added_is_kept_whole_or_not_at_all(kept: Kept) -> None:
    user = await kept.person()
    step = {
        "id": "s1",
        "threadId": "t1",
        "type": "user_message",
        "output": "hello",
        "createdAt": "2026-11-22T10:00:00Z",
    }
    thread = {"id": "t1", "name": "added", "metadata": {"chat_profile": "table"}, "tags": ["a"], "steps": [step]}

    def fail(_: Any) -> None:
        raise KeyError("the history")

    with pytest.raises(KeyError):
        await kept.layer.add_thread(thread, user.id, fail)
    assert (await kept.count(threads), await kept.count(steps)) == (0, 0)
    await kept.layer.add_thread(thread, user.id, lambda _: None)
    added = await kept.layer.get_thread("t1")
    assert added
    assert (added["name"], added["tags"], added["metadata"]) == ("added", ["a"], {"chat_profile": "table"})
    assert [one["output"] for one in added["steps"]] == ["hello"]


FOUND = [
    ("müller", "Herr MÜLLER"), ("MÜLLER", "herr müller"), ("привет", "ПРИВЕТ, мир"), ("KÖLN", "nach Köln"),
    ("café", "CAFÉ"), ("cafe\u0301", "Café"), ("ΟΔΟΣ", "η οδος"), ("straße", "STRASSE"),
    ("  müller  ", "Herr MÜLLER"), ("two lines", "two\nlines"), ("lines two", "two\r\n\tlines"),
    ("广州 天气", "天气：广州今天晴"), ("广州\u3000天气", "广州天气"), ("abc", "ＡＢＣ"), ("100%", "100% sure"),
    ("a_b", "x a_b y"),    ("c:\\new", "C:\\NEW folder"), ("o'neil", "O'Neil"), ("İSTANBUL", "İstanbul"),
]  # fmt: skip
MISSED = [
    ("100%", "100 percent"),
    ("a_b", "aXb"),
    ("two words", "two"),
    ("%", "nothing"),
    ("_", "nothing"),
    ("\\", "x"),
]


async def test_search_finds_all_words_whatever_their_case(kept: Kept) -> None:
    wanted = {pair: sorted(["a chat", " ".join(pair[1].split())]) for pair in FOUND} | {pair: [] for pair in MISSED}
    found = {}
    for search, said in wanted:
        user = await kept.person(f"who looks for {search} in {said}")
        await kept.say(await kept.chat(user, "a chat"), said)
        await kept.chat(user, said)
        await kept.chat(user, "another")
        found[search, said] = sorted(await kept.names(user, search))
    assert found == wanted


async def test_search_looks_into_names_and_into_what_was_said(kept: Kept) -> None:
    user = await kept.person()
    for name, said in (("Weather", "Toronto is 21 °C"), ("计算", "100% 正确"), ("under_score", "x")):
        await kept.say(await kept.chat(user, name), said)
    assert await kept.names(user, "weather") == ["Weather"]
    assert await kept.names(user, "toronto") == ["Weather"]
    assert await kept.names(user, "正确") == ["计算"]
    assert await kept.names(user, "100%") == ["计算"]
    assert await kept.names(user, "_") == ["under_score"]
    assert await kept.names(user, "nothing") == []


async def test_a_thumb_with_its_comment_is_kept_changed_found_and_taken_back(kept: Kept) -> None:
    user = await kept.person()
    chat = await kept.chat(user, "good")
    step = await kept.say(chat, "21 °C")
    await kept.chat(user, "none")
    name = await kept.layer.upsert_feedback(Feedback(forId=step, value=0, comment="wrong 城市"))
    assert await kept.layer.upsert_feedback(Feedback(forId=step, value=1, comment="right", id=name)) == name
    assert await kept.layer.upsert_feedback(Feedback(forId=step, value=1, comment="right after all")) == name
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    assert thread["steps"][0]["feedback"] == {"id": name, "forId": step, "value": 1, "comment": "right after all"}
    assert await kept.names(user, feedback=1) == ["good"]
    assert await kept.names(user, feedback=0) == []
    assert await kept.layer.delete_feedback(name) is True
    assert await kept.layer.delete_feedback(name) is False
    assert await kept.names(user, feedback=1) == []


async def test_a_thumb_for_a_step_that_is_not_there_raises(kept: Kept) -> None:
    with pytest.raises(IntegrityError):
        await kept.layer.upsert_feedback(Feedback(forId="nothing", value=1))


@pytest.mark.parametrize(
    ("make", "content"),
    [
        (lambda path: cl.File(name="../../etc/notes.py", path=str(path), for_id="s"), b"print('hi')"),
        (lambda path: cl.Text(name="日志.txt", content="一", for_id="s"), "一".encode()),
        (lambda path: cl.Image(name="dot", content=PNG, for_id="s", mime="image/png"), PNG),
    ],
    ids=["file", "text", "image"],
)  # fmt: skip
async def test_an_element_is_kept_with_its_file_under_a_name_of_ours(
    kept: Kept, tmp_path: Path, make: Any, content: bytes
) -> None:
    upload = tmp_path / "upload.py"
    upload.write_bytes(b"print('hi')")
    chat = await kept.chat(await kept.person())
    element: Element = make(upload)
    await kept.layer.create_element(element)
    found = await kept.layer.get_element(chat, element.id)
    assert found is not None
    url = f"/kept/{chat}/{element.id}"
    assert (found["name"], found["type"], found["url"], found["forId"]) == (element.name, element.type, url, "s")
    assert "chainlitKey" not in found
    (file,) = (path for path in kept.folder.rglob("*") if path.is_file())
    assert (file, file.read_bytes(), file.stat().st_mode & 0o777) == (
        kept.folder / chat / element.id,
        content,
        0o600,
    )
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    assert thread["elements"] == [found]
    await kept.layer.delete_element(element.id, chat)
    assert await kept.layer.get_element(chat, element.id) is None
    assert list(kept.folder.iterdir()) == []


async def test_a_custom_element_is_kept_with_its_props_and_without_a_file(kept: Kept) -> None:
    chat = await kept.chat(await kept.person())
    element = cl.CustomElement(name="WeatherCard", props={"city": "广州", "rows": [1, 2]}, for_id="s")
    await kept.layer.create_element(element)
    element.props = {"city": "上海"}
    await kept.layer.create_element(element)
    found = await kept.layer.get_element(chat, element.id)
    assert found is not None
    assert (found["props"], found.get("url")) == ({"city": "上海"}, None)
    assert not kept.folder.exists()


async def test_a_deleted_chat_leaves_nothing(kept: Kept) -> None:
    user = await kept.person()
    chat = await kept.chat(user)
    step = await kept.say(chat, "hello")
    await kept.layer.upsert_feedback(Feedback(forId=step, value=1))
    await kept.layer.create_element(cl.Text(name="a.txt", content="a", for_id=step))
    await kept.layer.delete_thread(chat)
    counted = {table.name: await kept.count(table) for table in metadata.sorted_tables}
    assert {name for name, count in counted.items() if count} == {"users", "accounts", "gone_chats"}
    assert list(kept.folder.iterdir()) == []


async def test_favourites_are_found_newest_first(kept: Kept) -> None:
    user, other = await kept.person("ada"), await kept.person("bob")
    await kept.say(await kept.chat(other), "not mine", metadata={"favorite": True})
    chat = await kept.chat(user)
    for said in ("one", "two"):
        await kept.say(chat, said, metadata={"favorite": True})
    plain = await kept.say(chat, "three")
    await kept.layer.set_step_favorite(
        {"id": plain, "threadId": chat, "type": "user_message", "output": "three", "metadata": {}}, True
    )
    assert [step["output"] for step in await kept.layer.get_favorite_steps(user.id)] == ["three", "two", "one"]


async def test_text_that_no_database_takes_does_not_lose_a_step(kept: Kept) -> None:
    chat = await kept.chat(await kept.person(), "nul \0 name")
    await kept.say(chat, "nul \0 half \ud83d", input="nul \0", metadata={"half": "\ud83d", "odd": {1, 2}.__class__})
    thread = await kept.layer.get_thread(chat)
    assert thread is not None
    assert (thread["name"], thread["steps"][0]["output"]) == ("nul \ufffd name", "nul \ufffd half \ufffd")
    step = thread["steps"][0]
    assert (step["input"], step["metadata"]["half"]) == ("nul \ufffd", "\ufffd")


async def test_a_write_that_fails_in_a_task_is_logged_and_told(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept(database, tmp_path / "files")
    chat = await kept.chat(await kept.person())
    await database.write(lambda connection: connection.execute(text("DROP TABLE elements")))
    await database.write(lambda connection: connection.execute(text("ALTER TABLE steps RENAME TO lost")))
    with caplog.at_level(logging.ERROR):
        await kept.say(chat, "hello")
    assert kept.losses == 1
    assert "create_step failed" in caplog.text


async def test_fifty_chats_that_write_at_once_lose_nothing(kept: Kept) -> None:
    user = await kept.person()
    chats = [await kept.chat(user, str(number)) for number in range(50)]

    async def write(chat: str) -> None:
        for number in range(20):
            step = {"id": f"{chat} {number // 2}", "threadId": chat, "type": "assistant_message", "output": f"{number}"}
            await kept.layer.update_step(step)

    await asyncio.gather(*(write(chat) for chat in chats))
    for chat in chats:
        thread = await kept.layer.get_thread(chat)
        assert thread is not None
        assert [step["output"] for step in thread["steps"]] == [str(number) for number in range(1, 20, 2)]


async def test_there_is_no_debug_page(kept: Kept) -> None:
    assert await kept.layer.build_debug_url() == ""
    assert await kept.count(elements) == 0
    await kept.layer.close()
