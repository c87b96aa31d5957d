"""Measures what each of 50 turns costs in a chat that outgrows its window, on the loop over the bare engine.

    python -m dev.bench.turns [CHATS]    default: 5

The built-in model has a window of 2,048 tokens. Sums with numbers of their own, which call a tool, take turns with
small talk, whose first part is the first token. Prints one JSON object; the figures of a turn are medians of the chats.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent.conversation import Conversation
from agent.engine.protocol import Engine
from agent.events import HistoryShortened, TurnEnded, TurnUsage
from agent.history import History
from dev.engines import SYSTEM, engines
from tools import build_registry

WINDOW = 2048
TURNS = 50
SMALL_TALK = ("hello", "你好", "谢谢", "thanks")


@dataclass(frozen=True)
class Turn:
    """What one turn took, and whether earlier ones had to leave for it."""

    usage: TurnUsage
    is_shortened: bool


def questions(chat: int) -> list[str]:
    """Those of one chat; no other has the same sums, so that its prompts are in no other's cache."""
    numbers = random.Random(chat)

    def sum_of_its_own() -> str:
        return f"({numbers.randint(100, 999)}+{numbers.randint(100, 999)})*{numbers.randint(2, 99)} 等于多少?"

    return [numbers.choice(SMALL_TALK) if turn % 2 else sum_of_its_own() for turn in range(TURNS)]


async def talk(engine: Engine, asked: Sequence[str]) -> list[Turn]:
    """One chat with the app's prompt, tools and sampling; a turn for each question."""
    tools, history, turns = build_registry(weather_provider="simulated"), History(), list[Turn]()
    for question in asked:
        is_shortened = False
        conversation = Conversation(engine, tools, history, system=SYSTEM)
        history.add_user(question)
        async with aclosing(conversation.send()) as events:
            async for event in events:
                match event:
                    case HistoryShortened():
                        is_shortened = True
                    case TurnEnded(_, TurnUsage() as usage):
                        turns.append(Turn(usage, is_shortened))
    return turns


def hit_rate(turns: Sequence[Turn]) -> float:
    """The share of the prompts' tokens that the prefix cache had."""
    cached = sum(turn.usage.cached_tokens for turn in turns)
    return cached / sum(turn.usage.prompt_tokens for turn in turns)


def first_token_ms(chats: Sequence[Sequence[Turn]], number: int) -> float:
    """The median over the chats of the time to the first token of turn `number`, the first being 1."""
    return round(1000 * statistics.median(turns[number - 1].usage.first_token_s for turns in chats), 1)


def report(chats: Sequence[Sequence[Turn]]) -> dict[str, Any]:
    """All figures, those of each turn last."""
    second, twentieth = first_token_ms(chats, 2), first_token_ms(chats, 20)
    return {
        "chats": len(chats),
        "window": chats[0][0].usage.window,
        "hit_rate": [round(hit_rate(turns), 3) for turns in chats],
        "first_token_ms_of_turn_2": second,
        "first_token_ms_of_turn_20": twentieth,
        "turn_20_to_turn_2": round(twentieth / second, 2),
        "shortened_at": [[number for number, turn in enumerate(turns, 1) if turn.is_shortened] for turns in chats],
        "turns": [_row(number, [turns[number - 1].usage for turns in chats]) for number in range(1, TURNS + 1)],
    }


def _row(number: int, usages: Sequence[TurnUsage]) -> dict[str, Any]:
    medians = {
        name: statistics.median(getattr(usage, name) for usage in usages)
        for name in ("prompt_tokens", "cached_tokens", "completion_tokens", "context_tokens")
    }
    seconds = {
        name: round(statistics.median(getattr(usage, name) for usage in usages), 4)
        for name in ("first_token_s", "model_s")
    }
    return {"turn": number, "calls": len(usages[0].tools)} | medians | seconds


async def measure(count: int) -> dict[str, Any]:
    """Load the model once, and talk in one chat after another."""
    async with engines("builtin", max_model_len=WINDOW) as ways:
        await talk(ways["constraint on"], questions(-1)[:20])  # warms up
        return report([await talk(ways["constraint on"], questions(chat)) for chat in range(count)])


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else 5))))
