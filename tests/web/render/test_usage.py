"""A turn's usage, a closed line under its answer."""

from __future__ import annotations

import pytest

from agent.events import ReasoningDelta, TextDelta, TurnEnded, TurnUsage
from tests.web.render.chat_page import Page, enter, render
from web.render.turn import TurnRenderer
from web.texts import CHINESE, ENGLISH, Texts

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
    await render(page, TextDelta("27 °C。"), TurnEnded("length", unknown), texts=CHINESE)
    assert page.shown()[-1] == ("run", "0.2 秒后开始", "- 首个 token：0.2 秒后")


@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
async def test_an_empty_answer_is_a_sentence(page: Page, texts: Texts) -> None:
    await render(page, ReasoningDelta("hm"), TurnEnded("empty", USAGE), texts=texts)
    assert page.texts()[1:] == [texts.ended_empty]


@pytest.mark.parametrize(
    ("texts", "line", "details"),
    [
        (ENGLISH, "1 token · first after 0.2 s", ["In: 1 token, of which 0 from the cache", "Out: 1 token"]),
        (CHINESE, "1 个 token · 0.2 秒后开始", ["输入：1 个 token，其中 0 个来自缓存", "输出：1 个 token"]),
    ],
)
async def test_one_token_is_one_token(page: Page, texts: Texts, line: str, details: list[str]) -> None:
    await render(page, TurnEnded("done", TurnUsage(1, 0, 1, 2, None, 0.21, 0.5, ())), texts=texts)
    assert page.only()["name"].startswith(line)
    assert page.only()["output"].splitlines()[:2] == [f"- {detail}" for detail in details]


async def test_usage_can_be_switched_off(page: Page) -> None:
    enter(page)
    turn = TurnRenderer(ENGLISH, 8, 512, is_behind=lambda: False, shows_usage=False)
    await turn.render(TurnEnded("done", USAGE))
    assert page.items == {}
