"""The loop over a scripted engine: each way a turn can go and end, and the history that it leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from itertools import pairwise

import pytest

from agent.call_limits import MAX_ARGUMENT_CHARS, MAX_CALLS, MAX_NAME_CHARS, MAX_REFUSED_CALLS
from agent.conversation import Conversation
from agent.engine.protocol import Sampling, Usage
from agent.errors import ContextFull, EngineError
from agent.events import Event, HistoryShortened, ReasoningDelta, TextDelta, ToolFinished, ToolStarted, TurnEnded
from agent.history import History, Message
from tests.scripted import ScriptedEngine, call
from tools.base import ToolCall, ToolError, tool
from tools.registry import Registry


@tool
def shout(word: str) -> str:
    """Say a word loudly."""
    return word.upper()


@tool
def refuse() -> str:
    """Always refuse."""
    raise ToolError("Not today. Ask tomorrow.")


@tool
def crash() -> str:
    """Has a bug."""
    raise KeyError("secret detail")


@tool(timeout_s=0.02)
async def hang() -> str:
    """Never answer."""
    await asyncio.Event().wait()
    return ""


class Chat:
    """A conversation with a script, and what came of it."""

    def __init__(self, *script: object, tools: tuple[object, ...] = (shout, refuse, crash, hang), **options: object):
        self.engine = ScriptedEngine(list(script))
        self.history = History()
        self.conversation = Conversation(self.engine, Registry(tools), self.history, **options)

    async def send(self, text: str) -> list[Event]:
        self.history.add_user(text)
        async with aclosing(self.conversation.send()) as events:
            return [event async for event in events]

    def roles(self) -> str:
        return " ".join(message.role for message in self.history.messages)


async def test_an_answer_streams_and_is_kept() -> None:
    chat = Chat([TextDelta("Hel"), TextDelta("lo")])
    assert await chat.send("hi") == [TextDelta("Hel"), TextDelta("lo"), TurnEnded("done")]
    assert chat.history.messages == (Message("user", "hi"), Message("assistant", "Hello"))


async def test_the_engine_gets_the_system_prompt_the_sampling_and_the_allowed_tools() -> None:
    chat = Chat([TextDelta("ok")], system="Be kind.", sampling=Sampling(0.1, 0.5, 7), tool_names=["shout"])
    await chat.send("hi")
    request = chat.engine.requests[0]
    assert request.messages == (Message("system", "Be kind."), Message("user", "hi"))
    assert (request.tools, request.sampling) == (("shout",), Sampling(0.1, 0.5, 7))


async def test_a_tool_is_called_and_its_result_answered() -> None:
    wanted = call("shout", '{"word": "hi"}')
    chat = Chat([TextDelta("Wait.\n"), wanted], [TextDelta("HI it is")])
    events = await chat.send("shout hi")
    assert events[:2] == [TextDelta("Wait.\n"), ToolStarted(wanted)]
    assert isinstance(events[2], ToolFinished)
    assert (events[2].result.for_model, events[2].result.failure) == ("HI", None)
    assert events[3:] == [TextDelta("HI it is"), TurnEnded("done")]
    assert chat.history.messages == (
        Message("user", "shout hi"),
        Message("assistant", "Wait.", (wanted,)),
        Message("tool", "HI", tool_call_id=wanted.id),
        Message("assistant", "HI it is"),
    )


async def test_calls_of_a_round_run_at_the_same_time_and_are_shown_as_they_finish() -> None:
    both = asyncio.Barrier(2)
    first_may_end = asyncio.Event()

    @tool
    async def meet(name: str) -> str:
        """Wait for the other call."""
        await both.wait()
        if name == "a":
            await first_may_end.wait()
        first_may_end.set()
        return name

    a, b = call("meet", '{"name": "a"}'), call("meet", '{"name": "b"}')
    chat = Chat([a, b], [TextDelta("met")], tools=(meet,))
    events = await asyncio.wait_for(chat.send("meet"), 5)
    finished = [event.result.for_model for event in events if isinstance(event, ToolFinished)]
    assert finished == ["b", "a"]
    assert [message.content for message in chat.history.messages if message.role == "tool"] == ["a", "b"]


async def test_a_call_starts_before_the_stream_has_ended() -> None:
    started = asyncio.Event()

    @tool
    async def signal() -> str:
        """Tell that it runs."""
        started.set()
        return "done"

    chat = Chat([call("signal"), started, TextDelta("")], [TextDelta("ok")], tools=(signal,))
    events = await asyncio.wait_for(chat.send("go"), 5)
    assert events[-1] == TurnEnded("done")


async def test_reasoning_is_shown_and_not_kept() -> None:
    chat = Chat([ReasoningDelta("hmm"), TextDelta("yes")])
    assert await chat.send("?") == [ReasoningDelta("hmm"), TextDelta("yes"), TurnEnded("done")]
    assert chat.history.messages[-1] == Message("assistant", "yes")


async def test_the_round_limit_ends_in_an_answer_without_tools() -> None:
    rounds = [[call("shout", f'{{"word": "{n}"}}')] for n in range(3)]
    chat = Chat(*rounds, [TextDelta("That is what I found.")], max_rounds=3)
    events = await chat.send("go on and on")
    assert [len(request.tools) for request in chat.engine.requests] == [4, 4, 4, 0]
    assert events[-2:] == [TextDelta("That is what I found."), TurnEnded("round_limit")]
    assert chat.history.open_calls() == ()


async def test_if_the_answer_has_to_fit_a_schema_no_tools_are_offered() -> None:
    chat = Chat([TextDelta("[]")], sampling=Sampling(answer_schema={"type": "array"}))
    assert await chat.send("list nothing") == [TextDelta("[]"), TurnEnded("done")]
    assert [request.tools for request in chat.engine.requests] == [()]


async def test_a_model_that_calls_beyond_the_round_limit_is_refused() -> None:
    rounds = [[call("shout", f'{{"word": "{n}"}}')] for n in range(3)]
    chat = Chat(*rounds, max_rounds=2)
    events = await chat.send("go on")
    finished = [event.result.failure for event in events if isinstance(event, ToolFinished)]
    assert finished == [None, None, "unknown_tool"]
    assert events[-1] == TurnEnded("round_limit")
    assert chat.history.open_calls() == ()


async def test_the_same_call_is_refused_the_third_time_in_words() -> None:
    same = ['{"word": "a"}', '{ "word":"a" }', '{"word": "a"}']
    chat = Chat(*([call("shout", arguments)] for arguments in same), [TextDelta("a")])
    events = await chat.send("again")
    results = [event.result for event in events if isinstance(event, ToolFinished)]
    assert [result.failure for result in results] == [None, None, "refused"]
    assert "Use the results above" in results[-1].for_model
    chat.engine.script = [[call("shout", same[0])], [TextDelta("A")]]
    events = await chat.send("once more in the next turn")
    assert [event.result.failure for event in events if isinstance(event, ToolFinished)] == [None]


@pytest.mark.parametrize(
    ("bad", "failure"),
    [
        (lambda: call("no_such_tool"), "unknown_tool"),
        (lambda: call("shout", '{"word": '), "invalid_json"),
        (lambda: call("shout", '{"wort": "a"}'), "invalid_arguments"),
        (lambda: call("refuse"), "tool_error"),
        (lambda: call("hang"), "timeout"),
        (lambda: call("crash"), "internal_error"),
    ],
)
async def test_the_chat_goes_on_after_a_bad_call(bad: Callable[[], object], failure: str) -> None:
    chat = Chat([bad()], [TextDelta("Sorry.")], [TextDelta("Sure.")])
    events = await chat.send("do it")
    assert [event.result.failure for event in events if isinstance(event, ToolFinished)] == [failure]
    assert events[-1] == TurnEnded("done")
    assert failure in chat.history.messages[2].content
    assert "secret detail" not in chat.history.messages[2].content
    assert (await chat.send("and now?"))[-1] == TurnEnded("done")


async def test_a_call_that_is_cut_off_is_told_to_the_model_which_may_try_again() -> None:
    cut, whole = call("shout", '{"word": "so lo'), call("shout", '{"word": "so"}')
    chat = Chat([TextDelta("Wait."), cut, Usage(9, 0, 7, is_cut=True)], [whole], [TextDelta("SO")])
    events = await chat.send("shout")
    assert [event.result.failure for event in events if isinstance(event, ToolFinished)] == ["invalid_json", None]
    assert events[-2:] == [TextDelta("SO"), TurnEnded("done")]
    assert chat.roles() == "user assistant tool assistant tool assistant"


async def test_a_model_whose_every_call_is_cut_off_has_to_answer_in_the_end() -> None:
    rounds = [[call("crash", "{" + " " * n), Usage(9, 0, 7, is_cut=True)] for n in range(3)]
    chat = Chat(*rounds, [TextDelta("I could not."), Usage(9, 0, 5)], max_rounds=3)
    events = await chat.send("go")
    failures = [event.result.failure for event in events if isinstance(event, ToolFinished)]
    assert failures == ["invalid_json"] * 3
    assert events[-1] == TurnEnded("round_limit")
    assert chat.history.open_calls() == ()


async def test_the_kinds_of_bad_call_are_different_texts_to_the_model() -> None:
    bad = [call("none"), call("shout", "{"), call("shout", '{"x": 1}'), call("refuse"), call("crash"), call("hang")]
    chat = Chat(bad, [TextDelta("Sorry.")])
    await chat.send("all at once")
    texts = {message.content for message in chat.history.messages if message.role == "tool"}
    assert len(texts) == len(bad)


async def test_a_tool_that_is_switched_off_is_unknown_to_the_model() -> None:
    chat = Chat([call("crash")], [TextDelta("no")], tool_names=["shout"])
    events = await chat.send("crash")
    assert [event.result.failure for event in events if isinstance(event, ToolFinished)] == ["unknown_tool"]


@pytest.mark.parametrize(("completion_tokens", "reason"), [(7, "length"), (2, "window"), (0, "length")])
async def test_an_answer_that_is_cut_says_by_what(completion_tokens: int, reason: str) -> None:
    usage = Usage(9, 0, completion_tokens, is_cut=True)  # of 0 tokens: the server counts none
    chat = Chat([TextDelta("Once upon"), usage], sampling=Sampling(max_tokens=7))
    assert (await chat.send("tell"))[-1] == TurnEnded(reason)


@pytest.mark.parametrize(
    "script",
    [
        [],
        [TextDelta("")],
        [TextDelta(" \n")],
        [ReasoningDelta("hmm")],
        [Usage(9, 0, 0)],
        [ReasoningDelta("hmm"), Usage(9, 0, 3, is_broken=True)],
    ],
)
async def test_a_model_that_says_nothing_is_told_of_and_was_not_stopped(script: list[object]) -> None:
    chat = Chat(script, [TextDelta("yes")])
    assert (await chat.send("q1"))[-1] == TurnEnded("empty")
    assert chat.history.messages == (Message("user", "q1"), Message("assistant", "(no answer)"))
    assert (await chat.send("q2"))[-1] == TurnEnded("done")
    assert [message.content for message in chat.engine.requests[-1].messages] == ["q1", "(no answer)", "q2"]


async def test_a_model_that_says_nothing_after_its_tools_is_told_of() -> None:
    chat = Chat([call("shout", '{"word": "a"}')], [])
    assert (await chat.send("shout a"))[-1] == TurnEnded("empty")
    assert chat.history.messages[-1] == Message("assistant", "(no answer)")


async def test_an_answer_that_breaks_off_is_told_of_and_kept() -> None:
    chat = Chat([TextDelta("Half an ans"), Usage(9, 0, 3, is_broken=True)])
    assert (await chat.send("tell"))[-1] == TurnEnded("broken")
    assert chat.history.messages[-1] == Message("assistant", "Half an ans")


async def test_thoughts_that_fill_all_tokens_are_cut_and_not_empty() -> None:
    chat = Chat([ReasoningDelta("hmm"), Usage(9, 0, 7, is_cut=True)], sampling=Sampling(max_tokens=7))
    assert (await chat.send("tell"))[-1] == TurnEnded("length")


async def _stop_at(chat: Chat, wanted: type[Event], text: str = "go") -> None:
    """Stop the turn as the page does, by cancelling its task, while `wanted` is the last event that was drawn."""
    reached = asyncio.Event()

    async def turn() -> None:
        chat.history.add_user(text)
        async with aclosing(chat.conversation.send()) as events:
            async for event in events:
                if isinstance(event, wanted):
                    reached.set()

    task = asyncio.create_task(turn())
    await reached.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert chat.engine.running == 0


async def test_stop_in_the_middle_of_the_text_keeps_what_was_said() -> None:
    chat = Chat([TextDelta("One, two"), asyncio.Event()], [TextDelta("three")])
    await _stop_at(chat, TextDelta)
    assert chat.conversation.tokens > len("One, two") / 4  # of the prompt and of the answer, as far as it came
    assert chat.history.messages == (Message("user", "go"), Message("assistant", "One, two"))
    assert await chat.send("go on") == [TextDelta("three"), TurnEnded("done")]


async def test_stop_while_the_model_still_writes_calls_answers_them() -> None:
    made = call("shout", '{"word": "a"}')
    chat = Chat([TextDelta("Well"), made, asyncio.Event()], [TextDelta("ok")])
    await _stop_at(chat, ToolStarted)
    assert chat.roles() == "user assistant tool assistant"
    assert chat.history.open_calls() == ()
    assert (await chat.send("next"))[-1] == TurnEnded("done")


async def test_stop_while_tools_run_cancels_them_and_keeps_the_results_that_are_there() -> None:
    cancelled = asyncio.Event()

    @tool
    async def wait() -> str:
        """Wait to be cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return ""

    chat = Chat([call("shout", '{"word": "a"}'), call("wait")], tools=(shout, wait))
    await _stop_at(chat, ToolFinished)
    await asyncio.wait_for(cancelled.wait(), 5)
    results = [message.content for message in chat.history.messages if message.role == "tool"]
    assert results[0] == "A"
    assert '"stopped"' in results[1]


