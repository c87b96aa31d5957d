"""Answers held against schemas that would take for ever: the check ends, and meanwhile the loop goes on."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from agent.answer_check import Unchecked, is_short, misfit
from agent.answer_schema import BadSchema, Schema, read_schema, why_unfit
from tests.event_loop import longest_hold

TREE = {"type": "object", "properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, "b": {"type": "integer"}}}


def nested(depth: int) -> Any:
    value: Any = {"b": "wrong"}
    for _ in range(depth):
        value = {"a": value}
    return value


# What a check may take for ever over: by the square, by a power, by both.
LONG: list[tuple[str, Schema, Any]] = [
    ("a value in a tree of references", TREE, nested(30)),
    ("many unique objects", {"type": "array", "uniqueItems": True}, [{"a": [n]} for n in range(20_000)]),
    (
        "unevaluated in unevaluated",
        {
            "$ref": "#/$defs/a",
            "$defs": {
                "a": {
                    "anyOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/b"}],
                    "unevaluatedProperties": False,
                },
                "b": {"properties": {"a": {"$ref": "#/$defs/a"}}},
            },
        },
        nested(24),
    ),
]


@pytest.mark.slow  # each ends a process
@pytest.mark.parametrize(("schema", "value"), [case[1:] for case in LONG], ids=[case[0] for case in LONG])
async def test_a_check_that_takes_for_ever_is_ended(schema: Schema, value: Any) -> None:
    answer = json.dumps(value)
    assert not is_short(answer, schema)
    result, longest = await longest_hold(misfit(answer, schema, timeout_s=3, cpu_s=0.5))
    assert isinstance(result, Unchecked)
    assert longest < 0.5  # on a machine that others use


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "array", "uniqueItems": True}, [1, 1]),
        ({"type": "array", "uniqueItems": True}, [1, 2]),
        (TREE, nested(3)),
        (TREE, {"a": {"b": 1}}),
        ({"type": "object", "required": ["a"]}, {}),
        ({"type": "object", "required": ["a"]}, {"a": "é\u2028\ud83d\ude42"}),
    ],
)
async def test_it_says_the_same_wherever_it_runs(schema: Schema, value: Any) -> None:
    assert await misfit(json.dumps(value), schema) == why_unfit(value, schema)


def doubling(levels: int) -> dict[str, Any]:
    parts: dict[str, Any] = {"p0": {"type": "string"}}
    for level in range(1, levels):
        part = {"$ref": f"#/$defs/p{level - 1}"}
        parts[f"p{level}"] = {"type": "object", "properties": {"a": part, "b": part}}
    return {"$ref": f"#/$defs/p{levels - 1}", "$defs": parts}


def anchored(length: int, *, is_forward: bool) -> dict[str, Any]:
    """A chain of parts that require each other, by names."""
    steps = range(length) if is_forward else reversed(range(length))
    part = {
        f"p{n}": {"$anchor": f"p{n}", "anyOf": [{"$ref": f"#p{n + 1}"}, {"$ref": f"#p{n + 1}"}]}
        for n in steps if n % 12
    }  # fmt: skip
    ends = {f"p{n}": {"$anchor": f"p{n}", "type": "string"} for n in range(0, length + 1, 12)}
    return {"$defs": part | ends | {f"p{length}": {"$anchor": f"p{length}"}}}


@pytest.mark.slow  # each ends a process
@pytest.mark.parametrize(
    "schema",
    [
        *(doubling(levels) for levels in (14, 16, 18, 40, 150)),
        *(anchored(240, is_forward=way) for way in (True, False)),
        {"anyOf": [{}] * 4900},
        {"allOf": [True] * 3300},
        {"$defs": {"a": {"$anchor": "a"}}, "anyOf": [{"$ref": "#a"}] * 1100},
        {"$ref": "#", "$defs": {str(n): {"$ref": "#"} for n in range(700)}},
    ],
    ids=["14", "16", "18", "40", "150", "forward", "backward", "empty", "true", "named", "itself"],
)
def test_a_schema_is_read_or_refused_in_time_by_its_length(schema: dict[str, Any]) -> None:
    text = json.dumps(schema, separators=(",", ":"))
    assert len(text) <= 20_000
    began = time.process_time()
    for _ in range(20):  # whichever it is, it is remembered
        with suppress(BadSchema):
            read_schema(text)
    assert time.process_time() - began < 4


@pytest.mark.parametrize("keyword", ["required", "allOf", "properties", "anyOf", "items", "minItems"])
@pytest.mark.parametrize("value", [True, 1, "text", [1], {"a": 1}, None])
@pytest.mark.parametrize("draft", ["draft-03", "draft-04", "draft/2020-12", "of-nobody"])
def test_of_any_draft_it_is_read_or_refused_in_words(keyword: str, value: Any, draft: str) -> None:
    schema = {"$schema": f"http://json-schema.org/{draft}/schema#", "type": "object", keyword: value}
    with suppress(BadSchema):
        assert read_schema(json.dumps(schema))
