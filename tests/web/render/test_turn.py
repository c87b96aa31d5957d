"""What a turn looks like in the page: real Chainlit messages and steps, and an emitter that keeps what it sends."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import chainlit as cl
import pytest
from chainlit.chat_context import chat_contexts
from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession

from agent.engine.backend import Status
from agent.engine.protocol import Sampling
from agent.engine.turn_queue import Wait
from agent.engine.weights.download import Progress
from agent.events import (
    Event,
    HistoryShortened,
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnUsage,
)
from tools.base import ToolCall, ToolResult, failed
from web.render import model_status, notices
from web.render.metadata import NOTICE
from web.render.tool_steps import step_title
from web.render.turn import TurnRenderer
from web.texts import CHINESE, ENGLISH, Texts, texts

WEATHER = ToolCall("c1", "get_current_weather", '{"city": "广州"}')
CLOCK = ToolCall("c2", "get_current_time", '{"city": "Tokyo"}')


class Page(BaseChainlitEmitter):
    """What the browser has: its messages and steps in order, the badge, and how often each was sent."""

    def __init__(self, session: HTTPSession) -> None:
        super().__init__(session)
        self.items: dict[str, dict[str, Any]] = {}
        self.modes: list[Any] = []
        self.elements: list[str] = []
        self.updates: list[str] = []

    async def send_step(self, step_dict: Any) -> None:
        self.items[step_dict["id"]] = dict(step_dict)

    async def update_step(self, step_dict: Any) -> None:
        self.items[step_dict["id"]] = dict(step_dict)
        self.updates.append(step_dict["id"])

    async def delete_step(self, step_dict: Any) -> None:
        del self.items[step_dict["id"]]

    async def stream_start(self, step_dict: Any) -> None:
        self.items[step_dict["id"]] = dict(step_dict)

    async def send_token(self, id: str, token: str, is_sequence: bool = False, is_input: bool = False) -> None:
        self.items[id]["output"] = token if is_sequence else self.items[id]["output"] + token

    async def send_element(self, element_dict: Any) -> None:
        self.elements.append(element_dict["name"])

    async def set_modes(self, modes: Any) -> None:
        self.modes = modes

    def shown(self) -> list[tuple[str, str, str]]:
        """(type, name, text) of all that is there; the name of a message is the app's."""
        return [(item["type"], item["name"], item["output"]) for item in self.items.values()]

    def texts(self) -> list[str]:
        """What is said: by the model, or by a line of ours, whose text is its title."""
        return [item["name"] if NOTICE in item["metadata"] else item["output"] for item in self.items.values()]

    def only(self) -> dict[str, Any]:
        (item,) = self.items.values()
        return item


@pytest.fixture
async def page() -> Page:
    """An open page. Its context is set inside of the test's own task, as Chainlit does for each of its events."""
    return Page(HTTPSession(id="page", client_type="webapp"))


@pytest.fixture(autouse=True)
def no_context_left() -> Iterator[None]:
    yield
    local_steps.set(None)
    chat_contexts.clear()


def enter(page: Page) -> None:
    context_var.set(ChainlitContext(page.session, page))
    local_steps.set(None)


async def render(page: Page, *events: Event, words: Any = ENGLISH, schema: Any = None) -> TurnRenderer:
    enter(page)
    sampling = Sampling(max_tokens=512, answer_schema=schema)
    turn = TurnRenderer(words, 8, sampling, is_behind=lambda: False, shows_usage=True)
    for event in events:
        await turn.render(event)
    return turn


async def test_text_streams_into_one_message(page: Page) -> None:
    await render(page, TextDelta("It is "), TextDelta("sunny."), TurnEnded("done"))
    assert (page.texts(), page.only()["type"], page.only()["streaming"]) == (
        ["It is sunny."],
        "assistant_message",
        False,
    )


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
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result), words=CHINESE)
    step = page.only()
    assert (step["name"], step["output"], step["isError"]) == ("天气", '{\n    "temperature_c": 27\n}', False)
    assert step["start"] <= step["end"]


@pytest.mark.parametrize(
    ("tool", "words", "failure", "seconds", "title"),
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
    tool: str, words: Texts, failure: Any, seconds: float, title: str
) -> None:
    assert step_title(tool, words, failure, seconds) == title