async def test_stop_before_the_first_word_leaves_the_question_alone() -> None:
    chat = Chat([asyncio.Event()])
    task = asyncio.create_task(chat.send("go"))
    await asyncio.sleep(0)
    assert chat.engine.running == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert chat.history.messages == (Message("user", "go"), Message("assistant", "(stopped)"))
    assert chat.engine.running == 0


async def test_a_page_that_stops_listening_frees_the_engine() -> None:
    chat = Chat([TextDelta("a"), TextDelta("b"), TextDelta("c")])
    chat.history.add_user("go")
    events: AsyncGenerator[Event, None] = chat.conversation.send()
    await anext(events)
    await events.aclose()
    assert chat.engine.running == 0
    assert chat.history.messages[-1] == Message("assistant", "a")


async def test_an_engine_that_breaks_leaves_a_chat_that_goes_on() -> None:
    chat = Chat(
        [TextDelta("Half an ans"), EngineError("It broke. Ask again.", "坏了，请再问一次。")], [TextDelta("whole")]
    )
    with pytest.raises(EngineError, match="Ask again"):
        await chat.send("q")
    assert chat.history.messages[-1] == Message("assistant", "Half an ans")
    assert await chat.send("q") == [TextDelta("whole"), TurnEnded("done")]


async def test_a_chat_that_outgrows_the_window_goes_on_with_its_newer_turns() -> None:
    chat = Chat([TextDelta("1")], [TextDelta("2")], [TextDelta("3")], [ContextFull()], [TextDelta("4")])
    for number in "123":
        await chat.send(f"q{number}")
    assert await chat.send("q4") == [HistoryShortened(), TextDelta("4"), TurnEnded("done")]
    assert [message.content for message in chat.engine.requests[-1].messages] == ["q3", "3", "q4"]


