"""What is remembered of a page: for as long as its session is there, and through a hot reload."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

from chainlit.session import HTTPSession

from web.server.page_value import PageValue


def page() -> HTTPSession:
    return HTTPSession(id="page", client_type="webapp")


def test_each_page_has_its_own_and_begins_with_what_is_made() -> None:
    value, one, other = PageValue[list[str]]("a test of pages", list), page(), page()
    value.of(one).append("said")
    assert (value.of(one), value.of(other)) == (["said"], [])
    value.set(other, ["heard"])
    assert (value.of(one), value.of(other)) == (["said"], ["heard"])


def test_it_goes_with_its_page() -> None:
    value, one = PageValue[dict[str, str]]("a test of pages that go", dict), page()
    value.of(one)["a"] = "b"
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None


def test_it_is_there_after_a_hot_reload(reload: Callable[[str], Any]) -> None:
    one = page()
    before = reload("web.server.page_value")
    before.PageValue("settings of a test", bool).set(one, True)
    after = reload("web.server.page_value")
    assert after is not before
    assert after.PageValue("settings of a test", bool).of(one) is True
