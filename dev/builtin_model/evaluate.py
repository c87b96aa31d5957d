"""Judges the model on the held-out chats, in real vLLM, through the app's own engine, loop and tools. Prints tables.

    python -m dev.builtin_model.evaluate [--weights DIR] [--calls 10000] [--failures]

Greedy, then at the temperature that the app samples with, then again with many chats strung together into long ones.
At last as many calls as `--calls` says are sampled with nothing that holds the model to the tools, and the broken ones
are counted.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pydantic

from agent.conversation import Conversation
from agent.engine.protocol import Engine, Sampling
from agent.engine.vllm.backend import BUILTIN_FOLDER
from agent.events import TextDelta, ToolFinished, ToolStarted
from agent.history import History, Message
from dev.builtin_model import held_out, judge, systems
from dev.builtin_model.held_out import Case
from dev.builtin_model.judge import Call
from dev.engines import engines
from tools import build_registry
from tools.base import Tool, ToolCall
from tools.calculator import calculate
from tools.clock import clock_tool
from tools.registry import Registry
from tools.weather import WeatherUrls, weather_tool

AT_ONCE = 32
SAMPLED = Sampling(max_tokens=400)  # else as the app samples
LONG = 15  # cases in a long chat: some 3,500 tokens
OTHER_TOOLS = 4
NOBODY = "http://127.0.0.1:9/"  # the discard port: nobody listens there
TYPES = {"string": str, "integer": int, "number": float, "boolean": bool}


@dataclass(frozen=True)
class Score:
    """One turn as it went: whether it was right, and if not, why."""

    case: Case
    asked: str
    has_answer: bool  # whether there is an answer to hold against a tool's result
    kind: str
    words: str


def registry_for(case: Case) -> Registry:
    """The app's tools, with what this chat has in its surroundings."""
    if case.is_weather_down:
        urls = WeatherUrls(NOBODY, NOBODY, NOBODY, NOBODY)
        return Registry((weather_tool("open-meteo", urls=urls), clock_tool(), calculate))
    if not case.has_other_tools:
        return build_registry(weather_provider="simulated")
    others = [_made_up(schema) for schema in systems.made_up_schemas()[:OTHER_TOOLS]]
    return Registry((weather_tool("simulated"), *others[:2], clock_tool(), calculate, *others[2:]))


def _made_up(schema: systems.Schema) -> Tool:
    function = schema["function"]
    required = function["parameters"]["required"]
    fields: dict[str, Any] = {
        name: (TYPES[field["type"]], ... if name in required else None)
        for name, field in function["parameters"]["properties"].items()
    }
    return Tool(function["name"], function["description"], dict, pydantic.create_model(function["name"], **fields))


async def run(engine: Engine, cases: Sequence[Case], sampling: Sampling) -> list[Score]:
    """One chat in which the cases come one after the other, in the surroundings of the first; each turn judged."""
    registry = registry_for(cases[0])
    off = {systems.NAMES[skill] for skill in systems.NAMES if skill not in cases[0].tools}
    names = [name for name in registry.names if name not in off]
    system = systems.app_system().strip() if cases[0].system is None else cases[0].system
    history = History()
    conversation = Conversation(engine, registry, history, system=system, sampling=sampling, tool_names=names)
    scores = []
    for case, turn in [(one, turn) for one in cases for turn in one.turns]:
        history.add_user(turn.user)
        calls, text = await _take_turn(conversation)
        kind, words = judge.fault(turn, calls, text, case.tools)
        scores.append(Score(case, turn.user, bool(turn.calls) and kind in ("", "answer"), kind, words))
    return scores


async def _take_turn(conversation: Conversation) -> tuple[list[Call], str]:
    started: dict[str, ToolCall] = {}
    results: dict[str, str] = {}
    text = ""
    async with aclosing(conversation.send()) as events:
        async for event in events:
            match event:
                case TextDelta(piece):
                    text += piece
                case ToolStarted(call):
                    started[call.id] = call
                case ToolFinished(call, result):
                    results[call.id] = result.for_model
    return [Call(call.name, call.arguments, results[call.id]) for call in started.values()], text


