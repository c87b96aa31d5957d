"""What a turn looks like in the page: real Chainlit messages and steps, and an emitter that keeps what it sends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession

import drawing
from agent.engine.download import Progress
from agent.engine.line import Wait
from agent.engine.process import Status
from agent.engine.protocol import Sampling
from agent.events import (
    Event,
    HistoryShortened,
    ReasoningDelta,
    Receipt,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
)
from agent.texts import CHINESE, ENGLISH, Texts
from tools.base import ToolCall, ToolResult, failed

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
        return [item["output"] for item in self.items.values()]

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


def enter(page: Page) -> None:
    context_var.set(ChainlitContext(page.session, page))
    local_steps.set(None)


async def draw(page: Page, *events: Event, words: Any = ENGLISH, schema: Any = None) -> drawing.Turn:
    enter(page)
    sampling = Sampling(max_tokens=512, answer_schema=schema)
    turn = drawing.Turn(words, 8, sampling, is_behind=lambda: False, show_receipts=True)
    for event in events:
        await turn.draw(event)
    return turn


async def test_text_streams_into_one_message(page: Page) -> None:
    await draw(page, TextDelta("It is "), TextDelta("sunny."), TurnEnded("done"))
    assert (page.texts(), page.only()["type"], page.only()["streaming"]) == (
        ["It is sunny."],
        "assistant_message",
        False,
    )


async def test_a_call_is_a_step_with_its_arguments_while_it_runs(page: Page) -> None:
    await draw(page, ToolStarted(WEATHER))
    step = page.only()
    assert (step["type"], step["name"], step["input"], step["output"]) == (
        "tool",
        "get_current_weather",
        '{\n    "city": "广州"\n}',
        "",
    )
    assert (step["showInput"], step["isError"], step["end"]) == ("json", False, None)


async def test_a_finished_call_shows_its_result_and_its_duration(page: Page) -> None:
    result = ToolResult("c1", "for the model", '{"temperature_c": 27}', duration_s=0.42)
    await draw(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result), words=CHINESE)
    step = page.only()
    assert (step["name"], step["output"], step["isError"]) == (
        "get_current_weather · 0.4 秒",
        '{\n    "temperature_c": 27\n}',
        False,
    )
    assert step["start"] <= step["end"]


@pytest.mark.parametrize("kind", ENGLISH.failures)
async def test_a_failed_call_says_how_it_failed(page: Page, kind: Any) -> None:
    result = failed(WEATHER, kind, "No city of that name. Try its English name.", 3.0)
    await draw(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result))
    step = page.only()
    assert (step["name"], step["output"], step["isError"]) == (
        f"get_current_weather · {ENGLISH.failures[kind]} · 3.0 s",
        "No city of that name. Try its English name.",
        True,
    )


async def test_arguments_that_are_no_json_are_shown_as_they_are(page: Page) -> None:
    await draw(page, ToolStarted(ToolCall("c1", "f", '{"city": "北')))
    assert page.only()["input"] == '{"city": "北'


async def test_calls_that_finish_in_another_order_keep_their_own_results(page: Page) -> None:
    results = {call.id: ToolResult(call.id, "", f"result of {call.name}", duration_s=1.0) for call in (WEATHER, CLOCK)}
    await draw(
        page,
        ToolStarted(WEATHER),
        ToolStarted(CLOCK),
        ToolFinished(CLOCK, results["c2"]),
        ToolFinished(WEATHER, results["c1"]),
    )
    assert page.shown() == [
        ("tool", "get_current_weather · 1.0 s", "result of get_current_weather"),
        ("tool", "get_current_time · 1.0 s", "result of get_current_time"),
    ]


async def test_text_before_and_after_a_call_are_two_messages_around_its_step(page: Page) -> None:
    done = ToolResult("c1", "", "27 °C", duration_s=1.0)
    events = [TextDelta("Let me look."), ToolStarted(WEATHER), ToolFinished(WEATHER, done), TextDelta("27 °C.")]
    await draw(page, *events, TurnEnded("done"))
    assert page.texts() == ["Let me look.", "27 °C", "27 °C."]


async def test_thoughts_are_a_step_of_their_own_that_ends_with_the_first_word(page: Page) -> None:
    await draw(page, ReasoningDelta("Hm"), ReasoningDelta("m."), TextDelta("Yes."), TurnEnded("done"))
    thoughts, answer = page.items.values()
    assert (thoughts["name"], thoughts["output"], answer["output"]) == ("Thoughts", "Hmm.", "Yes.")
    assert thoughts["id"] in page.updates


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
async def test_what_a_person_should_know_is_a_message_of_its_own(page: Page, event: Event, text: str) -> None:
    await draw(page, TextDelta("Once upon"), event)
    assert page.texts() == ["Once upon", text]


async def test_a_turn_that_just_ends_adds_nothing(page: Page) -> None:
    await draw(page, TurnEnded("done"))
    assert page.items == {}


RECEIPT = Receipt(1236, 1120, 64, 667, 4096, 0.21, 0.48, (("get_current_weather", 0.42), ("calculate", 0.004)))


async def test_a_receipt_is_a_closed_line_under_the_answer(page: Page) -> None:
    await draw(page, TextDelta("27 °C."), TurnEnded("done", RECEIPT))
    answer, receipt = page.items.values()
    assert (answer["output"], receipt["type"], receipt["metadata"]["icon"]) == ("27 °C.", "run", "receipt-text")
    assert receipt["name"] == "64 tokens · first after 0.2 s · 133 tokens/s"
    assert receipt["output"].splitlines() == [
        "- In: 1,236 tokens, of which 1,120 from the cache",
        "- Out: 64 tokens",
        "- First token: after 0.2 s",
        "- Speed: 133 tokens/s",
        "- Tools: get_current_weather 0.4 s, calculate <0.1 s",
        "- Context used: 667 of 4,096 tokens (16%)",
    ]
    assert (receipt["defaultOpen"], bool(receipt["end"])) == (False, True)


async def test_a_receipt_in_chinese_says_no_more_than_is_known(page: Page) -> None:
    unknown = Receipt(0, 0, 0, 0, None, 0.21, 0.48, ())
    await draw(page, TextDelta("27 °C。"), TurnEnded("length", unknown), words=CHINESE)
    assert page.shown()[-1] == ("run", "0.2 秒后开始", "- 首个 token：0.2 秒后")


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=lambda words: words.language)
async def test_an_empty_answer_is_a_sentence(page: Page, words: Texts) -> None:
    await draw(page, ReasoningDelta("hm"), TurnEnded("empty", RECEIPT), words=words)
    assert page.texts()[1:] == [words.ended_empty]


@pytest.mark.parametrize(
    ("words", "line", "details"),
    [
        (ENGLISH, "1 token · first after 0.2 s", ["In: 1 token, of which 0 from the cache", "Out: 1 token"]),
        (CHINESE, "1 个 token · 0.2 秒后开始", ["输入：1 个 token，其中 0 个来自缓存", "输出：1 个 token"]),
    ],
)
async def test_one_token_is_one_token(page: Page, words: Texts, line: str, details: list[str]) -> None:
    await draw(page, TurnEnded("done", Receipt(1, 0, 1, 2, None, 0.21, 0.5, ())), words=words)
    assert page.only()["name"].startswith(line)
    assert page.only()["output"].splitlines()[:2] == [f"- {detail}" for detail in details]


async def test_receipts_can_be_switched_off(page: Page) -> None:
    enter(page)
    turn = drawing.Turn(ENGLISH, 8, 512, is_behind=lambda: False, show_receipts=False)
    await turn.draw(TurnEnded("done", RECEIPT))
    assert page.items == {}


async def test_a_stopped_turn_ends_what_is_open(page: Page) -> None:
    done = ToolResult("c1", "", "27 °C", duration_s=1.0)
    turn = await draw(page, ToolStarted(WEATHER), ToolStarted(CLOCK), ToolFinished(WEATHER, done), TextDelta("It is"))
    await turn.close()
    assert [(item["name"], item["isError"]) for item in page.items.values() if item["type"] == "tool"] == [
        ("get_current_weather · 1.0 s", False),
        ("get_current_time · stopped · <0.1 s", True),
    ]
    assert page.texts()[-1] == "It is"
    await turn.close()
    assert len(page.items) == 3


async def test_pieces_at_once_are_all_there_before_what_follows(page: Page) -> None:
    thinking = [ReasoningDelta(piece) for piece in ("H", "m", "m")]
    saying = [TextDelta(piece) for piece in ("Let", " me", " look.")]
    await draw(page, *thinking, *saying, ToolStarted(WEATHER))
    assert page.texts() == ["Hmm", "Let me look.", ""]


async def test_a_stopped_turn_shows_all_of_its_text(page: Page) -> None:
    turn = await draw(page, TextDelta("It"), TextDelta(" is"), TextDelta(" sun"))
    assert page.texts() == ["It"]
    await turn.close()
    assert page.texts() == ["It is sun"]


async def test_a_result_that_is_better_seen_is_drawn_below_its_step(page: Page) -> None:
    rows = [{"time": f"2026-11-2{day}", "n": day} for day in range(4)]
    result = ToolResult("c1", "", json.dumps(rows), duration_s=1.0)
    await draw(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result))
    step, drawn = page.items.values()
    assert (step["type"], drawn["type"]) == ("tool", "assistant_message")
    assert drawn["output"].startswith("n: lowest 0 (")
    assert page.elements == ["plot"]


async def test_a_failed_call_is_not_drawn(page: Page) -> None:
    result = ToolResult("c1", "", '[{"a": 1}]', "tool_error", 1.0)
    await draw(page, ToolStarted(WEATHER), ToolFinished(WEATHER, result))
    assert page.only()["type"] == "tool"


ROWS = {"type": "array", "items": {"properties": {"a": {"type": "integer"}}}}


async def test_a_structured_answer_streams_as_json_and_becomes_a_table_with_files(page: Page) -> None:
    turn = await draw(page, TextDelta('[{"a": '), schema=ROWS)
    assert (page.only()["output"], page.only()["language"]) == ('[{"a": ', "json")
    await turn.draw(TextDelta("1}]"))
    await turn.draw(TurnEnded("done"))
    assert (page.only()["output"], page.only()["language"]) == ("| a |\n| ---: |\n| 1 |", None)
    assert sorted(page.elements) == ["answer.csv", "answer.json"]


async def test_a_structured_answer_that_does_not_fit_says_so(page: Page) -> None:
    await draw(page, TextDelta('[{"a": "b"}]'), TurnEnded("done"), schema=ROWS, words=CHINESE)
    assert page.texts()[1] == CHINESE.answer_unfit.format(misfit="$[0].a: 'b' is not of type 'integer'")


@pytest.mark.parametrize("end", [TurnEnded("length"), TurnEnded("window")])
async def test_a_structured_answer_that_is_cut_stays_as_it_came(page: Page, end: Event) -> None:
    await draw(page, TextDelta('[{"a": 1}, {"'), end, schema=ROWS)
    answer, told = page.items.values()
    assert (answer["output"], answer["language"], page.elements) == ('[{"a": 1}, {"', "json", [])
    assert told["output"].startswith(("The answer hit its limit", "This chat has filled"))


async def test_a_notice_is_there_for_as_long_as_its_context(page: Page) -> None:
    enter(page)
    async with drawing.notice() as line:
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
        async with drawing.notice("Waiting…"):
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
    await drawing.show_model(only(status), ENGLISH, "")
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
    assert drawing.describe(status, ENGLISH) == text


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
    assert drawing.describe_wait(status, Wait(place=3, seconds=20), words) == text


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
    assert drawing.describe(status, words) == text
    enter(page)
    await drawing.show_model(only(status), words, "")
    assert [option.description for mode in page.modes for option in mode.options] == [text]


REMOTE = "http://10.0.0.5:8001"
UNREACHABLE = Status("failed", REMOTE, reason=f"{REMOTE} cannot be reached.", reason_zh=f"连不上 {REMOTE}。")


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=lambda words: words.language)
@pytest.mark.parametrize("status", [UNREACHABLE, Status("resolving", REMOTE), Status("ready", "o/m")])
async def test_a_visitor_sees_no_address_and_who_runs_the_app_does(page: Page, words: Texts, status: Status) -> None:
    enter(page)
    await drawing.show_model(only(status), words, REMOTE, to_visitor=True)
    options = [option for mode in page.modes for option in mode.options]
    shown = [*(f"{option.name} {option.description}" for option in options), *(name for _, name, _ in page.shown())]
    assert not any("10.0.0.5" in text for text in shown)
    await drawing.show_model(only(status), words, REMOTE)
    assert "10.0.0.5" in page.modes[0].options[0].description
