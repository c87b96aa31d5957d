"""The settings panel: what its controls hold is what a chat gets, and what they cannot hold is refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.engine.held_schema import hold
from agent.engine.protocol import Sampling
from agent.settings import Settings
from web.chat import settings
from web.texts import CHINESE, ENGLISH, Texts

GOOD: dict[str, Any] = {
    "temperature": 0.45,
    "top_p": 0.9,
    "max_tokens": 8192,
    "tools": ["calculate"],
    "system_prompt": "Be kind.",
}
OPTIONS = settings.ChatOptions(Sampling(0.45, 0.9, 8192), "Be kind.", ("calculate",))
TOOLS = ("get_current_weather", "get_current_time", "calculate")


def test_good_values_are_read() -> None:
    assert settings.read(GOOD, ENGLISH) == OPTIONS


def test_numbers_may_come_as_text() -> None:
    as_text = {"temperature": "0.45", "top_p": "0.9", "max_tokens": "8192"}
    assert settings.read(GOOD | as_text, ENGLISH) == OPTIONS


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("temperature", 0, settings.ChatOptions(Sampling(0, 0.9, 8192), "Be kind.", ("calculate",))),
        ("temperature", 2, settings.ChatOptions(Sampling(2, 0.9, 8192), "Be kind.", ("calculate",))),
        ("top_p", 1, settings.ChatOptions(Sampling(0.45, 1, 8192), "Be kind.", ("calculate",))),
        ("max_tokens", 1, settings.ChatOptions(Sampling(0.45, 0.9, 1), "Be kind.", ("calculate",))),
        ("tools", [], settings.ChatOptions(Sampling(), "Be kind.", ())),
        ("tools", None, settings.ChatOptions(Sampling(), "Be kind.", ())),
        ("system_prompt", "", settings.ChatOptions(Sampling(), "", ("calculate",))),
        ("system_prompt", " \n", settings.ChatOptions(Sampling(), "", ("calculate",))),
        ("system_prompt", None, settings.ChatOptions(Sampling(), "", ("calculate",))),
    ],
)
def test_the_ends_of_each_range_and_empty_controls_are_read(
    key: str, value: Any, expected: settings.ChatOptions
) -> None:
    assert settings.read(GOOD | {key: value}, ENGLISH) == expected


@pytest.mark.parametrize(
    ("key", "allowed", "values"),
    [
        ("temperature", "0 – 2", (-0.1, 2.05, "hot", "nan")),
        ("top_p", "0.01 – 1", (0, 1.05, -1, "inf", "all")),
        ("max_tokens", "1 – 1,000,000", (0, -1, 0.5, 1_000_001, "1e9", "many")),
    ],
)
@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
def test_a_value_out_of_range_is_refused_with_its_label_and_what_is_allowed(
    texts: Texts, key: str, allowed: str, values: tuple[Any, ...]
) -> None:
    label = getattr(texts, key).label
    for value in values:
        with pytest.raises(settings.RefusedValue) as refusal:
            settings.read(GOOD | {key: value}, texts)
        assert str(refusal.value) == texts.settings_refused.format(label=label, value=value, allowed=allowed)


@pytest.mark.parametrize("key", ["temperature", "top_p", "max_tokens"])
def test_a_number_that_no_float_holds_is_refused_too(key: str) -> None:
    with pytest.raises(settings.RefusedValue):
        settings.read(GOOD | {key: 10**400}, ENGLISH)


@pytest.mark.parametrize("key", ["temperature", "top_p", "max_tokens"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_emptied_number_is_refused_without_a_word_of_python(key: str, value: Any) -> None:
    with pytest.raises(settings.RefusedValue) as refusal:
        settings.read(GOOD | {key: value}, ENGLISH)
    assert str(refusal.value).startswith(f'"{getattr(ENGLISH, key).label}" cannot be —; it may be ')


@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
def test_what_the_controls_show_is_what_is_read(texts: Texts) -> None:
    shown = settings.controls(OPTIONS, TOOLS, texts)
    assert settings.read({control.id: control.initial for control in shown}, texts) == OPTIONS


def test_the_tools_are_listed_by_their_names_in_the_pages_language() -> None:
    tools = next(
        control for control in settings.controls(OPTIONS, (*TOOLS, "new_one"), CHINESE) if control.id == "tools"
    )
    assert (tools.items, tools.initial) == (
        {"天气": "get_current_weather", "时间": "get_current_time", "计算": "calculate", "New one": "new_one"},
        ["calculate"],
    )


@pytest.mark.parametrize("end", [{"temperature": 0, "top_p": 0.01, "max_tokens": 1}, {"temperature": 2, "top_p": 1}])
def test_what_the_environment_may_set_the_panel_does_not_refuse(end: dict[str, float]) -> None:
    sampling = Settings(_env_file=None, **{"max_tokens": 1_000_000} | end).sampling()
    shown = settings.controls(settings.ChatOptions(sampling, "", TOOLS), TOOLS, ENGLISH)
    assert settings.read({control.id: control.initial for control in shown}, ENGLISH).sampling == sampling
    for beyond in ({"top_p": 0.009}, {"max_tokens": 1_000_001}):
        with pytest.raises(ValueError, match="than or equal to"):
            Settings(_env_file=None, **beyond)


SCHEMA = {"type": "array", "items": {"type": "string"}}


async def unheld(schema: Any) -> Any:
    return hold(schema).unheld


STRUCTURED = settings.ChatOptions(Sampling(0.45, 0.9, 8192, SCHEMA), "Be kind.", ())


@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
def test_where_answers_fit_a_schema_it_is_a_control_and_tools_are_none(texts: Texts) -> None:
    shown = {control.id: control.initial for control in settings.controls(STRUCTURED, (), texts)}
    assert next(iter(shown)) == "answer_schema"
    assert "tools" not in shown
    assert settings.read(shown, texts) == STRUCTURED


@pytest.mark.parametrize("value", [None, "", '{"type": "list"}', "{"])
def test_a_schema_that_is_none_is_refused_in_the_pages_language(value: str | None) -> None:
    values = {key: value for key, value in GOOD.items() if key != "tools"} | {"answer_schema": value}
    for texts in (CHINESE, ENGLISH):
        with pytest.raises(settings.RefusedValue) as refusal:
            settings.read(values, texts)
        assert ("Schema 在" in str(refusal.value)) == (texts is CHINESE)
        assert ("The schema is" in str(refusal.value)) == (texts is ENGLISH)


@pytest.mark.parametrize(
    ("schema", "texts", "told"),
    [
        ({"type": "array", "uniqueItems": True}, ENGLISH, "Not enforced while an answer is written: uniqueItems at $."),
        ({"not": {"type": "null"}, "oneOf": [True]}, ENGLISH, "written: not at $, oneOf at $. A finished answer is"),
        ({"type": "array", "uniqueItems": True}, CHINESE, "生成回答时不强制这些规则：uniqueItems at $。"),
        (SCHEMA, ENGLISH, ""),
    ],
)
async def test_rules_that_are_only_checked_afterwards_are_told(schema: Any, texts: Texts, told: str) -> None:
    values = {control.id: control.initial for control in settings.controls(STRUCTURED, (), ENGLISH)}
    notice = await settings.check(values | {"answer_schema": json.dumps(schema)}, texts, unheld)
    assert told in notice
    assert bool(told) == bool(notice)


@pytest.mark.parametrize(
    ("texts", "told"), [(ENGLISH, "'\\\\b' in the regular expression"), (CHINESE, "$.pattern 处正则表达式")]
)
async def test_a_schema_that_answers_cannot_be_held_to_is_refused_in_words(texts: Texts, told: str) -> None:
    values = {control.id: control.initial for control in settings.controls(STRUCTURED, (), ENGLISH)}
    with pytest.raises(settings.RefusedValue) as refusal:
        await settings.check(values | {"answer_schema": '{"type": "string", "pattern": "\\\\b"}'}, texts, unheld)
    assert told in str(refusal.value)


async def test_without_a_schema_no_engine_is_asked() -> None:
    async def fail(schema: Any) -> Any:
        raise AssertionError(schema)

    assert await settings.check(GOOD, ENGLISH, fail) == ""
