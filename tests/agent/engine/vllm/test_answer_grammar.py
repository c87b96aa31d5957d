"""What answers can be held to, keyword by keyword: in the real xgrammar, by what its matcher takes and refuses."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import xgrammar
from xgrammar.testing import _get_matcher_from_grammar

from agent.answer_schema import read_schema, why_unfit
from agent.engine.protocol import Sampling
from agent.engine.unheld import CannotHold
from agent.engine.vllm.answer_grammar import answer_grammar, unheld
from agent.profiles import read_profiles
from tests.languages import assert_says_the_same_in_chinese

pytestmark = pytest.mark.slow  # importing xgrammar takes seconds, and PyTorch with it
INT, TEXT = {"type": "integer"}, {"type": "string"}


def text(**rules: Any) -> dict[str, Any]:
    return {"type": "string", **rules}


def number(**rules: Any) -> dict[str, Any]:
    return {"type": "number", **rules}


def whole(**rules: Any) -> dict[str, Any]:
    return {"type": "integer", **rules}


def array(**rules: Any) -> dict[str, Any]:
    return {"type": "array", **rules}


def thing(**rules: Any) -> dict[str, Any]:
    return {"type": "object", **rules}


def takes(schema: dict[str, Any], raw: str) -> bool:
    """Whether an answer held to `schema` can be `raw`, from its first character to its end."""
    matcher = _get_matcher_from_grammar(xgrammar.Grammar.from_structural_tag(answer_grammar(schema)))
    return bool(matcher.accept_string(raw) and matcher.is_terminated())


# (schema, answers that it takes, answers that it does not)
HELD: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    # a pattern may be found anywhere in the text
    (text(pattern="@"), ["@", "a@b.cn", "x@"], ["ab", ""]),
    (text(pattern="^@"), ["@", "@b"], ["a@"]),
    (text(pattern="@$"), ["@", "a@"], ["@b"]),
    (text(pattern="^a+$"), ["a", "aa"], ["", "ab", "ba"]),
    (text(pattern="a|b"), ["a", "xb", "bx"], ["c", ""]),
    (text(pattern="^a|b$"), ["a", "ax", "xb"], ["xa", "bx"]),
    (text(pattern="^(a|b)$"), ["a", "b"], ["ab", "ax"]),
    (text(pattern="(^a$|^b$)"), ["a", "b"], ["ab"]),
    (text(pattern="^$|^\\d+$"), ["", "12"], ["x"]),
    (text(pattern="^\\d{3}-\\d{4}$"), ["010-1234"], ["0101234", "x010-1234"]),
    (text(pattern="^[\\u4e00-\\u9fff]+$"), ["一二"], ["a"]),
    (text(pattern="\\w+@\\w+\\.(com|cn)"), ["to a@b.cn!"], ["a@b"]),
    (text(pattern="^a\\$"), ["a$", "a$b"], ["a"]),
    (text(pattern="[^a]"), ["b", "ab"], ["a", ""]),
    (text(pattern="{a}"), ["{a}", "x{a}"], ["a"]),
    (text(pattern=""), ["", "abc"], []),
    (text(pattern="^$"), [""], ["a"]),
    ({"pattern": "^a$"}, ["a"], ["b", 1]),
    ({"type": ["string", "null"], "pattern": "b"}, ["abc", None], ["a", 1]),
    # lengths and formats
    (text(minLength=3), ["abc", "😀😀😀"], ["ab"]),
    (text(maxLength=2), ["", "ab"], ["abc"]),
    (text(format="date"), ["2026-01-31"], ["2026-13-45", "x"]),
    (text(format="email"), ["a@b.cn"], ["x"]),
    (text(format="ipv4"), ["1.2.3.4"], ["1.2.3.999"]),
    # numbers
    (whole(minimum=1, maximum=5), [1, 5], [0, 6, 1.5]),
    (whole(exclusiveMinimum=1, exclusiveMaximum=5), [2, 4], [1, 5]),
    (whole(minimum=1.5, maximum=3.5), [2, 3], [1, 4]),
    (whole(exclusiveMinimum=1.5), [2], [1]),
    (whole(multipleOf=5), [5, 10], [7]),
    (number(minimum=0.5, maximum=1.25), [0.5, 0.75, 1.25, 1], [0.4, 1.26]),
    (number(exclusiveMinimum=0, exclusiveMaximum=1), [0.5], [0, 1]),
    ({"minimum": 5}, [7], [3, "a"]),
    ({"type": ["integer", "string"], "minimum": 5}, [7, "a"], [3]),
    ({"$schema": "http://json-schema.org/draft-04/schema#", **whole(minimum=1, exclusiveMinimum=True)}, [2], [1]),
    ({"$schema": "http://json-schema.org/draft-04/schema#", **whole(minimum=1, exclusiveMinimum=False)}, [1], [0]),
    # arrays
    (array(items=INT, minItems=2, maxItems=3), [[1, 2], [1, 2, 3]], [[1], [1, 2, 3, 4]]),
    (array(minItems=2), [["a", 1]], [[], [1]]),
    (array(maxItems=1), [[], ["a"]], [[1, 2]]),
    (array(maxItems=0), [[]], [[1]]),
    (array(items=False), [[]], [[1]]),
    (array(prefixItems=[INT, TEXT], items=False, minItems=2), [[1, "a"]], [[1], ["a", 1], [1, "a", 1]]),
    (array(prefixItems=[INT], minItems=2), [[1, "a"]], [[1], ["a", 1]]),
    (array(prefixItems=[INT], unevaluatedItems=False), [[1]], [["a"], [1, 2]]),
    (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            **array(items=[INT, TEXT], additionalItems=False),
        },
        [[1, "a"]],
        [["a", 1], [1, "a", 2]],
    ),
    (array(uniqueItems=False), [[1, 1]], [1]),
    # objects
    (thing(properties={"a": INT}, required=["a"]), [{"a": 1}], [{}, {"a": "x"}, {"b": 1}]),
    ({"properties": {"a": INT}}, [{"a": 1}, {}], [{"a": "x"}, 5]),
    (thing(required=["b"]), [{"b": 1}], [{}]),
    (thing(properties={"a": INT}, required=["a", "b"]), [{"a": 1, "b": "x"}], [{"a": 1}]),
    (thing(properties={"a": INT}, required=["b"], additionalProperties=TEXT), [{"b": "x"}], [{"b": 1}, {}]),
    (thing(patternProperties={"^S_": INT}), [{"S_": 1}, {"S_a": 1}, {}], [{"x": 1}, {"S_a": "x"}]),
    (thing(patternProperties={"_id$": INT, "^t_": TEXT}), [{"user_id": 1, "t_a": "x"}], [{"user": 1}, {"t_a": 1}]),
    (thing(properties={"b": TEXT}, patternProperties={"^S_": INT}), [{"b": "x", "S_a": 1}], [{"S_a": "x"}]),
    (thing(additionalProperties=INT, minProperties=1), [{"x": 1}], [{}, {"x": "y"}]),
    (thing(minProperties=2), [{"a": 1, "b": 2}], [{"a": 1}]),
    (thing(maxProperties=1), [{}, {"a": 1}], [{"a": 1, "b": 2}]),
    (thing(properties={"a": INT}, minProperties=2), [{"a": 1, "b": 2}], [{"a": 1}]),
    (thing(propertyNames={"pattern": "^a"}), [{"a": 1}, {"ab": 1}], [{"b": 1}]),
    (thing(propertyNames={"enum": ["a"]}, additionalProperties=INT), [{"a": 1}], [{"b": 1}, {"a": "x"}]),
    (thing(propertyNames={"pattern": "^a"}, additionalProperties=False), [{}], [{"a": 1}]),
    (thing(properties={"a": True, "b": False}), [{"a": [1]}, {}], [{"b": 1}]),
    (thing(properties={"a": INT}, unevaluatedProperties=False), [{"a": 1}], [{"b": 1}]),
    # const, enum and combinations
    ({"const": '一"\n'}, ['一"\n'], ["一"]),
    ({"enum": ["é", 1, None, True]}, ["é", 1, None, True], [2, False]),
    ({"type": "string", "enum": ["a", 1]}, ["a"], [1]),
    ({"anyOf": [INT, TEXT]}, [1, "a"], [None, 1.5]),
    ({"anyOf": [INT, False]}, [1], ["a"]),
    (
        thing(properties={"a": INT, "b": INT}, anyOf=[{"required": ["a"]}, {"required": ["b"]}]),
        [{"a": 1}, {"b": 1}],
        [{}, 5],
    ),
    ({"allOf": [INT]}, [1], ["a"]),
    ({"allOf": [whole(minimum=1), {"maximum": 5}]}, [3], [0, 9, "a"]),
    ({"type": "integer", "allOf": [{"maximum": 5}]}, [3], [9, "a"]),
    (
        {
            "allOf": [{"$ref": "#/$defs/a"}, thing(properties={"b": INT}, required=["b"])],
            "$defs": {"a": thing(properties={"a": INT}, required=["a"])},
        },
        [{"a": 1, "b": 2}],
        [{"a": 1}, {"b": 1}, 5],
    ),
    # references
    ({"$ref": "#/$defs/a", "$defs": {"a": INT}}, [3], ["a"]),
    ({"$ref": "#/definitions/a", "definitions": {"a": INT}}, [3], ["a"]),
    ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": INT}}, [3], ["a"]),
    ({"$ref": "#/$defs/a%20b", "$defs": {"a b": INT}}, [3], ["a"]),
    ({"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "integer"}}}, [3], ["a"]),
    (
        thing(properties={"a": {"anyOf": [INT, TEXT]}, "b": {"$ref": "#/properties/a/anyOf/0"}}),
        [{"b": 1}],
        [{"b": "x"}],
    ),
    (thing(properties={"next": {"$ref": "#"}}), [{"next": {"next": {}}}], [{"next": 5}]),
    (
        thing(properties={"n": INT, "next": {"allOf": [{"$ref": "#"}, {"required": ["n"]}]}}),
        [{}, {"next": {"n": 1}}, {"next": {"n": 1, "next": {"n": 2}}}],
        [{"next": {}}, {"next": {"n": 1, "next": {}}}],
    ),
    ({"$id": "http://x.org/y", "$ref": "#/$defs/a", "$defs": {"a": text(pattern="@")}}, ["a@b"], ["ab"]),
    ({"title": "Anything"}, [1, "a", None, {}, []], []),
    (text(contentEncoding="base64", description="x", default="y", examples=["z"]), ["a"], [1]),
]


@pytest.mark.parametrize(("schema", "fitting", "unfitting"), HELD, ids=lambda value: json.dumps(value)[:60])
def test_a_held_schema_takes_what_json_schema_does_and_nothing_else(
    schema: dict[str, Any], fitting: list[Any], unfitting: list[Any]
) -> None:
    assert read_schema(json.dumps(schema)) == schema
    assert list(unheld(schema)) == []
    for value in fitting:
        assert why_unfit(value, schema) == ""
    answers = [json.dumps(value, ensure_ascii=False) for value in (*fitting, *unfitting)]
    assert [answer for answer in answers if takes(schema, answer)] == answers[: len(fitting)]


# (schema, the rules that only the check afterwards holds)
UNHELD: list[tuple[dict[str, Any], list[str]]] = [
    (array(uniqueItems=True), ["uniqueItems at $"]),
    (array(items=array(uniqueItems=True)), ["uniqueItems at $.items"]),
    (array(contains=INT, minContains=2, maxContains=3), ["contains at $", "minContains at $", "maxContains at $"]),
    (array(prefixItems=[array(uniqueItems=True)]), ["uniqueItems at $.prefixItems[0]"]),
    (number(multipleOf=0.5), ["multipleOf at $"]),
    (whole(multipleOf=5, minimum=10), ["multipleOf at $"]),
    (whole(multipleOf=10007), ["multipleOf at $"]),
    (whole(maximum=10**30), ["maximum at $"]),
    (text(pattern="^a*$", minLength=3), ["minLength at $"]),
    (text(pattern="^a*$", format="date"), ["format at $"]),
    (text(format="phone"), ["format at $"]),
    (text(format="email", maxLength=20), ["maxLength at $"]),
    (text(nullable=True), ["nullable at $"]),
    (thing(dependentRequired={"a": ["b"]}), ["dependentRequired at $"]),
    (thing(dependentSchemas={"a": {"required": ["b"]}}), ["dependentSchemas at $"]),
    (thing(propertyNames={"maxLength": 3}, properties={"a": INT}), ["propertyNames at $"]),
    (thing(patternProperties={"^a": INT}, required=["b"]), ["required at $"]),
    (thing(properties={"x": {"not": {"const": 1}}}), ["not at $.properties.x"]),
    (whole(**{"if": {"minimum": 5}, "then": {"maximum": 7}, "else": {}}), ["if at $", "then at $", "else at $"]),
    ({"oneOf": [INT, number()]}, ["oneOf at $"]),
    ({"oneOf": [text(pattern="^a"), text(pattern="^b")]}, ["oneOf at $"]),
    (text(**{"not": {"enum": ["x"]}}), ["not at $"]),
    ({"allOf": [whole(minimum=1), whole(minimum=3)]}, ["allOf at $"]),
    (whole(minimum=1, anyOf=[{"minimum": 3}, {"maximum": 5}]), ["anyOf at $"]),
    ({"$ref": "#/$defs/a", "maximum": 5, "$defs": {"a": INT}}, ["maximum at $"]),
    ({"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a"}}}, ["$dynamicRef at $"]),
    ({"$ref": "#/$defs/a", "$defs": {"a": array(uniqueItems=True)}}, ["uniqueItems at #/$defs/a"]),
]


@pytest.mark.parametrize(("schema", "rules"), UNHELD, ids=lambda value: json.dumps(value)[:60])
def test_a_rule_that_is_only_checked_afterwards_is_told_with_its_place(
    schema: dict[str, Any], rules: list[str]
) -> None:
    assert read_schema(json.dumps(schema)) == schema
    assert list(unheld(schema)) == rules


# (schema, what its refusal names)
REFUSED: list[tuple[dict[str, Any], str]] = [
    (text(pattern="\\bfoo"), "'\\\\b' in the regular expression at $.pattern"),
    (text(pattern="^(?=.*a).*$"), "'(?=' in the regular expression at $.pattern"),
    (text(pattern="^(?!a)"), "'(?!' in"),
    (text(pattern="(?<=a)b"), "'(?<=' in"),
    (text(pattern="(?<!a)b"), "'(?<!' in"),
    (text(pattern="(a)\\1"), "'\\\\1' in"),
    (text(pattern="(?i)a"), "'(?i' in"),
    (text(pattern="^(^a)b$"), "'^' in"),
    (text(pattern="a$\\n"), "'$' in"),
    (text(pattern="\\Aa\\Z"), "'\\\\A' in"),
    (text(pattern='^"$'), "'\"' in"),
    (text(pattern="^\\\\$"), "'\\\\\\\\' in"),
    (text(pattern="\\n"), "'\\\\n' in"),
    (text(pattern='^["]$'), "'[\"]' in"),
    (thing(properties={"a": array(items=text(pattern="\\b"))}), "at $.properties.a.items.pattern"),
    (thing(patternProperties={"^\\b": INT}), "at $.patternProperties"),
    ({"enum": ["a", "b"], "pattern": "^a$"}, "pattern at $"),
    ({"$ref": "#/$defs/a", "pattern": "@", "$defs": {"a": TEXT}}, "pattern at $"),
    (text(**{"not": {"pattern": "@"}}), "the pattern within not at $"),
    (array(contains=text(pattern="@")), "the pattern within contains at $"),
    ({"if": thing(properties={"a": text(pattern="x")}), "then": {"required": ["b"]}}, "the pattern within if at $"),
    ({"not": {"$ref": "#/$defs/a"}, "$defs": {"a": text(pattern="@")}}, "the pattern within not at $"),
    ({"allOf": [text(pattern="@"), {"pattern": "x"}]}, "the pattern within allOf at $"),
    (
        thing(patternProperties={"^a": TEXT}, propertyNames={"pattern": "^ab"}),
        "the pattern within propertyNames at $",
    ),
    (whole(minimum=5, maximum=3), "at $: Invalid range: minimum greater than maximum"),
    (thing(properties={"a": number(minimum=5, maximum=3)}), "at $.properties.a: Invalid range"),
    (text(minLength=5, maxLength=3), "minLength 5 is greater than maxLength 3"),
    (array(items=array(minItems=5, maxItems=3)), "at $.items: minItems is greater than maxItems"),
    (thing(minProperties=3, maxProperties=1), "at $: its rules contradict"),
    (thing(properties={}, required=["a"], additionalProperties=False), "at $.required: its rules contradict"),
    (thing(properties={"a": False}, required=["a"]), "at $.properties.a: its rules contradict"),
    ({"enum": []}, "at $: its rules contradict"),
    ({"type": "integer", "const": "x"}, "at $: its rules contradict"),
    ({"anyOf": [False, False]}, "at $: its rules contradict"),
    (thing(properties={"a": {"$id": "b"}}), "$id at $.properties.a"),
]


@pytest.mark.parametrize(("schema", "named"), REFUSED, ids=lambda value: json.dumps(value)[:60])
def test_what_answers_cannot_be_held_to_is_refused_with_its_place_and_the_next_step(
    schema: dict[str, Any], named: str
) -> None:
    with pytest.raises(CannotHold) as refusal:
        unheld(schema)
    assert named in str(refusal.value)
    assert "。" in refusal.value.chinese
    assert str(refusal.value).count(". ") == 1
    assert_says_the_same_in_chinese(refusal.value)


def test_the_schemas_that_ship_can_be_held() -> None:
    (schema,) = [one.answer_schema for one in read_profiles((), None, Sampling()) if one.answer_schema]
    assert [list(unheld(read_schema(one))) for one in (schema.zh, schema.en)] == [[], []]


@pytest.mark.parametrize("pattern", ["^(a{1,1000}b){1,1000}$", "(a|b|ab)*c{3,50}(a+)+", "^(a+)+$", "a{1,100000}"])
def test_a_heavy_pattern_is_read_at_once(pattern: str) -> None:
    started = time.monotonic()
    unheld(text(pattern=pattern))
    assert time.monotonic() - started < 2
