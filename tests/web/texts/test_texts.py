"""The texts of both languages: alike in kind, complete, and told to whom they concern."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args

import pytest

from agent import PROJECT
from agent.attachments.refusals import Refused
from agent.errors import (
    Busy,
    ContextFull,
    EngineError,
    ModelNotFound,
    OutOfMemory,
    PeopleError,
    SettingsError,
    StoreError,
)
from tools.base import Failure
from web.texts import CHINESE, ENGLISH, Texts, language_of, size, texts_for


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string inside dataclasses, mappings and tuples, with the path to it."""
    if isinstance(value, str):
        yield path, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    else:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}.{index}")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_names() -> None:
    chinese, english = dict(leaves(CHINESE)), dict(leaves(ENGLISH))

    assert chinese.keys() == english.keys()
    assert {key: names(text) for key, text in chinese.items()} == {key: names(text) for key, text in english.items()}
    assert [key for key, text in (chinese | english).items() if not text.strip()] == []


@pytest.mark.parametrize("name", ["chinese", "english"])
def test_a_file_of_texts_has_the_order_of_the_fields(name: str) -> None:
    tree = ast.parse((PROJECT / f"web/texts/{name}.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Texts"]
    given = [[keyword.arg for keyword in call.keywords] for call in calls]
    assert given == [[field.name for field in fields(Texts) if field.name != "audience"]]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("ZH-tw", "zh"),
        ("zh-CN,en;q=0.8", "zh"),
        ("en-US", "en"),
        ("en,zh", "en"),
        ("", "en"),
    ],
)
def test_language_follows_the_browsers_tag(tag: str, language: str) -> None:
    assert language_of(tag) == texts_for(tag).language == texts_for(tag, for_operator=False).language == language


@pytest.mark.parametrize("language", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_every_failure_has_a_text(language: Any) -> None:
    assert set(language.failures) == set(language.failure_sentences) == set(get_args(Failure))


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0.42, "0.4 秒", "0.4 s"),
        (12.6, "13 秒", "13 s"),
        (59.7, "1 分 0 秒", "1 min 0 s"),
        (75, "1 分 15 秒", "1 min 15 s"),
    ],
)
def test_duration(seconds: float, chinese: str, english: str) -> None:
    assert (CHINESE.duration(seconds), ENGLISH.duration(seconds)) == (chinese, english)


@pytest.mark.parametrize(
    ("count_bytes", "text"), [(0, "0 B"), (999.6, "1 kB"), (84e6, "84 MB"), (999.9e6, "1.0 GB"), (15.23e9, "15.2 GB")]
)
def test_size(count_bytes: float, text: str) -> None:
    assert size(count_bytes) == text


def test_tool_without_a_text_keeps_its_name() -> None:
    assert (ENGLISH.tool_name("calculate"), ENGLISH.tool_name("roll_dice")) == ("Calculator", "Roll dice")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_visitor_is_told_of_no_setting_address_or_file(language: str) -> None:
    told = dict(leaves(texts_for(language, for_operator=False)))
    secret = re.compile(r"\.env|[A-Z]{2,}_[A-Z]|\bMODEL\b|https?:|\{url\}|\{reason\}")
    assert [key for key, text in told.items() if secret.search(text)] == []
    operator = dict(leaves(texts_for(language)))
    assert {key for key in told if told[key] != operator[key]} == {
        ".audience", ".builtin_about", ".local_about", ".remote_about", ".model_failed", ".file_limit_about",
    }  # fmt: skip


OPERATORS = [
    SettingsError("Set MODEL.", "请设置 MODEL。"),
    ModelNotFound("There is no folder /srv/model.", "没有文件夹 /srv/model。"),
    OutOfMemory("Lower GPU_MEMORY_UTILIZATION.", "请调低 GPU_MEMORY_UTILIZATION。"),
    EngineError("http://10.0.0.7 did not answer.", "http://10.0.0.7 没有回应。"),
    StoreError("Check DATABASE_URL.", "请检查 DATABASE_URL。"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_only_the_operator_can_mend_is_told_to_the_operator_alone(language: Any) -> None:
    visitor, operator = texts_for(language, for_operator=False), texts_for(language)
    for error in OPERATORS:
        assert operator.explain(error) == error.in_language(language)
        assert visitor.explain(error) == visitor.model_unavailable
    own_words = EngineError("http://10.0.0.7 is full.", "满了。", visitors=("The model is busy.", "模型正忙。"))
    assert operator.explain(own_words) == own_words.in_language(language)
    assert visitor.explain(own_words) == own_words.visitors[language == "zh"]
    for error in (ContextFull(), Busy(7), PeopleError("This demo is over.", "演示结束了。"), Refused("empty")):
        assert visitor.explain(error) == error.in_language(language)
