"""History: append-only, every call answered, cut by an edit, and whole again from JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from agent.history import History, Message
from tools.base import ToolCall, ToolResult

A, B = ToolCall("a", "f", "{}"), ToolCall("b", "f", '{"city": "广州"}')


def _history() -> History:
    history = History()
    history.add_user("hi", "m1")
    history.add_assistant("", [A, B])
    return history


def test_results_are_taken_in_the_order_of_the_calls() -> None:
    history = _history()
    with pytest.raises(ValueError, match="'b'"):
        history.add_result(ToolResult("b", "2", "2"))
    history.add_result(ToolResult("a", "1", "1"))
    assert history.open_calls() == (B,)
    history.add_result(ToolResult("b", "2", "2"))
    assert history.open_calls() == ()
    with pytest.raises(ValueError, match="'a'"):
        history.add_result(ToolResult("a", "1", "1"))


def test_ids_that_a_server_uses_again_in_the_next_turn_do_not_answer_its_calls() -> None:
    history = _history()
    history.add_result(ToolResult("a", "1", "1"))
    history.add_result(ToolResult("b", "2", "2"))
    history.add_user("again")
    history.add_assistant("", [A])
    assert history.open_calls() == (A,)


def test_an_edit_cuts_at_the_message() -> None:
    history = History()
    for number in (1, 2, 3):
        history.add_user(f"q{number}", f"m{number}")
        history.add_assistant(f"a{number}")
    assert history.cut("m2")
    assert not history.cut("m2")
    assert [message.content for message in history.messages] == ["q1", "a1"]


def test_an_edit_before_the_dropped_turns_brings_the_prompt_back_there() -> None:
    history = History()
    for number in (1, 2, 3, 4):
        history.add_user(f"q{number}", f"m{number}")
    history.drop_half()
    assert [message.content for message in history.prompt("s")] == ["s", "q3", "q4"]
    history.cut("m2")
    history.add_user("new", "m5")
    assert [message.content for message in history.prompt("")] == ["new"]


async def count(messages: Sequence[Message]) -> int:
    """A token is a character."""
    return sum(len(message.content) for message in messages)


def _chat(turns: int, tokens: int = 10) -> History:
    """So many turns of so many tokens each, question and answer; the last is only asked."""
    history = History()
    for number in range(turns - 1):
        history.add_user("q" * (tokens // 2), f"m{number}")
        history.add_assistant("a" * (tokens - tokens // 2))
    history.add_user("q" * tokens, "last")
    return history


@pytest.mark.parametrize(
    ("turns", "budget", "kept"),
    [(11, 110, 6), (11, 109, 5), (3, 29, 1), (2, 19, 1), (2, 10, 1), (11, 1000, 10)],
)
async def test_so_many_turns_go_that_half_of_the_room_is_free(turns: int, budget: int, kept: int) -> None:
    history = _chat(turns)
    assert await history.fit("", budget, count)
    prompt = history.prompt("")
    assert (len([one for one in prompt if one.role == "user"]), prompt[0].role) == (kept, "user")
    assert await count(prompt) <= max((10 + budget) // 2, 10)


async def test_the_system_prompt_stays_and_counts() -> None:
    history = _chat(11)
    assert await history.fit("s" * 40, 140, count)
    assert [message.role for message in history.prompt("s" * 40)][:2] == ["system", "user"]
    assert await count(history.prompt("s" * 40)) == 90  # of 140; the last turn has 50 with it


@pytest.mark.parametrize(("turns", "last"), [(1, 10), (1, 11), (5, 11)])
async def test_nothing_goes_if_the_last_turn_alone_is_too_long(turns: int, last: int) -> None:
    history = _chat(turns, last)
    before = history.to_json()
    assert not await history.fit("", 10, count)
    assert history.to_json() == before


async def test_a_turn_goes_with_its_calls_and_results() -> None:
    history = _chat(1)
    history.add_assistant("", [A, B])
    history.add_result(ToolResult("a", "r" * 100, ""))
    history.add_result(ToolResult("b", "r" * 100, ""))
    history.add_assistant("So it is.")
    history.add_user("next")
    assert await history.fit("", 100, count)
    assert [message.content for message in history.prompt("")] == ["next"]


async def test_a_prompt_keeps_its_beginning_for_many_turns() -> None:
    history, begins, budget = History(), list[int](), 100
    for _ in range(60):
        history.add_user("q" * 5)
        if await count(history.prompt("s" * 20)) > budget:
            assert await history.fit("s" * 20, budget, count)
        assert await count(history.prompt("s" * 20)) <= budget
        history.add_assistant("a" * 5)
        begins.append(history.start)
    assert begins == ([0] * 8 + [2 * turns for turns in range(5, 60, 5) for _ in range(5)])[:60]


def test_the_last_turn_is_never_dropped() -> None:
    history = _history()
    assert not history.drop_half()
    assert len(history.prompt("")) == 2


def test_json_brings_back_the_same_history() -> None:
    history = _history()
    history.add_result(ToolResult("a", "1", "1"))
    history.add_user("次")
    history.drop_half()
    again = History.from_json(json.loads(json.dumps(history.to_json())))
    assert again.messages == history.messages
    assert again.prompt("s") == history.prompt("s")


def test_an_answer_without_a_word_is_not_kept() -> None:
    history = History()
    history.add_assistant("")
    assert history.messages == ()


def test_white_space_before_a_call_is_not_kept() -> None:
    history = History()
    history.add_assistant("Let me see.\n", [A])
    assert history.messages == (Message("assistant", "Let me see.", (A,)),)


def test_a_turn_that_was_cut_with_its_process_is_closed_with_what_the_page_has() -> None:
    history = History()
    history.add_user("Tell me a story", "m1")
    history.mend("Once upon a")
    assert [(message.role, message.content) for message in history.messages[1:]] == [("assistant", "Once upon a")]


def test_calls_that_were_cut_with_their_process_get_results() -> None:
    history = History()
    history.add_user("Weather?", "m1")
    history.add_assistant("", [ToolCall("c1", "weather", "{}"), ToolCall("c2", "clock", "{}")])
    history.add_result(ToolResult("c1", "21", "21"))
    history.mend("")
    assert history.open_calls() == ()
    assert [message.role for message in history.messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert '"stopped"' in history.messages[3].content


def test_a_history_that_is_whole_needs_no_mending() -> None:
    history = History()
    history.add_user("Hello", "m1")
    history.add_assistant("Hi.")
    history.mend("more")
    assert len(history.messages) == 2