def _windowed(*script: object, window: int = 80, **options: object) -> Chat:
    """A chat whose window has `window` characters, of which an eighth is kept for the answer."""
    chat = Chat(*script, **options)
    chat.engine.window = window
    return chat


@pytest.mark.parametrize(("over", "is_shortened"), [(-1, False), (0, False), (1, True)])
async def test_a_chat_is_shortened_exactly_when_the_answer_has_no_room(over: int, is_shortened: bool) -> None:
    chat = _windowed([TextDelta("a" * 30)], [TextDelta("ok")])
    await chat.send("q" * 30)
    events = await chat.send("n" * (10 + over))  # the budget is 70 of 80
    shortened = [HistoryShortened()] if is_shortened else []
    assert events == [*shortened, TextDelta("ok"), TurnEnded("done")]
    assert len(chat.engine.requests[-1].messages) == (1 if is_shortened else 3)


@pytest.mark.parametrize("max_tokens", [4, 8192])
async def test_what_is_kept_for_the_answer_is_no_more_than_it_may_have(max_tokens: int) -> None:
    chat = _windowed([TextDelta("ok")], sampling=Sampling(max_tokens=max_tokens))
    question = "q" * (80 - min(max_tokens, 10))
    assert await chat.send(question) == [TextDelta("ok"), TurnEnded("done")]
    with pytest.raises(ContextFull):
        await chat.send(question + "q")


