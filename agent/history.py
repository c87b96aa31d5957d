"""History of one chat: its messages, append-only, so that the prompt's prefix stays the same.

Knows no engine and no page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tools.base import ToolCall, ToolResult, failed

UNANSWERED = "(stopped)"
EMPTY = "(no answer)"

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class Message:
    """One message as the model has it. `id` is the page's name for a user's message, so that it can be edited."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The message in plain values only."""
        return {**vars(self), "tool_calls": [dict(vars(call)) for call in self.tool_calls]}


class History:
    """Everything that was said in one chat; the model gets the messages from the index `start` on."""

    def __init__(self, messages: Sequence[Message] = (), start: int = 0) -> None:
        self._messages = list(messages)
        self.start = start

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages, oldest first."""
        return tuple(self._messages)

    def since(self, index: int) -> tuple[Message, ...]:
        """The messages from this index on, oldest first."""
        return tuple(self._messages[index:])

    def add_user(self, text: str, message_id: str | None = None) -> None:
        """Append a question. `message_id` is the page's name for it, by which `cut` finds it again."""
        self._messages.append(Message("user", text, id=message_id))

    def add_assistant(self, text: str, calls: Sequence[ToolCall] = ()) -> None:
        """Append the model's answer; an answer without text and calls (stopped before its first word) is not one."""
        if text.strip() or calls:
            self._messages.append(Message("assistant", text.rstrip() if calls else text, tuple(calls)))

    def add_result(self, result: ToolResult) -> None:
        """Append the answer to the first open call; results stand in the order of the calls. Raises ValueError else."""
        waiting = self.open_calls()
        if not waiting or waiting[0].id != result.call_id:
            raise ValueError(f"the next result must answer {waiting[:1]}, not {result.call_id!r}")
        self._messages.append(Message("tool", result.for_model, tool_call_id=result.call_id))

    @property
    def goes_on(self) -> bool:
        """Whether the model has not answered yet: the last message asks it, calls a tool, or is a tool's result."""
        return bool(self._messages) and (self._messages[-1].role != "assistant" or bool(self._messages[-1].tool_calls))

    def open_calls(self) -> tuple[ToolCall, ...]:
        """The calls that have no result yet, in the order in which the model made them."""
        for results, message in enumerate(reversed(self._messages)):
            if message.role != "tool":
                return message.tool_calls[results:]
        return ()

    def cut(self, *message_ids: str) -> bool:
        """Forget the first of these users' messages and what follows it; False if none is (or is no longer) here."""
        wanted = set(message_ids)
        for index, message in enumerate(self._messages):
            if message.id in wanted:
                del self._messages[index:]
                self.start = min(self.start, index)
                return True
        return False

    def prompt(self, system: str, start: int | None = None) -> tuple[Message, ...]:
        """The prompt: the system prompt, if there is one, and the turns since `start`."""
        head = (Message("system", system),) if system else ()
        return head + tuple(self._messages[self.start if start is None else start :])

    def close_turn(self, answer: str = UNANSWERED) -> None:
        """Let a turn that ended without an answer have one, or the model would answer it with the next question."""
        if self._messages and self._messages[-1].role in ("user", "tool"):
            self._messages.append(Message("assistant", answer))

    def mend(self, said: str) -> None:
        """Close a turn that was cut when its process ended; `said` is what the page has of the last answer."""
        for call in self.open_calls():
            self.add_result(failed(call, "stopped", "The server stopped before this call had a result."))
        if self._messages and self._messages[-1].role != "assistant":
            self.add_assistant(said)
        self.close_turn()

    def take_back(self) -> None:
        """Forget the last message if it is a question without an answer."""
        if self._messages and self._messages[-1].role == "user":
            del self._messages[-1]

    async def fit(self, system: str, budget: int, count: Callable[[Sequence[Message]], Awaitable[int]]) -> bool:
        """Shorten the prompt by a block of the oldest turns; False if that cannot help.

        `budget` is how many tokens a prompt may have, and `count` tells how many one has. So many turns go that the
        others fill half of the room that the last one leaves, at most: until the other half is full, the prompt keeps
        its beginning, and the prefix cache its use. The last turn never goes; if it alone is beyond the budget,
        nothing does.
        """
        turns = self._turns()
        least = await count(self.prompt(system, turns[-1]))
        if len(turns) < 2 or least > budget:
            return False
        fewest, most = 1, len(turns) - 1
        while fewest < most:
            middle = (fewest + most) // 2
            if await count(self.prompt(system, turns[middle])) <= (least + budget) // 2:
                most = middle
            else:
                fewest = middle + 1
        self.start = turns[fewest]
        return True

    def drop_half(self) -> bool:
        """Shorten the prompt by the older half of the turns; False if only the last turn is left.

        For an engine that cannot count.
        """
        turns = self._turns()
        if len(turns) < 2:
            return False
        self.start = turns[(len(turns) + 1) // 2]
        return True

    def _turns(self) -> list[int]:
        """The indexes at which the prompt's turns begin."""
        return [i for i in range(self.start, len(self._messages)) if self._messages[i].role == "user"]

    def to_json(self) -> dict[str, Any]:
        """{"messages": [...], "start": index}, of plain values only."""
        return {"messages": [message.to_json() for message in self._messages], **self.state()}

    def state(self) -> dict[str, Any]:
        """All of its JSON form but the messages."""
        return {"start": self.start}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> History:
        """The inverse of `to_json`. Raises KeyError or TypeError if the value is of another shape."""
        messages = [
            Message(**{**message, "tool_calls": tuple(ToolCall(**call) for call in message["tool_calls"])})
            for message in value["messages"]
        ]
        return cls(messages, value["start"])