@pytest.mark.parametrize("kind", ENGLISH.failures)
@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["zh", "en"])
async def test_a_failed_call_says_how_it_failed_in_the_pages_language(page: Page, words: Texts, kind: Any) -> None:
    message = "No city of that name. Try its English name."
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, failed(WEATHER, kind, message, 3.0)), words=words)
    step = page.only()
    told = step["output"]
    assert (step["name"], step["isError"]) == (
        f"{words.tool_name('get_current_weather')} · {words.failures[kind]} · {words.duration(3.0)}",
        True,
    )
    if words is ENGLISH:
        assert told == message
    elif kind == "tool_error":
        assert told == f"{CHINESE.failure_sentences[kind]}\n工具的原话：{message}"
    else:
        assert told == CHINESE.failure_sentences[kind]


async def test_a_tools_own_chinese_sentence_is_all_that_a_chinese_reader_gets(page: Page) -> None:
    result = failed(WEATHER, "tool_error", "No city of that name.", chinese="没有叫这个名字的城市。")
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result), words=CHINESE)
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
    turn = await render(page, ReasoningDelta("Hm"), words=CHINESE)
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


@pytest.mark.parametrize("is_error", [False, True])
async def test_a_line_of_ours_is_known_to_the_chat_until_an_edit_takes_it_away(page: Page, is_error: bool) -> None:
    enter(page)
    await notices.send("Stopped.", is_error=is_error)
    assert (page.only()["name"], page.only()["type"], page.only()["isError"]) == ("Stopped.", "run", is_error)
    (line,) = cl.chat_context.get()
    await line.remove()
    assert (page.items, cl.chat_context.get()) == ({}, [])


async def test_a_turn_that_just_ends_adds_nothing(page: Page) -> None:
    await render(page, TurnEnded("done"))
    assert page.items == {}


USAGE = TurnUsage(1236, 1120, 64, 667, 4096, 0.21, 0.48, (("get_current_weather", 0.42), ("calculate", 0.004)))


async def test_usage_is_a_closed_line_under_the_answer(page: Page) -> None:
    await render(page, TextDelta("27 °C."), TurnEnded("done", USAGE))
    answer, usage = page.items.values()
    assert (answer["output"], usage["type"], usage["metadata"]["icon"]) == ("27 °C.", "run", "receipt-text")
    assert usage["name"] == "64 tokens · first after 0.2 s · 133 tokens/s"
    assert usage["output"].splitlines() == [
        "- In: 1,236 tokens, of which 1,120 from the cache",
        "- Out: 64 tokens",
        "- First token: after 0.2 s",
        "- Speed: 133 tokens/s",
        "- Tools: Weather 0.4 s, Calculator <0.1 s",
        "- Context used: 667 of 4,096 tokens (16%)",
    ]
    assert (usage["defaultOpen"], bool(usage["end"])) == (False, True)


async def test_usage_in_chinese_says_no_more_than_is_known(page: Page) -> None:
    unknown = TurnUsage(0, 0, 0, 0, None, 0.21, 0.48, ())
    await render(page, TextDelta("27 °C。"), TurnEnded("length", unknown), words=CHINESE)
    assert page.shown()[-1] == ("run", "0.2 秒后开始", "- 首个 token：0.2 秒后")


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=lambda words: words.language)
async def test_an_empty_answer_is_a_sentence(page: Page, words: Texts) -> None:
    await render(page, ReasoningDelta("hm"), TurnEnded("empty", USAGE), words=words)
    assert page.texts()[1:] == [words.ended_empty]


@pytest.mark.parametrize(
    ("words", "line", "details"),
    [
        (ENGLISH, "1 token · first after 0.2 s", ["In: 1 token, of which 0 from the cache", "Out: 1 token"]),
        (CHINESE, "1 个 token · 0.2 秒后开始", ["输入：1 个 token，其中 0 个来自缓存", "输出：1 个 token"]),
    ],
)
async def test_one_token_is_one_token(page: Page, words: Texts, line: str, details: list[str]) -> None:
    await render(page, TurnEnded("done", TurnUsage(1, 0, 1, 2, None, 0.21, 0.5, ())), words=words)
    assert page.only()["name"].startswith(line)
    assert page.only()["output"].splitlines()[:2] == [f"- {detail}" for detail in details]


