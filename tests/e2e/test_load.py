"""The load generator against the real app: what it counts as whole, and what as broken."""

from __future__ import annotations

from dataclasses import replace

from dev.app_process import App
from dev.bench import load
from dev.bench.figures import TOOL_QUESTIONS, Load

TURNS = Load(TOOL_QUESTIONS, tools=1, rounds=1)


def test_chats_at_once_give_whole_turns_and_their_times(app: App) -> None:
    found = load.measure(app.url, TURNS, 3)
    assert (found["chats"], found["turns"], found["broken"]) == (3, 9, 0)
    assert 0 < found["first_text_ms"]["p50"] < found["end_ms"]["p50"]
    assert 0 < found["turns_per_s"] < 9


def test_an_answer_without_the_calls_that_were_asked_for_is_broken(app: App) -> None:
    assert load.measure(app.url, replace(TURNS, tools=2), 1)["broken"] == 3


def test_an_answer_that_ends_before_its_limit_is_broken(app: App) -> None:
    assert load.measure(app.url, replace(TURNS, tokens=1234), 1)["broken"] == 3


def test_open_chats_are_held_and_cost_less_than_a_megabyte_each(app: App) -> None:
    with load.idle(app.url, 20):  # what the first chats need once for all
        pass
    before = app.rss_mib
    with load.idle(app.url, 200):
        assert app.rss_mib - before < 200
