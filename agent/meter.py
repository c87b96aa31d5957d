"""Adds up what a turn takes, round by round: tokens from the engine's usage, times from its own clock."""

from __future__ import annotations

import time

from agent.engine.protocol import Reasoning, Text, Usage
from agent.events import Receipt
from tools.base import ToolCall, ToolResult


class Meter:
    """Measures one turn, from its making on. `window` is the engine's, in tokens."""

    def __init__(self, window: int | None) -> None:
        self._window = window
        self._began_s = self._asked_s = time.monotonic()
        self._first_token_s: float | None = None
        self._model_s = 0.0
        self._rounds: list[Usage] = []
        self._tools: list[tuple[str, float]] = []

    def ask(self) -> None:
        """A round begins: the engine is asked."""
        self._asked_s = time.monotonic()

    def take(self, part: object) -> None:
        """Note a part of what the engine streams; its usage ends the round."""
        match part:
            case Usage():
                self._rounds.append(part)
                self._model_s += time.monotonic() - self._asked_s
            case Text() | Reasoning() | ToolCall() if self._first_token_s is None:
                self._first_token_s = time.monotonic() - self._began_s

    def take_result(self, call: ToolCall, result: ToolResult) -> None:
        """Note how long a tool took."""
        self._tools.append((call.name, result.duration_s))

    def receipt(self) -> Receipt:
        """What the turn took so far."""
        last = self._rounds[-1] if self._rounds else Usage()
        return Receipt(
            prompt_tokens=sum(usage.prompt_tokens for usage in self._rounds),
            cached_tokens=sum(usage.cached_tokens for usage in self._rounds),
            completion_tokens=sum(usage.completion_tokens for usage in self._rounds),
            context_tokens=last.prompt_tokens + last.completion_tokens,
            window=self._window,
            first_token_s=self._first_token_s or 0.0,
            model_s=self._model_s,
            tools=tuple(self._tools),
        )
