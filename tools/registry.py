"""Checks and runs the model's tool calls: the only place that catches a tool's failure. Knows no particular tool."""

from __future__ import annotations

import _thread
import asyncio
import contextvars
import inspect
import json
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

import pydantic
import pydantic_core

from tools.base import Failure, Tool, ToolCall, ToolError, ToolResult, ToolSchema, failed
from tools.text import clean, read_json

PERSONS_SHARE = 10  # a person gets so many times what the model gets of a result: it is drawn, and costs no tokens

logger = logging.getLogger(__name__)


class _CallFailed(Exception):
    """Carries the kind and the text of a failure up to `call`; never leaves this module."""

    def __init__(self, kind: Failure, message: str, chinese: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.chinese = chinese


class Registry:
    """The tools that there are, and two limits for each call: its time, and the length of its result."""

    def __init__(
        self, tools: tuple[Tool, ...], timeout_s: float = 20, max_result_chars: int = 4000, clean_up_s: float = 1
    ) -> None:
        """`clean_up_s` is what a cancelled tool gets to close its connections before it is left behind."""
        self._tools = {tool.name: tool for tool in tools}
        if len(self._tools) < len(tools):
            raise ValueError(f"two tools have the same name: {[tool.name for tool in tools]}; rename one")
        self._timeout_s = timeout_s
        self._max_result_chars = max_result_chars
        self._clean_up_s = clean_up_s

    @property
    def names(self) -> tuple[str, ...]:
        """The tools' names, in the registry's order."""
        return tuple(self._tools)

    def schemas(self, names: Collection[str] | None = None) -> list[ToolSchema]:
        """The tools in OpenAI's function format, in the registry's order; only those in `names` where it is given."""
        return [tool.schema for tool in self._tools.values() if names is None or tool.name in names]

    async def call(self, call: ToolCall, names: Collection[str] | None = None) -> ToolResult:
        """Check `call`, run its tool and give exactly one result. Raises nothing but CancelledError.

        `names` are the tools that this chat may use (all where it is None); any other is an unknown tool to it.
        """
        started = time.perf_counter()
        try:
            value = await self._value(call, names)
        except _CallFailed as failure:
            message, chinese = self._fit(failure.message), self._fit(failure.chinese)
            return failed(call, failure.kind, message, time.perf_counter() - started, chinese)
        for_model, for_user = value
        for_model, for_user = self._fit(for_model), self._fit(for_user, PERSONS_SHARE)
        return ToolResult(call.id, for_model, for_user, duration_s=time.perf_counter() - started)

    async def _value(self, call: ToolCall, names: Collection[str] | None) -> tuple[str, str]:
        allowed = [name for name in self._tools if names is None or name in names]
        if call.name not in allowed:
            there_are = (
                f"The tools are: {', '.join(allowed)}." if allowed else "There are no tools; answer without one."
            )
            raise _CallFailed("unknown_tool", f"There is no tool named {call.name[:80]!r}. {there_are}")
        tool = self._tools[call.name]
        arguments = _check(tool, _parse(call))
        limit_s = self._timeout_s if tool.timeout_s is None else tool.timeout_s
        try:
            return _as_texts(await _run_within(limit_s, self._clean_up_s, tool, arguments))
        except ToolError as error:
            raise _CallFailed("tool_error", clean(str(error)), clean(error.chinese)) from error
        except _CallFailed:
            raise
        except Exception as error:
            raise _internal_error(tool) from error

    def _fit(self, text: str, share: int = 1) -> str:
        """`text` in at most the allowed length, with a note in it where it was cut."""
        limit = self._max_result_chars * share
        if len(text) <= limit:
            return text
        note = "\n[cut: the first {} of {} characters]"
        kept = max(0, limit - len(note.format(len(text), len(text))))
        return text[:kept] + note.format(kept, len(text))


def _parse(call: ToolCall) -> dict[str, Any]:
    try:
        arguments = read_json(call.arguments) if call.arguments.strip() else {}
    except ValueError as error:
        where = f" ({error.msg} at character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
        raise _CallFailed(
            "invalid_json", f"The arguments of {call.name} are not valid JSON{where}. Write them as one JSON object."
        ) from error
    if not isinstance(arguments, dict):
        raise _CallFailed("invalid_arguments", f"The arguments of {call.name} must be one JSON object.")
    return arguments


def _check(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the tool's function takes them."""
    try:
        checked = tool.arguments.model_validate(arguments)
    except pydantic.ValidationError as error:
        problems = "; ".join(_explain(problem) for problem in error.errors(include_url=False, include_input=False))
        raise _CallFailed("invalid_arguments", f"{problems}. {_describe_arguments(tool)}") from error
    except Exception as error:  # a bug in a tool's own validator
        raise _internal_error(tool) from error
    return {name: getattr(checked, name) for name in tool.arguments.model_fields}


def _explain(problem: Any) -> str:
    """One of pydantic's errors in words, without the names of classes."""
    field = f"Argument {'.'.join(str(part) for part in problem['loc'])!r}"
    match problem["type"]:
        case "missing":
            return f"{field} is missing"
        case "extra_forbidden":
            return f"{field} does not exist"
        case "model_type" | "dataclass_type" | "model_attributes_type":
            return f"{field} should be an object"
        case "is_instance_of" | "is_subclass_of":
            return f"{field} has the wrong type"
        case "value_error" | "assertion_error":
            return f"{field}: {problem['msg'].partition(', ')[2]}"
        case _:
            return f"{field}: {problem['msg'].replace('Input should', 'it should')}"


def _describe_arguments(tool: Tool) -> str:
    parameters = tool.schema["function"]["parameters"]
    required = parameters.get("required", [])
    described = [
        f"{name} ({field.get('type', 'value')}{'' if name in required else ', optional'})"
        for name, field in parameters.get("properties", {}).items()
    ]
    return f"{tool.name} takes: {', '.join(described)}." if described else f"{tool.name} takes no arguments."


def _as_texts(value: Any) -> tuple[str, str]:
    """A tool's value for the model (compact) and for the person (indented)."""
    value = clean(value if isinstance(value, str) else pydantic_core.to_jsonable_python(value))
    if isinstance(value, str):
        return value, value
    return json.dumps(value, ensure_ascii=False), json.dumps(value, ensure_ascii=False, indent=2)


def _internal_error(tool: Tool) -> _CallFailed:
    """To be called where the bug's exception is being handled: it goes to the log, and only there."""
    logger.exception("tool %s has a bug", tool.name)
    return _CallFailed("internal_error", f"{tool.name} failed because of a fault inside the tool, not in the call.")


async def _run_within(limit_s: float, clean_up_s: float, tool: Tool, arguments: dict[str, Any]) -> Any:
    """The function's value, from a task of its own: not even a tool that ignores its cancellation holds the turn."""
    task = asyncio.create_task(_run(tool.function, arguments), name=f"tool {tool.name}")
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # else asyncio logs it as never seen
    try:
        await asyncio.wait({task}, timeout=limit_s)
        if not task.done():
            raise _CallFailed("timeout", f"{tool.name} did not answer within {limit_s:g} s.")
    finally:
        if task.cancel():
            await asyncio.wait({task}, timeout=clean_up_s)
    if task.cancelled():
        raise RuntimeError("the tool cancelled itself")
    return task.result()


async def _run(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        if inspect.iscoroutinefunction(function):
            return await function(**arguments)
        return await _run_in_thread(function, arguments)
    except SystemExit as error:
        raise RuntimeError("the tool tried to end the process") from error


async def _run_in_thread(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Run in a thread of its own: a hung one of asyncio's shared pool would hold up other tools and the process's end.

    It is started by `_thread`, as `threading` waits until a new thread runs, and with it the loop and all chats.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(value: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((value, error))

    def work() -> None:
        value, error = None, None
        try:
            value = context.run(function, **arguments)
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(settle, value, error)

    _thread.start_new_thread(work, ())
    value, error = await outcome
    if error is not None:
        raise error
    return value
