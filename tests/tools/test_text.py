"""What comes from outside and is broken: halves of characters, NUL, numbers that are none."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tools.text import clean, clean_json, read_json

TABLE: list[tuple[Any, Any]] = [
    ("plain", "plain"),
    ("广州 😀", "广州 😀"),
    ("hi \ud83d there", "hi \ufffd there"),
    ("hi \ude00 there", "hi \ufffd there"),
    ("\ud83d", "\ufffd"),
    ("\ud83d\ude00", "😀"),
    ("\ude00\ud83d", "\ufffd\ufffd"),
    ("\ud83d\ud83d\ude00", "\ufffd😀"),
    ("a\0b", "a\ufffdb"),
    ("\ufffe\uffff\ue000", "\ufffe\uffff\ue000"),  # odd, and yet characters
    (float("nan"), None),
    (float("inf"), None),
    (float("-inf"), None),
    (1.5, 1.5),
    (0, 0),
    (True, True),
    (None, None),
    (10**400, 10**400),
    (["\0", ["\ud83d"], {"a": float("nan")}], ["\ufffd", ["\ufffd"], {"a": None}]),
    ({"\ud83d": "\0", "b": {"c\0": 1}}, {"\ufffd": "\ufffd", "b": {"c\ufffd": 1}}),
    (("a", "\0"), ["a", "\ufffd"]),
    ({}, {}),
    ("", ""),
]


@pytest.mark.parametrize(("given", "right"), TABLE)
def test_what_is_broken_is_replaced_and_all_else_stays(given: Any, right: Any) -> None:
    assert clean(given) == right
    assert clean(clean(given)) == right
    json.dumps(clean(given), ensure_ascii=False, allow_nan=False).encode()


JSON_TEXTS = [
    ('{"city": "Tokyo\\ud83d"}', '{"city": "Tokyo\ufffd"}'),
    ('{"city": "Tokyo\\ud83d\\ude00"}', '{"city": "Tokyo😀"}'),
    ('{"city": "a\\u0000b"}', '{"city": "a\ufffdb"}'),
    ('{"city": "广州"}', '{"city": "广州"}'),
    ('{ "x" : 1.50 }', '{ "x" : 1.50 }'),  # what is whole stays as it was written
    ('{"x": NaN}', '{"x": null}'),
    ('{"x": -Infinity}', '{"x": null}'),
    ('{"x": 1e999}', '{"x": null}'),
    ('{"say": "NaN"}', '{"say": "NaN"}'),
    ('{"broken \\ud83d', '{"broken \\ud83d'),
    ("not \0 JSON", "not \ufffd JSON"),
]


@pytest.mark.parametrize(("given", "right"), JSON_TEXTS)
def test_the_text_of_json_is_cleaned_inside_of_its_escapes(given: str, right: str) -> None:
    assert clean_json(given) == right


def test_what_is_nested_too_deeply_is_a_value_error() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="too deeply"):
        clean(value)
    with pytest.raises(ValueError, match="too deeply"):
        read_json("[" * 100_000 + "]" * 100_000)


def test_whatever_is_made_of_odd_characters_can_be_kept_afterwards() -> None:
    chance = random.Random(7)
    odd = ["a", "广", "😀", "\0", "\ud83d", "\ude00", "\udfff", "\ud800", "\uffff"]
    for _ in range(2000):
        text = clean("".join(chance.choices(odd, k=chance.randint(0, 8))))
        assert "\0" not in text
        assert text.encode().decode() == text
