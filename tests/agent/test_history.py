"""History: append-only, every call answered, cut by an edit, and whole again from JSON."""

from __future__ import annotations

import json

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
