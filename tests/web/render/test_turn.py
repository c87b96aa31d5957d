"""A turn in the page: what streams, what the model thinks, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from agent.events import Event, HistoryShortened, ReasoningDelta, TextDelta, ToolFinished, ToolStarted, TurnEnded
from tests.web.render.chat_page import CLOCK, WEATHER, Page, render
from tools.base import ToolResult
from web.texts import CHINESE, ENGLISH


async def test_text_streams_into_one_message(page: Page) -> None:
    await render(page, TextDelta("It is "), TextDelta("sunny."), TurnEnded("done"))
    assert (page.texts(), page.only()["type"], page.only()["streaming"]) == (
        ["It is sunny."],
        "assistant_message",
        False,
    )


async def test_text_before_and_after_a_call_are_two_messages_around_its_step(page: Page) -> None:
    done = ToolResult("c1", "", "27 °C", duration_s=1.0)
    events = [TextDelta("Let me look."), ToolStarted(WEATHER), ToolFinished(WEATHER, done), TextDelta("27 °C.")]
    await render(page, *events, TurnEnded("done"))
    assert page.texts() == ["Let me look.", "27 °C", "27 °C."]


async def test_thoughts_are_a_step_of_their_own_that_ends_with_the_first_word(page: Page) -> None:
    await render(page, ReasoningDelta("Hm"), ReasoningDelta("m."), TextDelta("Yes."), TurnEnded("done"))
    thoughts, answer = page.items.values()
    assert (thoughts["name"], thoughts["output"], answer["output"]) == ("Thought for 1 s", "Hmm.", "Yes.")
    assert (thoughts["defaultOpen"], bool(thoughts["start"] and thoughts["end"])) == (False, True)
    assert thoughts["id"] in page.updates


async def test_thoughts_count_their_seconds_until_they_end(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.render.reasoning.COUNT_S", 0.01)
    turn = await render(page, ReasoningDelta("Hm"), texts=CHINESE)
    thinking = page.only()["id"]
    async with asyncio.timeout(5):
        while thinking not in page.updates:
            await asyncio.sleep(0)
    step = page.only()
    assert (step["name"], step["output"], step["end"]) == ("思考中… 1 秒", "Hm", None)
    await turn.render(TextDelta("好。"))
    assert page.items[thinking]["name"] == "思考了 1 秒"
    updates = len(page.updates)
    await asyncio.sleep(0.05)  # in which a clock that goes on would count
    assert len(page.updates) == updates


async def test_a_stop_amid_the_thoughts_ends_their_clock(page: Page) -> None:
    turn = await render(page, ReasoningDelta("Hm"), ReasoningDelta("m"))
    await turn.close()
    assert (page.only()["name"], page.only()["output"]) == ("Thought for 1 s", "Hmm")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (TurnEnded("round_limit"), ENGLISH.ended_round_limit.format(limit=8)),
        (TurnEnded("length"), ENGLISH.ended_length.format(max_tokens=512)),
        (TurnEnded("window"), ENGLISH.ended_window),
        (TurnEnded("broken"), ENGLISH.ended_broken),
        (HistoryShortened(), ENGLISH.history_shortened),
    ],
)
async def test_what_a_person_should_know_is_a_quiet_line_and_no_answer(page: Page, event: Event, text: str) -> None:
    await render(page, TextDelta("Once upon"), event)
    assert page.texts() == ["Once upon", text]
    line = list(page.items.values())[-1]
    assert (line["type"], line["output"], bool(line["metadata"]["icon"])) == ("run", "", True)


async def test_a_turn_that_just_ends_adds_nothing(page: Page) -> None:
    await render(page, TurnEnded("done"))
    assert page.items == {}


async def test_a_stopped_turn_ends_what_is_open(page: Page) -> None:
    done = ToolResult("c1", "", "27 °C", duration_s=1.0)
    turn = await render(page, ToolStarted(WEATHER), ToolStarted(CLOCK), ToolFinished(WEATHER, done), TextDelta("It is"))
    await turn.close()
    assert [(item["name"], item["isError"]) for item in page.items.values() if item["type"] == "tool"] == [
        ("Weather · 1.0 s", False),
        ("Time · stopped", True),
    ]
    assert page.texts()[-1] == "It is"
    await turn.close()
    assert len(page.items) == 3


async def test_pieces_at_once_are_all_there_before_what_follows(page: Page) -> None:
    thinking = [ReasoningDelta(piece) for piece in ("H", "m", "m")]
    saying = [TextDelta(piece) for piece in ("Let", " me", " look.")]
    await render(page, *thinking, *saying, ToolStarted(WEATHER))
    assert page.texts() == ["Hmm", "Let me look.", ""]


async def test_a_stopped_turn_shows_all_of_its_text(page: Page) -> None:
    turn = await render(page, TextDelta("It"), TextDelta(" is"), TextDelta(" sun"))
    assert page.texts() == ["It"]
    await turn.close()
    assert page.texts() == ["It is sun"]
