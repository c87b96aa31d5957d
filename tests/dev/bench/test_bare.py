"""The bare engine's turns: what counts as whole, and when the answer's text begins."""

from __future__ import annotations

from agent.engine.protocol import Usage
from agent.events import TextDelta
from agent.settings import Settings
from dev.bench import bare
from dev.bench.figures import Load
from tests.scripted import ScriptedEngine, call

SETTINGS = Settings(_env_file=None)


async def test_a_streamed_answer_is_whole_at_its_limit() -> None:
    long, short = [TextDelta("It"), TextDelta(" is"), Usage(10, 0, 2)], [TextDelta("It"), Usage(10, 0, 1)]
    engine = ScriptedEngine([long, short])
    turns = await bare.stream(engine, Load(("({fresh}) story", "({fresh}) story"), tokens=2), SETTINGS)
    assert [turn.is_broken for turn in turns] == [False, True]
    assert [len(turn.frames_at_s) for turn in turns] == [2, 1]
    one, other = (request.messages[-1].content for request in engine.requests)
    assert one != other
    assert "{fresh}" not in one + other


async def test_a_turn_with_tools_begins_with_the_text_after_them() -> None:
    calling = [TextDelta("Let me see."), call("calculate", '{"expression": "1+1"}'), Usage()]
    engine = ScriptedEngine([calling, [TextDelta("2"), Usage()], [TextDelta("without a call"), Usage()]])
    turns = await bare.converse(engine, Load(("1+1", "1+1"), tools=1), SETTINGS)
    assert [turn.is_broken for turn in turns] == [False, True]
    assert 0 < turns[0].first_text_s <= turns[0].end_s


async def test_many_chats_are_measured_after_a_round_that_warms_up() -> None:
    engine = ScriptedEngine([[TextDelta("It"), Usage(10, 0, 1)] for _ in range(6)])
    found = await bare.measure(engine, bare.stream, Load(("story",), tokens=1, rounds=2), 2, SETTINGS)
    assert (found["chats"], found["turns"], found["broken"]) == (2, 4, 0)
    assert engine.script == []
