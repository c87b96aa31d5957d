"""Kept chats in the real app: opened again, after a kill too, edited, answered again, exported and imported.

The model is a remote one that a test can foretell; with vLLM the app keeps chats by the same code.
"""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.error
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import socketio

from dev.app_process import App
from dev.chat_client import Chat, log_in
from tests.e2e.conftest import wait_until
from tests.e2e.storyteller import storyteller
from tests.e2e.test_chat import calls
from web.store.transcript_format import NOT_OURS
from web.texts import CHINESE

SETTINGS = {"temperature": 0.1, "top_p": 1, "max_tokens": 512, "tools": ["get_current_weather"], "system_prompt": ""}
LONG_CHARS = 400  # of the story, told in more than two seconds: an answer is saved as often
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def remote() -> Iterator[dict[str, str]]:
    with storyteller() as url:
        yield {"ENGINE": "remote", "REMOTE_BASE_URL": url, "MODEL": "auto"}


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], remote: dict[str, str]) -> Iterator[App]:
    with launch(**remote) as running:
        running.wait_until_loaded()
        yield running


async def reopen(app: App, thread_id: str, language: str = "zh-CN") -> Chat:
    page = await Chat.open(app.url, language, thread_id=thread_id)
    async with asyncio.timeout(5):
        while not page.resumed:
            await asyncio.sleep(0.02)
    return page


def shown(page: Chat) -> list[tuple[str, str]]:
    """(type, text or name) of what a kept chat shows, without Chainlit's own frames."""
    steps = [step for step in page.resumed["steps"] if not step["name"].startswith("on_")]
    return [(step["type"], step["output"] if "message" in step["type"] else step["name"]) for step in steps]


