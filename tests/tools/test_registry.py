"""The registry: what it offers the model, and that every call gets exactly one result, whatever goes wrong."""

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field

from tools.base import ToolCall, ToolError, ToolResult, failed, tool
from tools.registry import Registry

ROOT = Path(__file__).parents[2]


@tool
def add(first: int, second: Annotated[int, Field(description="Added to the first")] = 1) -> dict[str, int]:
    """Add two whole numbers."""
    return {"sum": first + second}


@tool
async def greet(name: str) -> str:
    """Greet a person."""
    return f"你好, {name}"


def make(function: Callable[..., Any], **limits: Any) -> Registry:
    return Registry((tool(function),), **limits)


def call_of(name: str, arguments: str = "{}") -> ToolCall:
    return ToolCall("call-1", name, arguments)


async def answer(registry: Registry, name: str, arguments: str = "{}") -> ToolResult:
    """The result, with its duration taken out so that it can be compared whole."""
    result = await registry.call(call_of(name, arguments))
    assert result.duration_s >= 0
    return replace(result, duration_s=0.0)


async def test_a_sync_tool_answers_with_json_for_the_model_and_indented_json_for_the_person() -> None:
    assert await answer(Registry((add,)), "add", '{"first": 2}') == ToolResult(
        "call-1", '{"sum": 3}', '{\n  "sum": 3\n}'
    )


async def test_an_async_tool_that_returns_text_answers_with_that_text() -> None:
    assert await answer(Registry((greet,)), "greet", '{"name": "小明"}') == ToolResult(
        "call-1", "你好, 小明", "你好, 小明"
    )


async def test_a_tool_may_return_a_dataclass() -> None:
    @dataclass(frozen=True)
    class Point:
        x: int
        y: int

    def origin() -> Point:
        """Give the origin."""
        return Point(0, 0)

    assert (await answer(make(origin), "origin")).for_model == '{"x": 0, "y": 0}'


@pytest.mark.parametrize("arguments", ["", " ", "{}"])
async def test_no_arguments_can_be_written_as_nothing_or_as_an_empty_object(arguments: str) -> None:
    def ping() -> str:
        """Answer."""
        return "pong"

    assert await answer(make(ping), "ping", arguments) == ToolResult("call-1", "pong", "pong")


async def test_an_unknown_tool_is_refused_with_the_names_of_those_that_there_are() -> None:
    message = "There is no tool named 'sing'. The tools are: add, greet."
    assert await answer(Registry((add, greet)), "sing") == failed(call_of("sing"), "unknown_tool", message)


async def test_a_tool_that_this_chat_may_not_use_is_unknown_to_it() -> None:
    result = await Registry((add, greet)).call(call_of("add", '{"first": 1}'), names=["greet"])
    assert (result.failure, result.for_user) == (
        "unknown_tool",
        "There is no tool named 'add'. The tools are: greet.",
    )


async def test_no_tool_at_all_is_said_in_words() -> None:
    message = "There is no tool named 'sing'. There are no tools; answer without one."
    assert (await answer(Registry(()), "sing")).for_user == message


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ('{"first": 1', "(Expecting ',' delimiter at character 11)"),
        ("first=1", "(Expecting value at character 0)"),
    ],
)
async def test_broken_json_is_told_with_its_place(arguments: str, where: str) -> None:
    message = f"The arguments of add are not valid JSON {where}. Write them as one JSON object."
    expected = failed(call_of("add", arguments), "invalid_json", message)
    assert await answer(Registry((add,)), "add", arguments) == expected


@pytest.mark.parametrize("arguments", ["[" * 100_000, "9" * 10_000, '{"first": ' + "9" * 10_000 + "}"])
async def test_json_that_python_cannot_take_is_broken_json(arguments: str) -> None:
    message = "The arguments of add are not valid JSON. Write them as one JSON object."
    assert await answer(Registry((add,)), "add", arguments) == failed(call_of("add"), "invalid_json", message)


TAKES = "add takes: first (integer), second (integer, optional)."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("[1]", "The arguments of add must be one JSON object."),
        ("null", "The arguments of add must be one JSON object."),
        ("", f"Argument 'first' is missing. {TAKES}"),
        ('{"first": 1, "third": 3}', f"Argument 'third' does not exist. {TAKES}"),
        (
            '{"first": "one"}',
            f"Argument 'first': it should be a valid integer, unable to parse string as an integer. {TAKES}",
        ),
        (
            '{"first": null, "x": 1}',
            f"Argument 'first': it should be a valid integer; Argument 'x' does not exist. {TAKES}",
        ),
    ],
)
async def test_arguments_that_do_not_fit_name_the_field_and_what_is_expected(arguments: str, message: str) -> None:
    expected = failed(call_of("add"), "invalid_arguments", message)
    assert await answer(Registry((add,)), "add", arguments) == expected


