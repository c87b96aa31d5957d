"""JSON Schema of a chat's answers: read from a person's text, and held against an answer.

Knows no engine and no page. A schema fetches nothing: it may refer to its own parts alone.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

import jsonschema
from jsonschema.protocols import Validator
from referencing.jsonschema import EMPTY_REGISTRY

from agent.errors import AgentError
from agent.schema_parts import has_pattern, nodes, referenced_part, references, unfolded
from tools.text import read_json

MAX_CHARS = 20_000
MAX_UNFOLDED = 10_000  # parts, with each $ref in its place
MAX_VALUE_CHARS = 60  # of a wrong value, if it is named

Schema = Mapping[str, Any]


class BadSchema(AgentError):
    """The text is no JSON Schema that can be used; says what is wrong, and at which place."""


def read_schema(text: str) -> Schema:
    """The schema in `text`. Raises BadSchema. The first time takes up to a second; it is remembered."""
    if len(text) > MAX_CHARS:
        raise BadSchema(
            f"The schema has {len(text):,} characters; {MAX_CHARS:,} are allowed. Shorten it.",
            f"这个 Schema 有 {len(text):,} 个字符，最多 {MAX_CHARS:,} 个。请缩短它。",
        )
    read = _read_once(text)
    if isinstance(read, BadSchema):
        raise read.with_traceback(None)
    return read


@lru_cache(maxsize=256)  # of all chats; each turn asks for its own
def _read_once(text: str) -> Schema | BadSchema:
    try:
        return _checked(_object(text))
    except BadSchema as error:
        return error


def _checked(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        _check_against_meta_schema(schema)
        _check_references(schema)
        _check_size(schema)
        _check_ends(schema)
    except RecursionError as error:
        raise BadSchema("The schema is nested too deeply. Simplify it.", "Schema 嵌套太深。请简化它。") from error
    return schema


def _check_references(schema: Schema) -> None:
    for path, reference in references(schema):
        if not reference.startswith("#"):
            raise BadSchema(
                f"The schema refers to {_short(reference)} at {path}. Put what it means under $defs, and refer to it "
                "by #/$defs/NAME.",
                f"Schema 在 {path} 引用了 {_short(reference)}。请把它写进 $defs，并用 #/$defs/名称 来引用。",
            )
        if referenced_part(schema, reference) is None:
            raise BadSchema(
                f"The schema refers to {_short(reference)} at {path}, but has no such part. Correct that.",
                f"Schema 在 {path} 引用了 {_short(reference)}，但没有这个部分。请改正这个引用。",
            )


def _check_size(schema: Schema) -> None:
    if unfolded(schema)[0] > MAX_UNFOLDED:
        raise BadSchema(
            f"With each $ref in its place the schema has more than {MAX_UNFOLDED:,} parts. Refer to fewer parts.",
            f"把每个 $ref 展开以后，Schema 的部分超过 {MAX_UNFOLDED:,} 个。请减少引用。",
        )


def _check_ends(schema: Schema) -> None:
    """A part that requires itself fits no value: an answer to it would never end."""
    needs = {id(node): _needs(schema, node) for node in nodes(schema)}
    users = defaultdict[int, list[int]](list)
    for key, choices in needs.items():
        for part in chain(*choices):
            users[id(part)].append(key)
    ending: set[int] = set()

    def is_known(part: Any) -> bool:
        return not isinstance(part, dict) or id(part) in ending

    asked = deque(needs)
    while asked:
        key = asked.popleft()
        if key not in ending and all(any(map(is_known, choice)) for choice in needs[key]):
            ending.add(key)
            asked.extend(users[key])
    if id(schema) not in ending:
        raise BadSchema(
            "No answer can fit the schema: it requires itself without an end. Make a part of it optional.",
            "没有任何回答能符合这个 Schema：它无止境地要求自身。请把其中一部分改为可选。",
        )


def _needs(schema: Schema, node: dict[str, Any]) -> list[list[Any]]:
    """Of each of these lists one part has to have values with an end, for `node` to have one."""
    types = node.get("type") or ("object" if "properties" in node else "")
    inner = [referenced_part(schema, node["$ref"])] if isinstance(node.get("$ref"), str) else []
    inner += _list(node, "allOf")
    if types == "object" and isinstance(properties := node.get("properties"), dict):
        inner += [properties.get(name) for name in _list(node, "required") if isinstance(name, str)]
    if types == "array" and node.get("minItems"):
        inner.append(node.get("items"))
    choices = [_list(node, keyword) for keyword in ("anyOf", "oneOf") if isinstance(node.get(keyword), list)]
    return [*([part] for part in inner), *choices]


def _list(node: dict[str, Any], keyword: str) -> list[Any]:
    """What stands there, if it is a list: old drafts have other things by some of these names."""
    return value if isinstance(value := node.get(keyword), list) else []


def _object(text: str) -> dict[str, Any]:
    try:
        value = read_json(text)
    except json.JSONDecodeError as error:
        raise BadSchema(
            f"The schema is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}. Correct it.",
            f"Schema 在第 {error.lineno} 行第 {error.colno} 列不是有效的 JSON（{error.msg}）。请在那里改正。",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadSchema(
            "The schema is nested too deeply, or holds a number that is too long. Simplify it.",
            "Schema 嵌套太深，或者有过长的数字。请简化它。",
        ) from error
    if not isinstance(value, dict) or not value:
        raise BadSchema(
            'A schema is a JSON object with at least one key, such as {"type": "object"}. Write one.',
            'Schema 必须是至少有一个键的 JSON 对象，例如 {"type": "object"}。请写成对象。',
        )
    return value


def _check_against_meta_schema(schema: dict[str, Any]) -> None:
    try:
        _draft(schema).check_schema(schema)
    except jsonschema.SchemaError as error:
        where, value = error.json_path, _short(error.instance)
        raise BadSchema(
            f"The schema is wrong at {where}: {value} cannot stand there ({_short(error.message)}). Correct it there.",
            f"Schema 在 {where} 处有误：{value} 不能写在那里（{_short(error.message)}）。请在那里改正。",
        ) from error


def why_unfit(value: Any, schema: Schema) -> str:
    """How an answer fails to fit `schema`, and at which place, in English; '' if it fits."""
    checker = _without_patterns(_draft(schema), schema)(dict(schema), registry=EMPTY_REGISTRY)
    try:
        error = jsonschema.exceptions.best_match(checker.iter_errors(value))
    except Exception as failure:  # a reference that leads nowhere, or to itself: the library has an error for each
        return f"{type(failure).__name__}: {_short(str(failure))}"
    return f"{error.json_path}: {_short(error.message)}" if error else ""


def _draft(schema: Schema) -> type[Validator]:
    """The draft that the schema names, else the newest."""
    draft: type[Validator] = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    return draft


def _without_patterns(draft: type[Validator], schema: Schema) -> type[Validator]:
    """The engine's grammar takes care of patterns; Python's own can be kept busy by one for hours.

    So oneOf is as good as anyOf if patterns tell its parts apart.
    """

    def ignore(*_: Any) -> Iterator[jsonschema.ValidationError]:
        yield from ()

    patterned: dict[int, bool] = {}

    def one_of(validator: Any, parts: Any, value: Any, node: Any) -> Iterator[jsonschema.ValidationError]:
        if id(parts) not in patterned:
            patterned[id(parts)] = has_pattern(schema, parts)
        rule = "anyOf" if patterned[id(parts)] else "oneOf"
        yield from draft.VALIDATORS[rule](validator, parts, value, node)

    own: dict[str, Any] = {"pattern": ignore, "patternProperties": ignore}
    if "oneOf" in draft.VALIDATORS:  # draft 3 has none
        own["oneOf"] = one_of
    checker: type[Validator] = jsonschema.validators.extend(draft, own)
    return checker


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}…"
