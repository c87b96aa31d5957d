"""Whose chat it is: real Chainlit sessions, with a login and without one."""

from __future__ import annotations

import chainlit as cl
from chainlit.context import ChainlitContext, context_var
from chainlit.session import HTTPSession

from web.chat import state


def enter(session_id: str, user: cl.User | None = None) -> None:
    context_var.set(ChainlitContext(HTTPSession(id=session_id, client_type="webapp", user=user)))


async def test_without_a_login_each_chat_is_a_person_of_its_own() -> None:
    for session_id in ("laptop", "phone"):
        enter(session_id)
        assert state.person() == session_id


async def test_who_is_logged_in_is_one_person_in_all_chats() -> None:
    for session_id in ("laptop", "phone"):
        enter(session_id, cl.User("wang@example.com"))
        assert state.person() == "wang@example.com"