async def test_invalid_arguments_show_no_class_names() -> None:
    class SecretlyNamed(BaseModel):
        depth: int

    def choose(size: Literal["small", "large"], box: SecretlyNamed) -> str:
        """Choose a box."""
        return size

    function = choose
    function.__annotations__ = {"size": Literal["small", "large"], "box": SecretlyNamed}
    result = await answer(make(function), "choose", '{"size": "huge", "box": 3}')
    assert result.for_user == (
        "Argument 'size': it should be 'small' or 'large'; Argument 'box' should be an object. "
        "choose takes: size (string), box (value)."
    )


async def test_a_validator_of_the_tool_says_in_its_own_words_what_is_wrong() -> None:
    def even(number: int) -> int:
        if number % 2:
            raise ValueError("the number must be even")
        return number

    def half(number: int) -> float:
        """Halve an even number."""
        return number / 2

    half.__annotations__["number"] = Annotated[int, AfterValidator(even)]
    message = "Argument 'number': the number must be even. half takes: number (integer)."
    assert await answer(make(half), "half", '{"number": 3}') == failed(call_of("half"), "invalid_arguments", message)


async def test_a_tools_own_error_reaches_the_model_and_the_person_in_its_words() -> None:
    def find() -> str:
        """Find something."""
        raise ToolError("Nothing was found. 请换一个名字。")

    assert await answer(make(find), "find") == ToolResult(
        "call-1",
        '{"error": "tool_error", "message": "Nothing was found. 请换一个名字。"}',
        "Nothing was found. 请换一个名字。",
        "tool_error",
    )


def break_down() -> str:
    """Break."""
    return {"a": 1}["b"]  # type: ignore[return-value]


async def break_down_async() -> str:
    """Break."""
    raise TimeoutError("from inside")


def stop_the_iteration() -> str:
    """Break."""
    raise StopIteration


def exit_the_process() -> str:
    """Break."""
    raise SystemExit(1)


async def cancel_itself() -> str:
    """Break."""
    raise asyncio.CancelledError


def return_an_object() -> object:
    """Break."""
    return object()


@pytest.mark.parametrize(
    "function",
    [break_down, break_down_async, stop_the_iteration, exit_the_process, cancel_itself, return_an_object],
)
async def test_a_bug_in_a_tool_is_logged_and_told_without_any_python_text(
    function: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    name = function.__name__
    message = f"{name} failed because of a fault inside the tool, not in the call."
    assert await answer(make(function), name) == failed(call_of(name), "internal_error", message)
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, f"tool {name} has a bug")
    assert record.exc_info is not None


async def test_a_bug_inside_a_tool_is_not_blamed_on_the_arguments() -> None:
    def convert(text: str) -> int:
        """Convert."""
        BaseModel.model_validate_json(text)
        return 1

    assert (await answer(make(convert), "convert", '{"text": "x"}')).failure == "internal_error"


async def test_an_async_tool_that_takes_too_long_is_cancelled() -> None:
    cancelled = []

    async def wait() -> str:
        """Wait."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return "never"

    message = "wait did not answer within 0.05 s."
    assert await answer(make(wait, timeout_s=0.05), "wait") == failed(call_of("wait"), "timeout", message)
    assert cancelled == [True]


async def test_a_tools_own_limit_wins() -> None:
    async def wait() -> str:
        """Wait."""
        await asyncio.Event().wait()
        return "never"

    registry = Registry((tool(timeout_s=0.02)(wait),), timeout_s=60)
    assert (await answer(registry, "wait")).for_user == "wait did not answer within 0.02 s."


async def test_a_sync_tool_that_hangs_blocks_neither_the_loop_nor_other_tools_nor_the_end() -> None:
    release = threading.Event()

    def hang() -> str:
        """Hang."""
        release.wait()
        return "late"

    registry = Registry((tool(hang), add), timeout_s=0.2)
    hung = [asyncio.create_task(registry.call(call_of("hang"))) for _ in range(40)]
    await asyncio.sleep(0)
    assert (await answer(registry, "add", '{"first": 1}')).for_model == '{"sum": 2}'
    assert {result.failure for result in await asyncio.gather(*hung)} == {"timeout"}
    release.set()


def test_the_process_ends_although_a_tool_hangs() -> None:
    script = """