async def test_a_chat_is_listed_and_opens_as_it_was_and_goes_on(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    await page.change_settings(SETTINGS)
    answer = await page.ask("广州天气怎么样?")
    await page.close()
    listed = await page.request("/project/threads", {"pagination": {"first": 5}, "filter": {"search": "广州天气"}})
    assert page.thread_id in {thread["id"] for thread in json.loads(listed)["data"]}

    again = await reopen(app, page.thread_id)
    seen = shown(again)
    assert ("user_message", "广州天气怎么样?") in seen
    assert ("assistant_message", answer.text) in seen
    assert ("tool", answer.tools[0]["name"]) in seen
    assert again.resumed["metadata"]["chat_settings"]["temperature"] == 0.1
    assert calls(await again.ask("那上海呢?")) == [("get_current_weather", {"city": "上海"})]
    await again.close()


async def test_an_edit_in_a_chat_that_was_opened_again_cuts_it_there(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    first = await page.start("广州天气怎么样?")
    await page.ended()
    await page.ask("那上海呢?")
    await page.close()
    again = await reopen(app, page.thread_id)
    assert calls(await again.ask("多伦多现在几点?", message_id=first))[0][0] == "get_current_time"
    assert calls(await again.ask("那上海呢?"))[0][0] == "get_current_time"
    await again.close()
    last = await reopen(app, page.thread_id)
    asked = [text for kind, text in shown(last) if kind == "user_message"]
    assert asked == ["多伦多现在几点?", "那上海呢?"]
    assert [name for kind, name in shown(last) if kind == "tool"] == ["时间"] * 2
    await last.close()


async def test_again_makes_a_new_answer_to_the_same_question(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    await page.ask("广州天气怎么样?")
    await wait_until(lambda: any(action["name"] == "again" for action in page.actions))
    page.expect()
    await page.press(name="again")
    answer = await page.ended()
    assert calls(answer) == [("get_current_weather", {"city": "广州"})]
    await page.close()
    again = await reopen(app, page.thread_id)
    assert [kind for kind, _ in shown(again)].count("user_message") == 1
    assert [kind for kind, _ in shown(again)].count("tool") == 1
    assert calls(await again.ask("那上海呢?")) == [("get_current_weather", {"city": "上海"})]
    await again.close()


async def test_an_export_has_the_tools_and_opens_again_as_a_chat_of_its_own(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    answer = await page.ask("广州天气怎么样?")
    await wait_until(lambda: len(page.actions) >= 3)
    markdown = await page.request(f"/chats/{page.thread_id}/export.md")
    for part in ("# 广州天气怎么样?", "## 我", "🔧 天气(city: 广州) → ", answer.text):
        assert part in markdown
    exported = await page.request(f"/chats/{page.thread_id}/export.json")
    assert "tool_calls" in exported
    place = await page.upload("/import", "chat", exported.encode())
    copy = await reopen(app, place.rpartition("/")[2])
    assert copy.thread_id != page.thread_id
    assert ("assistant_message", answer.text) in shown(copy)
    assert calls(await copy.ask("那上海呢?")) == [("get_current_weather", {"city": "上海"})]
    await copy.close()


async def test_what_is_no_export_is_refused_in_words(chat: Any) -> None:
    page = await chat("zh-CN")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        await page.upload("/import", "chat", b'{"format": "something else"}')
    with refusal.value as answer:
        assert NOT_OURS[1] in answer.read().decode()


def test_where_nobody_logs_in_the_import_just_opens(app: App) -> None:
    with httpx.Client(base_url=app.url, headers={"Accept": "text/html", "Accept-Language": "zh-CN"}) as http:
        opened = http.get("/import")
        assert (opened.status_code, CHINESE.import_title in opened.text) == (200, True)
        assert http.get("/user").json()["identifier"] == "local"  # by the cookie that came with it
        missing = http.get(f"/chats/{NOBODY}/export.md")
        assert (missing.status_code, CHINESE.nothing_here in missing.text) == (404, True)


@pytest.mark.parametrize("path", ["/chats/{}/export.md", "/chats/{}/export.json", "/kept/{}/e1"])
async def test_a_chat_that_is_not_ones_own_is_not_there(chat: Any, path: str) -> None:
    page = await chat("en-US")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        await page.request(path.format(NOBODY))
    with refusal.value as answer:
        assert answer.code == 404


async def test_a_thumb_with_a_comment_is_kept(chat: Any, app: App) -> None:
    page = await chat("en-US")
    await page.ask("What is 15% of 80?")
    await page.close()
    again = await reopen(app, page.thread_id)
    run = next(step for step in again.resumed["steps"] if step["name"] == "on_message")
    thumb = {"feedback": {"forId": run["id"], "value": 1, "comment": "right"}, "sessionId": again.session_id}
    await again.request("/feedback", thumb, "PUT")
    await again.close()
    last = await reopen(app, page.thread_id)
    kept = next(step["feedback"] for step in last.resumed["steps"] if step["name"] == "on_message")
    assert (kept["value"], kept["comment"]) == (1, "right")
    await last.close()


async def test_a_page_that_is_loaded_anew_in_the_middle_of_an_answer_sees_it_go_on(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    await page.start("讲一个很长的故事")
    await page.first_text()
    await page.drop()
    again = await reopen(app, page.thread_id)
    await asyncio.sleep(2)  # nothing may end it: longer than the grace of these apps for a closed tab
    assert app.health()["turns"]["running"] == 1
    text = again.text_of_last()
    assert text.startswith("word 0 word 1 ")
    assert text.split() == [word for number in range(len(text.split()) // 2) for word in ("word", str(number))]
    await again.stop()
    assert await wait_until(lambda: app.health()["turns"]["running"] == 0) < 1
    await again.close()


async def test_a_connection_that_comes_back_in_a_chat_that_was_opened_again_leaves_its_answer_alone(
    launch: Callable[..., App], remote: dict[str, str]
) -> None:
    with launch(**remote) as first:
        first.wait_until_loaded()
        page = await Chat.open(first.url, "zh-CN")
        await page.ask("广州天气怎么样?")
        await page.close()
    with launch(**remote) as second:  # in which no other page has the chat
        second.wait_until_loaded()
        again = await reopen(second, page.thread_id)
        await again.start("讲一个很长的故事")
        await again.first_text()
        await again.drop()
        assert await again.come_back()
        assert second.health()["turns"]["running"] == 1
        await again.stop()
        assert await wait_until(lambda: second.health()["turns"]["running"] == 0) < 1
        await again.close()
        last = await reopen(second, page.thread_id)
        assert CHINESE.ended_cut not in [text for _, text in shown(last)]
        assert CHINESE.ended_stopped in [text for _, text in shown(last)]
        await last.close()


async def test_an_answer_that_an_edit_ends_is_not_kept(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    first = await page.start("讲一个很长的故事")
    await page.first_text()
    await page.ask("广州天气怎么样?", message_id=first)
    await page.close()
    again = await reopen(app, page.thread_id)
    assert [text for kind, text in shown(again) if kind == "user_message"] == ["广州天气怎么样?"]
    assert not [text for _, text in shown(again) if text.startswith("word")]
    answer = await again.ask("hello")  # system, question, call, result, answer; this one
    assert answer.text == "There are 6 messages."
    await again.close()


async def test_after_a_kill_in_the_middle_of_an_answer_the_chat_is_there_and_goes_on(
    launch: Callable[..., App], remote: dict[str, str]
) -> None:
    with launch(**remote) as first:
        first.wait_until_loaded()
        page = await Chat.open(first.url, "zh-CN")
        weather = await page.ask("广州天气怎么样?")
        await page.start("讲一个很长的故事")
        await page.first_text()
        await wait_until(lambda: len(page.text_of_last()) > LONG_CHARS, 20)
        first.end(signal.SIGKILL)
        read = page.text_of_last()
        await page.close()
    with launch(**remote) as second:
        second.wait_until_loaded()
        again = await reopen(second, page.thread_id)
        seen = shown(again)
        assert ("assistant_message", weather.text) in seen
        (_, question), (_, cut), (_, mark) = seen[-3:]
        assert (question, mark) == ("讲一个很长的故事", CHINESE.ended_cut)
        assert read.startswith(cut)
        assert len(cut) > len(read) / 3  # all but the last second or so
        assert not any(step.get("streaming") for step in again.resumed["steps"])
        answer = await again.ask("hello")  # system, question, call, result, answer; question, what was cut; this one
        assert answer.text == "There are 8 messages."
        await again.close()
        last = await reopen(second, page.thread_id)
        assert [text for _, text in shown(last)].count(CHINESE.ended_cut) == 1
        await last.close()


async def test_fifty_chats_at_once_are_all_kept_whole(app: App) -> None:
    pages = await asyncio.gather(*(Chat.open(app.url, "zh-CN") for _ in range(50)))
    answers = await asyncio.gather(*(page.ask("广州天气怎么样?") for page in pages))
    for page in pages:
        await page.close()
    for page, answer in zip(pages, answers, strict=True):
        again = await reopen(app, page.thread_id)
        seen = [(kind, text) for kind, text in shown(again) if kind != "run"]
        assert [kind for kind, _ in seen].count("tool") == 1
        assert seen[0] == ("user_message", "广州天气怎么样?")
        assert seen[-1] == ("assistant_message", answer.text)
        await again.close()
    assert "locked" not in app.log.read_text()


async def test_half_a_character_and_nul_leave_the_chat_as_well_as_it_was(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    await page.change_settings(SETTINGS | {"system_prompt": "be \ud83d kind \0"})
    answer = await page.ask("hi \ud83d there \0")
    assert answer.text == "There are 2 messages."  # with the system prompt
    assert (await page.ask("and \ude00 again")).text == "There are 4 messages."
    listed = await page.request("/project/threads", {"pagination": {"first": 5}, "filter": {"search": "there"}})
    assert page.thread_id in {thread["id"] for thread in json.loads(listed)["data"]}
    await page.request("/project/thread", {"threadId": page.thread_id, "name": "half \ud83d name"}, "PUT")
    assert "hi \ufffd there \ufffd" in await page.request(f"/chats/{page.thread_id}/export.md")
    exported = json.loads(await page.request(f"/chats/{page.thread_id}/export.json"))
    assert exported["chat"]["name"] == "half \ufffd name"
    await page.close()
    again = await reopen(app, page.thread_id)
    assert ("user_message", "hi \ufffd there \ufffd") in shown(again)
    assert again.resumed["name"] == "half \ufffd name"
    assert (await again.ask("still there?")).text == "There are 6 messages."
    await again.close()


@pytest.mark.parametrize("text", ["word " * 240_000, "字" * 400_000, "line\n" * 700_000])
async def test_a_text_of_megabytes_is_answered_and_kept(chat: Any, app: App, text: str) -> None:
    page = await chat("zh-CN")
    assert (await page.ask(text)).text == "There are 2 messages."
    await page.close()
    again = await reopen(app, page.thread_id)
    assert ("user_message", text) in shown(again)
    assert (await again.ask("hello")).text == "There are 4 messages."
    await again.close()


async def test_a_page_that_says_again_and_again_that_it_is_connected_gets_its_chat_once(chat: Any, app: App) -> None:
    steps = [
        {"id": str(n), "type": "user_message", "output": f"{n}", "createdAt": "2026-11-22T10:00:00Z"}
        for n in range(1000)
    ]
    kept = {"steps": steps, "history": {"messages": [], "start": 0}}
    exported = json.dumps({"format": "qingtan-chat", "version": 1, "chat": kept}).encode()
    place = await (await chat("zh-CN")).upload("/import", "chat", exported)
    got = {"resume_thread": 0, "task_end": 0}

    async def connect(session_id: str) -> socketio.AsyncClient:
        page = socketio.AsyncClient(reconnection=False, websocket_extra_options={"max_msg_size": 0})
        auth = {"sessionId": session_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
        for event in got:
            page.on(event, lambda *_, event=event: got.update({event: got[event] + 1}))
        await page.connect(
            app.url,
            socketio_path="/ws/socket.io",
            transports=["websocket"],
            auth=auth | {"threadId": place.rpartition("/")[2]},
            headers={"Cookie": await asyncio.to_thread(log_in, app.url)},
        )
        return page

    session_id = str(uuid.uuid4())
    for connections in (1, 2):  # the second is the same page, back after its connection was lost
        page = await connect(session_id)
        for number in range(300):  # of which the limit of events leaves some sixty
            await page.emit("connection_successful")
            if number % 100 == 0:
                await page.emit("window_message", {"typing": True})
                await page.emit("chat_settings_change", "none")
        await wait_until(lambda connections=connections: got["task_end"] >= connections)
        await wait_until(lambda: got["resume_thread"] == 1)
        assert app.health()
        await page.disconnect()
    assert got["resume_thread"] == 1


async def test_settings_that_no_panel_sends_change_nothing(chat: Any, app: App) -> None:
    page = await chat("zh-CN")
    for odd in (
        {"tools": [5]},
        {"temperature": [1]},
        {"answer_schema": 7},
        {"system_prompt": {"a": 1}},
        {"max_tokens": None},
    ):
        await page.change_settings(odd)
    assert (await page.ask("hello")).text == "There are 2 messages."
    assert "Traceback" not in app.log.read_text()
    await page.close()