async def test_turns_leave_in_blocks_and_each_block_is_told_once() -> None:
    chat = _windowed(*([TextDelta("a" * 5)] for _ in range(40)))
    told = [HistoryShortened() in await chat.send("q" * 5) for _ in range(40)]
    starts = [number for number, is_told in enumerate(told) if is_told]
    assert starts[0] == 7  # seven turns of ten fill the budget of 70
    assert {later - earlier for earlier, later in pairwise(starts)} == {4}
    prompts = [request.messages for request in chat.engine.requests]
    grows = [later[: len(earlier)] == earlier for earlier, later in pairwise(prompts)]
    assert grows.count(False) == len(starts)


async def test_a_result_that_comes_in_the_middle_of_a_turn_drops_earlier_turns() -> None:
    made = call("shout", json.dumps({"word": "w" * 20}))
    chat = _windowed([TextDelta("a" * 20)], [made], [TextDelta("DONE")])
    await chat.send("q" * 20)
    events = await chat.send("n" * 20)
    assert [type(event) for event in events] == [ToolStarted, ToolFinished, HistoryShortened, TextDelta, TurnEnded]
    assert [message.role for message in chat.engine.requests[-1].messages] == ["user", "assistant", "tool"]


async def test_a_turn_that_a_result_makes_too_long_alone_ends_in_words_and_loses_nothing() -> None:
    made = call("shout", json.dumps({"word": "w" * 60}))
    chat = _windowed([TextDelta("a" * 10)], [made], [TextDelta("yes")])
    await chat.send("q" * 10)
    with pytest.raises(ContextFull):
        await chat.send("n" * 20)
    assert chat.roles() == "user assistant user assistant tool assistant"
    assert chat.history.start == 0
    assert (await chat.send("next"))[-2:] == [TextDelta("yes"), TurnEnded("done")]


