"""Notices: what stays in a chat, and what comes and goes."""

from __future__ import annotations

import chainlit as cl
import pytest

from tests.web.render.chat_page import Page, enter
from web.render import notices


@pytest.mark.parametrize("is_error", [False, True])
async def test_a_line_of_ours_is_known_to_the_chat_until_an_edit_takes_it_away(page: Page, is_error: bool) -> None:
    enter(page)
    await notices.send("Stopped.", is_error=is_error)
    assert (page.only()["name"], page.only()["type"], page.only()["isError"]) == ("Stopped.", "run", is_error)
    (line,) = cl.chat_context.get()
    await line.remove()
    assert (page.items, cl.chat_context.get()) == ({}, [])


async def test_a_notice_is_there_for_as_long_as_its_context(page: Page) -> None:
    enter(page)
    async with notices.progress() as line:
        assert page.items == {}
        await line("Loading…")
        first = page.only()["id"]
        await line("Warming up…")
        await line("Warming up…")
        assert page.updates == [first]
        assert (page.only()["id"], page.only()["name"], page.only()["type"]) == (first, "Warming up…", "run")
        await line("")
        assert page.items == {}
        await line("Again…")
    assert page.items == {}


async def test_a_notice_goes_also_if_its_context_breaks(page: Page) -> None:
    async def wait() -> None:
        async with notices.progress("Waiting…"):
            assert page.only()["name"] == "Waiting…"
            raise ValueError("broken")

    enter(page)
    with pytest.raises(ValueError, match="broken"):
        await wait()
    assert page.items == {}
