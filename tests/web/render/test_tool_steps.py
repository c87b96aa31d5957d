"""A tool call as a step: its title, its arguments, and what came of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.events import ToolFinished, ToolStarted
from tests.web.render.chat_page import CLOCK, WEATHER, Page, render
from tools.base import ToolCall, ToolResult, failed
from web.render.tool_steps import step_title
from web.texts import CHINESE, ENGLISH, Texts


async def test_a_call_is_a_step_with_its_arguments_while_it_runs(page: Page) -> None:
    await render(page, ToolStarted(WEATHER))
    step = page.only()
    assert (step["type"], step["name"], step["input"], step["output"]) == (
        "tool",
        "Weather",
        '{\n    "city": "广州"\n}',
        "",
    )
    assert (step["showInput"], step["isError"], step["end"]) == ("json", False, None)


async def test_a_finished_call_shows_its_result_under_the_tools_title(page: Page) -> None:
    result = ToolResult("c1", "for the model", '{"temperature_c": 27}', duration_s=0.42)
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result), texts=CHINESE)
    step = page.only()
    assert (step["name"], step["output"], step["isError"]) == ("天气", '{\n    "temperature_c": 27\n}', False)
    assert step["start"] <= step["end"]


@pytest.mark.parametrize(
    ("tool", "texts", "failure", "seconds", "title"),
    [
        ("get_current_weather", CHINESE, None, 0.02, "天气"),
        ("get_current_weather", ENGLISH, None, 0.99, "Weather"),
        ("get_current_weather", ENGLISH, None, 1.0, "Weather · 1.0 s"),
        ("get_current_time", CHINESE, None, 75, "时间 · 1 分 15 秒"),
        ("calculate", ENGLISH, "tool_error", 0.01, "Calculator · no result"),
        ("calculate", CHINESE, "timeout", 20, "计算 · 超时 · 20 秒"),
        ("get_stock_price", CHINESE, "unknown_tool", 0, "Get stock price · 没有这个工具"),
        ("searchWeb", ENGLISH, None, 0, "Search Web"),
        ("files-read.all", ENGLISH, None, 0, "Files read all"),
        ("github__list_issues", ENGLISH, None, 0, "Github list issues"),
        ("HTTP", ENGLISH, None, 0, "HTTP"),
        ("查快递", CHINESE, None, 0, "查快递"),
        ("__", ENGLISH, None, 0, "__"),
    ],
)
def test_a_steps_title_is_the_tools_in_the_pages_language_and_tells_of_a_long_time_only(
    tool: str, texts: Texts, failure: Any, seconds: float, title: str
) -> None:
    assert step_title(tool, texts, failure, seconds) == title


@pytest.mark.parametrize("kind", ENGLISH.failures)
@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=["zh", "en"])
async def test_a_failed_call_says_how_it_failed_in_the_pages_language(page: Page, texts: Texts, kind: Any) -> None:
    message = "No city of that name. Try its English name."
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, failed(WEATHER, kind, message, 3.0)), texts=texts)
    step = page.only()
    told = step["output"]
    assert (step["name"], step["isError"]) == (
        f"{texts.tool_name('get_current_weather')} · {texts.failures[kind]} · {texts.duration(3.0)}",
        True,
    )
    if texts is ENGLISH:
        assert told == message
    elif kind == "tool_error":
        assert told == f"{CHINESE.failure_sentences[kind]}\n工具的原话：{message}"
    else:
        assert told == CHINESE.failure_sentences[kind]


async def test_a_tools_own_chinese_sentence_is_all_that_a_chinese_reader_gets(page: Page) -> None:
    result = failed(WEATHER, "tool_error", "No city of that name.", chinese="没有叫这个名字的城市。")
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result), texts=CHINESE)
    assert page.only()["output"] == "没有叫这个名字的城市。"
    assert json.loads(result.for_model) == {"error": "tool_error", "message": "No city of that name."}


async def test_arguments_that_are_no_json_are_shown_as_they_are(page: Page) -> None:
    await render(page, ToolStarted(ToolCall("c1", "f", '{"city": "北')))
    assert page.only()["input"] == '{"city": "北'


async def test_calls_that_finish_in_another_order_keep_their_own_results(page: Page) -> None:
    results = {call.id: ToolResult(call.id, "", f"result of {call.name}", duration_s=1.0) for call in (WEATHER, CLOCK)}
    await render(
        page,
        ToolStarted(WEATHER),
        ToolStarted(CLOCK),
        ToolFinished(CLOCK, results["c2"]),
        ToolFinished(WEATHER, results["c1"]),
    )
    assert page.shown() == [
        ("tool", "Weather · 1.0 s", "result of get_current_weather"),
        ("tool", "Time · 1.0 s", "result of get_current_time"),
    ]
