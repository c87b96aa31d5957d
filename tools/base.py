"""What a tool is: a typed, documented function, the call of it and its result. Knows no particular tool and no UI."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_type_hints

import pydantic

Failure = Literal[
    "unknown_tool",
    "invalid_json",
    "invalid_arguments",
    "tool_error",
    "timeout",
    "internal_error",
    "refused",
    "stopped",
]
ToolSchema = dict[str, Any]


class ToolError(Exception):
    """A tool could not do what was asked. Its text goes to the model and to the person, so it says what to try next.

    `chinese` is that text for a person whose page is in Chinese; the model always gets the English one.
    """

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english)
        self.chinese = chinese


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it: `arguments` is its JSON text, not yet checked."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """The one answer to a call: a text for the model, a text for the person, and the kind of failure if it failed."""

    call_id: str
    for_model: str
    for_user: str
    failure: Failure | None = None
    duration_s: float = 0.0
    chinese: str = ""  # of a failed call: `for_user` in Chinese, where there is such a text


def failed(call: ToolCall, kind: Failure, message: str, duration_s: float = 0.0, chinese: str = "") -> ToolResult:
    """The result of a failed call: the model reads {"error": kind, "message": message}, the person the message."""
    text = json.dumps({"error": kind, "message": message}, ensure_ascii=False)
    return ToolResult(call.id, for_model=text, for_user=message, failure=kind, duration_s=duration_s, chinese=chinese)


@dataclass(frozen=True)
class Tool:
    """A function that the model may call; `arguments` checks what the model wrote and gives the JSON schema."""

    name: str
    description: str
    function: Callable[..., Any]
    arguments: type[pydantic.BaseModel]
    timeout_s: float | None = None

    @cached_property
    def schema(self) -> ToolSchema:
        """OpenAI's function format: {"type": "function", "function": {"name", "description", "parameters"}}."""
        parameters = self.arguments.model_json_schema()
        parameters.pop("title", None)
        for field in parameters.get("properties", {}).values():
            field.pop("title", None)
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}


def tool(function: Callable[..., Any] | None = None, *, timeout_s: float | None = None) -> Any:
    """Turn a typed, documented function into a Tool. A sync one runs in a thread, an async one in the event loop.

    The docstring's first paragraph is the description the model reads; a parameter is described by
    `Annotated[str, Field(description=...)]`. `timeout_s` replaces the registry's limit.
    Raises TypeError where the docstring or a parameter's type is missing.
    """
    if function is None:
        return lambda decorated: tool(decorated, timeout_s=timeout_s)
    if not function.__doc__:
        raise TypeError(
            f"tool {function.__name__!r} has no docstring; the model reads it to know when to call the tool"
        )
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in hints:
            raise TypeError(f"tool {function.__name__!r}: parameter {name!r} has no type; annotate it")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default)
    arguments = pydantic.create_model(function.__name__, __config__=pydantic.ConfigDict(extra="forbid"), **fields)
    description = " ".join(inspect.cleandoc(function.__doc__).split("\n\n")[0].split())
    return Tool(function.__name__, description, function, arguments, timeout_s)
