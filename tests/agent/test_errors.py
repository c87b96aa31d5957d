"""What an error says, to whom, and in which language."""

from __future__ import annotations

import pytest

from agent.errors import AgentError, Busy, ContextFull, EngineError, ModelError, SettingsError, StoreError
from agent.settings import Settings
from tests.languages import assert_says_the_same_in_chinese


def test_visitors_are_told_something_else_if_an_error_has_it() -> None:
    error = EngineError("Set MODEL.", "请设置 MODEL。", visitors=("Ask again.", "请再问一次。"))
    assert (str(error), error.in_language("en"), error.in_language("zh")) == (
        "Set MODEL.",
        "Set MODEL.",
        "请设置 MODEL。",
    )
    assert error.in_language("en", to_visitor=True) == "Ask again."
    assert error.in_language("zh", to_visitor=True) == "请再问一次。"


def test_else_everybody_is_told_the_same() -> None:
    for error in (AgentError("Too long.", "太长。"), SettingsError("Too long.")):
        for language in ("en", "zh"):
            assert error.in_language(language, to_visitor=True) == error.in_language(language)


@pytest.mark.parametrize("kind", [AgentError, EngineError, ModelError, StoreError])
def test_an_error_for_the_page_needs_both_languages(kind: type[AgentError]) -> None:
    with pytest.raises(TypeError, match="chinese"):
        kind("It broke.")


def test_what_ends_the_start_is_english_in_both_languages() -> None:
    error = SettingsError("Set MODEL.")
    assert (error.in_language("en"), error.in_language("zh")) == ("Set MODEL.", "Set MODEL.")


@pytest.mark.parametrize("error", [ContextFull(), Busy(30)])
def test_an_error_that_has_its_own_text_is_told_in_both_languages(error: AgentError) -> None:
    assert_says_the_same_in_chinese(error)


def test_with_a_login_there_are_visitors() -> None:
    ways = ("none", "password", "header", "oauth")
    assert [Settings(_env_file=None, auth=way).has_visitors for way in ways] == [False, True, True, True]
