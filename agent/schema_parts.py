"""Parts of a JSON Schema: walked, counted, and found by reference. Knows no rule of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote


def referenced_part(schema: Mapping[str, Any], reference: str) -> Any:
    """The part of the schema that `reference` means, by its place (#/$defs/a) or by its anchor (#a); None if none."""
    place = unquote(reference.removeprefix("#"))
    if place and not place.startswith("/"):
        return _anchors(_Same(schema)).get(place)
    part: Any = schema
    for step in place.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(part, list) and key.isdecimal() and int(key) < len(part):
            part = part[int(key)]
        elif isinstance(part, dict) and key in part:
            part = part[key]
        else:
            return None
    return part if isinstance(part, dict | bool) else None


class _Same:
    """A schema that equals itself alone: so what was found in it can be remembered."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema


@lru_cache(maxsize=16)
def _anchors(same: _Same) -> dict[str, Any]:
    """The parts of a schema by their names."""
    found: dict[str, Any] = {}
    for node in nodes(same.schema):
        for name in (node.get("$anchor"), node.get("$dynamicAnchor")):
            if isinstance(name, str):
                found.setdefault(name, node)
    return found


def has_pattern(schema: Mapping[str, Any], node: Any) -> bool:
    """Whether a part of the schema has a regular expression in it, or in what it refers to."""
    seen: set[int] = set()

    def has(part: Any) -> bool:
        if not isinstance(part, dict | list) or id(part) in seen:
            return False
        seen.add(id(part))
        if isinstance(part, list):
            return any(map(has, part))
        if isinstance(part.get("pattern"), str) or isinstance(part.get("patternProperties"), dict):
            return True
        target = referenced_part(schema, part["$ref"]) if isinstance(part.get("$ref"), str) else None
        return any(map(has, (*part.values(), target)))

    return has(node)


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Each object in the schema."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(part)


def unfolded(schema: Mapping[str, Any]) -> tuple[int, bool]:
    """How many parts the schema has with each $ref in its place, and whether one contains itself, which counts once.

    A few lines of references to references can stand for more than anything could read.
    """
    sizes: dict[int, int] = {}
    is_recursive = False

    def size(node: Any) -> int:
        nonlocal is_recursive
        if not isinstance(node, dict | list):
            return 1
        if id(node) in sizes:
            is_recursive |= not sizes[id(node)]
            return max(1, sizes[id(node)])
        sizes[id(node)] = 0
        parts = list(node.values() if isinstance(node, dict) else node)
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            parts.append(referenced_part(schema, node["$ref"]))
        sizes[id(node)] = 1 + sum(size(part) for part in parts)
        return sizes[id(node)]

    return size(schema), is_recursive


def keys(schema: Mapping[str, Any]) -> Iterator[str]:
    """Each key of an object in the schema: all its keywords are among them."""
    for node in nodes(schema):
        yield from node


def references(node: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """(path, target) of each reference in the schema."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                yield f"{path}.{key}", value
            yield from references(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from references(value, f"{path}[{index}]")