async def test_a_question_that_alone_is_beyond_the_window_costs_the_chat_nothing() -> None:
    chat = _windowed([TextDelta("1")], [TextDelta("2")], [TextDelta("yes")])
    await chat.send("q1")
    await chat.send("q2")
    with pytest.raises(ContextFull):
        await chat.send("q" * 71)
    assert await chat.send("q3") == [TextDelta("yes"), TurnEnded("done")]
    assert [message.content for message in chat.engine.requests[-1].messages] == ["q1", "1", "q2", "2", "q3"]


async def test_a_turns_usage_sums_its_rounds() -> None:
    chat = _windowed(
        [call("shout", '{"word": "a"}'), Usage(100, 64, 20)], [TextDelta("A"), Usage(130, 112, 5)], window=4096
    )
    usage = (await chat.send("shout a"))[-1].usage
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (230, 176, 25)
    assert (usage.context_tokens, usage.window, [name for name, _ in usage.tools]) == (135, 4096, ["shout"])
    assert 0 < usage.first_token_s <= usage.model_s
    assert usage.tokens_a_second == pytest.approx(25 / usage.model_s)


async def test_a_cut_answer_and_one_that_is_not_counted_have_a_usage_too() -> None:
    chat = Chat([TextDelta("Once"), Usage(9, 0, 7, is_cut=True)], [])
    assert (await chat.send("tell"))[-1].usage.completion_tokens == 7
    empty = (await chat.send("nothing"))[-1].usage
    assert (empty.prompt_tokens, empty.window, empty.first_token_s, empty.tokens_a_second) == (0, None, 0.0, 0.0)


