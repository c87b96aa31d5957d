"""A JSON Schema as xgrammar can hold answers to it, and which of its rules are left for the check afterwards.

xgrammar leaves out, without a word, what it does not know; so each keyword stands in one of the sets here. Whatever
fits the schema that is made fits the given one too, but for the rules that are named. Knows no xgrammar.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.engine.pattern import BadPattern, whole
from agent.errors import AgentError
from agent.schema_parts import has_pattern, resolve

Node = Any  # a schema: an object or a boolean


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What holds each keyword: nothing has to, the grammar does (by type), or only the check of the whole answer.
NOTES = _set(
    "$schema $id id $comment $defs definitions $anchor $dynamicAnchor $vocabulary title description default examples "
    "deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema"
)
BY_TYPE = {
    "object": _set(
        "properties required additionalProperties patternProperties propertyNames minProperties maxProperties "
        "unevaluatedProperties"
    ),
    "array": _set("items prefixItems additionalItems unevaluatedItems minItems maxItems uniqueItems"),
    "string": _set("pattern format minLength maxLength"),
    "number": _set("minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
}
COMBINED = ("allOf", "anyOf", "oneOf")
CHECKED = _set(
    "if then else not $dynamicRef $recursiveRef uniqueItems contains minContains maxContains dependentRequired "
    "dependentSchemas dependencies"
)
FORMATS = _set(
    "email date time date-time duration ipv4 ipv6 hostname uuid uri uri-reference uri-template json-pointer "
    "relative-json-pointer"
)
LARGEST_DIVISOR = 1000  # of multipleOf: xgrammar counts the remainders one by one
MAX_OPENINGS = 20  # of one reference, to merge it: it may contain itself
LARGEST_BOUND = 2**53  # of whole numbers


class CannotHold(AgentError):
    """Answers cannot be held to the schema; says to what of it, where, and what to do."""


@dataclass(frozen=True)
class Held:
    """The schema for the grammar, and the rules that it does not hold, such as `uniqueItems at $.tags`."""

    schema: Mapping[str, Any]
    unheld: Sequence[str]


def hold(schema: Mapping[str, Any]) -> Held:
    """See the module. Raises CannotHold."""
    holder = _Holder(schema)
    held = holder.node(schema, "$")
    if held is False:
        raise _contradiction("$")
    return Held({**held, "$defs": holder.definitions} if holder.definitions else held, holder.unheld)


def _contradiction(path: str) -> CannotHold:
    return CannotHold(
        f"No value fits the schema at {path}: its rules contradict each other. Correct it there.",
        f"没有任何值符合 Schema 的 {path}：那里的规则互相矛盾。请在那里改正。",
    )


@dataclass
class _Holder:
    """Walks a schema once; each target of a $ref becomes a definition of its own."""

    root: Mapping[str, Any]
    definitions: dict[str, Any] = field(default_factory=dict)
    unheld: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _openings: Counter[str] = field(default_factory=Counter)

    def node(self, node: Node, path: str) -> Node:
        """The schema at `path`, held."""
        if not isinstance(node, Mapping):
            return bool(node)
        for keyword in node:
            if keyword in CHECKED and (keyword, node[keyword]) != ("uniqueItems", False):
                self._check_no_pattern(node[keyword], keyword, path)
                self._leave(keyword, path)
            elif path != "$" and keyword == "$id":
                raise CannotHold(
                    f"A part of the schema has a name of its own: $id at {path}. Leave it out, and refer to the part "
                    "by its place under $defs.",
                    f"Schema 的一部分有自己的名称：{path} 处的 $id。请去掉它，并按它在 $defs 里的位置来引用。",
                )
        node = {keyword: value for keyword, value in node.items() if keyword not in CHECKED}
        if "$ref" in node:
            return self._reference(node, path)
        if "const" in node or "enum" in node:
            return self._choice(node, path)
        if any(keyword in node for keyword in COMBINED):
            return self._combination(node, path)
        return self._plain(node, path)

    def _leave(self, keyword: str, path: str) -> None:
        """Note a rule that the grammar does not hold."""
        rule = f"{keyword} at {path}"
        if keyword == "pattern":  # which the check afterwards leaves to the grammar
            raise CannotHold(
                f"Answers cannot be held to {rule} together with what stands beside it. Move it to where the type of "
                "the text is given, or leave it out.",
                f"引擎无法同时按 {rule} 和与它并列的规则约束回答。请把它移到写明类型的地方，或者去掉它。",
            )
        if rule not in self.unheld:
            self.unheld.append(rule)

    def _check_no_pattern(self, rule: Any, keyword: str, path: str) -> None:
        """The check afterwards leaves patterns to the grammar, so a rule that it has to check may have none."""
        if has_pattern(self.root, rule):
            raise CannotHold(
                f"Answers cannot be held to the pattern within {keyword} at {path}. Leave it out, or move it to where "
                "the type of the text is given.",
                f"引擎无法约束 {path} 的 {keyword} 里的 pattern。请去掉它，或者把它移到写明类型的地方。",
            )

    def _leave_but(self, keywords: Sequence[str], node: Mapping[str, Any], path: str) -> None:
        for keyword in node:
            if keyword not in keywords and keyword not in NOTES:
                self._leave(keyword, path)

    def _reference(self, node: Mapping[str, Any], path: str) -> Node:
        self._leave_but(("$ref",), node, path)
        reference = node["$ref"]
        return self._part(reference, self._target(reference, path), reference if reference != "#" else "$")

    def _part(self, key: str, node: Node, path: str) -> Node:
        """A reference to `node` as a definition of its own, which may come to contain itself."""
        if key not in self._names:
            self._names[key] = name = f"part{len(self._names) + 1}"
            self.definitions[name] = True  # its place, for the order of the definitions
            self.definitions[name] = self.node(node, path)
        return {"$ref": f"#/$defs/{self._names[key]}"}

    def _target(self, reference: str, path: str) -> Node:
        target = resolve(self.root, reference)
        if target is None:
            raise CannotHold(
                f"The schema refers to {reference} at {path}, but has no such part. Correct that.",
                f"Schema 在 {path} 引用了 {reference}，但没有这个部分。请改正这个引用。",
            )
        return target

    def _choice(self, node: Mapping[str, Any], path: str) -> Node:
        """const and enum, of whose values only those of the type remain."""
        keyword = "const" if "const" in node else "enum"
        self._leave_but((keyword, "type"), node, path)
        values = [node["const"]] if keyword == "const" else node["enum"]
        types = _types(node)
        fitting = [value for value in values if not types or any(_is_of_type(value, one) for one in types)]
        if not fitting:
            raise _contradiction(path)
        kept = {name: value for name, value in node.items() if name in NOTES and name not in ("$defs", "definitions")}
        return {**kept, keyword: fitting if keyword == "enum" else fitting[0]}

    def _combination(self, node: Mapping[str, Any], path: str) -> Node:
        """allOf becomes one schema; anyOf or oneOf takes what stands beside it into each of its parts."""
        beside: Any = {name: value for name, value in node.items() if name not in COMBINED}
        openings = self._openings.total()
        for part in node.get("allOf", ()):
            merged = self._merged(beside, part, path)
            if merged is None:
                self._check_no_pattern(part, "allOf", path)
                self._leave("allOf", path)
            else:
                beside = merged
        parts: list[Node] | None = None
        chosen = ""
        for keyword in ("anyOf", "oneOf"):
            merged_parts = [self._merged(beside, part, path) for part in node.get(keyword, ())]
            if keyword not in node:
                continue
            if parts is None and None not in merged_parts and not any(name in beside for name in COMBINED):
                parts, chosen = merged_parts, keyword
            if chosen != keyword:
                self._check_no_pattern(node[keyword], keyword, path)
            if chosen != keyword or keyword == "oneOf":  # that not more than one fits
                self._leave(keyword, path)
        if parts is None and self._openings.total() > openings:
            return self._part(json.dumps(beside, sort_keys=True), beside, path)
        if parts is None:
            return self.node(beside, path)
        held = [self.node(part, f"{path}.{chosen}[{index}]") for index, part in enumerate(parts)]
        fitting = [one for one in held if one is not False]
        return {chosen: fitting} if fitting else False

    def _merged(self, one: Mapping[str, Any], other: Node, path: str) -> Node | None:
        """Both schemas as one; None where they have rules for the same thing."""
        one = {name: value for name, value in one.items() if name not in NOTES}
        if isinstance(other, bool) or not one:
            return (one if other else False) if isinstance(other, bool) else other
        one, other = self._opened(one, path), self._opened(other, path)
        if "$ref" in one or "$ref" in other:
            return None
        merged = dict(one)
        for name, value in other.items():
            if name in NOTES:
                continue
            if name not in merged or merged[name] == value:
                merged[name] = value
            elif name == "required":
                merged[name] = [*merged[name], *(one for one in value if one not in merged[name])]
            elif name == "properties" and not merged[name].keys() & value.keys():
                merged[name] = {**merged[name], **value}
            else:
                return None
        for part, rest in ((one, other), (other, one)):
            is_closed = part.get("additionalProperties", True) is not True
            if is_closed and rest.get("properties", {}).keys() - part.get("properties", {}).keys():
                return None
        return merged

    def _opened(self, node: Mapping[str, Any], path: str) -> Mapping[str, Any]:
        """What a node refers to, where it does nothing else, and that can be merged."""
        if set(node) - NOTES != {"$ref"}:
            return node
        target = self._target(node["$ref"], path)
        is_simple = isinstance(target, Mapping) and not target.keys() & {"$ref", *COMBINED}
        self._openings[node["$ref"]] += 1
        return target if is_simple and self._openings[node["$ref"]] <= MAX_OPENINGS else node

    def _plain(self, node: Mapping[str, Any], path: str) -> Node:
        types = _types(node) or _meant(node)
        held = {name: value for name, value in node.items() if name in NOTES and name not in ("$defs", "definitions")}
        if types:
            held["type"] = node["type"] if "type" in node else types[0]
        families = {"number" if one == "integer" else one for one in types}
        for name in node:
            if name not in NOTES and name != "type":
                family = next((one for one, keywords in BY_TYPE.items() if name in keywords), None)
                if family is None or (family not in families and "type" not in node):
                    self._leave(name, path)
        for family, keywords in BY_TYPE.items():
            if family not in families:
                continue
            rules = {name: value for name, value in node.items() if name in keywords}
            match family:
                case "object":
                    held |= self._object(rules, path)
                case "array":
                    held |= self._array(rules, path)
                case "string":
                    held |= self._string(rules, path)
                case "number":
                    held |= self._number(rules, path, is_real="number" in types)
        return held

    def _object(self, rules: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = dict(rules)
        properties = self._properties(held, path)
        for name in held.get("required", ()):
            if name not in properties:
                self._require(name, properties, held, path)
        is_open = not properties and "patternProperties" not in held
        if properties or "properties" in held:
            held["properties"] = properties
        if "patternProperties" in held:
            held["patternProperties"] = self._by_pattern(held["patternProperties"], path)
            if held.get("additionalProperties") is not False:
                held.pop("additionalProperties", None)  # xgrammar would let a name have either schema
        if isinstance(held.get("additionalProperties"), Mapping):
            held["additionalProperties"] = self.node(held["additionalProperties"], f"{path}.additionalProperties")
        if "propertyNames" in held:
            names = held.pop("propertyNames")
            if is_open and held.get("additionalProperties") is False:
                pass  # there are no names; xgrammar would let them in again
            elif not is_open or not isinstance(names, Mapping):
                self._check_no_pattern(names, "propertyNames", path)
                self._leave("propertyNames", path)
            else:
                held["propertyNames"] = self.node({"type": "string", **names}, f"{path}.propertyNames")
        if held.pop("unevaluatedProperties", True) is not True:
            if "additionalProperties" in held:
                pass
            elif rules["unevaluatedProperties"] is False:
                held["additionalProperties"] = is_open = False
            else:
                self._leave("unevaluatedProperties", path)
        fewest, most = held.get("minProperties", 0), held.get("maxProperties", math.inf)
        if "additionalProperties" not in held and (
            (is_open and held) or (fewest > len(properties) and "patternProperties" not in held)
        ):
            held["additionalProperties"] = True
        if most < max(fewest, len(held.get("required", ()))):
            raise _contradiction(path)
        return held

    def _properties(self, held: Mapping[str, Any], path: str) -> dict[str, Any]:
        properties = {}
        for name, value in held.get("properties", {}).items():
            made = self.node(value, f"{path}.properties.{name}")
            if made is not False:
                properties[name] = made
            elif name in held.get("required", ()):
                raise _contradiction(f"{path}.properties.{name}")
            elif held.get("additionalProperties", False) is not False:
                self._leave(f"properties.{name}", path)
        return properties

    def _require(self, name: str, properties: dict[str, Any], held: Mapping[str, Any], path: str) -> None:
        """A name that is required and has no schema: xgrammar would leave it out."""
        others = held.get("additionalProperties", True)
        if "patternProperties" in held:
            self._leave("required", path)
        elif others is False:
            raise _contradiction(f"{path}.required")
        else:
            properties[name] = self.node(others, f"{path}.additionalProperties")

    def _by_pattern(self, patterns: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = {}
        for pattern, value in patterns.items():
            made = self.node(value, f"{path}.patternProperties.{pattern}")
            if made is False:
                self._leave(f"patternProperties.{pattern}", path)
            else:
                held[self._whole(pattern, f"{path}.patternProperties")] = made
        return held

    def _array(self, rules: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = {name: value for name, value in rules.items() if name not in ("additionalItems", "unevaluatedItems")}
        others = held.pop("items", None)
        if isinstance(others, list):  # before draft 2020-12
            held["prefixItems"], others = others, rules.get("additionalItems")
        if others is None:
            unevaluated = rules.get("unevaluatedItems", True)
            others = None if unevaluated is True else unevaluated
        if "prefixItems" in held:
            first = [self.node(one, f"{path}.prefixItems[{index}]") for index, one in enumerate(held["prefixItems"])]
            held["prefixItems"] = first
            if others is None and held.get("minItems", 0) > len(first):
                others = True
        elif others is None and held:
            others = True
        if others is not None:
            held["items"] = self.node(others, f"{path}.items")
        return held

    def _string(self, rules: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = dict(rules)
        if "pattern" in held:
            held["pattern"] = self._whole(held["pattern"], f"{path}.pattern")
        if "format" in held and ("pattern" in held or held["format"] not in FORMATS):
            self._leave("format", path)
            del held["format"]
        for name in ("minLength", "maxLength"):
            if name in held and ("pattern" in held or "format" in held):
                self._leave(name, path)
                del held[name]
        return held

    def _whole(self, pattern: str, path: str) -> str:
        try:
            return whole(pattern)
        except BadPattern as error:
            raise CannotHold(
                f"Answers cannot be held to {str(error)!r} in the regular expression at {path}. Write it without that.",
                f"引擎无法按 {path} 处正则表达式里的 {str(error)!r} 约束回答。请换一种不用它的写法。",
            ) from error

    def _number(self, rules: Mapping[str, Any], path: str, *, is_real: bool) -> dict[str, Any]:
        held = _new_bounds(rules)
        for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
            if name in held and not is_real:
                self._whole_bound(held, name, path)
            elif name in held and not math.isfinite(held[name]):
                self._leave(name, path)
                del held[name]
        divisor = held.get("multipleOf")
        if divisor is not None and (
            is_real or len(held) > 1 or divisor != int(divisor) or not 1 <= divisor <= LARGEST_DIVISOR
        ):
            self._leave("multipleOf", path)
            del held["multipleOf"]
        return held

    def _whole_bound(self, held: dict[str, Any], name: str, path: str) -> None:
        """A bound of whole numbers as xgrammar takes it: whole, and not too large."""
        value = held[name]
        if not abs(value) <= LARGEST_BOUND:
            self._leave(name, path)
            del held[name]
        elif value != int(value):
            del held[name]
            plain = "minimum" if name.endswith("inimum") else "maximum"
            bound, stricter = (math.ceil(value), max) if plain == "minimum" else (math.floor(value), min)
            held[plain] = stricter(bound, held.get(plain, bound))
        else:
            held[name] = int(value)


def _new_bounds(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Draft 4 has booleans for exclusive bounds."""
    held = dict(rules)
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(held.get(exclusive), bool) and held.pop(exclusive) and bound in held:
            held[exclusive] = held.pop(bound)
    return held


def _types(node: Mapping[str, Any]) -> list[str]:
    given = node.get("type", [])
    return [given] if isinstance(given, str) else list(given)


def _meant(node: Mapping[str, Any]) -> list[str]:
    """The type that the rules are for, where none is given: any other value would fit, and nobody wants one."""
    return next(([family] for family, keywords in BY_TYPE.items() if keywords & node.keys()), [])


def _is_of_type(value: Any, name: str) -> bool:
    match name:
        case "integer":
            return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            kinds = {"string": str, "boolean": bool, "null": type(None), "object": dict, "array": list}
            return isinstance(value, kinds.get(name, object))
