"""Messages with plots and files: views of tool results, and answers in JSON."""

from __future__ import annotations

import json
import resource
import signal

import pytest

from agent.events import Event, TextDelta, ToolFinished, ToolStarted, TurnEnded
from tests.web.render.chat_page import WEATHER, Page, render
from tools.base import ToolResult
from web.texts import CHINESE, ENGLISH


async def test_a_result_that_is_better_seen_is_a_view_below_its_step(page: Page) -> None:
    rows = [{"time": f"2026-11-2{day}", "n": day} for day in range(4)]
    result = ToolResult("c1", "", json.dumps(rows), duration_s=1.0)
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result))
    step, drawn = page.items.values()
    assert (step["type"], drawn["type"]) == ("tool", "assistant_message")
    assert drawn["output"].startswith("n: lowest 0 (")
    assert page.elements == ["plot"]


async def test_a_failed_call_has_no_view(page: Page) -> None:
    result = ToolResult("c1", "", '[{"a": 1}]', "tool_error", 1.0)
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result))
    assert page.only()["type"] == "tool"


ROWS = {"type": "array", "items": {"properties": {"a": {"type": "integer"}}}}


async def test_a_structured_answer_streams_as_json_and_becomes_a_table_with_files(page: Page) -> None:
    turn = await render(page, TextDelta('[{"a": '), schema=ROWS)
    assert (page.only()["output"], page.only()["language"]) == ('[{"a": ', "json")
    await turn.render(TextDelta("1}]"))
    await turn.render(TurnEnded("done"))
    assert (page.only()["output"], page.only()["language"]) == ("| a |\n| ---: |\n| 1 |", None)
    assert sorted(page.elements) == ["answer.csv", "answer.json"]


async def test_a_structured_answer_that_does_not_fit_says_so(page: Page) -> None:
    await render(page, TextDelta('[{"a": "b"}]'), TurnEnded("done"), schema=ROWS, texts=CHINESE)
    assert page.texts()[1] == CHINESE.answer_unfit.format(misfit="$[0].a: 'b' is not of type 'integer'")


@pytest.mark.parametrize("end", [TurnEnded("length"), TurnEnded("window")])
async def test_a_structured_answer_that_is_cut_stays_as_it_came(page: Page, end: Event) -> None:
    await render(page, TextDelta('[{"a": 1}, {"'), end, schema=ROWS)
    answer, told = page.items.values()
    assert (answer["output"], answer["language"], page.elements) == ('[{"a": 1}, {"', "json", [])
    assert told["name"].startswith(("The answer hit its limit", "This chat has filled"))


async def test_a_plot_for_which_the_disk_has_no_room_costs_neither_the_turn_nor_its_text(page: Page) -> None:
    rows = json.dumps([{"time": f"2026-11-2{day}", "n": day} for day in range(4)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # every write fails, as on a full disk
    try:
        await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, ToolResult("c1", "", rows)), TextDelta("Fine."))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert page.texts()[2:] == [ENGLISH.no_room, "Fine."]
    assert page.elements == []