async def run_all(engine: Engine, chats: Sequence[Sequence[Case]], sampling: Sampling) -> list[Score]:
    """All chats, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(cases: Sequence[Case]) -> list[Score]:
        async with gate:
            return await run(engine, cases, sampling)

    return [score for scores in await asyncio.gather(*map(one, chats)) for score in scores]


def long_chats(cases: Sequence[Case]) -> list[Sequence[Case]]:
    """Those cases that need no surroundings of their own, shuffled and strung together."""
    plain = [case for case in cases if not (case.has_other_tools or case.is_weather_down or case.system)]
    plain = [case for case in plain if len(case.tools) == len(systems.NAMES)]
    Random(0).shuffle(plain)
    return [plain[first : first + LONG] for first in range(0, len(plain), LONG)]


async def count_broken(engine: Engine, wanted: int, sampling: Sampling) -> tuple[int, int]:
    """Sample calls for the held-out questions until there are `wanted`; gives (calls, broken ones)."""
    registry = build_registry(weather_provider="simulated")
    questions = cycle(case.turns[0].user for case in held_out.cases() if case.turns[0].calls)
    calls = broken = 0

    async def worker() -> None:
        nonlocal calls, broken
        while calls < wanted:
            prompt = [Message("system", systems.app_system().strip()), Message("user", next(questions))]
            text = ""
            async with aclosing(engine.stream(prompt, registry.schemas(), sampling)) as parts:
                async for part in parts:
                    match part:
                        case ToolCall():
                            result = await registry.call(part)
                            calls += 1
                            broken += judge.is_broken([Call(part.name, part.arguments, result.for_model)], "")
                        case _:
                            text += getattr(part, "text", "")
            broken += judge.is_broken([], text)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return calls, broken


def table(rounds: dict[str, list[Score]]) -> str:
    """A row a skill and language: right turns and faithful answers in each round, as Markdown."""
    heads = [f"{what}, {name}" for name in rounds for what in ("right", "faithful")]
    lines = [f"| skill | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    rows = {(score.case.skill, score.case.language) for scores in rounds.values() for score in scores}
    for row in [*sorted(rows), ("all", "")]:
        cells = []
        for scores in rounds.values():
            chosen = [score for score in scores if row == ("all", "") or row == (score.case.skill, score.case.language)]
            answered = [score for score in chosen if score.has_answer]
            cells.append(_share(sum(score.kind in ("", "answer") for score in chosen), len(chosen)))
            cells.append(_share(sum(not score.kind for score in answered), len(answered)))
        lines.append(f"| {' '.join(row).strip()} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(good: int, count: int) -> str:
    return f"{good}/{count} ({good / count:.1%})" if count else ""


async def main(options: argparse.Namespace) -> None:
    """Load the model, run the rounds, print."""
    async with engines(str(options.weights), tool_parser="hermes", max_model_len=4096) as ways:
        await judge_rounds(ways["constraint on"], options)
        if options.calls:
            calls, broken = await count_broken(ways["constraint off"], options.calls, SAMPLED)
            print(f"\n{calls} calls sampled without the constraint, {broken} broken")


async def judge_rounds(engine: Engine, options: argparse.Namespace) -> None:
    """Play the held-out chats in every way and print the table, and what went wrong."""
    cases = held_out.cases(options.chats)[:: options.every]
    chats = [[case] for case in cases]
    rounds = {
        "greedy": await run_all(engine, chats, replace(SAMPLED, temperature=0.0)),
        "sampled": await run_all(engine, chats * options.rounds, SAMPLED),
        "long chats": await run_all(engine, long_chats(cases), SAMPLED),
    }
    print(table(rounds))
    faults = Counter(score.kind for scores in rounds.values() for score in scores if score.kind)
    print(f"\nfaults: {dict(faults)}")
    for name, scores in rounds.items() if options.failures else ():
        for score in scores:
            if score.kind:
                print(
                    f"- {name}, {score.case.skill} {score.case.language}, {score.kind}: {score.asked!r}: {score.words}"
                )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=BUILTIN_FOLDER)
    parser.add_argument("--chats", choices=("held_out", "development"), default="held_out")
    parser.add_argument("--rounds", type=int, default=1, help="how often each chat is sampled after the greedy round")
    parser.add_argument("--calls", type=int, default=10_000, help="count the broken ones among so many sampled calls")
    parser.add_argument("--every", type=int, default=1, help="judge only every n-th chat")
    parser.add_argument("--failures", action="store_true", help="print what went wrong")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(_options()))
