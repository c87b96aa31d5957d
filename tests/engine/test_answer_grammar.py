"""What xgrammar says of the schemas that people give, in the real library."""

from __future__ import annotations

import pytest

from agent.answer_schema import read_schema
from agent.engine.answer_grammar import why_not
from agent.engine.protocol import Sampling
from profiles import read_profiles


def test_the_schemas_that_ship_can_be_held() -> None:
    (schema,) = [one.answer_schema for one in read_profiles((), None, Sampling()) if one.answer_schema]
    assert [why_not(read_schema(text)) for text in (schema.zh, schema.en)] == ["", ""]


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "#/$defs/a"}, "Cannot find field $defs in #/$defs/a"),
        ({"enum": []}, "enum array must not be empty"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "Invalid range: minimum greater than maximum"),
    ],
)
def test_a_schema_that_cannot_be_held_is_refused_with_the_reason(schema: dict[str, object], reason: str) -> None:
    assert why_not(schema) == reason
