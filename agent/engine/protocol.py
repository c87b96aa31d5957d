"""Engine protocol: what the loop needs of a model, which counts and streams. Engines: vllm, remote, scripted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.events import ReasoningDelta, TextDelta
from agent.history import Message
from tools.base import ToolCall, ToolSchema


@dataclass(frozen=True)
class Sampling:
    """Sampling parameters by vLLM's names. `max_tokens` is a ceiling: the window may have less left.

    With `answer_schema`, a JSON Schema, the whole answer is one JSON value that fits it, and no tools are offered.
    """

    temperature: float = 0.45
    top_p: float = 0.9
    max_tokens: int = 8192
    answer_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Usage:
    """The end of a stream: token counts (0 if the server gives none), and whether a limit of tokens cut it.

    `is_broken`: it ended before the engine said that the answer was whole.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    is_cut: bool = False
    is_broken: bool = False


StreamPart = TextDelta | ReasoningDelta | ToolCall | Usage


def budget(window: int, max_tokens: int) -> int:
    """How many tokens a prompt may have: the window, less what is kept free for an answer or a tool's call.

    That is `max_tokens`, but no more than an eighth of the window.
    """
    return window - min(max_tokens, window // 8)


def estimate(text: str) -> int:
    """About how many tokens a text has, rather too many than too few, for when nothing counts them.

    A digit is a token in Qwen's vocabulary, and so, nearly, is a Chinese character, which has three bytes in UTF-8;
    of English a token has four letters, of code three.
    """
    digits = sum(one.isdigit() for one in text)
    return digits + (len(text.encode(errors="replace")) - digits + 2) // 3


class Engine(Protocol):
    """A model that answers."""

    @property
    def window(self) -> int | None:
        """The tokens that prompt and answer have together; None if that is not known, or nothing can be counted."""
        ...

    async def count(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> int:
        """The exact number of tokens of the prompt that `stream` makes of these, however long. Needs a `window`."""
        ...

    def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[StreamPart, None]:
        """Answer `messages`: text as it comes, whole tool calls, last one Usage. Closing it frees the engine.

        Raises ContextFull if the prompt is longer than the `budget` (without a `window`: longer than the server
        takes), EngineError for everything else.
        """
        ...
