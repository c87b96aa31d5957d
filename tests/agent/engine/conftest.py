"""A hot reload, and what outlives it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent import PROJECT
from agent.hot_reload import PREFIX

OURS = ("agent", "tools", "web")


@pytest.fixture
def no_survivors() -> Iterator[None]:
    """Make the test a process of its own, in which nothing has been started."""
    for name in survivors():
        del sys.modules[name]
    yield
    for name in survivors():
        del sys.modules[name]


def survivors() -> list[str]:
    return [name for name in sys.modules if name.startswith(PREFIX)]


@pytest.fixture
def reload(no_survivors: None) -> Iterator[Callable[[str], Any]]:
    """What a save does under `chainlit run -w` (chainlit.config.load_module): gives the named module, anew."""
    before = dict(sys.modules)

    def reload(name: str) -> Any:
        for known, module in list(sys.modules.items()):
            if known.partition(".")[0] in OURS and str(module.__file__).startswith(str(PROJECT)):
                del sys.modules[known]
        return importlib.import_module(name)

    yield reload
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    sys.modules.update({name: module for name, module in before.items() if not name.startswith(PREFIX)})
