"""Keeps values across hot reloads: `chainlit run -w` makes every module under the project anew at each save."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

PREFIX = "qingtan_survivor_"  # of the modules without a file that hold what survives

_T = TypeVar("_T")


def survive(name: str, make: Callable[[], _T]) -> _T:
    """What `make` gave at the first call with this name in the process, also after hot reloads.

    An instance of a class of ours stays one of the class before the reload: best are plain values. If its form changes,
    change the name too.
    """
    key = PREFIX + name
    if key not in sys.modules:
        module: Any = ModuleType(key, "What outlives a hot reload; see agent/hot_reload.py.")
        module.value = make()
        sys.modules[key] = module
    value: _T = vars(sys.modules[key])["value"]
    return value
