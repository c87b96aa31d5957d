"""Keywords of JSON Schema, by what holds an answer to each: the grammar, a check afterwards, or nothing.

xgrammar leaves out, without a word, what it does not know; so each keyword stands in one of the sets here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = Any  # a schema: an object or a boolean


def _keywords(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What holds each keyword: nothing has to, the grammar does (by type), or only the check of the whole answer.
NOTES = _keywords(
    "$schema $id id $comment $defs definitions $anchor $dynamicAnchor $vocabulary title description default examples "
    "deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema"
)
BY_TYPE = {
    "object": _keywords(
        "properties required additionalProperties patternProperties propertyNames minProperties maxProperties "
        "unevaluatedProperties"
    ),
    "array": _keywords("items prefixItems additionalItems unevaluatedItems minItems maxItems uniqueItems"),
    "string": _keywords("pattern format minLength maxLength"),
    "number": _keywords("minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
}
COMBINED = ("allOf", "anyOf", "oneOf")
CHECKED = _keywords(
    "if then else not $dynamicRef $recursiveRef uniqueItems contains minContains maxContains dependentRequired "
    "dependentSchemas dependencies"
)
FORMATS = _keywords(
    "email date time date-time duration ipv4 ipv6 hostname uuid uri uri-reference uri-template json-pointer "
    "relative-json-pointer"
)


def types_of(node: Mapping[str, Any]) -> list[str]:
    given = node.get("type", [])
    return [given] if isinstance(given, str) else list(given)


def meant_types(node: Mapping[str, Any]) -> list[str]:
    """The type that the rules are for, if none is given: any other value would fit, and no person wants one."""
    return next(([family] for family, keywords in BY_TYPE.items() if keywords & node.keys()), [])


def is_of_type(value: Any, name: str) -> bool:
    match name:
        case "integer":
            return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            kinds = {"string": str, "boolean": bool, "null": type(None), "object": dict, "array": list}
            return isinstance(value, kinds.get(name, object))
