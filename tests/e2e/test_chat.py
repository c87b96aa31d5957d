"""Chats with the built-in model in real vLLM: tools, follow-ups, both languages, and what frees the engine."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from typing import Any

import pytest
import socketio

from agent.answer_schema import why_unfit
from dev.app_process import App
from dev.chat_client import Answer, Chat
from tests.e2e.conftest import wait_until
from tests.e2e.schemas import rows_of


def calls(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    """The tools that were called, by name, with their arguments."""
    return [(tool["metadata"]["tool"], json.loads(tool["input"])) for tool in answer.tools]


def results(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(tool["output"]) for tool in answer.tools]


async def test_the_weather_in_chinese_and_a_follow_up(chat: Any) -> None:
    page = await chat("zh-CN")
    answer = await page.ask("广州天气怎么样?")
    assert calls(answer) == [("get_current_weather", {"city": "广州"})]
    (weather,) = results(answer)
    assert answer.tools[0]["isError"] is False
    for stated in ("广州", weather["condition_zh"], str(weather["temperature_c"]), "模拟"):
        assert stated in answer.text
    assert len(answer.frames_at_s) > 2
    again = await page.ask("那上海呢?")
    assert calls(again) == [("get_current_weather", {"city": "上海"})]
    assert str(results(again)[0]["temperature_c"]) in again.text


async def test_the_weather_in_english_and_a_follow_up(chat: Any) -> None:
    page = await chat("en-US")
    answer = await page.ask("What's the weather in Toronto?")
    assert calls(answer) == [("get_current_weather", {"city": "Toronto"})]
    (weather,) = results(answer)
    for stated in ("Toronto", str(weather["temperature_c"]), "imulated"):
        assert stated in answer.text
    again = await page.ask("and in Paris?")
    assert calls(again) == [("get_current_weather", {"city": "Paris"})]


async def test_an_answer_has_its_usage_with_tokens_times_and_tools(chat: Any) -> None:
    page = await chat("en-US")
    usage = (await page.ask("What is 15% of 80?")).usage
    assert re.fullmatch(r"\d+ tokens · first after \S+ s · [\d.]+ tokens/s", usage["name"])
    rows = dict(row.removeprefix("- ").split(": ") for row in usage["output"].splitlines())
    assert list(rows) == ["In", "Out", "First token", "Speed", "Tools", "Context used"]
    assert rows["Tools"] == "Calculator <0.1 s"
    assert re.fullmatch(r"\d{3} of 4,096 tokens \(\d+%\)", rows["Context used"])
    cached = re.fullmatch(r"[\d,]+ tokens, of which ([\d,]+) from the cache", rows["In"])
    assert cached
    assert int(cached[1].replace(",", "")) >= 512  # instructions and tools at least


async def test_two_cities_are_two_calls_of_one_round(chat: Any) -> None:
    page = await chat("zh-CN")
    answer = await page.ask("北京和上海的天气怎么样?")
    assert calls(answer) == [("get_current_weather", {"city": "北京"}), ("get_current_weather", {"city": "上海"})]
    assert all(str(weather["temperature_c"]) in answer.text for weather in results(answer))


@pytest.mark.parametrize(
    ("language", "question", "zone"),
    [("zh-CN", "多伦多现在几点?", "America/Toronto"), ("en-US", "What time is it in Tokyo?", "Asia/Tokyo")],
)
async def test_the_time(chat: Any, language: str, question: str, zone: str) -> None:
    page = await chat(language)
    answer = await page.ask(question)
    (clock,) = results(answer)
    assert clock["time_zone"] == zone
    assert clock["time"] in answer.text


async def test_arithmetic(chat: Any) -> None:
    page = await chat("en-US")
    answer = await page.ask("What is 15% of 80?")
    assert [name for name, _ in calls(answer)] == ["calculate"]
    assert "12" in answer.text


async def test_each_chat_has_its_own_history(chat: Any) -> None:
    here, there = await chat("zh-CN"), await chat("zh-CN")
    await asyncio.gather(here.ask("广州天气怎么样?"), there.ask("多伦多现在几点?"))
    one, other = await asyncio.gather(here.ask("那上海呢?"), there.ask("那上海呢?"))
    assert calls(one) == [("get_current_weather", {"city": "上海"})]
    assert calls(other) == [("get_current_time", {"city": "上海"})]


async def test_an_edited_message_cuts_the_history_there(chat: Any) -> None:
    page = await chat("zh-CN")
    first = await page.start("广州天气怎么样?")
    await page.ended()
    answer = await page.ask("多伦多现在几点?", message_id=first)
    assert [name for name, _ in calls(answer)] == ["get_current_time"]
    assert [name for name, _ in calls(await page.ask("那上海呢?"))] == ["get_current_time"]


async def test_a_tool_that_is_switched_off_is_not_called(chat: Any) -> None:
    page = await chat("en-US")
    off = {"temperature": 0.45, "top_p": 0.9, "max_tokens": 512, "tools": ["calculate"], "system_prompt": "Be kind."}
    await page.change_settings(off)
    answer = await page.ask("What's the weather in Toronto?")
    assert all(tool["isError"] for tool in answer.tools)
    assert answer.text


@pytest.mark.parametrize(
    "schema",
    [
        rows_of(
            city={"type": "string", "maxLength": 12},
            people={"type": "integer", "minimum": 0, "maximum": 99},
        ),
        {"enum": ["yes", "no", {"neither": True}]},
    ],
)
async def test_an_answer_fits_the_schema_that_the_person_gave(chat: Any, schema: dict[str, Any]) -> None:
    page = await chat("en-US")
    values = {"temperature": 0.45, "top_p": 0.9, "max_tokens": 512, "system_prompt": "Answer in JSON."}
    await page.change_settings(values | {"answer_schema": json.dumps(schema)})
    for question in ("What's the weather in Toronto?", "Go on."):
        answer = await page.ask(question)
        assert why_unfit(json.loads(answer.text), schema) == ""
        assert answer.tools == []


async def test_a_message_beyond_the_window_is_refused_in_words_and_the_chat_goes_on(chat: Any) -> None:
    page = await chat("zh-CN")
    answer = await page.ask("很长的消息" * 10_000)
    assert answer.errors == ["这段对话太长，超出了模型能记住的范围。请新建对话，或者把消息写短一些。"]
    assert (await page.ask("广州天气怎么样?")).tools


async def test_an_edit_that_a_restarted_server_does_not_know_is_answered(chat: Any) -> None:
    page = await chat("zh-CN")
    answer = await page.ask("广州天气怎么样?", message_id=str(uuid.uuid4()))
    assert calls(answer) == [("get_current_weather", {"city": "广州"})]


async def test_the_script_of_another_site_cannot_chat(app: App) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        await Chat.open(app.url, origin="https://elsewhere.example")
    await (await Chat.open(app.url, origin=app.url)).close()


RAMBLE = {"temperature": 2, "top_p": 1, "max_tokens": 3000, "tools": [], "system_prompt": "x"}


async def _ramble(chat: Any, app: App) -> Any:
    """A chat in the middle of a long answer: at temperature 2 the model does not find an end."""
    page = await chat("zh-CN")
    await page.change_settings(RAMBLE)
    await page.start("讲一个很长的故事")
    await page.first_text()
    assert app.health()["running"] == 1
    return page


async def test_stop_frees_the_engine_at_once_and_says_so(chat: Any, app: App) -> None:
    page = await _ramble(chat, app)
    await page.stop()
    assert await wait_until(lambda: app.health()["running"] == 0) < 1
    assert "已停止。" in (await page.ended()).lines


async def test_a_stopped_question_is_not_answered_with_the_next_one(chat: Any) -> None:
    page = await chat("zh-CN")
    await page.start("北京、上海和广州的天气怎么样？")
    await wait_until(lambda: page.is_calling)
    await page.stop()
    await page.ended()
    answer = await page.ask("(3+4)*12 等于多少?")
    assert [name for name, _ in calls(answer)] == ["calculate"]
    assert "84" in answer.text
    assert "北京" not in answer.text


async def test_stop_frees_the_engine_of_an_edited_message(chat: Any, app: App) -> None:
    page = await chat("en-US")
    first = await page.start("hello")
    await page.ended()
    await page.change_settings(RAMBLE)
    await page.start("tell me a long story", message_id=first)
    await page.first_text()
    await page.stop()
    assert await wait_until(lambda: app.health()["running"] == 0) < 1
    assert "Stopped." in (await page.ended()).lines


async def test_an_edit_of_a_message_that_is_being_answered_ends_that_answer(chat: Any, app: App) -> None:
    page = await chat("en-US")
    await page.change_settings(RAMBLE)
    first = await page.start("tell me a long story")
    await page.first_text()
    await page.start("tell me another", message_id=first)
    await asyncio.sleep(0.5)  # no second one may run, now or a little later
    assert app.health()["running"] <= 1
    await page.stop()
    assert await wait_until(lambda: app.health()["running"] == 0) < 1


async def test_a_closed_tab_frees_the_engine(chat: Any, app: App) -> None:
    page = await _ramble(chat, app)
    await page.close()
    assert await wait_until(lambda: app.health()["running"] == 0) < 3


async def test_a_page_that_was_cut_off_finds_its_answer_running_and_can_stop_it(chat: Any, app: App) -> None:
    for _ in range(5):  # even a rambling answer may end by chance in the meantime
        page = await _ramble(chat, app)
        await page.drop()
        if await page.come_back() and app.health()["running"] == 1:
            break
    else:
        pytest.fail("no answer was found running")
    await page.stop()
    assert await wait_until(lambda: app.health()["running"] == 0) < 1


async def test_a_second_message_waits_for_the_first(chat: Any, app: App) -> None:
    page = await _ramble(chat, app)
    await page.start("广州天气怎么样?")
    await wait_until(lambda: "上一条消息还没有回答完，随后就回答这一条…" in page.lines)
    assert app.health()["running"] == 1
    await page.stop()
    assert await wait_until(lambda: app.health()["running"] == 0) < 1