async def test_usage_can_be_switched_off(page: Page) -> None:
    enter(page)
    turn = TurnRenderer(ENGLISH, 8, 512, is_behind=lambda: False, shows_usage=False)
    await turn.render(TurnEnded("done", USAGE))
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


async def test_a_result_that_is_better_seen_is_drawn_below_its_step(page: Page) -> None:
    rows = [{"time": f"2026-11-2{day}", "n": day} for day in range(4)]
    result = ToolResult("c1", "", json.dumps(rows), duration_s=1.0)
    await render(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result))
    step, drawn = page.items.values()
    assert (step["type"], drawn["type"]) == ("tool", "assistant_message")
    assert drawn["output"].startswith("n: lowest 0 (")
    assert page.elements == ["plot"]


async def test_a_failed_call_is_not_drawn(page: Page) -> None:
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
    await render(page, TextDelta('[{"a": "b"}]'), TurnEnded("done"), schema=ROWS, words=CHINESE)
    assert page.texts()[1] == CHINESE.answer_unfit.format(misfit="$[0].a: 'b' is not of type 'integer'")


@pytest.mark.parametrize("end", [TurnEnded("length"), TurnEnded("window")])
async def test_a_structured_answer_that_is_cut_stays_as_it_came(page: Page, end: Event) -> None:
    await render(page, TextDelta('[{"a": 1}, {"'), end, schema=ROWS)
    answer, told = page.items.values()
    assert (answer["output"], answer["language"], page.elements) == ('[{"a": 1}, {"', "json", [])
    assert told["name"].startswith(("The answer hit its limit", "This chat has filled"))


async def test_a_notice_is_there_for_as_long_as_its_context(page: Page) -> None:
    enter(page)
    async with notices.progress() as line:
        assert page.items == {}
        await line("Loading…")
        first = page.only()["id"]
        await line("Warming up…")
        await line("Warming up…")
        assert page.updates == [first]
        assert (page.only()["id"], page.only()["name"], page.only()["type"]) == (first, "Warming up…", "run")
        await line("")
        assert page.items == {}
        await line("Again…")
    assert page.items == {}


async def test_a_notice_goes_also_where_its_context_breaks(page: Page) -> None:
    async def wait() -> None:
        async with notices.progress("Waiting…"):
            assert page.only()["name"] == "Waiting…"
            raise ValueError("broken")

    enter(page)
    with pytest.raises(ValueError, match="broken"):
        await wait()
    assert page.items == {}


async def only(status: Status) -> AsyncIterator[Status]:
    yield status


def progress(done: int) -> Progress:
    return Progress(files=4, done_bytes=done, total_bytes=15_200_000_000, speed_bytes_s=38e6, remaining_s=200.0)


@pytest.mark.parametrize(
    ("status", "title", "about"),
    [
        (Status("resolving", "auto"), "Loading · auto", "auto, run by vLLM on this host. What you write stays here."),
        (Status("ready", "builtin"), "Built-in model", ENGLISH.builtin_about),
        (
            Status("ready", "/data/Qwen2.5-7B-Instruct/"),
            "Qwen2.5-7B-Instruct",
            "Qwen2.5-7B-Instruct, run by vLLM on this host. What you write stays here.",
        ),
        (
            Status("downloading", "Qwen/Qwen2.5-7B-Instruct", progress(7_600_000_000)),
            "Downloading 50% · Qwen2.5-7B-Instruct",
            "Qwen2.5-7B-Instruct, run by vLLM on this host. What you write stays here.",
        ),
        (Status("restarting", "builtin"), "Restarting · Built-in model", ENGLISH.builtin_about),
        (
            Status("failed", "Qwen/Qwen2.5-7B-Instruct", reason="It does not fit."),
            "Could not start · Qwen2.5-7B-Instruct",
            "Qwen2.5-7B-Instruct could not start: It does not fit.",
        ),
    ],
)
async def test_the_badge_names_the_model_and_how_far_it_is(page: Page, status: Status, title: str, about: str) -> None:
    enter(page)
    await model_status.render(only(status), ENGLISH, "")
    ((option,),) = [mode.options for mode in page.modes]
    assert (option.name, option.description) == (title, about)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status("resolving", "auto"), "Looking for auto…"),
        (Status("downloading", "o/m"), "Looking for m…"),
        (
            Status("downloading", "o/m", progress(7_600_000_000)),
            "Downloading m: 50% (7.6 GB of 15.2 GB, 38 MB/s, about 3 min 20 s left)",
        ),
        (Status("loading", "builtin"), "Loading Built-in model…"),
        (Status("warming", "o/m"), "Warming up m, almost there…"),
        (Status("ready", "o/m"), "m is ready."),
        (Status("restarting", "o/m"), "m has stopped unexpectedly and is being started again…"),
        (Status("failed", "o/m", reason="It does not fit."), "m could not start: It does not fit."),
    ],
)
def test_what_the_model_does_is_one_sentence(status: Status, text: str) -> None:
    assert model_status.describe(status, ENGLISH) == text


