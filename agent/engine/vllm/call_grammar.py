"""The grammar of tool calls: vLLM's structural tag for the offered tools, made tight. Knows no vllm.

A structural tag leaves text free. From the start of a call on, decoding may write nothing but an offered name and
arguments that fit that tool's schema.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

import xgrammar

from tools.base import ToolSchema

logger = logging.getLogger(__name__)

MAX_WHITE_SPACE = 1  # in a row, between the parts of the arguments: a model could go on in white space for ever
_LENGTHS = {"minLength", "maxLength"}


def call_grammar(
    tools: Sequence[ToolSchema], structural_tag: Callable[[list[ToolSchema]], dict[str, Any] | None]
) -> str | None:
    """The grammar of calls to `tools` as JSON; None if `structural_tag`, which gives vLLM's own, has none for them.

    A tool with a schema that xgrammar cannot take may be called with any object.
    """

    tag = structural_tag([_strict(tool) for tool in tools])
    if not tag or tag["format"]["type"] != "triggered_tags":  # any other, such as Harmony's, is a grammar for text too
        return None

    def grammar(offered: Sequence[ToolSchema]) -> str:
        return json.dumps(_tight(structural_tag([_strict(tool) for tool in offered])))

    def is_taken(tool: ToolSchema) -> bool:
        try:
            xgrammar.Grammar.from_structural_tag(grammar([tool]))
        except RuntimeError as error:
            name, reason = tool["function"]["name"], str(error).strip()
            logger.warning("the arguments of %s are not constrained: xgrammar refuses their schema: %s", name, reason)
            return False
        return True

    return grammar([tool if is_taken(tool) else _with(tool, parameters={"type": "object"}) for tool in tools])


def _strict(tool: ToolSchema) -> ToolSchema:
    """The tool with the flag that vLLM waits for; only its parser may see it, as a template would print it."""
    return _with(tool, strict=True)


def _with(tool: ToolSchema, **values: Any) -> ToolSchema:
    return tool | {"function": tool["function"] | values}


def _tight(node: Any, end: str = "") -> Any:
    """`node` of a structural tag, its JSON without long white space, and without the text that would end the call.

    vLLM's parsers look for that text alone, so that inside a string it would end the call as well. Where a string has
    a length, that counts more: xgrammar cannot have both.
    """
    match node:
        case list():
            return [_tight(part, end) for part in node]
        case {"type": "json_schema", "style": "json", "json_schema": schema}:
            has_length = any(f'"{key}"' in json.dumps(schema) for key in _LENGTHS)
            return node | {"max_whitespace_cnt": MAX_WHITE_SPACE, "excludes": [end] if end and not has_length else []}
        case {"type": "json_schema"}:  # in another style than JSON, which knows no such limits
            return node
        case {"type": "tag", "end": str(after)}:
            return node | {"content": _tight(node["content"], after.strip(" \n}"))}
        case dict():
            return {key: _tight(value, end) for key, value in node.items()}
    return node
