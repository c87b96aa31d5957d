"""What outlives a hot reload."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from agent import hot_reload

NAMES = ("test_one", "test_other")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    for name in NAMES:
        sys.modules.pop(hot_reload.PREFIX + name, None)


def test_a_value_is_made_once_for_each_name() -> None:
    values = [hot_reload.survive(name, list) for name in (*NAMES, *NAMES)]
    values[0].append("kept")
    assert values == [["kept"], [], ["kept"], []]


def test_a_value_outlives_the_code_that_made_it() -> None:
    value = hot_reload.survive(NAMES[0], dict)
    del sys.modules["agent.hot_reload"]
    try:
        assert importlib.import_module("agent.hot_reload").survive(NAMES[0], dict) is value
    finally:
        sys.modules["agent.hot_reload"] = hot_reload
        sys.modules["agent"].hot_reload = hot_reload  # type: ignore[attr-defined]


def test_what_holds_a_value_has_no_file_that_a_save_could_touch() -> None:
    hot_reload.survive(NAMES[0], list)
    assert not hasattr(sys.modules[hot_reload.PREFIX + NAMES[0]], "__file__")


def test_nothing_is_kept_of_what_could_not_be_made() -> None:
    with pytest.raises(ZeroDivisionError):
        hot_reload.survive(NAMES[0], lambda: 1 / 0)
    assert hot_reload.survive(NAMES[0], lambda: 2.0) == 2.0
