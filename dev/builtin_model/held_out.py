"""The chats that judge the model, written by hand. Neither they nor their places' names are trained on.

held_out.jsonl is what the figures are of. development.jsonl is an earlier set, whose failures were read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Turn:
    """What the person says, and what has to follow: calls, as (skill, accepted arguments), or words of some kind."""

    user: str
    calls: tuple[tuple[str, tuple[str, ...]], ...] = ()
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A chat: its row in the table, its turns, which skills have a tool, and in what surroundings."""

    skill: str
    language: str
    turns: tuple[Turn, ...]
    tools: tuple[str, ...] = ("weather", "time", "sum")
    system: str | None = None  # instead of the app's own
    has_other_tools: bool = False
    is_weather_down: bool = False


def _turn(value: dict[str, Any]) -> Turn:
    calls = tuple((skill, tuple(arguments)) for skill, *arguments in value.get("calls", ()))
    return Turn(value["user"], calls, tuple(value.get("says", ())))


@cache
def cases(name: str = "held_out") -> tuple[Case, ...]:
    """All chats of the file of that name, in its order."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    values = [json.loads(line) for line in lines if line]
    return tuple(
        Case(
            value["skill"],
            value["language"],
            tuple(_turn(turn) for turn in value["turns"]),
            tuple(value.get("tools", ("weather", "time", "sum"))),
            value.get("system"),
            value.get("others", False),
            value.get("down", False),
        )
        for value in values
    )


@cache
def names() -> frozenset[str]:
    """The places that are asked about in either file, in lower case: "cork, ireland", and "cork" too."""
    turns = [turn for name in ("held_out", "development") for case in cases(name) for turn in case.turns]
    asked = [text for turn in turns for skill, spellings in turn.calls if skill != "sum" for text in spellings]
    return frozenset(name.lower() for text in asked for name in (text, text.split(",")[0]))
