"""What a turn gave, and the figures of many: the same for the app, the bare engine and the baselines."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

STORY = "Tell me a long story about rivers, tea houses and clear talk. "
TOOL_QUESTIONS = ("广州天气怎么样?", "多伦多现在几点?", "What is 15% of 80?")


@dataclass(frozen=True)
class Load:
    """What each chat of a measurement asks, one question after another.

    `{fresh}` in a question becomes something that nobody has asked before. `tokens` is the length of every answer
    where the model talks to its limit, 0 where it ends by itself; `tools` how many calls each turn has.
    """

    questions: Sequence[str]
    tokens: int = 0
    tools: int = 0
    think_s: float = 0  # the mean pause before each question; 0: the next follows at once
    rounds: int = 0  # each with new chats; 0: more of them where there are fewer chats

    def rounds_of(self, size: int) -> int:
        """How many rounds `size` chats are measured for, after one that warms up."""
        return self.rounds or (10 if size == 1 else 5 if size <= 8 else 3)


@dataclass(frozen=True)
class Turn:
    """One question and its answer. Seconds since it was asked, but `asked_at`: the host's monotonic clock."""

    asked_at: float
    first_text_s: float  # of the answer that follows the tools
    end_s: float
    frames_at_s: tuple[float, ...] = ()
    is_broken: bool = False


Round = Sequence[Sequence[Turn]]  # the turns of each chat


def figures(size: int, rounds: Sequence[Round], tokens: int) -> dict[str, Any]:
    """The figures of `size` chats: medians over the rounds for rates, percentiles over all turns for times.

    A broken turn counts for nothing in the rates, and not at all in the times.
    """
    turns = [turn for chats in rounds for chat in chats for turn in chat]
    whole = [turn for turn in turns if not turn.is_broken]
    firsts = sorted(turn.first_text_s for turn in whole)
    gaps = sorted(later - earlier for turn in whole for earlier, later in pairwise(turn.frames_at_s))
    rates = [_turns_per_second([turn for chat in chats for turn in chat]) for chats in rounds]
    found: dict[str, Any] = {
        "chats": size,
        "turns": len(turns),
        "broken": len(turns) - len(whole),
        "turns_per_s": round(statistics.median(rates), 3),
        "first_text_ms": _milliseconds(firsts, 0.5, 0.95),
        "end_ms": _milliseconds(sorted(turn.end_s for turn in whole), 0.5, 0.95),
    }
    if tokens:
        found["tokens_per_s"] = round(tokens * statistics.median(rates), 1)
    if gaps:
        found["gap_ms"] = _milliseconds(gaps, 0.5, 0.95, 0.99)
        streamed = [turn for turn in whole if len(turn.frames_at_s) > 1]
        seconds = sum(turn.frames_at_s[-1] - turn.frames_at_s[0] for turn in streamed)
        found["frames_per_s_of_a_chat"] = round(sum(len(turn.frames_at_s) - 1 for turn in streamed) / seconds, 1)
    return found


def _turns_per_second(turns: Sequence[Turn]) -> float:
    """Whole turns a second, from the first question to the last answer's end."""
    seconds = max(turn.asked_at + turn.end_s for turn in turns) - min(turn.asked_at for turn in turns)
    return sum(not turn.is_broken for turn in turns) / seconds


def _milliseconds(ordered_s: Sequence[float], *shares: float) -> dict[str, float]:
    """The given percentiles, as p50, p95 and so on."""
    return {f"p{100 * share:.0f}": round(1000 * percentile(ordered_s, share), 1) for share in shares if ordered_s}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of these values that at least `share` of them do not exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
