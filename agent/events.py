"""Events of a turn, as the page gets them: one union of frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tools.base import ToolCall, ToolResult

EndReason = Literal["done", "length", "window", "round_limit", "empty", "broken"]


@dataclass(frozen=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True)
class ReasoningDelta:
    """The next piece of what a reasoning model thinks before it answers; not part of the answer, nor of the history."""

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
class TurnUsage:
    """What a turn took, summed over its rounds: tokens (0 if the server counts none) and seconds."""

    prompt_tokens: int
    cached_tokens: int  # of the prompt: found in the prefix cache
    completion_tokens: int
    context_tokens: int  # prompt and answer of the last round: what of the window is used
    window: int | None
    first_token_s: float  # from the question to the first word, thought or call
    model_s: float  # while the model was asked; tools not included
    tools: tuple[tuple[str, float], ...]  # name and seconds of each call, in the order in which they finished

    @property
    def tokens_a_second(self) -> float:
        """The pace of the answer, the reading of the prompt included."""
        return self.completion_tokens / self.model_s if self.model_s else 0.0


@dataclass(frozen=True)
class TurnEnded:
    """The last event of a turn that was not stopped and raised nothing.

    `length` and `window` say what cut the answer, `broken` that the engine left it unfinished, and `empty` that it has
    no word.
    """

    reason: EndReason
    usage: TurnUsage | None = field(default=None, compare=False)


Event = TextDelta | ReasoningDelta | ToolStarted | ToolFinished | HistoryShortened | TurnEnded
