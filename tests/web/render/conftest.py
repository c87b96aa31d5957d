"""An open page for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chainlit.chat_context import chat_contexts
from chainlit.context import local_steps
from chainlit.session import HTTPSession

from tests.web.render.chat_page import Page


@pytest.fixture
async def page() -> Page:
    """An open page. Its context is set inside of the test's own task, as Chainlit does for each of its events."""
    return Page(HTTPSession(id="page", client_type="webapp"))


@pytest.fixture(autouse=True)
def no_context_left() -> Iterator[None]:
    yield
    local_steps.set(None)
    chat_contexts.clear()