@pytest.mark.parametrize(
    ("status", "words", "text"),
    [
        (
            Status("ready", "builtin"),
            ENGLISH,
            "In line, at place 3: your turn comes in about 20 s. Stop leaves the line.",
        ),
        (
            Status("ready", "builtin"),
            CHINESE,
            "正在排队，排在第 3 位，大约 20 秒后开始回答。点“停止”可以离开队伍。",
        ),
        (
            Status("loading", "builtin"),
            ENGLISH,
            "Loading Built-in model… Got it. Your question will be answered as soon as the model is ready.",
        ),
    ],
)
def test_who_waits_is_told_of_the_line_or_of_the_model_that_is_not_ready(
    status: Status, words: Texts, text: str
) -> None:
    assert model_status.describe_wait(status, Wait(place=3, seconds=20), words) == text


@pytest.mark.parametrize(
    ("words", "reason_zh", "text"),
    [
        (CHINESE, "放不下。", "m 没能启动：放不下。"),
        (CHINESE, "", "m 没能启动：It does not fit."),
        (ENGLISH, "放不下。", "m could not start: It does not fit."),
    ],
)
async def test_why_a_model_failed_is_told_in_the_pages_language(
    page: Page, words: Texts, reason_zh: str, text: str
) -> None:
    status = Status("failed", "o/m", reason="It does not fit.", reason_zh=reason_zh)
    assert model_status.describe(status, words) == text
    enter(page)
    await model_status.render(only(status), words, "")
    assert [option.description for mode in page.modes for option in mode.options] == [text]


BROKEN = Status("failed", "/srv/models/Qwen", reason="Set MODEL in .env.", reason_zh="请在 .env 里设置 MODEL。")


@pytest.mark.parametrize(
    "status", [Status("ready", "builtin"), Status("ready", "o/m"), Status("loading", "http://10.0.0.7:8001/v1"), BROKEN]
)
@pytest.mark.parametrize("url", ["", "http://10.0.0.7:8001/v1"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_badge_tells_a_visitor_of_no_setting_folder_or_address(
    page: Page, status: Status, url: str, language: str
) -> None:
    enter(page)
    await model_status.render(only(status), texts(language, for_operator=False), url)
    (option,) = page.modes[0].options
    shown = f"{option.name} {option.description} {page.texts()}"
    assert not any(secret in shown for secret in (".env", "MODEL", "10.0.0.7", "/srv"))
    assert option.description


REMOTE = "http://10.0.0.5:8001"
UNREACHABLE = Status("failed", REMOTE, reason=f"{REMOTE} cannot be reached.", reason_zh=f"连不上 {REMOTE}。")


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=lambda words: words.language)
@pytest.mark.parametrize("status", [UNREACHABLE, Status("resolving", REMOTE), Status("ready", "o/m")])
async def test_a_visitor_sees_no_address_and_who_runs_the_app_does(page: Page, words: Texts, status: Status) -> None:
    enter(page)
    await model_status.render(only(status), texts(words.language, for_operator=False), REMOTE)
    options = [option for mode in page.modes for option in mode.options]
    shown = [*(f"{option.name} {option.description}" for option in options), *(name for _, name, _ in page.shown())]
    assert not any("10.0.0.5" in text for text in shown)
    await model_status.render(only(status), words, REMOTE)
    assert "10.0.0.5" in page.modes[0].options[0].description


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
