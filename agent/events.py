"""What can happen in a turn, as the page gets to see it: one union of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.base import ToolCall, ToolResult


@dataclass(frozen=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True)
class ReasoningDelta:
    """The next piece of what a reasoning model thinks before it answers."""

    text: str


@dataclass(frozen=True)
class ToolStarted:
    """The model asked for a tool, and it runs."""

    call: ToolCall


@dataclass(frozen=True)
class ToolFinished:
    """A tool's call has its result, good or bad."""

    call: ToolCall
    result: ToolResult


@dataclass(frozen=True)
class HistoryShortened:
    """The chat outgrew the model's window: its older turns are no longer part of the prompt."""


@dataclass(frozen=True)
class TurnEnded:
    """The last event of a turn that was neither stopped nor broken; `length` and `window` say what cut the answer."""

    reason: Literal["done", "length", "window", "round_limit"]


Event = TextDelta | ReasoningDelta | ToolStarted | ToolFinished | HistoryShortened | TurnEnded
