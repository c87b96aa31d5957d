"""The parts of a schema: what a reference means, and how many parts there are with each in its place."""

from __future__ import annotations

from typing import Any

import pytest

from agent.schema_parts import has_pattern, referenced_part, references, unfolded

SCHEMA: dict[str, Any] = {
    "$defs": {
        "a/b": {"type": "string", "pattern": "x"},
        "named": {"$anchor": "here", "type": "null"},
        "list": [{"type": "integer"}, False],
        "tree": {"items": {"$ref": "#/$defs/tree"}},
    },
    "$ref": "#/$defs/a~1b",
}


@pytest.mark.parametrize(
    ("reference", "part"),
    [
        ("#", SCHEMA),
        ("#/$defs/a~1b", SCHEMA["$defs"]["a/b"]),
        ("#/%24defs/a~1b", SCHEMA["$defs"]["a/b"]),
        ("#here", SCHEMA["$defs"]["named"]),
        ("#/$defs/list/0", {"type": "integer"}),
        ("#/$defs/list/1", False),
        ("#/$defs/list/2", None),
        ("#/$defs/list", None),
        ("#/$defs/none", None),
        ("#there", None),
    ],
)
def test_a_reference_means_a_part_by_its_place_or_its_anchor(reference: str, part: Any) -> None:
    assert referenced_part(SCHEMA, reference) == part


def test_each_reference_has_its_path() -> None:
    assert list(references(SCHEMA)) == [("$.$defs.tree.items.$ref", "#/$defs/tree"), ("$.$ref", "#/$defs/a~1b")]


def test_a_pattern_is_seen_through_a_reference() -> None:
    assert has_pattern(SCHEMA, {"$ref": "#/$defs/a~1b"})
    assert not has_pattern(SCHEMA, SCHEMA["$defs"]["tree"])


@pytest.mark.parametrize(
    ("schema", "parts"),
    [
        ({}, (1, False)),
        ({"items": {"type": "null"}}, (3, False)),
        ({"$defs": {"a": {"type": "null"}}, "$ref": "#/$defs/a"}, (7, False)),
        ({"items": {"$ref": "#"}}, (4, True)),
    ],
)
def test_parts_are_counted_with_each_reference_in_its_place(schema: Any, parts: tuple[int, bool]) -> None:
    assert unfolded(schema) == parts
