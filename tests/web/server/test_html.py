"""Chainlit's page as it is served: no other host, two languages, and no exception's text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chainlit import server
from chainlit.config import ChainlitConfig
from chainlit.context import ChainlitContext, context_var
from chainlit.message import ErrorMessage
from chainlit.session import HTTPSession

from agent import PROJECT
from web.server import html, patches
from web.texts import CHINESE, ENGLISH, Texts


@pytest.mark.parametrize("tag", ["zh-CN", "en-US"])
def test_what_is_to_be_set_stands_in_the_about_of_the_operator_alone(tag: str) -> None:
    operator, visitor = (html.read_about(str(PROJECT), tag, for_operator=yes) for yes in (True, False))
    assert (".env" in operator, ".env" in visitor) == (True, False)
    assert visitor.count("####") == operator.count("####")


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chainlit as `patches.install` leaves it, twice as after a hot reload; put back when the test ends."""
    monkeypatch.setattr(server, "get_html_template", server.get_html_template)
    monkeypatch.setattr(server, "get_markdown_str", server.get_markdown_str)
    monkeypatch.setattr(ChainlitConfig, "load_translation", ChainlitConfig.load_translation)
    for _ in range(2):
        patches.install(lambda step: step, for_operator=True)


@pytest.mark.usefixtures("prepared")
def test_chainlits_page_names_no_other_host() -> None:
    html = server.get_html_template("/below")

    assert re.findall(r"https?://[^\s\"']+", html) == []
    assert "Content-Security-Policy" not in html  # it is a header of every answer: web/server/headers.py
    assert '<script type="module" crossorigin src="/below/assets/' in html


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(("language", "texts"), [("zh-CN", CHINESE), ("en-US", ENGLISH)])
async def test_what_an_exception_says_is_never_shown(language: str, texts: Texts) -> None:
    session: Any = HTTPSession(id="page", client_type="webapp")
    session.language = language
    context_var.set(ChainlitContext(session))
    for private in ("(sqlite3.OperationalError) SELECT", "/home/me/.env", "http://10.0.0.1:8000 refused"):
        assert ErrorMessage(content=private, author="Error").content == texts.ended_error


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(("tag", "stop", "about"), [("zh-HK", "停止", "清谈"), ("fr", "Stop", "Qingtan")])
def test_every_browser_gets_one_of_two_languages(tag: str, stop: str, about: str) -> None:
    translation = server.config.load_translation(tag)

    assert translation["chat"]["input"]["actions"]["stop"] == stop
    assert server.get_markdown_str(str(PROJECT), tag).startswith(f"**{about}**")
