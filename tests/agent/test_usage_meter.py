"""Usage of a turn, also of one that did not come to its end."""

from __future__ import annotations

import pytest

from agent.engine.protocol import Usage, estimate
from agent.events import ReasoningDelta, TextDelta
from agent.history import Message
from agent.usage_meter import UsageMeter
from tools.base import ToolCall

PROMPT = (Message("system", "Be brief."), Message("user", "the quick brown fox"))


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("广州天气", 4), ("the quick brown fox", 7), ("3.14159", 7), ("1", 1)]
)
def test_the_estimate_is_rather_too_high(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


def test_a_round_that_ended_took_what_the_server_counts() -> None:
    meter = UsageMeter(4096)
    meter.give(PROMPT, ())
    for part in (ReasoningDelta("hm"), TextDelta("ok"), Usage(100, 64, 20)):
        meter.take(part)
    assert meter.tokens == 120
    meter.give(PROMPT, ())
    meter.take(Usage(130, 64, 5))
    assert meter.tokens == 255


def test_a_round_that_was_stopped_took_its_prompt_and_what_came() -> None:
    meter = UsageMeter(4096)
    meter.give(PROMPT, ())
    meter.take(Usage(100, 64, 20))
    meter.give(PROMPT, ())
    assert meter.tokens == 120  # nothing came: it may have been refused
    meter.take(TextDelta("Once upon "))
    meter.take(ToolCall("c", "shout", '{"word": "广州"}'))
    prompt, said = "Be brief.\nthe quick brown fox", 'Once upon {"word": "广州"}'
    assert meter.tokens == 120 + estimate(prompt) + estimate(said)


def test_a_server_that_counts_nothing_is_estimated_for() -> None:
    meter = UsageMeter(None)
    meter.give(PROMPT, ({"type": "function"},))  # type: ignore[arg-type]
    meter.take(TextDelta("ok"))
    meter.take(Usage())
    assert meter.tokens == estimate('Be brief.\nthe quick brown fox\n{"type": "function"}') + estimate("ok")
