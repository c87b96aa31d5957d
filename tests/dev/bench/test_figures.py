"""The figures of many turns: what counts, and what does not."""

from __future__ import annotations

import pytest

from dev.bench.figures import Load, Turn, figures, percentile


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.51, 3), (0.95, 4), (1, 4), (0.01, 1)])
def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed(share: float, value: float) -> None:
    assert percentile([1, 2, 3, 4], share) == value


def test_a_rate_goes_from_the_first_question_to_the_last_answers_end() -> None:
    one = Turn(asked_at=100.0, first_text_s=0.1, end_s=2.0, frames_at_s=(0.1, 0.2, 0.6))
    other = Turn(asked_at=101.0, first_text_s=0.3, end_s=3.0, frames_at_s=(0.3, 0.4))
    assert figures(2, [[[one], [other]]], tokens=10) == {
        "chats": 2,
        "turns": 2,
        "broken": 0,
        "turns_per_s": 0.5,
        "first_text_ms": {"p50": 100.0, "p95": 300.0},
        "end_ms": {"p50": 2000.0, "p95": 3000.0},
        "tokens_per_s": 5.0,
        "gap_ms": {"p50": 100.0, "p95": 400.0, "p99": 400.0},
        "frames_per_s_of_a_chat": 5.0,
    }


def test_a_broken_turn_counts_for_nothing() -> None:
    whole = Turn(asked_at=0.0, first_text_s=0.1, end_s=1.0)
    broken = Turn(asked_at=0.0, first_text_s=9.0, end_s=10.0, is_broken=True)
    found = figures(2, [[[whole], [broken]]], tokens=10)
    assert (found["broken"], found["tokens_per_s"], found["first_text_ms"]) == (1, 1.0, {"p50": 100.0, "p95": 100.0})


def test_rates_are_medians_over_the_rounds() -> None:
    rounds = [[[Turn(asked_at=0.0, first_text_s=0.1, end_s=seconds)]] for seconds in (1.0, 2.0, 10.0)]
    assert figures(1, rounds, tokens=0)["turns_per_s"] == 0.5


def test_few_chats_are_measured_more_often_unless_it_is_said_how_often() -> None:
    assert [Load(("?",)).rounds_of(size) for size in (1, 8, 64)] == [10, 5, 3]
    assert Load(("?",), rounds=2).rounds_of(1) == 2
