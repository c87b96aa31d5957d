"""JSON Schemas from people: read, refused with the place of the mistake, and held against answers."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from agent.answer_schema import BadSchema, read_schema, why_unfit


def doubling(keyword: str, levels: int) -> dict[str, Any]:
    """Each level refers to the next one twice."""
    next_two = [[{"$ref": f"#/$defs/d{level + 1}"}] * 2 for level in range(levels)]
    definitions = {
        f"d{level}": {keyword: two if keyword == "anyOf" else dict(zip("lr", two, strict=True))}
        for level, two in enumerate(next_two)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {"type": "integer"}}}


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "array", "items": {"type": "string"}}',
        '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}',
        '{"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}',
        '{"$ref": "#/anyOf/0", "anyOf": [true]}',
        '{"type": "object", "properties": {"next": {"$ref": "#"}}}',
        '{"type": "array", "items": {"$ref": "#"}}',
        '{"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}]}',
        json.dumps(doubling("properties", 8)),
    ],
)
def test_a_schema_is_read(text: str) -> None:
    assert read_schema(text)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ('{"type":\n  "array",,}', "is not valid JSON at line 2, column 11", "第 2 行第 11 列"),
        ("", "is not valid JSON at line 1, column 1", "第 1 行第 1 列"),
        ("[" * 15_000, "nested too deeply", "嵌套太深"),
        ('{"a":' * 3000 + "1" + "}" * 3000, "nested too deeply", "嵌套太深"),
        ("[]", "A schema is a JSON object with at least one key", "必须是至少有一个键的 JSON 对象"),
        ("{}", "A schema is a JSON object with at least one key", "必须是至少有一个键的 JSON 对象"),
        (
            '{"type": "strin"}',
            "The schema is wrong at $.type: strin cannot stand there",
            "Schema 在 $.type 处有误：strin",
        ),
        (
            '{"properties": {"age": {"minimum": "0"}}}',
            "The schema is wrong at $.properties.age.minimum: 0 cannot stand there",
            "$.properties.age.minimum",
        ),
        (
            '{"items": [1], "$ref": "https://example.org/a.json"}',
            "The schema is wrong at $.items",
            "$.items",
        ),
        (
            '{"anyOf": [{"$ref": "file:///etc/passwd"}]}',
            "refers to file:///etc/passwd at $.anyOf[0].$ref",
            "$.anyOf[0].$ref",
        ),
        ('{"$ref": "#/$defs/none"}', "refers to #/$defs/none at $.$ref, but has no such part", "没有这个部分"),
        ('{"$ref": "#none"}', "but has no such part", "$.$ref"),
        ('{"$ref": "#/$defs/a/0", "$defs": {"a": {}}}', "but has no such part", "$.$ref"),
        ('{"$ref": "#"}', "it requires itself without an end", "无止境地要求自身"),
        ('{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}', "without an end", "改为可选"),
        ('{"type": "array", "items": {"$ref": "#"}, "minItems": 1}', "without an end", "改为可选"),
        ('{"anyOf": [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}]}', "without an end", "改为可选"),
        (json.dumps(doubling("properties", 40)), "more than 10,000 parts", "超过 10,000 个"),
        (json.dumps(doubling("anyOf", 40)), "more than 10,000 parts", "超过 10,000 个"),
        ('{"a": "' + "x" * 20_000 + '"}', "has 20,009 characters; 20,000 are allowed", "有 20,009 个字符"),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place(text: str, english: str, chinese: str) -> None:
    with pytest.raises(BadSchema) as error:
        read_schema(text)
    assert english in str(error.value)
    assert chinese in error.value.chinese


@pytest.mark.parametrize(
    ("schema", "value", "misfit"),
    [
        ({"type": "array", "items": {"type": "integer"}}, [1, 2], ""),
        ({"type": "array", "items": {"type": "integer"}}, [1, "b"], "$[1]: 'b' is not of type 'integer'"),
        ({"type": "array", "uniqueItems": True}, [1, 1], "$: [1, 1] has non-unique elements"),
        ({"oneOf": [{"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}]}, "ax", ""),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1, "$: 1 is valid under each of"),
        ({"$ref": "#/$defs/none"}, 1, "_WrappedReferencingError: PointerToNowhere: '/$defs/none' does not exist"),
        ({"$ref": "#"}, 1, "RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_with_its_place(schema: dict[str, Any], value: Any, misfit: str) -> None:
    assert why_unfit(value, schema).startswith(misfit)
    assert bool(why_unfit(value, schema)) == bool(misfit)


def test_a_pattern_that_would_take_for_ever_takes_no_time() -> None:
    started = time.monotonic()
    assert why_unfit("a" * 40 + "b", {"type": "string", "pattern": "^(a+)+$"}) == ""
    assert time.monotonic() - started < 1
