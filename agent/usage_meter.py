"""Usage of a turn, added up round by round: tokens from the engine's usage, times from its own clock.

A round that was stopped has no usage, and some servers give none: what such a round took is estimated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from agent.engine.protocol import Usage, estimate
from agent.events import ReasoningDelta, TextDelta, TurnUsage
from agent.history import Message
from tools.base import ToolCall, ToolResult, ToolSchema


class UsageMeter:
    """Measures one turn, from its making on. `window` is the engine's, in tokens."""

    def __init__(self, window: int | None) -> None:
        self._window = window
        self._began_s = self._asked_s = time.monotonic()
        self._first_token_s: float | None = None
        self._model_s = 0.0
        self._rounds: list[Usage] = []
        self._counted = 0
        self._prompt: Sequence[Message] = ()
        self._schemas: Sequence[ToolSchema] = ()
        self._said: list[str] = []  # of the round that runs
        self._tools: list[tuple[str, float]] = []

    def ask(self) -> None:
        """A round begins: the engine is asked."""
        self._asked_s = time.monotonic()

    def give(self, prompt: Sequence[Message], schemas: Sequence[ToolSchema]) -> None:
        """What the engine gets to read in this round; called again if that was too long and is shortened."""
        self._prompt, self._schemas = prompt, schemas

    def take(self, part: object) -> None:
        """Note a part of what the engine streams; its usage ends the round."""
        match part:
            case Usage():
                self._rounds.append(part)
                self._model_s += time.monotonic() - self._asked_s
                self._counted += part.prompt_tokens + part.completion_tokens or self._estimate()
                self._said = []
            case TextDelta(said) | ReasoningDelta(said) | ToolCall(arguments=said):
                self._said.append(said)
                if self._first_token_s is None:
                    self._first_token_s = time.monotonic() - self._began_s

    def take_result(self, call: ToolCall, result: ToolResult) -> None:
        """Note how long a tool took."""
        self._tools.append((call.name, result.duration_s))

    @property
    def tokens(self) -> int:
        """What was read and written so far: counted, but for a round that has not ended."""
        return self._counted + self._estimate()

    def _estimate(self) -> int:
        """About what the round that runs took; nothing if nothing came, as it may have been refused."""
        if not self._said:
            return 0
        texts = [*(message.content for message in self._prompt), *(json.dumps(schema) for schema in self._schemas)]
        return estimate("\n".join(texts)) + estimate("".join(self._said))

    def usage(self) -> TurnUsage:
        """What the turn took so far."""
        last = self._rounds[-1] if self._rounds else Usage()
        return TurnUsage(
            prompt_tokens=sum(usage.prompt_tokens for usage in self._rounds),
            cached_tokens=sum(usage.cached_tokens for usage in self._rounds),
            completion_tokens=sum(usage.completion_tokens for usage in self._rounds),
            context_tokens=last.prompt_tokens + last.completion_tokens,
            window=self._window,
            first_token_s=self._first_token_s or 0.0,
            model_s=self._model_s,
            tools=tuple(self._tools),
        )
