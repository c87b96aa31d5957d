"""A chat as a file of JSON, to open again, and files that are none of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.history import History
from store.transcripts import NotATranscript, Transcript, from_json, to_json
from tools.base import ToolCall, ToolResult


def a_step(name: str, kind: str, output: str, **fields: Any) -> dict[str, Any]:
    times = {"createdAt": "2026-11-22T10:00:00Z", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T10:00:01Z"}
    return {
        "id": name,
        "threadId": "t",
        "type": kind,
        "name": name,
        "output": output,
        "parentId": None,
        **times,
        **fields,
    }


@pytest.fixture
def chat() -> Transcript:
    history = History()
    history.add_user("Weather?", "question")
    history.add_assistant("", [ToolCall("c", "get_current_weather", '{"city": "广州"}')])
    history.add_result(ToolResult("c", "21", "21"))
    history.add_assistant("It is 21 °C.")
    steps = [
        a_step("question", "user_message", "Weather?"),
        a_step("on_message", "run", "", parentId="question"),
        a_step("get_current_weather", "tool", '{"note": "```"}', parentId="on_message", input='{"city": "广州"}'),
        a_step("answer", "assistant_message", "It is 21 °C.", parentId="on_message", feedback={"id": "f", "value": 1}),
        a_step("12 tokens", "run", "In: 10\nOut: 2", parentId="on_message"),
    ]
    thread = {
        "id": "t",
        "name": "Weather?",
        "createdAt": "2026-11-22T10:00:00Z",
        "userIdentifier": "ada",
        "tags": ["a"],
        "metadata": {"chat_settings": {"top_p": 1}},
        "steps": steps,
        "elements": [],
    }
    return Transcript(thread, history.to_json())


def test_json_opens_again_as_the_same_chat_under_other_ids(chat: Transcript) -> None:
    opened = from_json(to_json(chat))
    assert {step["id"] for step in opened.thread["steps"]} & {step["id"] for step in chat.thread["steps"]} == set()
    assert opened.thread["id"] != chat.thread["id"]
    assert '"ada"' not in to_json(chat)
    kept = ("type", "name", "output", "createdAt", "end")
    for step, before in zip(opened.thread["steps"], chat.thread["steps"], strict=True):
        assert {key: step[key] for key in kept} == {key: before[key] for key in kept}
        assert (step["threadId"], step["feedback"]) == (opened.thread["id"], None)
    question, run, tool, answer, _ = opened.thread["steps"]
    assert [run["parentId"], tool["parentId"], answer["parentId"]] == [question["id"], run["id"], run["id"]]
    assert (opened.thread["name"], opened.thread["tags"]) == ("Weather?", ["a"])
    assert opened.thread["metadata"] == {"chat_settings": {"top_p": 1}}


def test_a_question_of_an_opened_chat_can_be_edited(chat: Transcript) -> None:
    opened = from_json(to_json(chat))
    history = History.from_json(opened.history)
    assert [message.content for message in history.messages] == ["Weather?", "", "21", "It is 21 °C."]
    assert history.cut(opened.thread["steps"][0]["id"])
    assert history.messages == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        '{"format": "qingtan-chat", "version": 2, "chat": {}}',
        '{"format": "qingtan-chat", "version": 1}',
        '{"format": "qingtan-chat", "version": 1, "chat": {"steps": 3}}',
        '{"format": "qingtan-chat", "version": 1, "chat": {"steps": [], "history": null, "name": "", "tags": []}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(text: str) -> None:
    with pytest.raises(NotATranscript):
        from_json(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [("steps", [{"id": "x"}]), ("steps", ["x"]), ("metadata", 3), ("tags", 3), ("history", {"start": 0})],
)
def test_a_broken_export_is_refused(chat: Transcript, path: str, value: Any) -> None:
    broken = json.loads(to_json(chat))
    broken["chat"][path] = value
    with pytest.raises(NotATranscript):
        from_json(json.dumps(broken))