import asyncio, threading
from tools.base import ToolCall, tool
from tools.registry import Registry

@tool
def hang() -> str:
    "Hang."
    threading.Event().wait()

print(asyncio.run(Registry((hang,), timeout_s=0.05).call(ToolCall("1", "hang", ""))).failure)
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=20, check=True)
    assert ended.stdout == b"timeout\n"


async def test_a_tool_that_ignores_its_cancellation_does_not_hold_the_turn() -> None:
    release = asyncio.Event()

    async def insist() -> str:
        """Insist."""
        while not release.is_set():
            with suppress(asyncio.CancelledError):
                await release.wait()
        return "late"

    assert (await answer(make(insist, timeout_s=0.02, clean_up_s=0.02), "insist")).failure == "timeout"
    release.set()


async def test_stopping_a_call_is_never_swallowed_and_stops_the_tool() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        """Wait."""
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    task = asyncio.create_task(make(wait).call(call_of("wait")))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped.is_set()


async def test_calls_of_one_round_run_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> str:
        """Meet the other call."""
        await both.wait()
        return "met"

    registry = make(meet, timeout_s=5)
    results = await asyncio.gather(registry.call(call_of("meet")), registry.call(call_of("meet")))
    assert [result.for_model for result in results] == ["met", "met"]


async def test_a_long_result_is_cut_to_the_limit_and_says_how_much_is_left() -> None:
    def recite() -> str:
        """Recite."""
        return "春" * 12_345

    for_model = "春" * 457 + "\n[cut: the first 457 of 12345 characters]"
    for_user = "春" * 4957 + "\n[cut: the first 4957 of 12345 characters]"
    result = await answer(make(recite, max_result_chars=500), "recite")
    assert result == ToolResult("call-1", for_model, for_user)
    assert (len(for_model) <= 500, len(for_user) <= 5000) == (True, True)


async def test_a_long_error_is_cut_and_stays_json() -> None:
    def fail() -> str:
        """Fail."""
        raise ToolError("x" * 10_000)

    result = await answer(make(fail, max_result_chars=200), "fail")
    assert json.loads(result.for_model) == {"error": "tool_error", "message": result.for_user}
    assert len(result.for_user) <= 200


async def test_half_a_surrogate_pair_does_not_reach_the_prompt() -> None:
    result = await answer(Registry((add,)), "\ud83d", "{}")
    assert result.for_model.encode()
    result = await answer(Registry((greet,)), "greet", '{"\\ud83d": 1}')
    assert result.failure == "invalid_arguments"
    assert result.for_model.encode()


def test_schemas_are_given_in_the_registrys_order_and_for_the_tools_asked_for() -> None:
    registry = Registry((add, greet))
    assert registry.names == ("add", "greet")
    assert registry.schemas(["greet", "add"]) == registry.schemas() == [add.schema, greet.schema]
    assert registry.schemas(["greet"]) == [greet.schema]


def test_two_tools_of_one_name_stop_the_start() -> None:
    with pytest.raises(ValueError, match="two tools have the same name"):
        Registry((add, add))


def test_a_tool_is_described_by_its_signature() -> None:
    assert add.schema == {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add two whole numbers.",
            "parameters": {
                "additionalProperties": False,
                "properties": {
                    "first": {"type": "integer"},
                    "second": {"default": 1, "description": "Added to the first", "type": "integer"},
                },
                "required": ["first"],
                "type": "object",
            },
        },
    }


def test_a_function_without_a_docstring_or_a_type_is_no_tool() -> None:
    with pytest.raises(TypeError, match="no docstring"):
        tool(lambda: 1)

    def untyped(what) -> str:  # type: ignore[no-untyped-def]
        """Have no type."""
        return what

    with pytest.raises(TypeError, match="'what' has no type"):
        tool(untyped)


async def test_a_tools_error_may_bring_its_sentence_in_chinese_for_the_person_alone() -> None:
    def look() -> str:
        """Look."""
        raise ToolError("No city of that name.", "没有叫这个名字的城市。" * 1000)

    result = await answer(make(look, max_result_chars=200), "look")
    assert (result.for_user, "城市" in result.for_model) == ("No city of that name.", False)
    assert result.chinese.startswith("没有叫这个名字的城市。")
    assert len(result.chinese) <= 200
