"""Schemas that xgrammar takes for minutes are refused, in a process that ends; others are tried once."""

from __future__ import annotations

import time
from typing import Any

import psutil
import pytest

from agent.engine.unheld import CannotHold
from agent.engine.vllm.tried_grammar import tried

pytest.importorskip("xgrammar")
pytestmark = pytest.mark.slow  # importing xgrammar takes seconds, and PyTorch with it


async def test_a_schema_is_tried_once_and_what_it_does_not_hold_is_told() -> None:
    schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    first = await tried(schema)
    assert first.unheld == ("uniqueItems at $",)
    assert '"structural_tag"' in first.grammar
    began = time.perf_counter()
    assert await tried(dict(schema)) is first
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("pattern", "^\\d{4}-\\d{2}-\\d{2}$"),
        ("pattern", "^(([a-z]+)+)+x$"),
        ("patternProperties", {"^[a-z]{1,40}$": {"type": "integer"}}),
        ("maxLength", 1_000_000),
    ],
)
async def test_a_usual_schema_needs_no_process(keyword: str, value: Any) -> None:
    began = time.process_time()
    assert (await tried({"type": "string" if "Prop" not in keyword else "object", keyword: value})).grammar
    assert [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE] == []
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {f"p{n}": {"type": "integer", "multipleOf": 997} for n in range(50)}},
        {"type": "string", "pattern": "^([a-z]{1,100}){1,100}$"},
    ],
    ids=["multipleOf", "repetitions"],
)
async def test_a_schema_that_would_keep_the_engine_busy_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(CannotHold) as refusal:
        await tried(schema, cpu_s=1.0)
    assert "Simplify" in str(refusal.value)
    assert "简化" in refusal.value.chinese


@pytest.mark.parametrize("schema", [{"properties": {"a": {"$id": "b"}}}, {"allOf": [{"const": 1}, {"const": 2}]}])
async def test_a_schema_that_the_grammar_cannot_hold_is_refused_for_its_own_reason(schema: dict[str, Any]) -> None:
    for _ in range(2):
        with pytest.raises(CannotHold) as refusal:
            await tried({"type": "object"} | schema)
        assert "Simplify it: fewer" not in str(refusal.value)
