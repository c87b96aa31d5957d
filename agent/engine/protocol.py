"""What the loop needs of a model: one method that streams. Three implementations: vllm, remote, scripted (tests)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.history import Message
from tools.base import ToolCall, ToolSchema


@dataclass(frozen=True)
class Sampling:
    """Sampling parameters by vLLM's names. `max_tokens` is a ceiling: the window may have less left."""

    temperature: float = 0.45
    top_p: float = 0.9
    max_tokens: int = 8192


@dataclass(frozen=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True)
class Reasoning:
    """A piece of a reasoning model's thoughts; not part of the answer, and not kept in the history."""

    text: str


@dataclass(frozen=True)
class Usage:
    """The end of a stream: token counts (0 where the server gives none), and whether a limit of tokens cut it."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    is_cut: bool = False


Part = Text | Reasoning | ToolCall | Usage


class Engine(Protocol):
    """A model that answers."""

    def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[Part, None]:
        """Answer `messages`: text as it comes, whole tool calls, last one Usage. Closing it frees the engine.

        Raises ContextFull where the messages do not fit into the window, EngineError for everything else.
        """
        ...
