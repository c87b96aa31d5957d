"""Chat profiles: the two that ship, what agent/profiles.toml may say, and how a mistake in it is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.engine.protocol import Sampling
from agent.errors import SettingsError
from agent.profiles import Localized, Profile, Starter, read_profiles
from web.chat import settings
from web.texts import CHINESE, ENGLISH

TOOLS = ("get_current_weather", "get_current_time", "calculate")
SAMPLING = Sampling(0.45, 0.9, 8192)
HEAD = '[poet]\nname = {zh = "诗人", en = "Poet"}\ndescription = {zh = "写诗。", en = "Writes verse."}\n'
SCHEMA = 'answer_schema = {zh = \'{"type": "array"}\', en = \'{"type": "array"}\'}\n'


def read(text: str, tmp_path: Path) -> tuple[Profile, ...]:
    file = tmp_path / "profiles.toml"
    file.write_text(text, "utf-8")
    return read_profiles(TOOLS, "Be kind.", SAMPLING, file)


def test_the_assistant_and_structured_answers_ship() -> None:
    assistant, structured = read_profiles(TOOLS, None, SAMPLING)
    assert (assistant.id, assistant.tools, assistant.answer_schema, assistant.sampling) == (
        "assistant",
        TOOLS,
        None,
        SAMPLING,
    )
    assert assistant.system_prompt.startswith("You are Qingtan")
    assert (structured.id, structured.tools, bool(structured.answer_schema)) == ("structured", (), True)
    assert [len(profile.starters) for profile in (assistant, structured)] == [4, 2]


def test_what_a_profile_does_not_say_is_as_everywhere(tmp_path: Path) -> None:
    assert read(HEAD, tmp_path) == (
        Profile(
            "poet",
            Localized("诗人", "Poet"),
            Localized("写诗。", "Writes verse."),
            None,
            "Be kind.",
            TOOLS,
            SAMPLING,
            (),
        ),
    )


def test_what_a_profile_says_counts(tmp_path: Path) -> None:
    (tmp_path / "poet.md").write_text("Rhyme.\n", "utf-8")
    own = (
        'system_prompt_file = "poet.md"\ntools = ["calculate", "get_current_time"]\nsampling = {temperature = 1}\n'
        'icon = "/public/favicon.svg"\n[[poet.starters]]\nlabel = {zh = "雪", en = "Snow"}\n'
        'message = {zh = "咏雪", en = "Snow!"}'
    )
    (poet,) = read(HEAD + own, tmp_path)
    assert (poet.system_prompt, poet.tools) == ("Rhyme.", ("get_current_time", "calculate"))
    assert (poet.sampling, poet.icon) == (Sampling(1, 0.9, 8192), "/public/favicon.svg")
    assert poet.starters == (Starter(Localized("雪", "Snow"), Localized("咏雪", "Snow!")),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no profile; it needs at least one table, such as [assistant]"),
        ("[poet", "is not valid TOML: Expected ']' at the end of a table declaration (at end of document)"),
        ("poet = 3", "[poet]: should be a table, not 3"),
        (HEAD.replace("zh", "cn"), "[poet] name.zh: is missing"),
        (HEAD + "tool = 1", "[poet] tool: there is no such key"),
        (HEAD + 'tools = ["sing"]', "[poet] tools: there is no tool 'sing'; there are get_current_weather"),
        (
            HEAD + "sampling = {temperature = 3}",
            "[poet] sampling.temperature: should be less than or equal to 2, not 3",
        ),
        (HEAD + 'icon = "https://a.b/c.svg"', "[poet] icon: it should match pattern"),
        (HEAD + 'icon = "/public/none.svg"', "[poet] icon: there is no file '/public/none.svg'"),
        (HEAD + 'system_prompt_file = "none.md"', "[poet] system_prompt_file: 'none.md' cannot be read"),
        (HEAD + 'system_prompt = "a"\nsystem_prompt_file = "b"', "[poet] system_prompt_file: stands beside"),
        (HEAD + 'answer = "xml"', "[poet] answer: should be 'text' or 'json', not 'xml'"),
        (HEAD + 'answer = "json"', '[poet] answer_schema: is for answer = "json", which needs it'),
        (HEAD + SCHEMA, '[poet] answer_schema: is for answer = "json", which needs it'),
        (HEAD + SCHEMA + 'answer = "json"\ntools = "all"', '[poet] tools: cannot stand with answer = "json"'),
        (
            HEAD + SCHEMA.replace("array", "list", 1) + 'answer = "json"',
            "[poet] answer_schema.zh: The schema is wrong at $.type",
        ),
        (HEAD + "[[poet.starters]]\nlabel = 3", "[poet] starters.0.label: should be a table such as"),
    ],
)
def test_a_mistake_is_named_by_file_table_and_key(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        read(text, tmp_path)
    first, *_, last = str(error.value).splitlines()
    assert first.startswith(f"profiles.toml: {problem}")
    assert last == f"Correct this in {tmp_path / 'profiles.toml'}, and start again."


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"profiles\.toml: cannot be read"):
        read_profiles(TOOLS, "", SAMPLING, tmp_path / "profiles.toml")


async def nothing_unheld(schema: Mapping[str, Any]) -> Sequence[str]:
    return ()


@pytest.mark.parametrize(
    ("words", "names"), [(CHINESE, ["助手", "结构化回答"]), (ENGLISH, ["Assistant", "Structured answers"])]
)
def test_the_page_lists_profiles_in_its_language(words: settings.Texts, names: list[str]) -> None:
    listed = settings.ChatSettings(read_profiles(TOOLS, None, SAMPLING), nothing_unheld).choices(words)
    assert [(profile.name, profile.default) for profile in listed] == [("assistant", True), ("structured", False)]
    assert [profile.display_name for profile in listed] == names
    first = listed[0].starters[0].message
    assert first == ("广州天气怎么样？" if words is CHINESE else "What's the weather in Toronto?")


def test_a_chat_of_a_profile_that_is_gone_goes_on_as_the_first() -> None:
    profiles = read_profiles(TOOLS, None, SAMPLING)
    assert [settings.chosen(profiles, name).id for name in ("structured", "poet", None)] == [
        "structured",
        "assistant",
        "assistant",
    ]
