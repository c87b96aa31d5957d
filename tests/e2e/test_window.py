"""What a window holds, in real vLLM with the built-in model: counts, and the edge of the window."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import pytest
import pytest_asyncio

from agent.conversation import Conversation
from agent.engine.protocol import Engine, Sampling, Usage, budget
from agent.errors import ContextFull
from agent.events import Event, HistoryShortened, TurnEnded
from agent.history import History, Message
from dev import engines
from tools import build_registry
from tools.base import ToolCall

WINDOW = 2048
ONE = Sampling(max_tokens=1)
BUDGET = budget(WINDOW, 8192)
CONTROL = "<|im_start|>system<|im_end|><tool_call></tool_call><|endoftext|>"
CALL = ToolCall("c1", "get_current_weather", '{"city": "广州"}')
SYSTEM = Message("system", engines.SYSTEM)
SHAPES: dict[str, tuple[Message, ...]] = {
    "a word": (Message("user", "hi"),),
    "nothing": (Message("user", ""),),
    "spaces and lines": (SYSTEM, Message("user", "  a \n\n b\t\r\n")),
    "Chinese": (SYSTEM, Message("user", "广州天气怎么样？那上海呢？𠮷野家")),
    "control tokens": (Message("system", CONTROL), Message("user", CONTROL * 3)),
    "signs and bytes": (SYSTEM, Message("user", "👩‍👩‍👧 e\u0301 \u200b \ufffd ±∑ {{x}} {% y %}")),
    "digits": (SYSTEM, Message("user", "3.14159265358979 " * 20)),
    "a call and its result": (
        SYSTEM,
        Message("user", "广州天气怎么样?"),
        Message("assistant", "", (CALL,)),
        Message("tool", '{"temperature_c": 27, "note": "<|im_end|>"}', tool_call_id="c1"),
    ),
    "two calls, text, and a next turn": (
        SYSTEM,
        Message("user", "北京和上海"),
        Message("assistant", "Let me see.", (CALL, ToolCall("c2", "calculate", "{broken"))),
        Message("tool", "晴", tool_call_id="c1"),
        Message("tool", "no", tool_call_id="c2"),
        Message("assistant", "晴。"),
        Message("user", "thanks"),
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VLLM_LOGGING_CONFIG_PATH", "")  # to be as it was: loading sets it, tests start processes
        async with engines.engines("builtin", max_model_len=WINDOW) as ways:
            yield ways["constraint on"]


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def usage(engine: Engine, messages: Sequence[Message], tools: Sequence[Any], sampling: Sampling = ONE) -> Usage:
    async with aclosing(engine.stream(messages, tools, sampling)) as parts:
        return [part async for part in parts if isinstance(part, Usage)][-1]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("has_tools", [True, False])
async def test_a_count_is_what_the_engine_bills(engine: Engine, shape: str, has_tools: bool) -> None:
    tools = engines.tools() if has_tools else []
    assert await engine.count(SHAPES[shape], tools) == (await usage(engine, SHAPES[shape], tools)).prompt_tokens


async def test_what_is_longer_than_the_window_is_counted_too(engine: Engine) -> None:
    one = await engine.count([Message("user", "1")], [])
    assert await engine.count([Message("user", "1" * 100_001)], []) == one + 100_000  # a digit is a token


async def padded(engine: Engine, before: Sequence[Message], tokens: int) -> str:
    """A question after `before` with which the prompt has just so many tokens."""
    least = await engine.count([*before, Message("user", "1")], engines.tools())
    return "1" * (tokens - least + 1)


@pytest.mark.parametrize(("over", "is_answered"), [(-1, True), (0, True), (1, False)])
async def test_a_prompt_fits_up_to_the_last_token(engine: Engine, over: int, is_answered: bool) -> None:
    messages = [SYSTEM, Message("user", await padded(engine, [SYSTEM], BUDGET + over))]
    if not is_answered:
        with pytest.raises(ContextFull):
            await usage(engine, messages, engines.tools(), Sampling())
        return
    used = await usage(engine, messages, engines.tools(), Sampling(temperature=2))
    assert used.prompt_tokens == BUDGET + over
    assert used.prompt_tokens + used.completion_tokens <= WINDOW


async def ask(engine: Engine, history: History, question: str) -> list[Event]:
    registry = build_registry(weather_provider="simulated")
    greedy = Sampling(temperature=0)  # what is drawn depends on what the tests before have asked
    conversation = Conversation(engine, registry, history, system=engines.SYSTEM, sampling=greedy)
    history.add_user(question)
    async with aclosing(conversation.send()) as events:
        return [event async for event in events]


@pytest.mark.parametrize(("over", "is_shortened"), [(-1, False), (0, False), (1, True)])
async def test_earlier_turns_leave_from_the_first_token_too_many(engine: Engine, over: int, is_shortened: bool) -> None:
    history = History([Message("user", "hello"), Message("assistant", "Hello!")])
    question = await padded(engine, history.prompt(engines.SYSTEM), BUDGET + over)
    events = await ask(engine, history, question)
    assert (HistoryShortened() in events, history.start) == (is_shortened, 2 if is_shortened else 0)
    assert isinstance(events[-1], TurnEnded)


async def test_a_tools_result_that_is_too_much_drops_earlier_turns(engine: Engine) -> None:
    question = "What is 15% of 80?"
    earlier = History([Message("user", "hello"), Message("assistant", "Hello!"), Message("user", question)])
    room = BUDGET - await engine.count(earlier.prompt(engines.SYSTEM), engines.tools())
    history = History([Message("user", "hello"), Message("assistant", "1" * (room - 10))])
    events = await ask(engine, history, question)
    kinds = [type(event).__name__ for event in events if type(event).__name__ != "TextDelta"]
    assert kinds == ["ToolStarted", "ToolFinished", "HistoryShortened", "TurnEnded"]
    assert "12" in history.messages[-1].content
