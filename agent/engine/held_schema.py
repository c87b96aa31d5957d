"""A JSON Schema as xgrammar can hold answers to it, and which of its rules are left for the check afterwards.

Whatever fits the schema that is made fits the given one too, but for the rules that are named. Knows no xgrammar.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.engine.held_types import HeldTypes
from agent.engine.schema_keywords import BY_TYPE, CHECKED, COMBINED, NOTES, Node, is_of_type, meant_types, types_of
from agent.engine.unheld import CannotHold, Unheld, contradiction
from agent.schema_parts import referenced_part

MAX_OPENINGS = 20  # of one reference, to merge it: it may contain itself


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
        raise contradiction("$")
    return Held({**held, "$defs": holder.definitions} if holder.definitions else held, holder.unheld.rules)


class _Holder:
    """Walks a schema once; each target of a $ref becomes a definition of its own."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.definitions: dict[str, Any] = {}
        self.unheld = Unheld(root)
        self._root = root
        self._names: dict[str, str] = {}
        self._openings = Counter[str]()
        self._types = HeldTypes(self.node, self.unheld)

    def node(self, node: Node, path: str) -> Node:
        """The schema at `path`, held."""
        if not isinstance(node, Mapping):
            return bool(node)
        for keyword in node:
            if keyword in CHECKED and (keyword, node[keyword]) != ("uniqueItems", False):
                self.unheld.check_no_pattern(node[keyword], keyword, path)
                self.unheld.leave(keyword, path)
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

    def _reference(self, node: Mapping[str, Any], path: str) -> Node:
        self.unheld.leave_but(("$ref",), node, path)
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
        target = referenced_part(self._root, reference)
        if target is None:
            raise CannotHold(
                f"The schema refers to {reference} at {path}, but has no such part. Correct that.",
                f"Schema 在 {path} 引用了 {reference}，但没有这个部分。请改正这个引用。",
            )
        return target

    def _choice(self, node: Mapping[str, Any], path: str) -> Node:
        """const and enum, of whose values only those of the type remain."""
        keyword = "const" if "const" in node else "enum"
        self.unheld.leave_but((keyword, "type"), node, path)
        values = [node["const"]] if keyword == "const" else node["enum"]
        types = types_of(node)
        fitting = [value for value in values if not types or any(is_of_type(value, one) for one in types)]
        if not fitting:
            raise contradiction(path)
        kept = {name: value for name, value in node.items() if name in NOTES and name not in ("$defs", "definitions")}
        return {**kept, keyword: fitting if keyword == "enum" else fitting[0]}

    def _combination(self, node: Mapping[str, Any], path: str) -> Node:
        """allOf becomes one schema; anyOf or oneOf takes what stands beside it into each of its parts."""
        beside: Any = {name: value for name, value in node.items() if name not in COMBINED}
        openings = self._openings.total()
        for part in node.get("allOf", ()):
            merged = self._merged(beside, part, path)
            if merged is None:
                self.unheld.check_no_pattern(part, "allOf", path)
                self.unheld.leave("allOf", path)
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
                self.unheld.check_no_pattern(node[keyword], keyword, path)
            if chosen != keyword or keyword == "oneOf":  # that not more than one fits
                self.unheld.leave(keyword, path)
        if parts is None and self._openings.total() > openings:
            return self._part(json.dumps(beside, sort_keys=True), beside, path)
        if parts is None:
            return self.node(beside, path)
        held = [self.node(part, f"{path}.{chosen}[{index}]") for index, part in enumerate(parts)]
        fitting = [one for one in held if one is not False]
        return {chosen: fitting} if fitting else False

    def _merged(self, one: Mapping[str, Any], other: Node, path: str) -> Node | None:
        """Both schemas as one; None if they have rules for the same thing."""
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
        """What a node refers to, if it does nothing else, and that can be merged."""
        if set(node) - NOTES != {"$ref"}:
            return node
        target = self._target(node["$ref"], path)
        is_simple = isinstance(target, Mapping) and not target.keys() & {"$ref", *COMBINED}
        self._openings[node["$ref"]] += 1
        return target if is_simple and self._openings[node["$ref"]] <= MAX_OPENINGS else node

    def _plain(self, node: Mapping[str, Any], path: str) -> Node:
        types = types_of(node) or meant_types(node)
        held = {name: value for name, value in node.items() if name in NOTES and name not in ("$defs", "definitions")}
        if types:
            held["type"] = node["type"] if "type" in node else types[0]
        families = {"number" if one == "integer" else one for one in types}
        for name in node:
            if name not in NOTES and name != "type":
                family = next((one for one, keywords in BY_TYPE.items() if name in keywords), None)
                if family is None or (family not in families and "type" not in node):
                    self.unheld.leave(name, path)
        for family, keywords in BY_TYPE.items():
            if family not in families:
                continue
            rules = {name: value for name, value in node.items() if name in keywords}
            match family:
                case "object":
                    held |= self._types.object(rules, path)
                case "array":
                    held |= self._types.array(rules, path)
                case "string":
                    held |= self._types.string(rules, path)
                case "number":
                    held |= self._types.number(rules, path, is_real="number" in types)
        return held
