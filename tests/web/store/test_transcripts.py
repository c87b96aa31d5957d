"""A chat as a file of JSON, to open again, and files that are none of ours."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from agent.history import History
from tools.base import ToolCall, ToolResult
from web.store.transcript_format import MAX_CALLS, MAX_MESSAGES, MAX_NESTING, MAX_STEPS, NotATranscript
from web.store.transcripts import MAX_COMMAS, Transcript, from_json, to_json


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


ALONE: dict[str, Any] = {"tool_calls": [], "tool_call_id": None, "id": None}

# Where an export was changed, to what, and what its person is told of that, in English.
BROKEN: list[tuple[str, Any, str]] = [
    ("steps.1.metadata", [1], "step 2: metadata has to be an object"),
    ("steps.0.metadata", "text", "step 1: metadata has to be an object"),
    ("steps", "text", "steps has to be a list"),
    ("steps", None, "steps has to be a list"),
    ("steps", {"0": {}}, "steps has to be a list"),
    ("steps.2", "text", "step 3 has to be an object"),
    ("steps.2", None, "step 3 has to be an object"),
    ("steps.2.id", None, "step 3: id has to be text"),
    ("steps.2.id", "", "step 3: id must not be empty"),
    ("steps.2.id", 7, "step 3: id has to be text"),
    ("steps.2.id", "answer", "step 4: id is that of another step too"),
    ("steps.0.type", "script", "step 1: type has a value that there is not"),
    ("steps.0.output", ["Weather?"], "step 1: output has to be text"),
    ("steps.0.output", 5, "step 1: output has to be text"),
    ("steps.2.input", {"city": "x"}, "step 3: input has to be text"),
    ("steps.0.createdAt", "yesterday", "step 1: createdAt has to be a time"),
    ("steps.0.createdAt", None, "step 1: createdAt has to be text"),
    ("steps.0.end", 12.5, "step 1: end has to be text"),
    ("steps.0.tags", "a", "step 1: tags has to be a list"),
    ("steps.0.isError", "no", "step 1: isError has to be true or false"),
    ("steps.0.icon", {}, "step 1: icon has to be text"),
    ("name", 3, "name has to be text"),
    ("tags", [1], "tags 1 has to be text"),
    ("tags", "a", "tags has to be a list"),
    ("metadata", [], "metadata has to be an object"),
    ("metadata.chat_settings", [], "chat_settings has to be an object"),
    ("metadata.chat_settings.tools", [5], "tools has to be a number, a text, or a list"),
    ("metadata.chat_settings.tools", [None], "tools has to be a number"),
    ("metadata.chat_settings.top_p", {"value": 1}, "top_p has to be a number"),
    ("metadata.chat_profile", 4, "chat_profile has to be text"),
    ("history", None, "history has to be an object"),
    ("history", [], "history has to be an object"),
    ("history.start", "abc", "start has to be a whole number"),
    ("history.start", 1.5, "start has to be a whole number"),
    ("history.start", True, "start has to be a whole number"),
    ("history.start", None, "start has to be a whole number"),
    ("history.start", -1, "start must not be below 0"),
    ("history.start", 1, "start has to be the place of a question"),
    ("history.start", 99, "start has to be the place of a question"),
    ("history.messages", None, "messages has to be a list"),
    ("history.messages.0", "hello", "message 1 of the model's history has to be an object"),
    ("history.messages.0.content", None, "message 1 of the model's history: content has to be text"),
    ("history.messages.0.content", ["a"], "message 1 of the model's history: content has to be text"),
    ("history.messages.0.content", 5, "message 1 of the model's history: content has to be text"),
    ("history.messages.0.role", "system", "message 1 of the model's history: role has a value that there is not"),
    ("history.messages.0.role", None, "message 1 of the model's history: role has a value that there is not"),
    ("history.messages.1.tool_calls", {}, "message 2 of the model's history: tool_calls has to be a list"),
    ("history.messages.1.tool_calls.0", "x", "call 1 has to be an object"),
    ("history.messages.1.tool_calls.0.arguments", {"a": 1}, "message 2 of the model's history, call 1: arguments has"),
    ("history.messages.1.tool_calls.0.name", None, "message 2 of the model's history, call 1: name has to be text"),
    ("history.messages.1.tool_calls.0.id", 1, "message 2 of the model's history, call 1: id has to be text"),
    ("history.messages.1.tool_calls", [], "message 3 of the model's history: tool_call_id answers no call"),
    ("history.messages.0.tool_calls", [{"id": "a", "name": "b", "arguments": "{}"}], "tool_calls is only for answers"),
    ("history.messages.2.tool_call_id", "other", "message 3 of the model's history: tool_call_id answers no call"),
    ("history.messages.2.tool_call_id", None, "message 3 of the model's history: tool_call_id answers no call"),
    ("history.messages.2", {"role": "user", "content": "x"} | ALONE, "message 3 of the model's history: role comes be"),
]


def changed(chat: Transcript, path: str, value: Any) -> str:
    """The export with another value at this path."""
    exported = json.loads(to_json(chat))
    place, (*way, last) = exported["chat"], path.split(".")
    for key in way:
        place = place[int(key) if isinstance(place, list) else key]
    place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(exported)


@pytest.mark.parametrize(("path", "value", "told"), BROKEN)
def test_a_changed_export_is_refused_in_words_that_name_the_place(
    chat: Transcript, path: str, value: Any, told: str
) -> None:
    with pytest.raises(NotATranscript) as refusal:
        from_json(changed(chat, path, value))
    assert told in str(refusal.value)
    assert re.search("[\u4e00-\u9fff]", refusal.value.chinese)


def without(chat: Transcript, path: str) -> str:
    """The export without what stands at this path."""
    exported = json.loads(to_json(chat))
    place, (*way, last) = exported["chat"], path.split(".")
    for key in way:
        place = place[int(key) if isinstance(place, list) else key]
    del place[last]
    return json.dumps(exported)


@pytest.mark.parametrize(
    "path",
    [
        "steps",
        "steps.0.id",
        "steps.0.type",
        "steps.3.createdAt",
        "history",
        "history.start",
        "history.messages",
        "history.messages.0.role",
        "history.messages.0.content",
    ],
)
def test_what_is_missing_is_named(chat: Transcript, path: str) -> None:
    with pytest.raises(NotATranscript, match=f"{path.rpartition('.')[2]} is missing"):
        from_json(without(chat, path))


SOUND: list[tuple[str, Any]] = [
    ("name", None),
    ("tags", None),
    ("metadata", None),
    ("metadata.chat_settings", None),
    ("metadata.chat_settings.answer_schema", "{}"),
    ("steps", []),
    ("steps.0.output", None),
    ("steps.0.name", None),
    ("steps.0.metadata", None),
    ("steps.1.parentId", "gone"),
    ("steps.0.parentId", "answer"),  # which hangs on it: a circle
    ("steps.1.parentId", "on_message"),  # itself
    ("steps.0.unknown", {"a": [1]}),
    ("steps.0.output", "half \ud83d and nul \0"),
    ("history.messages.0.content", "half \ud83d"),
    ("history.messages", []),
    ("history.messages.0.unknown", 1),
    ("metadata.chat_settings.system_prompt", "half \ud83d"),
    ("metadata.chat_settings.temperature", float("nan")),
]


@pytest.mark.parametrize(("path", "value"), SOUND)
def test_what_can_be_opened_is_and_holds_nothing_broken(chat: Transcript, path: str, value: Any) -> None:
    opened = from_json(changed(chat, path, value))
    History.from_json(opened.history).mend("")
    json.dumps([opened.thread, opened.history], ensure_ascii=False, allow_nan=False).encode()
    places = {step["id"]: place for place, step in enumerate(opened.thread["steps"])}
    for step in opened.thread["steps"]:
        assert step["parentId"] is None or places[step["parentId"]] < places[step["id"]]


@pytest.mark.parametrize("arguments", ['{"city": "Tokyo\\ud83d"}', '{"city": "Tokyo\\u0000"}', '{"a": NaN}'])
def test_the_arguments_of_a_call_are_cleaned_inside_of_their_escapes(chat: Transcript, arguments: str) -> None:
    opened = from_json(changed(chat, "history.messages.1.tool_calls.0.arguments", arguments))
    kept = json.loads(opened.history["messages"][1]["tool_calls"][0]["arguments"])
    json.dumps(kept, ensure_ascii=False, allow_nan=False).encode()
    assert "\0" not in str(kept)


def a_chat(steps: int = 0, messages: int = 0, calls: int = 0, **fields: Any) -> str:
    """An export of so many of each."""
    made = [a_step(str(number), "user_message", "Hi.") for number in range(steps)]
    said: list[dict[str, Any]] = [{"role": "user", "content": "Hi."} for _ in range(messages)]
    if calls:
        names = [f"c{number}" for number in range(calls)]
        said.append({"role": "assistant", "content": "", "tool_calls": [{"id": n, "name": "x", "arguments": "{}"}
                                                                        for n in names]})  # fmt: skip
        said += [{"role": "tool", "content": "1", "tool_call_id": name} for name in names]
    history = {"messages": said, "start": 0}
    return json.dumps({"format": "qingtan-chat", "version": 1, "chat": {"steps": made, "history": history} | fields})


def nested(depth: int) -> str:
    step = a_step("a", "tool", "", metadata={"deep": "HERE"})
    return a_chat(steps=0).replace('"steps": []', f'"steps": [{json.dumps(step)}]').replace(
        '"HERE"', "[" * depth + "]" * depth
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (a_chat(steps=MAX_STEPS + 1), f"{MAX_STEPS:,}"),
        (a_chat(steps=2 * MAX_STEPS), f"{MAX_STEPS:,}"),
        (a_chat(messages=MAX_MESSAGES + 1), f"{MAX_MESSAGES:,}"),
        (a_chat(calls=MAX_CALLS + 1), f"{MAX_CALLS}"),
        (nested(MAX_NESTING), f"{MAX_NESTING}"),
        (nested(900), f"{MAX_NESTING}"),
        (nested(50_000), f"{MAX_NESTING}"),
        (a_chat(name="," * (MAX_COMMAS + 1)), f"{MAX_COMMAS:,}"),
        (a_chat().replace("[]", "[" + "{}," * MAX_COMMAS + "{}]", 1), f"{MAX_COMMAS:,}"),
    ],
    ids=["step", "steps", "message", "call", "nested", "deep", "deepest", "commas", "values"],
)
def test_what_is_too_much_is_refused_in_words_that_name_the_limit(text: str, limit: str) -> None:
    with pytest.raises(NotATranscript) as refusal:
        from_json(text)
    assert limit in str(refusal.value)
    assert limit in refusal.value.chinese


@pytest.mark.parametrize(
    "text",
    [a_chat(steps=MAX_STEPS), a_chat(messages=MAX_MESSAGES), a_chat(calls=MAX_CALLS), nested(MAX_NESTING - 7)],
    ids=["steps", "messages", "calls", "nested"],
)
def test_what_is_just_not_too_much_is_taken(text: str) -> None:
    assert from_json(text)