async def test_a_message_that_alone_is_too_long_is_refused_and_costs_the_chat_nothing() -> None:
    chat = Chat([TextDelta("1")], [TextDelta("2")], [ContextFull()], [ContextFull()], [TextDelta("yes")])
    await chat.send("q1")
    await chat.send("q2")
    with pytest.raises(ContextFull):
        await chat.send("very long")
    assert await chat.send("q3") == [TextDelta("yes"), TurnEnded("done")]
    assert [message.content for message in chat.engine.requests[-1].messages] == ["q1", "1", "q2", "2", "q3"]


def words(number: int) -> list[ToolCall]:
    return [call("shout", json.dumps({"word": f"w{place}"})) for place in range(number)]


@pytest.mark.parametrize("made", [1, MAX_CALLS - 1, MAX_CALLS, MAX_CALLS + 1, MAX_CALLS + MAX_REFUSED_CALLS])
async def test_one_answer_makes_so_many_calls_and_the_others_are_refused_in_words(made: int) -> None:
    wanted = words(made)
    chat = Chat(wanted, [TextDelta("ok")])
    events = await chat.send("shout")
    results = {event.call.id: event.result for event in events if isinstance(event, ToolFinished)}
    assert [results[one.id].failure for one in wanted] == [
        None if place < MAX_CALLS else "refused" for place in range(made)
    ]
    assert all(str(MAX_CALLS) in results[one.id].for_model for one in wanted[MAX_CALLS:])
    assert [message.tool_call_id for message in chat.history.messages if message.role == "tool"] == [
        one.id for one in wanted
    ]
    assert events[-1] == TurnEnded("done")


async def test_an_answer_that_goes_on_calling_is_at_its_end() -> None:
    """Also one without an end: the engine is freed, and each call that is kept has a result."""
    forever = asyncio.Event()
    chat = Chat([*words(MAX_CALLS + MAX_REFUSED_CALLS + 1), forever], [TextDelta("ok")])
    events = await chat.send("shout")
    assert chat.roles() == "user assistant" + " tool" * (MAX_CALLS + MAX_REFUSED_CALLS) + " assistant"
    assert (events[-1], chat.engine.running) == (TurnEnded("done"), 0)


async def test_each_answer_has_its_own_calls() -> None:
    chat = Chat(words(MAX_CALLS + 2), words(MAX_CALLS + 2), [TextDelta("ok")], max_rounds=3)
    events = await chat.send("shout")
    failures = [event.result.failure for event in events if isinstance(event, ToolFinished)]
    assert (failures.count(None), failures.count("refused"), len(failures)) == (2 * MAX_CALLS, 4, 2 * MAX_CALLS + 4)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("shout", json.dumps({"word": "x" * MAX_ARGUMENT_CHARS})),
        ("shout", "x" * 5_000_000),
        ("shout", "[" * 1_000_000),
        ("x" * (MAX_NAME_CHARS + 1), "{}"),
        ("x" * 5_000_000, "{}"),
    ],
    ids=["arguments", "no-json", "nested", "name", "names"],
)
async def test_an_endless_call_is_refused_and_not_kept_whole(name: str, arguments: str) -> None:
    chat = Chat([call(name, arguments)], [TextDelta("ok")])
    events = await chat.send("shout")
    (finished,) = (event for event in events if isinstance(event, ToolFinished))
    assert finished.result.failure == "refused"
    assert len(json.dumps(chat.history.to_json())) < 2000
    assert chat.roles() == "user assistant tool assistant"


async def test_a_stop_amid_refused_calls_leaves_each_with_one_result() -> None:
    chat = Chat([*words(MAX_CALLS + 3), asyncio.Event()])
    chat.history.add_user("shout")
    events = chat.conversation.send()
    for _ in range(MAX_CALLS + 3):
        await anext(events)
    await events.aclose()
    assert chat.roles().split().count("tool") == MAX_CALLS + 3
    assert chat.history.open_calls() == ()
