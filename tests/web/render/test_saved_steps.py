"""Steps that versions before this one kept, as this one draws them."""

from __future__ import annotations

from typing import Any

import pytest

from web.render.metadata import NOTICE, TOOL
from web.render.saved_steps import renew
from web.texts import CHINESE, ENGLISH, Texts

ANSWER = {"id": "a", "type": "assistant_message", "name": "Qingtan", "createdAt": "2026-11-22T10:00:00Z"}


def only(step: dict[str, Any], said: tuple[str, ...] = (), texts: Texts = ENGLISH) -> dict[str, Any]:
    (made,) = renew([step], said, texts)
    return made


@pytest.mark.parametrize(
    "text",
    [
        "已停止。",
        "Stopped.",
        "已达到一次提问最多 8 轮工具调用的上限，以上是根据已有结果给出的回答。",
        'The answer hit its limit of 512 tokens. Raise "Max tokens" in the settings, or say "go on".',
        "服务器出了点问题，详情已记入日志。请再问一次。",
        "This chat has grown long: the model no longer sees its earlier turns.",
        "回答用时达到 10 分 0 秒的上限，到此为止。可以发送“继续”，或者把问题拆小再问。",
        "a (b).pdf is long: the model sees only its text up to page 3 of 9.",
        "A message may have 3 files. Not read: a\nb.txt, c. Send them with your next message.",
        "The server stopped here, so the answer above is not complete. Have it answered again, or go on.",
    ],
)
def test_a_sentence_of_ours_that_was_kept_as_an_answer_is_a_line(text: str) -> None:
    line = only(ANSWER | {"output": text})
    assert (line["type"], line["name"], line["output"], line["metadata"][NOTICE]) == ("run", text, "", True)
    assert line["id"] == "a"
    assert line["end"]


def test_an_error_is_a_line_whatever_it_says() -> None:
    line = only(ANSWER | {"output": "Model gone.", "isError": True})
    assert (line["type"], line["name"], line["isError"]) == ("run", "Model gone.", True)


@pytest.mark.parametrize("text", ["Stopped. Then we went on.", "I said: Stopped.", "It is long.", "", "已停止。再说"])
def test_an_answer_stays_an_answer(text: str) -> None:
    assert only(ANSWER | {"output": text}) == ANSWER | {"output": text}


def test_an_answer_of_the_models_stays_one_even_in_our_words() -> None:
    assert only(ANSWER | {"output": "Stopped."}, said=("Stopped.\n",))["type"] == "assistant_message"


@pytest.mark.parametrize(
    ("name", "texts", "title"),
    [
        ("get_current_weather · <0.1 s", CHINESE, "天气"),
        ("get_current_weather · 0.4 秒", ENGLISH, "Weather"),
        ("get_current_weather · 2.3 s", CHINESE, "天气 · 2.3 s"),
        ("calculate · no result · <0.1 s", ENGLISH, "Calculator · no result"),
        ("roll_dice · 已停止", CHINESE, "Roll dice · 已停止"),
        ("get_current_time", CHINESE, "时间"),
    ],
)
def test_a_tools_step_gets_the_tools_title(name: str, texts: Texts, title: str) -> None:
    step = only({"type": "tool", "name": name, "output": "{}", "metadata": {"icon": "clock"}}, texts=texts)
    assert (step["name"], step["metadata"]) == (title, {"icon": "clock", TOOL: name.split(" · ")[0]})
    assert renew([step], (), texts) == [step]


@pytest.mark.parametrize("step", [
    {"type": "user_message", "output": "Stopped."},
    {"type": "run", "name": "on_message", "output": ""},
    {"type": "run", "name": "Thoughts", "output": "Hm.", "metadata": {"icon": "brain"}},
    {"type": "tool", "name": "Weather · 2.0 s", "output": "{}", "metadata": {"tool": "get_current_weather"}},
])  # fmt: skip
def test_anything_else_stays_as_it_is(step: dict[str, Any]) -> None:
    assert only(step, texts=CHINESE) == step
