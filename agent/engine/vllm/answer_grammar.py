"""The grammar of an answer that fits a JSON Schema: a structural tag that is nothing but that value. Knows no vllm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xgrammar

from agent.engine.held_schema import hold
from agent.engine.unheld import CannotHold

MAX_WHITE_SPACE = 1  # in a row: given leave, a small model goes on in white space until its tokens end
_PLACE_IN_ITS_SOURCE = re.compile(r"^\[[\d:]+\] \S+:\d+: ")


def answer_grammar(schema: Mapping[str, Any]) -> str:
    """The grammar as JSON, for vLLM's `structural_tag`. Raises CannotHold."""
    return _structural_tag(hold(schema).schema)


def unheld(schema: Mapping[str, Any]) -> Sequence[str]:
    """The rules of `schema` that the grammar does not hold, such as `uniqueItems at $.tags`. Raises CannotHold."""
    held = hold(schema)
    if reason := _refusal(held.schema):
        place = next((path for path, part in _parts(held.schema) if _refusal(part)), "$")
        raise CannotHold(
            f"The engine cannot hold answers to the schema at {place}: {reason}. Simplify it there.",
            f"引擎无法按 Schema 的 {place} 约束回答（{reason}）。请在那里简化它。",
        )
    return held.unheld


def _structural_tag(schema: Mapping[str, Any]) -> str:
    content = {"type": "json_schema", "json_schema": dict(schema), "max_whitespace_cnt": MAX_WHITE_SPACE}
    return json.dumps({"type": "structural_tag", "format": content})


def _refusal(schema: Mapping[str, Any]) -> str:
    """Why xgrammar does not take `schema`, in its own words; '' if it does."""
    try:
        xgrammar.Grammar.from_structural_tag(_structural_tag(schema))
    except RuntimeError as error:
        return _PLACE_IN_ITS_SOURCE.sub("", str(error).strip())
    return ""


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each part of a schema that can stand alone, with its place, the inner ones first."""
    definitions = {"$defs": schema.get("$defs", {})}

    def walk(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, value in node.items():
            if isinstance(value, dict):
                is_schema = name in ("items", "additionalProperties", "propertyNames")
                for key, part in ({"": value} if is_schema else value).items():
                    if isinstance(part, dict):
                        yield from walk(part, f"{path}.{name}.{key}".rstrip("."))
            elif isinstance(value, list):
                for index, part in enumerate(value):
                    if isinstance(part, dict) and name != "enum":
                        yield from walk(part, f"{path}.{name}[{index}]")
        yield path, {**node, **definitions}

    return walk(schema, "$")
