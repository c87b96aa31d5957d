"""Backend protocol: what the supervisor needs of a vendor to load an engine, watch it and end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agent.engine.protocol import Engine

Stage = Literal["idle", "resolving", "downloading", "loading", "warming", "ready", "restarting", "failed"]


@dataclass(frozen=True)
class Status:
    """What the engine is doing. `model` is the name to show; `progress` a download's.

    `reason` is why it failed, in English, and `reason_zh` in Chinese: the texts of an error, which outlive its class.
    """

    stage: Stage = "idle"
    model: str = ""
    progress: Any = None
    reason: str = ""
    reason_zh: str = ""


class Backend(Protocol):
    """How to get an engine. `load` is called at the start and after each death, `engine` for each turn."""

    async def load(self, report: Callable[[Status], None]) -> Any:
        """The loaded model. Raises AgentError if a person can do something about it."""
        ...

    def engine(self, loaded: Any) -> Engine:
        """An engine over what `load` returned, made of the code that is current."""
        ...

    def running(self, loaded: Any) -> int | None:
        """How many requests are running or waiting; None if that cannot be known."""
        ...

    def places(self, loaded: Any) -> int | None:
        """How many turns it holds at once; None if that cannot be known."""
        ...

    def is_dead(self, loaded: Any) -> bool:
        """Whether what was loaded has died since; nothing brings it back but another load."""
        ...

    def unload(self, loaded: Any | None) -> None:
        """End what `load` started, or what is left of it; `loaded` is None if it had not finished."""
        ...

    async def unheld(self, schema: Mapping[str, Any]) -> Sequence[str]:
        """Which rules of this JSON Schema no answer is held to while it is written, such as `uniqueItems at $.tags`.

        Raises AgentError if answers cannot be held to the schema at all.
        """
        ...
