"""The line in the real app with a place for one turn: what who waits sees, who is sent away, and a turn's time limit.

The model has random weights and talks until it is stopped.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.app_process import App
from dev.bench import babbler
from dev.chat_client import Chat
from tests.e2e.conftest import wait_until

TURN_TIMEOUT_S = 10


@pytest.fixture(scope="module")
def app(launch: Callable[..., App], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    model = tmp_path_factory.mktemp("model") / "babbler"
    babbler.make(model, calls=False)
    limits = {"MAX_RUNNING_TURNS": "1", "MAX_WAITING_TURNS": "2", "TURN_TIMEOUT_S": str(TURN_TIMEOUT_S)}
    with launch(MODEL=str(model), **limits) as running:
        running.wait_until_loaded()
        yield running


def turns(app: App) -> tuple[int, int]:
    """How many turns run, and how many wait."""
    report = app.health()["turns"]
    return report["running"], report["waiting"]


def is_told(chat: Chat, sentence: str) -> bool:
    """Whether the line in the page says this now."""
    return bool(chat.lines and re.fullmatch(sentence, chat.lines[-1]))


async def talking(chat: Any) -> Chat:
    """A chat in the middle of an answer."""
    page: Chat = await chat()
    await page.start("a story")
    await page.first_text()
    return page


async def test_three_chats_stand_in_line_and_stop_lets_those_behind_move_up(app: App, chat: Any) -> None:
    first, second, third, fourth = await talking(chat), await chat(), await chat("zh-CN"), await chat()
    await second.start("a story")
    await wait_until(
        lambda: is_told(second, r"In line, at place 1: your turn comes in about \d+ s\. Stop leaves the line\.")
    )
    await third.start("讲个故事")
    await wait_until(lambda: is_told(third, r"正在排队，排在第 2 位，大约 \d+ 秒后开始回答。点“停止”可以离开队伍。"))
    assert turns(app) == (1, 2)

    sent_away = await fourth.ask("a story")
    (error,) = sent_away.errors
    assert re.fullmatch(r"The model is busy: .* Send this message again in about \d+ s\.", error)
    assert sent_away.end_s < 1

    await second.stop()
    assert "Stopped." in (await second.ended(1)).lines
    await wait_until(lambda: is_told(third, "正在排队，排在第 1 位.*"))
    assert (app.health()["running"], turns(app)) == (1, (1, 1))

    await fourth.start("a story")  # once more, as it was told
    await wait_until(lambda: is_told(fourth, "In line, at place 2.*"))
    await first.stop()
    await third.first_text(2)
    await third.stop()
    await fourth.first_text(2)
    await fourth.stop()
    assert await wait_until(lambda: turns(app) == (0, 0)) < 1
    assert app.health()["running"] == 0


async def test_a_closed_tab_and_an_edit_leave_the_line(app: App, chat: Any) -> None:
    first, second, third = await talking(chat), await chat(), await chat()
    await second.start("a story")
    name = await third.start("a story")
    await wait_until(lambda: is_told(third, "In line, at place 2.*"))
    await third.start("another story", message_id=name)
    await wait_until(lambda: len(third.lines) > 1)  # the line of the edited message
    assert turns(app) == (1, 2)
    await second.close()
    assert await wait_until(lambda: turns(app)[1] == 1) < 3
    await third.stop()
    assert await wait_until(lambda: turns(app)[1] == 0) < 1
    await first.stop()


async def test_a_second_message_of_one_chat_takes_no_place_while_it_waits_for_the_first(app: App, chat: Any) -> None:
    first, other = await talking(chat), await chat()
    await first.start("another story")
    await wait_until(lambda: is_told(first, "Your previous message is still being answered; this one is next…"))
    assert turns(app) == (1, 0)
    await other.start("a story")
    await wait_until(lambda: is_told(other, "In line, at place 1.*"))
    for page in (other, first):
        await page.stop()
    assert await wait_until(lambda: turns(app) == (0, 0)) < 1


async def test_a_turn_that_began_before_a_hot_reload_gives_its_place_back(app: App, project: Path, chat: Any) -> None:
    first, second, third = await talking(chat), await chat(), await chat()
    await second.start("a story")
    await wait_until(lambda: turns(app) == (1, 1))
    with (project / "agent" / "engine" / "line.py").open("a", encoding="utf-8") as file:
        file.write("\n# saved\n")
    await wait_until(lambda: "Reloading app" in app.log.read_text(), TURN_TIMEOUT_S)
    await third.start("a story")
    await wait_until(lambda: turns(app) == (1, 2))
    await second.close()  # as Chainlit tells pages to load themselves anew
    await wait_until(lambda: turns(app) == (1, 1))
    await first.stop()
    await third.first_text()
    await third.stop()
    assert await wait_until(lambda: turns(app) == (0, 0)) < 1
    assert app.health()["loads"] == 1


async def test_the_time_limit_ends_a_turn_in_words_and_the_time_in_line_does_not_count(app: App, chat: Any) -> None:
    first, second = await chat(), await chat()
    answers = await asyncio.gather(first.ask("a story"), second.ask("a story"))
    for answer in answers:
        assert 'The answer reached its time limit of 10 s. Say "go on", or ask in smaller steps.' in answer.lines
        assert answer.first_text_s is not None
        assert answer.end_s - answer.first_text_s == pytest.approx(TURN_TIMEOUT_S, abs=1)
    assert max(answer.end_s for answer in answers) > 2 * TURN_TIMEOUT_S
    assert await wait_until(lambda: app.health()["running"] == 0) < 1
    assert turns(app) == (0, 0)
    await first.start("go on")
    await first.first_text(2)
    await first.stop()
    assert (await first.ended()).errors == []
