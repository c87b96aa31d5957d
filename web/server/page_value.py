"""Values of ours for each open page, beside Chainlit's sessions instead of on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from chainlit.session import BaseSession

from agent.hot_reload import survive

_T = TypeVar("_T")


class PageValue(Generic[_T]):
    """One value for each page, gone with its session.

    It outlives a hot reload, and so holds plain values, and no session, which would never be freed; of late writes,
    which hold theirs, only until they are done.
    """

    def __init__(self, name: str, make: Callable[[], _T]) -> None:
        """`make` gives what a page begins with."""
        self._name = name
        self._make = make

    def of(self, page: BaseSession) -> _T:
        """The page's value."""
        values = self._values()
        if page not in values:
            values[page] = self._make()
        return values[page]

    def set(self, page: BaseSession, value: _T) -> None:
        """Let the page have another value."""
        self._values()[page] = value

    def _values(self) -> WeakKeyDictionary[BaseSession, _T]:
        return survive(f"page_{self._name}", WeakKeyDictionary)
